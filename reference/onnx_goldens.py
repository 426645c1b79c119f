"""Golden ONNX files: exports the nets of onnx_nets.py in many ways, and computes what they give. `python reference/onnx_goldens.py`

Writes test/golden/onnx/NAME.onnx and test/golden/onnx.safetensors: by name `logits`, what onnxruntime gives; `gradient` of one logit with respect to the
image, by torch in float64; and the units in doubt (corners.py).
"""

import sys
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
import onnx
import torch
from calibrate import calibrate
from golden import GOLDEN, uniform_image, write
from onnx import TensorProto, helper, numpy_helper
from onnx_census import gradient_of, run
from onnx_hand import HAND_BUILT
from onnx_nets import Branches, Fused, FreeOfNorms, Head, Residual, Shuffle, Windows, activations, gates, grey_net, next_net, same
from torch import nn

SEED = 5
MEAN, DEVIATION = 0.45, 0.225
FOLDER = GOLDEN / "onnx"
ENDS = {
    "": lambda x: x,
    "softmax": lambda x: torch.softmax(x, 1),
    "log": lambda x: torch.log_softmax(x, -1),
    "sigmoid": torch.sigmoid,
}


def initializers_as(kind: int, types: tuple[type, ...]):
    """Weights of another type, and a Cast behind each."""

    def change(model: onnx.ModelProto):
        for stored in [tensor for tensor in model.graph.initializer if tensor.data_type == TensorProto.FLOAT]:
            values, name = numpy_helper.to_array(stored).astype(types[0]), stored.name
            stored.CopyFrom(numpy_helper.from_array(values, f"{name}.stored"))
            model.graph.node.insert(0, helper.make_node("Cast", [f"{name}.stored"], [name], to=TensorProto.FLOAT))

    return change


def as_constants(model: onnx.ModelProto):
    """As Paddle writes weights."""
    for tensor in list(model.graph.initializer):
        model.graph.node.insert(0, helper.make_node("Constant", [], [tensor.name], value=tensor))
        model.graph.initializer.remove(tensor)


def as_inputs(model: onnx.ModelProto):
    """As files of IR version 3 list weights."""
    model.ir_version = 3
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))


# By name: the net, lines, columns, channels, and how it is exported: opset, `dynamo`, `end`, `batch`, whether the batch or the
# `sizes` are open, `change` of the file.
NETS = {
    "residual-9": (Residual, 40, 48, 3, {"opset": 9, "open": True}),
    "residual-13-batch-4": (Residual, 40, 48, 3, {"opset": 13, "batch": 4, "end": "softmax"}),
    "grey-half": (grey_net, 40, 56, 1, {"opset": 17, "change": initializers_as(TensorProto.FLOAT16, (np.float16,)), "round": torch.float16}),
    "residual-double": (Residual, 32, 32, 3, {"opset": 17, "change": initializers_as(TensorProto.DOUBLE, (np.float64,))}),
    "residual-constants": (Residual, 32, 40, 3, {"opset": 11, "change": as_constants}),
    "residual-inputs": (Residual, 32, 40, 3, {"opset": 9, "change": as_inputs}),
    "gates-11": (gates, 33, 47, 3, {"opset": 11, "open": True, "end": "log"}),
    "gates-17": (gates, 33, 47, 3, {"opset": 17}),
    "gates-dynamo": (gates, 33, 47, 3, {"opset": 18, "dynamo": True}),
    "activations-17": (activations, 24, 30, 3, {"opset": 17}),
    "activations-dynamo": (activations, 24, 30, 3, {"opset": 20, "dynamo": True, "open": True}),
    "branches-13": (Branches, 36, 40, 1, {"opset": 13, "end": "sigmoid"}),
    "shuffle-13": (Shuffle, 32, 40, 3, {"opset": 13, "open": True}),
    "shuffle-dynamo": (Shuffle, 32, 40, 3, {"opset": 20, "dynamo": True}),
    "windows-11": (Windows, 37, 52, 3, {"opset": 11}),
    "windows-dynamo": (Windows, 37, 52, 3, {"opset": 18, "dynamo": True}),
    "same-13": (same, 32, 41, 3, {"opset": 13, "sizes": True}),
    "next-13": (next_net, 32, 48, 3, {"opset": 13}),
    "next-17": (next_net, 32, 48, 3, {"opset": 17, "open": True}),
    "next-dynamo": (next_net, 32, 48, 3, {"opset": 20, "dynamo": True}),
    "head-9": (lambda: Head(False), 32, 48, 3, {"opset": 9, "end": "softmax"}),
    "head-last-17": (lambda: Head(True), 32, 48, 3, {"opset": 17, "open": True}),
    "fused-13": (Fused, 36, 44, 3, {"opset": 13}),
    "fused-dynamo": (Fused, 36, 44, 3, {"opset": 20, "dynamo": True}),
    "grey-9": (grey_net, 40, 56, 1, {"opset": 9}),
    "free-of-norms-17": (FreeOfNorms, 24, 32, 3, {"opset": 17}),
}


class Ended(nn.Module):
    def __init__(self, net: nn.Module, end: str):
        super().__init__()
        self.net, self.end = net, end

    def forward(self, x):
        return ENDS[self.end](self.net(x))


def export(net: nn.Module, x: torch.Tensor, path: Path, opset: int, dynamo=False, end="", batch=1, open=False, sizes=False, change=None):
    x = x.expand(batch, -1, -1, -1).contiguous()
    model = Ended(net, end).eval() if end else net
    if dynamo:
        shapes = ({0: torch.export.Dim("batch")},) if open else None
        torch.onnx.export(model, (x,) if not open else (x.repeat(2, 1, 1, 1),), str(path), dynamo=True, opset_version=opset, dynamic_shapes=shapes, verbose=False)
        return
    axes = {"input": {0: "batch"}, "output": {0: "batch"}} if open else {"input": {2: "height", 3: "width"}} if sizes else None
    names = {"input_names": ["input"], "output_names": ["output"], "dynamic_axes": axes}
    torch.onnx.export(model, (x,), str(path), dynamo=False, opset_version=opset, **names)
    if change:
        file = onnx.load(path)
        change(file)
        onnx.save(file, path)


def image(height: int, width: int, channels: int) -> torch.Tensor:
    """Which tests make again: as many of the uniforms as it has values."""
    values = uniform_image(SEED, height, width).reshape(-1)[: height * width * channels].reshape(height, width, channels)
    return torch.from_numpy((values - MEAN) / DEVIATION).float().permute(2, 0, 1)[None].contiguous()


def main():
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors, facts = {}, {}
    for name, (make, height, width, channels, options) in {**NETS, **HAND_BUILT}.items():
        x, seed = image(height, width, channels), zlib.crc32(name.encode())
        net = calibrate(make().eval(), x, seed)
        options, path = dict(options), FOLDER / f"{name}.onnx"
        kind = options.pop("round", None)
        if kind:
            net.to(kind).float()
        last = options.pop("last", False)
        if "build" in options:
            onnx.save(options["build"](net), path)
        else:
            export(net, x, path, **options)
        onnx.checker.check_model(str(path))
        given = x.expand(options.get("batch", 1), -1, -1, -1).numpy()
        outputs = run(path, np.ascontiguousarray(given.transpose(0, 2, 3, 1) if last else given)).reshape(options.get("batch", 1), -1)[0]
        wanted = ENDS[options.get("end", "")](net(x)).detach()[0].numpy()
        apart = float(np.abs(outputs - wanted).max() / np.abs(wanted).max())
        assert apart < 1e-5, f"{name}: onnxruntime and torch differ by {apart}"
        target = int(outputs.argmax())
        gradient, _, corners = gradient_of(net, x, target)
        tensors |= {f"{name}.logits": outputs, f"{name}.gradient": gradient, **corners.tensors(name)}
        facts[name] = {"size": [height, width, channels], "target": target, "end": options.get("end", "")}
        sizes = sum(file.stat().st_size for file in FOLDER.glob(f"{name}.onnx*"))
        print(name, sizes, f"bytes; {apart:.1e} from torch;", len(corners.rows), "in doubt; largest gradient", np.abs(gradient).max(), flush=True)
    write("onnx", tensors, {"seed": SEED, "mean": MEAN, "deviation": DEVIATION, "nets": facts})


if __name__ == "__main__":
    main()
