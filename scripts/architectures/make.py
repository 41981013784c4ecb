"""Makes the files of one architecture: make.py FRAMEWORK (--list | NAME FOLDER [FORMAT …])

A framework is a module beside this file with MAKERS, MORE of them, FORMATS, VERSIONS, made(), expected() and sample(); its
arrays are NCHW or NHWC as its files are. FOLDER gets the arrays as .bin (float32, pairs int32) and a folder a format, and
`made.json` says what came of each: {"arrays": {name: shape}, "files": {format: {"file"} or {"error"}}}.
"""

import importlib
import json
import sys
import warnings
from pathlib import Path

import numpy as np


def written(write, model, x, folder: Path) -> dict[str, str]:
    folder.mkdir()
    try:
        return {"file": str(write(model, x, folder))}
    # Whatever an exporter trips over belongs into the table.
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def main(framework: str, *args: str) -> None:
    warnings.filterwarnings("ignore")
    module = importlib.import_module(framework)
    if args == ("--list",):
        makers = [(maker, False) for maker in module.MAKERS] + [(maker, True) for maker in module.MORE]
        entries = [{"name": maker.name, "formats": maker.formats, "more": more} for maker, more in makers]
        print(json.dumps({"versions": module.VERSIONS, "makers": entries}))
        return
    name, folder, *formats = args
    maker = next(maker for maker in module.MAKERS + module.MORE if maker.name == name)
    model = module.made(maker)
    arrays = module.expected(model, maker)
    for key, array in arrays.items():
        array.astype(np.int32 if key == "pairs" else np.float32).tofile(Path(folder) / f"{key}.bin")
    files = {
        title: written(module.FORMATS[title], model, module.sample(arrays["x"]), Path(folder) / str(i))
        for i, title in enumerate(formats or maker.formats)
    }
    made = {"arrays": {key: array.shape for key, array in arrays.items()}, "files": files}
    (Path(folder) / "made.json").write_text(json.dumps(made))


main(*sys.argv[1:])
