"""ONNX files in ways that torch does not write, each beside a torch module of the same weights, for onnx_goldens.py."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F


class Old(nn.Module):
    """What CNTK and Caffe2 wrote: windows that are the same as the image, a norm over neighbours, an image twice as large,
    weights in another shape."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 5, bias=False), nn.Conv2d(8, 12, 4, 2)
        self.norm = nn.BatchNorm2d(12)
        self.fc = nn.Linear(12, 10)

    def forward(self, x):
        x = F.local_response_norm(F.relu(self.first(F.pad(x * (1 / 2), (2, 2, 2, 2)))), 5, 0.05, 0.75, 2.0)
        # SAME_UPPER has the odd pixel at the end, SAME_LOWER at the beginning.
        x = self.norm(self.second(F.pad(x, (1, 2, 1, 1))))
        x = F.interpolate(F.relu(x), scale_factor=2, mode="nearest")
        x = F.max_pool2d(F.pad(x, (1, 0, 1, 0), value=-torch.inf), 2, 1)
        return self.fc(x.mean((2, 3)))


def old(net: Old) -> onnx.ModelProto:
    tensors = {"half": np.float32(2), "kernel": weights(net.first.weight).reshape(8, 1, 25), "shape": np.array([8, 1, 5, 5])}
    tensors |= {"w": weights(net.second.weight), "b": weights(net.second.bias), "matrix": weights(net.fc.weight).T, "shift": weights(net.fc.bias)[None]}
    tensors |= {part: weights(getattr(net.norm, part)) for part in ("weight", "bias", "running_mean", "running_var")}
    nodes = [
        helper.make_node("Div", ["image", "half"], ["halved"]),
        helper.make_node("Reshape", ["kernel", "shape"], ["kernels"]),
        helper.make_node("Conv", ["halved", "kernels"], ["a"], auto_pad="SAME_UPPER", kernel_shape=[5, 5], strides=[1, 1]),
        helper.make_node("Relu", ["a"], ["before"]),
        helper.make_node("LRN", ["before"], ["r"], size=5, alpha=0.05, beta=0.75, bias=2.0),
        helper.make_node("Conv", ["r", "w", "b"], ["c"], auto_pad="SAME_UPPER", kernel_shape=[4, 4], strides=[2, 2]),
        helper.make_node("BatchNormalization", ["c", "weight", "bias", "running_mean", "running_var"], ["n"], epsilon=1e-5),
        helper.make_node("Relu", ["n"], ["s"]),
        helper.make_node("Upsample", ["s"], ["u"], mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]),
        helper.make_node("MaxPool", ["u"], ["m"], auto_pad="SAME_LOWER", kernel_shape=[2, 2], strides=[1, 1]),
        helper.make_node("ReduceMean", ["m"], ["g"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["g", "matrix"], ["p"]),
        helper.make_node("Add", ["p", "shift"], ["scores"]),
    ]
    return model(nodes, tensors, [1, 1, 28, 27], 7)


class Last(nn.Module):
    """What tf2onnx writes of Keras' nets: channels last, pads at the end, the photo normalised in the net."""

    def __init__(self):
        super().__init__()
        self.first, self.inner, self.skip = nn.Conv2d(3, 8, 3, 2), nn.Conv2d(8, 8, 3, 2, groups=8), nn.Conv2d(8, 12, 1)
        self.fc = nn.Linear(12, 10)

    def forward(self, x):
        x = F.relu6(self.first(F.pad(x * 0.5 - 0.25, (0, 1, 0, 1))))
        x = F.relu6(self.skip(self.inner(F.pad(x, (0, 1, 0, 1)))))
        return self.fc(x.mean((2, 3)))


def last(net: Last) -> onnx.ModelProto:
    tensors = {"scale": np.array([0.5, 0.5, 0.5], np.float32), "minus": np.float32(0.25), "low": np.float32(0), "high": np.float32(6)}
    tensors |= {"pads": np.array([0, 0, 0, 0, 0, 0, 1, 1]), "axes": np.array([2, 3]), "matrix": weights(net.fc.weight).T, "shift": weights(net.fc.bias)}
    for name in ("first", "inner", "skip"):
        tensors |= {f"{name}.w": weights(getattr(net, name).weight), f"{name}.b": weights(getattr(net, name).bias)}
    nodes = [
        helper.make_node("Mul", ["image", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "minus"], ["normal"]),
        helper.make_node("Transpose", ["normal"], ["first_image"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first_image", "first.w", "first.b"], ["a"], pads=[0, 0, 1, 1], strides=[2, 2]),
        helper.make_node("Clip", ["a", "low", "high"], ["b"]),
        helper.make_node("Pad", ["b", "pads"], ["c"]),
        helper.make_node("Conv", ["c", "inner.w", "inner.b"], ["d"], group=8, strides=[2, 2]),
        helper.make_node("Conv", ["d", "skip.w", "skip.b"], ["e"]),
        helper.make_node("Clip", ["e", "low", "high"], ["f"]),
        helper.make_node("Transpose", ["f"], ["g"], perm=[0, 2, 3, 1]),
        helper.make_node("Transpose", ["g"], ["h"], perm=[0, 3, 1, 2]),
        helper.make_node("GlobalAveragePool", ["h"], ["i"]),
        helper.make_node("Squeeze", ["i", "axes"], ["j"]),
        helper.make_node("MatMul", ["j", "matrix"], ["k"]),
        helper.make_node("Add", ["k", "shift"], ["l"]),
        helper.make_node("Softmax", ["l"], ["scores"]),
    ]
    return model(nodes, tensors, ["batch", 30, 42, 3], 15)


def weights(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().numpy())


def model(nodes: list[onnx.NodeProto], tensors: dict[str, np.ndarray], dims: list, opset: int) -> onnx.ModelProto:
    stored = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in tensors.items()]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, dims)
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [dims[0], 10])
    graph = helper.make_graph(nodes, "net", [image], [scores], stored)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="by hand")
    made.ir_version = 8
    return made


HAND_BUILT = {
    "old-7": (Old, 28, 27, 1, {"build": old}),
    "last-15": (Last, 30, 42, 3, {"build": last, "last": True, "end": "softmax"}),
}
