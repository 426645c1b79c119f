"""Which units of any net float32 may take for others: those beside an activation's corner, and those beside another maximum of a pool.

As zoo.Doubts, but a net that was imported from a file has no names to find a layer by, so layers are told by their values:

    with Corners() as corners: y = model(x)       # x in float64
    corners.tensors("NAME")                       # to be stored
"""

import numpy as np
import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

# How near is beside: times the root mean square of all.
MARGIN = 1e-4
# Values of a tensor by which it is found again.
SAMPLES = 32
ACTIVATIONS = {
    **{function: (0,) for function in (F.relu, torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_, F.leaky_relu, F.leaky_relu_)},
    **{function: (0,) for function in (F.prelu, torch.prelu, F.elu, torch.abs, torch.Tensor.abs)},
    **{function: (0, 6) for function in (F.relu6,)},
    **{function: (-3, 3) for function in (F.hardswish, F.hardsigmoid)},
}
CLAMPS = (F.hardtanh, torch.clamp, torch.Tensor.clamp, torch.Tensor.clamp_, torch.clamp_)
POOLS = (F.max_pool2d, torch.max_pool2d)


class Corners(TorchFunctionMode):
    """Places are tensors that hold such units: what goes into an activation, what it gives, what is pooled. Of each: `shapes`, `samples`; and
    `rows` of (place, index in NHWC order, value in float64 rounded). Of a batch, the first image counts."""

    def __init__(self):
        super().__init__()
        self.shapes, self.samples, self.rows = [], [], []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in POOLS:
            self.pool(args[0], *args[1:], **kwargs)
            return function(*args, **kwargs)
        corners = ACTIVATIONS.get(function)
        if function in CLAMPS:
            bounds = [*args[1:3], *(kwargs.get(key) for key in ("min", "max", "min_val", "max_val"))]
            corners = tuple(bound for bound in bounds if isinstance(bound, (int, float))) or (-1, 1)
        if corners is None or not args[0].is_floating_point() or args[0].dim() not in (2, 4):
            return function(*args, **kwargs)
        x = args[0].detach().clone()
        value = function(*args, **kwargs)
        near = sum((((x - corner).abs() < MARGIN * rms(x)) & (x != corner) for corner in corners), torch.zeros_like(x, dtype=torch.bool))
        self.add(near, x, corners)
        # What it gives at a corner.
        ends = (0, 1) if function is F.hardsigmoid else corners
        self.add(near, value.detach(), ends)
        return value

    def pool(self, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, **_):
        (kh, kw), (sh, sw), (ph, pw) = pair(kernel_size), pair(stride or kernel_size), pair(padding)
        x = x.detach()
        padded = F.pad(x[:1], (pw, pw + sw * ceil_mode, ph, ph + sh * ceil_mode), value=-torch.inf)
        windows = padded.unfold(2, kh, sh).unfold(3, kw, sw).flatten(4)
        if windows.shape[-1] < 2:
            return
        values, places = windows.topk(2, 4)
        gap = values[..., 0] - values[..., 1]
        close = (gap < MARGIN * rms(x)) & (gap > 0)
        near = torch.zeros_like(padded, dtype=torch.bool)
        lifted = padded.clone()
        image, channel, line, column = close.nonzero().unbind(1)
        for order, place in enumerate(places[close].unbind(1)):
            at = image, channel, line * sh + place // kw, column * sw + place % kw
            near[at] = True
            if order == 0:
                # Where both round to one number, the larger stays the larger.
                exact = values[close]
                same = exact[:, 0].float() == exact[:, 1].float()
                larger = np.nextafter(exact[:, 0].float().numpy(), np.float32(np.inf))
                lifted[at] = torch.where(same, torch.from_numpy(larger).double(), exact[:, 0])
        inner = (..., slice(ph, ph + x.shape[2]), slice(pw, pw + x.shape[3]))
        self.add(near[inner], lifted[inner], ())

    def add(self, near: torch.Tensor, value: torch.Tensor, corners: tuple[float, ...]):
        last = (lambda t: t[0].permute(1, 2, 0)) if near.dim() == 4 else (lambda t: t[0])
        near, value = last(near), last(value)
        indices = near.flatten().nonzero()[:, 0].tolist()
        if not indices:
            return
        shape, value = tuple(value.shape), value.flatten()
        place = len(self.shapes)
        self.shapes.append(shape if len(shape) == 3 else (1, 1, *shape))
        self.samples.append(value[sample_indices(value.numel())].float().numpy())
        for index in indices:
            exact, rounded = value[index].item(), np.float32(value[index].item())
            # Rounding must not take a value to a corner.
            if rounded in corners and exact != rounded:
                rounded = np.nextafter(rounded, np.float32(np.inf if exact > rounded else -np.inf))
            self.rows.append((place, index, rounded))

    def tensors(self, name: str = "") -> dict[str, np.ndarray]:
        prefix = name and f"{name}."
        return {
            f"{prefix}shapes": np.array(self.shapes, dtype=np.float32).reshape(-1, 3),
            f"{prefix}samples": np.array(self.samples, dtype=np.float32).reshape(-1, SAMPLES),
            f"{prefix}doubts": np.array(self.rows, dtype=np.float32).reshape(-1, 3),
        }


def sample_indices(size: int) -> list[int]:
    """Spread over a tensor, every channel count's remainder being met."""
    return [int((i * 2654435761 % 4294967296) / 4294967296 * size) for i in range(1, SAMPLES + 1)]


def rms(x: torch.Tensor) -> torch.Tensor:
    """Of what is no pad of a maximum."""
    return x[x.isfinite()].square().mean().sqrt()


def pair(value) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)
