"""The methods that optimise a mask by gradient descent through the teacher, in plain PyTorch: extremal perturbations (Fong, Patrick & Vedaldi
2019) as TorchRay computes them, and FGVis (Wagner et al. 2019). `model` maps (1, 3, h, w) normalised images to logits; masks have the dtype
of the image x, (3, h, w). TorchRay's lengths are for 224 x 224: for other sizes they are multiplied by sqrt(h w) / 224.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from backward import Gates
from golden import EXAMPLES, MAP_SIZE, write
from images import fit_photo, read_photo, to_tensor
from nets import MEAN, STD, load_state, load_teacher, normalise, pixel_unit
from seeded import seeded_tensor
from torch import nn
from torch.nn import functional as F


LEVELS, MAX_BLUR = 8, 20.0
TEMPERATURE = 20.0
# Pixels between the nodes of the parameters' grid; steps from a node at which its weight has fallen to exp(-1/2), and by which the mask is
# larger than the photo on every side; nodes that a pixel's smooth maximum takes in a side; nodes from the first pixel's window to the grid.
STEP, MARGIN_STEPS, WINDOW = 7, 3, 9
FIRST_NODE = MARGIN_STEPS + WINDOW // 2
AREA_WEIGHT, GROWTH = 300.0, 1.0035
RATE, MOMENTUM = 0.01, 0.9
# The full mask is sorted by value in steps of 2^-16, then by position, so that rounding does not decide among equal values.
KEYS = 2.0**16


def gaussian_blur(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """(c, h, w), zeros beyond the border, cut off at 4 sigma."""
    reach = math.ceil(4 * sigma)
    if reach == 0:
        return x
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float64) / sigma) ** 2)
    taps = (taps / taps.sum()).to(x.dtype)
    x = F.conv2d(x[:, None], taps.view(1, 1, -1, 1), padding=(reach, 0))
    return F.conv2d(x, taps.view(1, 1, 1, -1), padding=(0, reach))[:, 0]


class SmoothMask:
    """The mask of parameters (grid): at every pixel the smooth maximum of the 9 x 9 nodes around it, each times its weight. For 224 x 224
    there are 32 x 32 parameters and 260 x 260 pixels; where the step does not divide a side, a few more than the photo needs."""

    def __init__(self, height: int, width: int, dtype: torch.dtype):
        self.size = height, width
        self.step = max(1, round(STEP * pixel_unit(height, width)))
        self.margin = MARGIN_STEPS * self.step
        self.grid = math.ceil(height / self.step), math.ceil(width / self.step)
        self.full = [(nodes - 1) * self.step + 2 * self.margin + 1 for nodes in self.grid]
        y, x = map(self.offsets, self.full)
        distance = (y[:, None, :, None] ** 2 + x[None, :, None, :] ** 2).sqrt().flatten(2)
        self.weights = torch.exp(-2 * (distance / self.margin - 0.5).clamp(min=0) ** 2).to(dtype)

    def offsets(self, pixels: int) -> torch.Tensor:
        """(pixels, 9) from the nodes of a pixel's window, along one side."""
        at = torch.arange(pixels)
        node = (at // self.step)[:, None] - FIRST_NODE + torch.arange(WINDOW)[None]
        return (at[:, None] - self.margin - self.step * node).double()

    def __call__(self, parameters: torch.Tensor) -> torch.Tensor:
        windows = F.pad(parameters, (FIRST_NODE,) * 4).unfold(0, WINDOW, 1).unfold(1, WINDOW, 1).flatten(2)
        height, width = self.full
        values = windows.repeat_interleave(self.step, 0)[:height].repeat_interleave(self.step, 1)[:, :width] * self.weights
        return (values * (TEMPERATURE * values).softmax(2)).sum(2).clamp(0, 1)

    def crop(self, mask: torch.Tensor) -> torch.Tensor:
        """The part that covers the photo."""
        height, width = self.size
        return mask[self.margin : self.margin + height, self.margin : self.margin + width]


def targets(mask: torch.Tensor, area: float, keys: float | None = KEYS) -> torch.Tensor:
    """1 for the `area` largest of the values, 0 for the others."""
    flat = mask.detach().flatten()
    order = torch.argsort(flat if keys is None else (flat * keys).floor().clamp(max=keys - 1), stable=True)
    wanted = torch.zeros_like(flat)
    wanted[order[int(len(flat) * (1 - area)) :]] = 1
    return wanted.view_as(mask)


@dataclass
class Extremal:
    """Perturbs a photo; see `run`."""

    model: torch.nn.Module
    x: torch.Tensor
    target: int
    contrastive: bool = False
    jitter: bool = True
    keys: float | None = KEYS
    rewards: list[float] = field(default_factory=list)

    @cached_property
    def smooth_mask(self) -> SmoothMask:
        return SmoothMask(*self.x.shape[1:], self.x.dtype)

    @cached_property
    def pyramid(self) -> torch.Tensor:
        widest = MAX_BLUR * pixel_unit(*self.x.shape[1:])
        return torch.stack([gaussian_blur(self.x, widest * (1 - level / (LEVELS - 1))) for level in range(LEVELS)])

    def start(self) -> torch.Tensor:
        return torch.ones(self.smooth_mask.grid, dtype=self.x.dtype)

    def perturb(self, mask: torch.Tensor) -> torch.Tensor:
        """Every pixel between the two levels of the pyramid that its mask falls between."""
        place = mask * (LEVELS - 1)
        level = place.floor()
        below, above = (
            self.pyramid.gather(0, index.long().clamp(max=LEVELS - 1).expand(1, *self.x.shape))[0] for index in (level, level + 1)
        )
        return below + (place - level) * (above - below)

    def reward(self, logits: torch.Tensor) -> torch.Tensor:
        own = logits[self.target]
        if not self.contrastive:
            return own
        others = torch.cat([logits[: self.target], logits[self.target + 1 :]])
        return own - others.max()

    def gradient(self, parameters: torch.Tensor, t: int, area: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Of what step t minimises with respect to the parameters, and the cropped mask."""
        parameters = parameters.clone().requires_grad_()
        with torch.enable_grad():
            full = self.smooth_mask(parameters)
            mask = self.smooth_mask.crop(full)
            image = self.perturb(mask)
            if self.jitter and t % 2 == 0:
                image = image.flip(2)
            reward = self.reward(self.model(image[None])[0])
            area_loss = AREA_WEIGHT * GROWTH**t * ((full - targets(full, area, self.keys)) ** 2).mean()
            (area_loss - reward).backward()
        self.rewards.append(reward.item())
        return parameters.grad, mask.detach()

    def run(self, area: float, iterations: int) -> torch.Tensor:
        """The mask (h, w) that the last iteration saw."""
        parameters = self.start()
        velocity = mask = None
        for t in range(iterations):
            gradient, mask = self.gradient(parameters, t, area)
            velocity = gradient if velocity is None else MOMENTUM * velocity + (1 - MOMENTUM) * gradient
            parameters = (parameters - RATE * velocity).clamp(0, 1)
        return mask


@dataclass
class FGVis:
    """Deletes the evidence for a class until the first choice changes; see `run`. `reference`: (3,), what deleted pixels become."""

    model: torch.nn.Module
    x: torch.Tensor
    target: int
    reference: torch.Tensor
    rate: float = 0.1
    weight: float = -1e-9
    # Whether a first choice other than the target ends the run.
    watches: bool = True
    probabilities: list[float] = field(default_factory=list)
    stopped: bool = False

    def gradient(self, mask: torch.Tensor, clean: Gates) -> tuple[torch.Tensor, int]:
        """Of p_c + weight |m|_1, and the first choice."""
        mask = mask.clone().requires_grad_()
        with torch.enable_grad(), Gates(clean.values):
            image = self.x * mask + self.reference.view(3, 1, 1).to(self.x) * (1 - mask)
            p = self.model(image[None]).softmax(1)[0]
            (p[self.target] + self.weight * mask.norm(1)).backward()
        self.probabilities.append(p[self.target].item())
        return mask.grad, p.argmax().item()

    def run(self, iterations: int) -> torch.Tensor:
        """The mask (3, h, w), without noise."""
        clean = Gates()
        with torch.no_grad(), clean:
            self.model(self.x[None])
        mask = torch.ones_like(self.x)
        for _ in range(iterations):
            gradient, choice = self.gradient(mask, clean)
            mask = (mask - self.rate * gradient / gradient.abs().max()).clamp(0, 1)
            if self.watches and choice != self.target:
                self.stopped = True
                break
        return mask


class ToyTeacher(nn.Module):
    """The small toy of the engine's tests, test/support/toy-teacher.ts."""

    def __init__(self):
        super().__init__()
        self.stem, self.deep, self.head = nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 20, 2, 2), nn.Linear(20, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(F.relu(self.deep(F.relu(self.stem(x)))).mean((2, 3)))


# A height and width of which the grid's step, 3, divides neither.
TOY_SIZE = 44, 72
# The toy's normalisation: so narrow that its logits differ by as much as a real teacher's, and such that no value of an extremal mask comes
# within rounding of another's rank, and for FGVis no unit of its gate, where masks would fork.
TOY_MEAN, TOY_STD = (0.5,) * 3, (0.06,) * 3


def seeded_toy() -> nn.Module:
    model = ToyTeacher()
    return load_state(model, {key: seeded_tensor(key, tensor.shape) for key, tensor in model.state_dict().items()}, "toy").double()


def every(values: torch.Tensor, step: int) -> np.ndarray:
    """Every `step`-th line and column, channels last."""
    sampled = values[..., ::step, ::step]
    return (sampled.permute(1, 2, 0) if sampled.ndim == 3 else sampled).float().numpy()


def optimised():
    """Masks of cat.jpg in float64, and first steps' gradients: of the toy teacher after as many iterations as the engine is held to, of
    EfficientNet-Lite0 after few, of whose masks every third line and column is kept, of FGVis's, which have three channels, every seventh."""
    cat = read_photo(EXAMPLES / "cat.jpg")
    tensors, facts = {}, {"size": MAP_SIZE, "area": 0.1, "extremal": {}, "fgvis": {}}

    def black(mean: tuple, std: tuple) -> torch.Tensor:
        return normalise(torch.zeros(3, 1, 1), mean, std).flatten()

    def optimise_extremal(key: str, model: nn.Module, x: torch.Tensor, target: int, iterations: int, reward: str, jitter: str, step: int):
        search = Extremal(model, x, target, reward == "contrastive", jitter == "flip")
        tensors[f"extremal.{key}.gradient"] = search.gradient(search.start(), 0, facts["area"])[0].float().numpy()
        search.rewards.clear()
        mask = search.run(facts["area"], iterations)
        tensors[f"extremal.{key}.mask"] = every(mask, step)
        facts["extremal"][key] = {
            **{"target": target, "iterations": iterations, "reward": reward, "jitter": jitter, "step": step},
            **{"reached": mask.mean().item(), "rewards": [search.rewards[0], search.rewards[-1]]},
        }
        print(f"extremal.{key}", facts["extremal"][key])

    def optimise_fgvis(key: str, search: FGVis, iterations: int, step: int):
        mask = search.run(iterations)
        tensors[f"fgvis.{key}.mask"] = every(mask, step)
        facts["fgvis"][key] = {
            **{"target": search.target, "iterations": iterations, "done": len(search.probabilities), "stopped": search.stopped, "step": step},
            **{"probabilities": [search.probabilities[0], search.probabilities[-1]], "deleted": 1 - mask.mean().item()},
        }
        print(f"fgvis.{key}", facts["fgvis"][key])

    toy, photo = seeded_toy(), to_tensor(fit_photo(cat, "crop", *TOY_SIZE))
    facts["toy"] = {"height": TOY_SIZE[0], "width": TOY_SIZE[1], "mean": TOY_MEAN, "deviation": TOY_STD}
    x, reference = normalise(photo, TOY_MEAN, TOY_STD).double(), black(TOY_MEAN, TOY_STD)
    first, second = toy(x[None])[0].argsort(descending=True)[:2].tolist()
    optimise_extremal("toy", toy, x, first, 40, "simple", "flip", 1)
    optimise_extremal("toy-contrastive", toy, x, second, 15, "contrastive", "none", 1)
    optimise_fgvis("toy", FGVis(toy, x, second, reference, watches=False), 50, 1)
    optimise_fgvis("toy-stops", FGVis(toy, x, first, reference), 50, 1)
    model, x = load_teacher().double(), normalise(to_tensor(fit_photo(cat, "crop", *MAP_SIZE))).double()
    target = model(x[None]).argmax().item()
    optimise_extremal("efficientnet-lite0", model, x, target, 5, "simple", "flip", 3)
    optimise_fgvis("efficientnet-lite0", FGVis(model, x, target, black(MEAN, STD)), 5, 7)
    write("optimised", tensors, facts)
