"""Writes test/fixtures/architectures: fixtures.py small_torch | small_keras. Archives are packed, which their readers allow."""

import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "test" / "fixtures" / "architectures"


def pack(archive: Path) -> None:
    with zipfile.ZipFile(archive) as written:
        members = {name: written.read(name) for name in written.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


framework = sys.argv[1]
for maker in importlib.import_module(framework).MAKERS:
    folder = FIXTURES / maker.name
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, HERE / "make.py", framework, maker.name, folder], check=True)
    (folder / "made.json").unlink()
    (folder / "0").rename(folder / "model")
    for archive in [*folder.rglob("*.pt2"), *folder.rglob("*.keras")]:
        pack(archive)
