"""Random weights that keep every layer's output at a deviation of about 1, for any net."""

import math

import torch
from torch import nn

LAYER_SCALE = 0.2


def calibrate(model: nn.Module, x: torch.Tensor, seed: int) -> nn.Module:
    """Gives all parameters and statistics random values; then each convolution's and matrix's, biases too, a factor by which its output has a standard
    deviation of 1 on `x`; where a layer standardises its weights, the gain behind that."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.is_floating_point():
            with torch.no_grad():
                draw(name, tensor, generator)

    def scale(module: nn.Module, _, out: torch.Tensor) -> torch.Tensor:
        factor = 1 / max(out.std().item(), 1e-3)
        for tensor in (getattr(module, "gain", module.weight), module.bias):
            if tensor is not None:
                tensor.mul_(factor)
        return out * factor

    layers = [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(scale) for layer in layers]
    try:
        with torch.no_grad():
            model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return model


def draw(name: str, tensor: torch.Tensor, generator: torch.Generator):
    uniform = torch.rand(tensor.shape, generator=generator)
    last = name.rsplit(".", 1)[-1]
    if last in ("gamma", "layer_scale", "gls"):
        tensor.copy_((0.5 + uniform / 2) * LAYER_SCALE)
    elif last == "running_var":
        tensor.copy_(0.75 + uniform / 2)
    elif last in ("running_mean", "bias", "beta"):
        tensor.copy_((uniform - 0.5) * 0.2)
    elif last in ("gain", "alpha", "skipinit_gain", "scale") or tensor.dim() < 2:
        tensor.copy_(0.5 + uniform / 2)
    else:
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * math.sqrt(2 / math.prod(tensor.shape[1:])))
