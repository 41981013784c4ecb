"""Writes what is missing in test/fixtures/architectures: fixtures.py small_torch | small_keras.

Archives are packed, which their readers allow, and lines of the source that made a node, with paths of the machine, are left out.
"""

import importlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "test" / "fixtures" / "architectures"


def without_sources(name: str, content: bytes) -> bytes:
    if not name.endswith("models/model.json"):
        return content
    program = json.loads(content)
    for node in program["graph_module"]["graph"]["nodes"]:
        node["metadata"].pop("stack_trace", None)
    return json.dumps(program).encode()


def pack(archive: Path) -> None:
    with zipfile.ZipFile(archive) as written:
        members = {name: without_sources(name, written.read(name)) for name in written.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def strip(file: Path) -> None:
    import onnx

    model = onnx.load(file, load_external_data=False)
    for node in [*model.graph.node, *(node for function in model.functions for node in function.node)]:
        del node.metadata_props[:]
    onnx.save(model, file)


framework = sys.argv[1]
for maker in importlib.import_module(framework).MAKERS:
    folder = FIXTURES / maker.name
    if folder.exists():
        continue
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, HERE / "make.py", framework, maker.name, folder], check=True)
    (folder / "made.json").unlink()
    (folder / "0").rename(folder / "model")
    for archive in [*folder.rglob("*.pt2"), *folder.rglob("*.keras")]:
        pack(archive)
    for file in folder.rglob("*.onnx"):
        strip(file)
