"""The nets of torchvision with weights that tests make again, bit for bit, from the tensors' names: test/support/seeded-weights.ts."""

import math

import numpy as np
import torch
from nets import SIZE, load_state, load_teacher, torchvision_net
from sampling import uniform_sequence

STREAM_WEIGHTS = 10
# Height and width at which a net's goldens are made: the last maps of a ResNet and of MobileNetV2 are 2 x 3, which every tap of a 3 x 3
# kernel sees. VGG's linear layers want 224, and EfficientNet-Lite0 is looked at as it is used.
SMALL = (64, 96)


def golden_size(name: str) -> tuple[int, int]:
    return (SIZE, SIZE) if name.startswith(("vgg", "efficientnet")) else SMALL



def seeded_tensor(key: str, shape: torch.Size) -> torch.Tensor:
    """float32 weights that depend on nothing but the key and the shape, as test/support/seeded-weights.ts makes them: value i of the
    flattened tensor is (u_i - 0.5) * width + middle in float64, rounded; the seed of the u_i is the 32-bit FNV-1a hash of the key."""
    seed = 2166136261
    for byte in key.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    if len(shape) > 1:
        width, middle = 2 * math.sqrt(6 / math.prod(shape[1:])), 0.0
    elif key.endswith("running_var"):
        width, middle = 0.5, 1.0
    elif key.endswith(("running_mean", "bias")):
        width, middle = 0.2, 0.0
    else:
        width, middle = 0.5, 0.75
    values = (uniform_sequence(seed, STREAM_WEIGHTS, math.prod(shape)) - 0.5) * width + middle
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def float_shapes(model: torch.nn.Module) -> dict[str, torch.Size]:
    """Of the tensors that hold weights: all but the batch counters."""
    return {key: tensor.shape for key, tensor in model.state_dict().items() if tensor.is_floating_point()}


def seeded_net(name: str) -> torch.nn.Module:
    """torchvision's net with seeded weights, or EfficientNet-Lite0 with its own."""
    if name == "efficientnet-lite0":
        return load_teacher()
    model = torchvision_net(name)
    return load_state(model, {key: seeded_tensor(key, shape) for key, shape in float_shapes(model).items()}, name)
