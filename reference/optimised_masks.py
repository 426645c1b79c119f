"""The methods that optimise a mask by gradient descent through the teacher, in plain PyTorch: extremal perturbations (Fong, Patrick & Vedaldi
2019) as TorchRay computes them, and FGVis (Wagner et al. 2019). `model` maps (1, 3, 224, 224) normalised images to logits; masks have the
dtype of the image x, (3, 224, 224).
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from backward import Gates
from golden import EXAMPLES, write
from images import fit_photo, read_photo, to_tensor
from nets import MEAN, SIZE, STD, load_state, load_teacher, normalise
from seeded import seeded_tensor
from torch import nn
from torch.nn import functional as F


LEVELS, MAX_BLUR = 8, 20.0
STEP, SIGMA, TEMPERATURE = 7, 21, 20.0
# Nodes of the parameters' grid a side, nodes that a pixel's smooth maximum takes in a side, and pixels of the mask with its margin.
GRID, WINDOW, FULL = SIZE // STEP, 9, SIZE + 36
FIRST_NODE = SIGMA // STEP + 4
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
    """The mask (260, 260) of parameters (32, 32): at every pixel the smooth maximum of the 9 x 9 nodes around it, each times its weight."""

    def __init__(self, dtype: torch.dtype):
        at = torch.arange(FULL)
        node = (at // STEP)[:, None] - FIRST_NODE + torch.arange(WINDOW)[None]
        offset = (at[:, None] - SIGMA - STEP * node).double()
        distance = (offset[:, None, :, None] ** 2 + offset[None, :, None, :] ** 2).sqrt().flatten(2)
        self.weights = torch.exp(-2 * (distance / SIGMA - 0.5).clamp(min=0) ** 2).to(dtype)

    def __call__(self, parameters: torch.Tensor) -> torch.Tensor:
        windows = F.pad(parameters, (FIRST_NODE,) * 4).unfold(0, WINDOW, 1).unfold(1, WINDOW, 1).flatten(2)
        values = windows.repeat_interleave(STEP, 0)[:FULL].repeat_interleave(STEP, 1)[:, :FULL] * self.weights
        return (values * (TEMPERATURE * values).softmax(2)).sum(2).clamp(0, 1)


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
        return SmoothMask(self.x.dtype)

    @cached_property
    def pyramid(self) -> torch.Tensor:
        return torch.stack([gaussian_blur(self.x, MAX_BLUR * (1 - level / (LEVELS - 1))) for level in range(LEVELS)])

    def perturb(self, mask: torch.Tensor) -> torch.Tensor:
        """Every pixel between the two levels of the pyramid that its mask falls between."""
        place = mask * (LEVELS - 1)
        level = place.floor()
        below, above = (
            self.pyramid.gather(0, index.long().clamp(max=LEVELS - 1).expand(1, 3, SIZE, SIZE))[0] for index in (level, level + 1)
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
            mask = full[SIGMA : SIGMA + SIZE, SIGMA : SIGMA + SIZE]
            image = self.perturb(mask)
            if self.jitter and t % 2 == 0:
                image = image.flip(2)
            reward = self.reward(self.model(image[None])[0])
            area_loss = AREA_WEIGHT * GROWTH**t * ((full - targets(full, area, self.keys)) ** 2).mean()
            (area_loss - reward).backward()
        self.rewards.append(reward.item())
        return parameters.grad, mask.detach()

    def run(self, area: float, iterations: int) -> torch.Tensor:
        """The mask (224, 224) that the last iteration saw."""
        parameters = torch.ones(GRID, GRID, dtype=self.x.dtype)
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
        """The mask (3, 224, 224), without noise."""
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
    """The small teacher of the engine's tests, test/support/toy-teacher.ts."""

    def __init__(self):
        super().__init__()
        self.stem, self.deep, self.head = nn.Conv2d(3, 8, 8, 8), nn.Conv2d(8, 40, 4, 4), nn.Linear(40, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(F.relu(self.deep(F.relu(self.stem(x)))).mean((2, 3)))


# Of the toy's normalisation: so narrow that its logits differ by as much as a real teacher's, and, for FGVis, such that no unit comes within
# rounding of its gate, where masks would fork.
TOY_MEAN, TOY_STD = (0.5,) * 3, {"extremal": (0.03,) * 3, "fgvis": (0.1,) * 3}


def seeded_toy() -> nn.Module:
    model = ToyTeacher()
    return load_state(model, {key: seeded_tensor(key, tensor.shape) for key, tensor in model.state_dict().items()}, "toy").double()


def every(values: torch.Tensor, step: int) -> np.ndarray:
    """Every `step`-th line and column, channels last."""
    sampled = values[..., ::step, ::step]
    return (sampled.permute(1, 2, 0) if sampled.ndim == 3 else sampled).float().numpy()


def optimised():
    """Masks of cat.jpg in float64, every third line and column, and first steps' gradients: of the toy teacher after as many iterations as the
    engine is held to, of EfficientNet-Lite0 after few. Of FGVis, whose masks have three channels, every seventh."""
    photo = to_tensor(fit_photo(read_photo(EXAMPLES / "cat.jpg"), "crop"))
    tensors, facts = {}, {"step": 3, "deepStep": 7, "area": 0.1, "extremal": {}, "fgvis": {}}

    def black(mean: tuple, std: tuple) -> torch.Tensor:
        return normalise(torch.zeros(3, 1, 1), mean, std).flatten()

    def optimise_extremal(key: str, model: nn.Module, x: torch.Tensor, target: int, iterations: int, reward: str, jitter: str):
        search = Extremal(model, x, target, reward == "contrastive", jitter == "flip")
        tensors[f"extremal.{key}.gradient"] = search.gradient(torch.ones(GRID, GRID, dtype=x.dtype), 0, facts["area"])[0].float().numpy()
        search.rewards.clear()
        mask = search.run(facts["area"], iterations)
        tensors[f"extremal.{key}.mask"] = every(mask, facts["step"])
        facts["extremal"][key] = {
            **{"target": target, "iterations": iterations, "reward": reward, "jitter": jitter},
            **{"reached": mask.mean().item(), "rewards": [search.rewards[0], search.rewards[-1]]},
        }
        print(f"extremal.{key}", facts["extremal"][key])

    def optimise_fgvis(key: str, model: nn.Module, x: torch.Tensor, target: int, iterations: int, reference: torch.Tensor, watches: bool):
        search = FGVis(model, x, target, reference, watches=watches)
        mask = search.run(iterations)
        tensors[f"fgvis.{key}.mask"] = every(mask, facts["deepStep"])
        facts["fgvis"][key] = {
            **{"target": target, "iterations": iterations, "done": len(search.probabilities), "stopped": search.stopped},
            **{"probabilities": [search.probabilities[0], search.probabilities[-1]], "deleted": 1 - mask.mean().item()},
        }
        print(f"fgvis.{key}", facts["fgvis"][key])

    toy = seeded_toy()
    facts["toy"] = {name: {"mean": TOY_MEAN, "deviation": deviation} for name, deviation in TOY_STD.items()}
    x = normalise(photo, TOY_MEAN, TOY_STD["extremal"]).double()
    first, second = toy(x[None])[0].argsort(descending=True)[:2].tolist()
    optimise_extremal("toy", toy, x, first, 100, "simple", "flip")
    optimise_extremal("toy-contrastive", toy, x, second, 15, "contrastive", "none")
    x, reference = normalise(photo, TOY_MEAN, TOY_STD["fgvis"]).double(), black(TOY_MEAN, TOY_STD["fgvis"])
    first, second = toy(x[None])[0].argsort(descending=True)[:2].tolist()
    optimise_fgvis("toy", toy, x, second, 50, reference, False)
    optimise_fgvis("toy-stops", toy, x, first, 50, reference, True)
    model, x = load_teacher().double(), normalise(photo).double()
    target = model(x[None]).argmax().item()
    optimise_extremal("efficientnet-lite0", model, x, target, 5, "simple", "flip")
    optimise_fgvis("efficientnet-lite0", model, x, target, 5, black(MEAN, STD), True)
    write("optimised", tensors, facts)
