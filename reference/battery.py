"""A battery of measures that favours no method: what a map says, held to the teacher from several sides, and to composites whose truth is known.

`Battery.score(maps)` gives for each map of a subject:

    rise    insertion from RISE's blur less deletion to grey, RISE's protocol, 28 steps
    blur, grey, strong, other
            insertion from a start less deletion to it, 8 steps: RISE's blur, the mean colour, a Gaussian blur of 24 pixels, another photo
    road    ROAD (Rong et al. 2022): least salient pixels first less most salient first, by noisy linear imputation of 30 and 70 % of the pixels
    regions Pearson correlation over 96 rectangles of a fifth of the photo between the map's sum and the drop of p, the mean of three fills

`truth(saliency, inside)` holds a map of a composite to the pasted photo: `auc`, that a pixel inside is above one outside, and `precision`, the share of
pixels inside among as many of the most salient ones; `pointing`, 1 where the maximum is inside or within 15 pixels of it, else 0.
"""

from dataclasses import dataclass

import numpy as np
import torch
from causal import KERNEL, PIXELS, STEP, auc, replaced_step_by_step
from images import to_tensor
from nets import SIZE
from relabel import gaussian_blur
from sampling import uniform_sequence
from scipy import sparse
from scipy.sparse.linalg import spsolve
from scipy.stats import rankdata
from torch.nn import functional as F

STEPS, STRONG_SIGMA, POINTING = 8, 24, 15
STREAM_RECTANGLES, STREAM_ROAD = 30, 31
RECTANGLES, AREA, MOST_STRETCHED = 96, 0.2, 2
ROAD_SHARES, ROAD_NOISE = (0.3, 0.7), 0.01
# ROAD's weights of a pixel's eight neighbours: 1/6 beside it, 1/12 across.
NEIGHBOURS = {(0, 1): 1 / 6, (1, 0): 1 / 6, (0, -1): 1 / 6, (-1, 0): 1 / 6, (1, 1): 1 / 12, (1, -1): 1 / 12, (-1, 1): 1 / 12, (-1, -1): 1 / 12}


def ranks(saliency: np.ndarray) -> np.ndarray:
    """(h, w): 0 is the most salient pixel; ties go to the upper, then the left one."""
    rank = np.empty(saliency.size, dtype=np.int64)
    rank[np.argsort(-saliency.ravel().astype(np.float64), kind="stable")] = np.arange(saliency.size)
    return rank.reshape(saliency.shape)


def inner_points(start: torch.Tensor, finish: torch.Tensor, saliency: np.ndarray) -> torch.Tensor:
    """(7, 3, h, w): pixels of `finish` replace those of `start` at every point between the ends."""
    replaced = torch.arange(1, STEPS).view(-1, 1, 1, 1) * (saliency.size // STEPS)
    return torch.where(torch.from_numpy(ranks(saliency))[None, None] < replaced, finish, start)


def rectangles(seed: int) -> np.ndarray:
    """(96, 4): top, left, bottom, right. The logarithm of height over width is uniform, and so is the place."""
    u = uniform_sequence(seed, STREAM_RECTANGLES, 3 * RECTANGLES).reshape(-1, 3)
    stretch = np.exp((2 * u[:, 0] - 1) * np.log(MOST_STRETCHED) / 2)
    side = SIZE * np.sqrt(AREA)
    height, width = np.round(side * stretch).astype(int), np.round(side / stretch).astype(int)
    top, left = np.floor(u[:, 1] * (SIZE - height + 1)).astype(int), np.floor(u[:, 2] * (SIZE - width + 1)).astype(int)
    return np.stack([top, left, top + height, left + width], 1)


def imputed(x: np.ndarray, hidden: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """(3, h, w): every hidden pixel is the weighted mean of its neighbours within the image, plus noise (ROAD's noisy linear imputation)."""
    height, width = hidden.shape
    number = np.full((height + 2, width + 2), -1)
    ys, xs = np.nonzero(hidden)
    number[ys + 1, xs + 1] = np.arange(len(ys))
    known = np.pad(np.where(hidden, 0, x), ((0, 0), (1, 1), (1, 1)))
    exists = np.pad(np.ones((height, width)), 1)
    right, total, entries = np.zeros((3, len(ys))), np.zeros(len(ys)), []
    for (dy, dx), weight in NEIGHBOURS.items():
        at = ys + 1 + dy, xs + 1 + dx
        total += weight * exists[at]
        right += weight * known[:, at[0], at[1]]
        inner = number[at] >= 0
        entries.append((np.nonzero(inner)[0], number[at][inner], np.full(inner.sum(), -weight)))
    rows, columns, values = (np.concatenate(part) for part in zip(*entries))
    system = sparse.csr_matrix((values, (rows, columns)), (len(ys), len(ys))) + sparse.diags(total)
    out = x.copy()
    out[:, ys, xs] = spsolve(system.tocsc(), right.T).T + noise[: len(ys)]
    return out


@dataclass(frozen=True)
class Start:
    """An image that insertion begins with and deletion ends at, and p of it."""

    image: torch.Tensor
    p: float


class Battery:
    """The measures of one subject. `other`: the pixels (uint8) of another photo; `probability`: p of the target for an iterator of images and
    their number."""

    def __init__(self, subject, other: np.ndarray, kernel: torch.Tensor, probability):
        self.subject, self.probability = subject, probability
        x = subject.x
        strong = subject.normalised(gaussian_blur(to_tensor(subject.pixels), STRONG_SIGMA))
        images = {
            "blur": F.conv2d(x[None], kernel, padding=KERNEL // 2)[0],
            "grey": torch.zeros_like(x),
            "strong": strong,
            "other": subject.normalised(to_tensor(other)),
        }
        self.p, *ends = probability(iter([torch.stack([x, *images.values()])]), 1 + len(images))
        self.starts = {name: Start(image, end) for (name, image), end in zip(images.items(), ends)}
        self.rectangles, self.drops = rectangles(subject.seed), None

    def causal(self, saliency: np.ndarray):
        """Batches of images, and what makes measures of their probabilities."""
        x, blur, grey = self.subject.x, self.starts["blur"], self.starts["grey"]
        yield replaced_step_by_step(x, grey.image, saliency)[1:-1]
        yield replaced_step_by_step(blur.image, x, saliency)[1:-1]
        for start in self.starts.values():
            yield inner_points(x, start.image, saliency)
            yield inner_points(start.image, x, saliency)

    def areas(self, p: np.ndarray) -> dict[str, float]:
        """Measures of the probabilities of `causal`'s images."""
        blur, grey, first = self.starts["blur"], self.starts["grey"], PIXELS // STEP - 1
        found = {"rise": auc([blur.p, *p[first : 2 * first], self.p]) - auc([self.p, *p[:first], grey.p])}
        for (name, start), both in zip(self.starts.items(), p[2 * first :].reshape(-1, 2, STEPS - 1)):
            found[name] = auc([start.p, *both[1], self.p]) - auc([self.p, *both[0], start.p])
        return found

    def road_images(self, saliency: np.ndarray):
        """Least salient pixels hidden, then the most salient, for each share."""
        rank, x = ranks(saliency), self.subject.x.double().numpy()
        noise = ROAD_NOISE * np.random.default_rng([self.subject.seed, STREAM_ROAD]).standard_normal(rank.size)
        for share in ROAD_SHARES:
            count = round(share * rank.size)
            for hidden in (rank >= rank.size - count, rank < count):
                yield torch.from_numpy(imputed(x, hidden, noise)).float()[None]

    def regions(self, saliency: np.ndarray) -> float:
        if self.drops is None:
            fills = [self.starts[name].image for name in ("grey", "strong", "other")]
            p = self.probability((self.hidden(fill) for fill in fills), len(fills) * RECTANGLES)
            self.drops = (self.p - p).reshape(len(fills), RECTANGLES)
        total = np.pad(saliency.astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        top, left, bottom, right = self.rectangles.T
        sums = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        if sums.std() == 0:
            return 0.0
        return float(np.mean([np.corrcoef(sums, drops)[0, 1] if drops.std() > 0 else 0 for drops in self.drops]))

    def hidden(self, fill: torch.Tensor) -> torch.Tensor:
        """(96, 3, h, w): the photo with each rectangle filled."""
        images = self.subject.x.repeat(RECTANGLES, 1, 1, 1)
        for image, (top, left, bottom, right) in zip(images, self.rectangles):
            image[:, top:bottom, left:right] = fill[:, top:bottom, left:right]
        return images

    def score(self, maps: list[np.ndarray], road: bool = True) -> list[dict[str, float]]:
        count = 2 * (PIXELS // STEP - 1) + 2 * (STEPS - 1) * len(self.starts)
        p = self.probability((batch for saliency in maps for batch in self.causal(saliency)), count * len(maps)).reshape(len(maps), -1)
        found = [{**self.areas(row), "regions": self.regions(saliency)} for row, saliency in zip(p, maps)]
        if road:
            images = (image for saliency in maps for image in self.road_images(saliency))
            shares = self.probability(images, 2 * len(ROAD_SHARES) * len(maps)).reshape(len(maps), -1, 2)
            for measures, row in zip(found, shares):
                measures["road"] = float((row[:, 0] - row[:, 1]).mean())
        return found


def truth(saliency: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    """Of a map (h, w) and where the pasted photo is."""
    most, sides = np.unravel_index(saliency.argmax(), saliency.shape), np.nonzero(inside)
    hit = all(side.min() - POINTING <= at <= side.max() + POINTING for at, side in zip(most, sides))
    rank, count = rankdata(saliency), inside.sum()
    area = (rank.reshape(inside.shape)[inside].sum() - count * (count + 1) / 2) / (count * (inside.size - count))
    return {"auc": float(area), "precision": float(inside[ranks(saliency) < count].mean()), "pointing": float(hit)}
