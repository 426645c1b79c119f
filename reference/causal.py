"""Deletion and insertion (Petsiuk et al. 2018, RISE's CausalMetric) of saliency maps, beside two yardsticks that know nothing of the photo.

    python reference/causal.py PHOTOS MAP.npy|DIR... [--fit crop|squash]

Deletion replaces the most salient pixels first by the normalisation mean; insertion starts from the blurred photo and restores them. The
score is the softmax probability of the explained class, the curve has 29 points (1,792 pixels a step), the area is trapezoidal. Ties go
to the upper, then the left pixel. Class and fit come from NAME.json beside the map where there is one; else the teacher's own choice and
--fit. Yardsticks: a 7x7 grid of random numbers upsampled bilinearly (scores averaged over 3 seeds) and a centred Gaussian (its width is
irrelevant: only ranks count).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from images import FITS, fit_photo, read_photo, to_tensor
from nets import SIZE, load_teacher, normalise, pixel_unit
from outputs import find_photo, map_files, name_of, read_facts, read_map
from relabel import upsample
from scipy.ndimage import gaussian_filter
from torch.nn import functional as F

PIXELS, STEP = SIZE * SIZE, 1792
KERNEL, SIGMA = 11, 5
GRID, GRID_SEEDS = 7, (0, 1, 2)


def blur_kernel(height: int = SIZE, width: int = SIZE) -> torch.Tensor:
    """(3, 3, 11, 11): RISE's gkern(11, 5), a delta filtered by scipy's Gaussian, which reflects at the edge and so sums to 1. On other
    sizes than 224 x 224 it is as wide in proportion."""
    unit = pixel_unit(height, width)
    reach = max(1, round(KERNEL // 2 * unit))
    delta = np.zeros((2 * reach + 1, 2 * reach + 1))
    delta[reach, reach] = 1
    kernel = torch.zeros(3, 3, *delta.shape)
    for channel in range(3):
        kernel[channel, channel] = torch.from_numpy(gaussian_filter(delta, SIGMA * unit))
    return kernel


def blur(x: torch.Tensor) -> torch.Tensor:
    """(3, h, w), by the kernel of its size, zeros beyond the border."""
    kernel = blur_kernel(*x.shape[1:])
    return F.conv2d(x[None], kernel, padding=kernel.shape[-1] // 2)[0]


def points(height: int = SIZE, width: int = SIZE) -> np.ndarray:
    """Pixels replaced at every point of a curve: 1,792 a step of 224 x 224, the same share of other sizes, rounded up; the last step is what
    is left."""
    pixels = height * width
    step = -(-STEP * pixels // PIXELS)
    return np.arange(0, pixels + step, step).clip(max=pixels)


def auc(scores: np.ndarray, replaced: np.ndarray | None = None) -> float:
    """Trapezoidal, over the share of the pixels that is replaced; equal steps by default."""
    x = np.linspace(0, 1, len(scores)) if replaced is None else replaced / replaced[-1]
    return float(np.trapezoid(scores, x))


@torch.no_grad()
def probabilities(teacher, images: torch.Tensor, target: int) -> np.ndarray:
    return teacher(images).double().softmax(1)[:, target].numpy()


def replaced_step_by_step(start: torch.Tensor, finish: torch.Tensor, saliency: np.ndarray) -> torch.Tensor:
    """(29, 3, h, w): pixels of `finish` replace those of `start` (3, h, w), the most salient first."""
    rank = np.empty(saliency.size, dtype=np.int64)
    rank[np.argsort(-saliency.ravel().astype(np.float64), kind="stable")] = np.arange(saliency.size)
    rank = torch.from_numpy(rank).view(1, 1, *saliency.shape)
    replaced = torch.from_numpy(points(*saliency.shape)).view(-1, 1, 1, 1)
    return torch.where(rank < replaced, finish, start)


def curve(teacher, start: torch.Tensor, finish: torch.Tensor, saliency: np.ndarray, target: int) -> np.ndarray:
    """Probability of the target at every step."""
    return probabilities(teacher, replaced_step_by_step(start, finish, saliency), target)


def yardsticks() -> dict[str, list[np.ndarray]]:
    grids = [torch.from_numpy(np.random.default_rng(seed).random((1, 1, GRID, GRID))) for seed in GRID_SEEDS]
    at = np.arange(SIZE) - (SIZE - 1) / 2
    gaussian = np.exp(-(at[:, None] ** 2 + at[None] ** 2) / (2 * (SIZE / 4) ** 2))
    return {"random grid": [upsample(grid)[0, 0].numpy() for grid in grids], "Gaussian": [gaussian]}


def mean_and_error(values: np.ndarray) -> str:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{values.mean():+.3f} +- {error:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("maps", type=Path, nargs="+")
    parser.add_argument("--fit", choices=FITS, default="crop")
    args = parser.parse_args()
    teacher, baselines = load_teacher(), yardsticks()
    names = ["map", *baselines]
    scores = {name: [] for name in names}
    print(f"{'photo':32} class  p(x)  p(blur) p(grey)" + "".join(f" | {name:>11}: del   ins  i-d " for name in names))
    for file in map_files(args.maps):
        facts = read_facts(file)
        fit = facts["settings"]["fit"] if facts else args.fit
        x = normalise(to_tensor(fit_photo(read_photo(find_photo(args.photos, name_of(file))), fit)))
        target = facts["target"]["index"] if facts else int(teacher(x[None]).argmax())
        blurred, grey = blur(x), torch.zeros_like(x)
        ends = probabilities(teacher, torch.stack([x, blurred, grey]), target)
        line = f"{name_of(file)[:32]:32} {target:5d} {ends[0]:5.3f}  {ends[1]:7.4f} {ends[2]:7.4f}"
        for name, maps in {"map": [read_map(file)], **baselines}.items():
            pairs = [(auc(curve(teacher, x, grey, m, target)), auc(curve(teacher, blurred, x, m, target))) for m in maps]
            deletion, insertion = np.mean(pairs, axis=0)
            scores[name].append((deletion, insertion, insertion - deletion))
            line += f" |             {deletion:5.3f} {insertion:5.3f} {insertion - deletion:+.3f}"
        print(line, flush=True)
    table = {name: np.array(rows) for name, rows in scores.items()}
    print(f"\nmean +- standard error over {len(table['map'])} photos{'deletion':>14} {'insertion':>18} {'insertion - deletion':>25}")
    for name, rows in table.items():
        print(f"{name:32} " + "  ".join(f"{mean_and_error(column):>20}" for column in rows.T))
    for name in baselines:
        difference = table["map"] - table[name]
        print(f"{'map - ' + name + ', paired':32} " + "  ".join(f"{mean_and_error(column):>20}" for column in difference.T))


if __name__ == "__main__":
    main()
