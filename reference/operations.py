"""Values and gradients of single operations, by PyTorch in float64: the cases of test/ops/cases.ts."""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from golden import STREAM_INPUT, write
from sampling import uniform_sequence
from seeded import seeded_tensor

SEED_INPUT, SEED_GRADIENT = 31, 32


def weight(key: str, *shape: int) -> torch.Tensor:
    return seeded_tensor(key, torch.Size(shape)).double()


def norm(x: torch.Tensor, key: str, epsilon: float) -> torch.Tensor:
    channels = x.shape[1]
    parts = {part: weight(f"{key}.{part}", channels) for part in ("running_mean", "running_var", "weight", "bias")}
    return F.batch_norm(x, *parts.values(), training=False, eps=epsilon)


def conv(x: torch.Tensor, key: str, outputs: int, kernel: int | tuple[int, int], bias: bool = True, **options) -> torch.Tensor:
    """`pads`: top, left, bottom and right."""
    depth = x.shape[1] // options.get("groups", 1)
    top, left, bottom, right = options.pop("pads", (0, 0, 0, 0))
    sides = (kernel, kernel) if isinstance(kernel, int) else kernel
    x = F.pad(x, (left, right, top, bottom))
    return F.conv2d(x, weight(f"{key}.weight", outputs, depth, *sides), weight(f"{key}.bias", outputs) if bias else None, **options)


APART = {"stride": (2, 1), "dilation": (2, 3), "pads": (3, 0, 1, 4)}


def linear(x: torch.Tensor, key: str, outputs: int) -> torch.Tensor:
    flat = x.flatten(1)
    return F.linear(flat, weight(f"{key}.weight", outputs, flat.shape[1]), weight(f"{key}.bias", outputs))


def image(x: torch.Tensor, height: int, width: int, channels: int) -> torch.Tensor:
    """A vector as an image whose values lie in NHWC order."""
    return x.reshape(-1, height, width, channels).permute(0, 3, 1, 2)


def pad(x: torch.Tensor, top: int, left: int, bottom: int, right: int, **options) -> torch.Tensor:
    return F.pad(x, (left, right, top, bottom), **options)


ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "hardSigmoid": F.hardsigmoid,
    "hardSwish": F.hardswish,
    "gelu": F.gelu,
    "geluTanh": partial(F.gelu, approximate="tanh"),
    "mish": F.mish,
    "clip -1 2": lambda x: x.clamp(-1, 2),
    "leakyRelu 0.1": partial(F.leaky_relu, negative_slope=0.1),
    "elu 1.5": partial(F.elu, alpha=1.5),
    "hardSigmoid 0.2 0.5": lambda x: (0.2 * x + 0.5).clamp(0, 1),
}


def activated(function, x: torch.Tensor) -> torch.Tensor:
    """An activation of 8 channels and of 3, the latter after a sum."""
    return function(conv(function(conv(6 * x, "wide", 8, 1)), "narrow", 3, 1) + 6 * x)


def layer_norm(x: torch.Tensor, key: str, epsilon: float) -> torch.Tensor:
    """Over the channels of every pixel."""
    parts = [weight(f"{key}.{part}", x.shape[1]) for part in ("weight", "bias")]
    return F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], *parts, eps=epsilon).permute(0, 3, 1, 2)


def mean(x: torch.Tensor) -> torch.Tensor:
    return x.mean((2, 3), keepdim=True)


def inside(x: torch.Tensor) -> torch.Tensor:
    """How much of a window of 2 x 2, padded below and right by 1, is inside the image."""
    return F.avg_pool2d(F.pad(torch.ones_like(x), (0, 1, 0, 1)), 2, 1)


def gate(x: torch.Tensor, key: str, channels: int) -> torch.Tensor:
    """Between 0 and 1: a map of one channel, or a vector."""
    return torch.sigmoid(conv(x if channels == 1 else mean(x), key, channels, 1))


# By name: shape of the input (height, width, channels), and the operation.
CASES = {
    "conv": ((7, 5, 6), lambda x: conv(x, "conv", 5, 3, stride=2, padding=1)),
    "conv, padded below and right": ((8, 6, 5), lambda x: conv(F.pad(x, (0, 1, 0, 1)), "same", 7, 3, stride=2)),
    "conv of three channels": ((9, 7, 3), lambda x: conv(x, "stem", 6, 3, stride=2, padding=1)),
    "conv of a line of 1 x 7, strides 1 and 2": ((7, 11, 5), lambda x: conv(x, "line", 26, (1, 7), stride=(1, 2), padding=(0, 3))),
    "conv of 3 x 2, dilated by 2 and 3, four paddings": ((9, 8, 5), lambda x: conv(x, "apart", 3, (3, 2), **APART)),
    "conv of 1 x 1, padded": ((4, 5, 58), lambda x: conv(x, "frame", 5, 1, padding=1)),
    "conv of 1 x 1 of stride 2, padded below": ((4, 5, 5), lambda x: conv(x, "below", 5, 1, stride=2, pads=(0, 0, 2, 1))),
    "conv of one pixel, padded by more than its kernel": ((1, 1, 5), lambda x: conv(x, "far", 5, 3, stride=2, padding=5)),
    "conv of three channels, 3 x 5, dilated": (
        (9, 11, 3),
        lambda x: conv(x, "slot", 5, (3, 5), stride=(1, 2), dilation=(2, 1), pads=(2, 0, 1, 3)),
    ),
    "conv, 3 groups of 8 > 4": ((6, 5, 24), lambda x: conv(x, "narrowing", 12, 3, padding=1, groups=3)),
    "conv, 2 groups of 4 > 16, taps apart, strides 2 and 1": (
        (7, 9, 8),
        lambda x: conv(x, "widening", 32, (3, 2), stride=(2, 1), dilation=(1, 2), pads=(0, 3, 2, 1), groups=2),
    ),
    "conv, groups of 2 > 6 in pairs": ((1, 37, 8), lambda x: conv(x, "pairs", 24, (1, 3), stride=2, groups=4)),
    "conv, several outputs a channel": ((9, 6, 8), lambda x: conv(x, "multiplied", 24, 3, stride=2, padding=1, groups=8)),
    "conv, 26 groups of 1 > 2: all as one": ((3, 4, 26), lambda x: conv(x, "uneven", 52, 3, padding=1, groups=26)),
    "conv, 3 groups of 5 > 1 of 1 x 1, strided": ((5, 5, 15), lambda x: conv(x, "few", 3, 1, bias=False, stride=2, groups=3)),
    "conv of three channels by themselves": ((5, 7, 3), lambda x: conv(x, "colours", 6, 3, groups=3)),
    "conv, a group for every channel and output": ((5, 4, 5), lambda x: conv(x, "alone", 5, 3, bias=False, padding=1, groups=5)),
    "conv, grouped, with a norm, a sum and an activation behind it": (
        (1, 1, 32),
        lambda x: F.relu(norm(conv(x, "block", 32, 3, bias=False, padding=1, groups=4), "block_norm", 1e-5) + x),
    ),
    "conv of twelve channels in the first layer": (
        (11, 9, 12),
        lambda x: conv(F.relu(conv(x, "bands", 10, 7, stride=2, padding=3)), "behind", 3, 1),
    ),
    "conv of one channel": ((6, 9, 1), lambda x: conv(x, "grey", 5, 3, padding=1)),
    "depthwiseConv": ((6, 7, 5), lambda x: conv(x, "depthwise", 5, 5, stride=2, padding=2, groups=5)),
    "depthwiseConv of a long line": (
        (1, 37, 26),
        lambda x: conv(x, "long", 26, (1, 5), stride=(2, 3), padding=(0, 2), groups=26),
    ),
    "depthwiseConv, dilated": ((9, 8, 5), lambda x: conv(x, "holes", 5, (3, 2), groups=5, **APART)),
    "batchNorm": ((4, 3, 6), lambda x: norm(conv(x, "mixed", 5, 1, bias=False), "norm", 1e-3)),
    "batchNorm by itself": ((4, 3, 26), lambda x: F.relu(norm(x, "alone", 1e-5))),
    "layerNorm": ((4, 3, 26), lambda x: layer_norm(x, "layer", 1e-6)),
    "layerNorm of a large mean": ((1, 37, 5), lambda x: layer_norm(2 * x + 20, "far", 1e-5)),
    "layerNorm of one channel, which has no gradient": ((5, 2, 1), lambda x: layer_norm(x, "lone", 1e-5) + x),
    "layerNorm of one pixel": ((3, 3, 58), lambda x: layer_norm(mean(x), "head", 1e-6)),
    "localResponseNorm": ((3, 4, 26), lambda x: F.local_response_norm(6 * x, 5, alpha=0.5, k=2)),
    "localResponseNorm of an even size": ((1, 37, 5), lambda x: F.local_response_norm(6 * x, 4, alpha=1, beta=0.5)),
    "localResponseNorm of one channel": ((2, 3, 1), lambda x: F.local_response_norm(6 * x, 5)),
    "affine of tensors": ((3, 1, 5), lambda x: weight("gamma", 5, 1, 1) * x + weight("beta", 5, 1, 1)),
    "affine of numbers": ((1, 4, 3), lambda x: -1.75 * x + 0.25),
    "affine, folded into a convolution": ((3, 3, 5), lambda x: weight("layer_scale", 5)[:, None, None] * conv(x, "scaled", 5, 1) + x),
    "activation relu": ((5, 4, 6), lambda x: F.relu(conv(x, "rectified", 7, 1))),
    "activation relu6": ((5, 4, 6), lambda x: F.relu6(conv(32 * x, "clamped", 7, 1))),
    **{f"activation {name}, in a store and by itself": ((5, 4, 3), partial(activated, function)) for name, function in ACTIVATIONS.items()},
    "add": ((5, 6, 5), lambda x: conv(x, "added", 5, 3, padding=1) + x),
    "concat of 8 and 5 channels": ((3, 5, 5), lambda x: torch.cat([conv(x, "eight", 8, 1, bias=False), x], 1)),
    "concat of 26, 1, 2 and 26 channels": (
        (2, 3, 26),
        lambda x: torch.cat([x, conv(x, "to1", 1, 1, bias=False), conv(x, "to2", 2, 1, bias=False), x], 1),
    ),
    "concat of nine inputs of 1 channel": ((1, 37, 1), lambda x: torch.cat([x, 2 * x, x, x, 2 * x, 2 * x, x, 2 * x, x], 1)),
    "concat of 58 channels twice, normed and rectified": ((1, 1, 58), lambda x: F.relu(norm(torch.cat([x, 2 * x], 1), "joined", 1e-5))),
    "slice, halves of 58 channels, one doubled": ((3, 3, 58), lambda x: x[:, :29] + 2 * x[:, 29:]),
    "slice of channels 3 to 7 of 26, and of 0 to 4": ((2, 5, 26), lambda x: x[:, 3:8] + x[:, :5]),
    "slice of 1 channel of 3, in an image of one pixel": ((1, 1, 3), lambda x: x[:, 2:]),
    "slice of 8 channels of 16": ((1, 37, 16), lambda x: x[:, 4:12]),
    "shuffle of 58 channels in 2 groups": ((3, 1, 58), lambda x: F.channel_shuffle(x, 2)),
    "shuffle of 15 channels in 3 groups": ((1, 37, 15), lambda x: F.channel_shuffle(x, 3)),
    "shuffle of 3 channels in as many groups, twice": ((1, 1, 3), lambda x: F.channel_shuffle(F.channel_shuffle(x, 3), 1)),
    "pad of zeros": ((3, 4, 5), lambda x: pad(x, 1, 2, 0, 3)),
    "pad of a constant, before a convolution of 26 channels": ((2, 3, 26), lambda x: conv(pad(x, 1, 0, 2, 1, value=-1.5), "padded", 3, 3)),
    "pad by reflection": ((4, 5, 3), lambda x: pad(x, 3, 2, 1, 4, mode="reflect")),
    "pad by reflection, of one pixel's height": ((1, 37, 1), lambda x: pad(x, 0, 36, 0, 1, mode="reflect")),
    "pad by reflection and crop": ((4, 5, 5), lambda x: pad(x, 1, -1, -2, 2, mode="reflect")),
    "pad and crop of an image, read twice": ((3, 5, 3), lambda x: torch.cat([pad(x, -1, 2, 0, -3), x[:, :, :2, :4]], 1)),
    "crop of 58 channels": ((5, 4, 58), lambda x: x[:, :, 1:3, :1]),
    "crop to one pixel": ((1, 37, 5), lambda x: x[:, :, :, 30:31]),
    "resizeNearest by 2": ((3, 4, 5), lambda x: F.interpolate(x, scale_factor=2, mode="nearest")),
    "resizeNearest by 3, of one pixel": ((1, 1, 26), lambda x: F.interpolate(x, scale_factor=3, mode="nearest")),
    "resizeNearest to a size that is no multiple": ((3, 5, 3), lambda x: F.interpolate(x, size=(7, 11), mode="nearest")),
    "resizeNearest to fewer lines": ((7, 37, 1), lambda x: F.interpolate(x, size=(3, 41), mode="nearest")),
    "prelu": ((5, 4, 26), lambda x: F.prelu(x, weight("prelu.weight", 26))),
    "prelu of one slope": ((3, 7, 3), lambda x: F.prelu(conv(x, "bent", 58, 1), weight("slope.weight", 1))),
    "add of a vector and an image": ((5, 6, 5), lambda x: F.relu(conv(mean(x), "shift", 5, 1) + x)),
    "multiply by a gate": ((7, 3, 26), lambda x: x * gate(x, "gate", 26)),
    "multiply, the gate first, over a long line": ((1, 37, 5), lambda x: gate(x, "first", 5) * x),
    "multiply by a gate, over more pixels than a slice": ((25, 23, 3), lambda x: x * gate(x, "sliced", 3)),
    "multiply by a map of one channel": ((4, 5, 58), lambda x: torch.sigmoid(gate(x, "map", 1) * x)),
    "multiply by a number": ((5, 3, 3), lambda x: x * gate(mean(x), "number", 1)),
    "multiply of one pixel and one channel": ((1, 1, 1), lambda x: x * conv(x, "single", 1, 1)),
    "multiply of images": ((5, 4, 5), lambda x: conv(x, "left", 5, 1) * x),
    "multiply by itself": ((3, 4, 5), lambda x: x * x),
    "multiply of a line and a column": ((4, 6, 5), lambda x: x.mean(2, keepdim=True) * x.mean(3, keepdim=True)),
    "subtract a vector": ((5, 3, 5), lambda x: x - mean(x)),
    "subtract an image from a map of one channel": ((2, 3, 5), lambda x: conv(x, "minuend", 1, 1) - x),
    "subtract of images": ((5, 3, 1), lambda x: x - conv(x, "subtrahend", 1, 3, padding=1)),
    "divide by a vector": ((4, 3, 5), lambda x: x / (gate(mean(x), "divisor", 5) + 0.5)),
    "divide a map of one channel by an image": ((3, 4, 26), lambda x: conv(x, "dividend", 1, 1) / (x + 2)),
    "divide of images": ((3, 4, 3), lambda x: x / (3 - 2 * x)),
    "maxPool": ((7, 9, 5), lambda x: F.max_pool2d(x, 3, 2, 1)),
    "maxPool of 3 x 2": ((7, 9, 5), lambda x: F.max_pool2d(x, (3, 2), (1, 2))),
    "maxPool, rounded up": ((6, 8, 3), lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
    "maxPool, rounded up, a window dropped": ((1, 37, 26), lambda x: F.max_pool2d(x, (1, 2), (1, 3), (0, 1), ceil_mode=True)),
    "maxPool, padded below": ((5, 4, 1), lambda x: F.max_pool2d(F.pad(x + 2, (1, 0, 0, 1)), 3, 2)),
    "averagePool, padding counts": ((7, 9, 5), lambda x: F.avg_pool2d(x, 3, 2, 1)),
    "averagePool, padding does not count": ((7, 9, 5), lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    "averagePool of 2 x 3": ((6, 9, 5), lambda x: F.avg_pool2d(x, (2, 3))),
    "averagePool, rounded up, padding counts": ((6, 8, 5), lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True)),
    "averagePool, rounded up, padding does not count": (
        (6, 7, 5),
        lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False),
    ),
    "averagePool, rounded up, without padding": ((6, 37, 3), lambda x: F.avg_pool2d(x, (2, 3), (3, 2), ceil_mode=True)),
    "averagePool, padded below and right": ((5, 4, 26), lambda x: F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1) / inside(x)),
    "adaptiveAveragePool, bins share pixels": ((7, 5, 5), lambda x: F.adaptive_avg_pool2d(x, (3, 2))),
    "adaptiveAveragePool, more bins than pixels": ((3, 4, 26), lambda x: F.adaptive_avg_pool2d(x, (7, 7))),
    "adaptiveAveragePool of a long line": ((1, 37, 1), lambda x: F.adaptive_avg_pool2d(x, (1, 5))),
    "globalPool": ((5, 3, 7), lambda x: x.mean((2, 3), keepdim=True)),
    "linear, channels first": ((3, 4, 5), lambda x: linear(x, "first", 9)),
    "linear, channels last": ((3, 4, 5), lambda x: linear(x.permute(0, 2, 3, 1), "last", 9)),
    "linear to an image": ((1, 1, 11), lambda x: image(linear(x, "image", 30), 2, 3, 5)),
    "upsample": ((3, 4, 5), lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)),
}


def channels_last(x: torch.Tensor) -> np.ndarray:
    """One image or vector, flattened in NHWC order."""
    x = x.detach()
    return (x.permute(0, 2, 3, 1) if x.ndim == 4 else x).flatten().numpy().astype(np.float32)


@torch.enable_grad()
def operations():
    """The output of every case, and the gradient of its input for a gradient of its output. Input and gradient are uniform in [-0.5, 0.5)."""
    tensors = {}
    for name, ((height, width, channels), run) in CASES.items():
        values = uniform_sequence(SEED_INPUT, STREAM_INPUT, height * width * channels) - 0.5
        x = torch.from_numpy(values).reshape(1, height, width, channels).permute(0, 3, 1, 2).requires_grad_()
        out = run(x)
        seed = torch.from_numpy(uniform_sequence(SEED_GRADIENT, STREAM_INPUT, out.numel()) - 0.5)
        out.backward(seed.reshape(1, out.shape[2], out.shape[3], -1).permute(0, 3, 1, 2) if out.ndim == 4 else seed[None])
        tensors[f"{name}: output"], tensors[f"{name}: gradient"] = channels_last(out), channels_last(x.grad)
    write("operations", tensors, {"input": SEED_INPUT, "gradient": SEED_GRADIENT, "cases": list(CASES)})
