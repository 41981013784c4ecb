"""Writes the node cases of the onnx package into a folder, in the layout of its own data: make.py FOLDER

A folder a case: model.onnx and test_data_set_0/{input,output}_<i>.pb. Cases of sequences, maps and optionals are left out.
"""

import sys
from pathlib import Path

from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases


def write(array, value, file: Path) -> None:
    tensor = array if isinstance(array, TensorProto) else numpy_helper.from_array(array, value.name)
    file.write_bytes(tensor.SerializeToString())


def main(folder: Path) -> None:
    for case in collect_testcases(None):
        graph = case.model.graph
        if not all(value.type.HasField("tensor_type") for value in [*graph.input, *graph.output]):
            print("left out:", case.name)
            continue
        inputs, outputs = case.data_sets[0]
        data = folder / case.name / "test_data_set_0"
        data.mkdir(parents=True, exist_ok=True)
        (data.parent / "model.onnx").write_bytes(case.model.SerializeToString())
        for kind, arrays, values in [("input", inputs, graph.input), ("output", outputs, graph.output)]:
            for i, (array, value) in enumerate(zip(arrays, values)):
                write(array, value, data / f"{kind}_{i}.pb")


main(Path(sys.argv[1]))
