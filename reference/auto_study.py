"""When a map has settled: how many samples it takes until two halves of them agree, and whether another run then draws the same map.

    python reference/study.py run --photos PHOTOS --out OUT --split tune --limit N --methods "relabel 1000" --seed 0   (and --seed 1)
    python reference/auto_study.py OUT [--threshold R,...] [--cap N] [--photos N]

Reads the probabilities that those runs keep (OUT/forwards/SEED/PHOTO.npz). For every photo and threshold: samples of seed 0 until the reliability, looked at
after every 32 from 64 on, reaches the threshold, or the cap; that reliability, which is the agreement promised; and Spearman's correlation with
the map of all samples of seed 1, which is the agreement found. `--photos` N: the first ones alone.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from students import correlation_student
from study import SEED_STEP
from study_methods import balanced_features

DESIGN, BLOCK, LEAST = "gates, inpaint p", 32, 64
SHORTFALL = 0.05


def cells(seed: int, p: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(1024,): the student's weights from these samples."""
    return correlation_student(balanced_features(seed, 1000)[rows], p[rows])


def reliability(seed: int, p: np.ndarray, count: int) -> float:
    """Of the map of the first `count` samples: Spearman's correlation of its halves, every other pair of samples each, stepped up to the whole
    (Spearman 1910, Brown 1910)."""
    rows = np.arange(count)
    halves = (cells(seed, p, rows[(rows >> 1 & 1) == side]) for side in (0, 1))
    r = spearmanr(*halves).statistic
    return 2 * r / (1 + r) if r > 0 else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threshold", type=lambda text: [float(part) for part in text.split(",")], default=[0.8, 0.85, 0.9, 0.93, 0.95, 1])
    parser.add_argument("--cap", type=int, default=1000)
    parser.add_argument("--photos", type=int)
    args = parser.parse_args()
    found = {threshold: [] for threshold in args.threshold}
    files = [args.out / "forwards" / str(seed) for seed in (0, 1)]
    names = [file.stem for file in files[0].glob("*.npz") if (files[1] / file.name).exists()]
    for name in sorted(names)[: args.photos]:
        (own, p), (other, q) = ((seed * SEED_STEP + int(name[:3]), np.load(files[seed] / f"{name}.npz")[DESIGN]) for seed in (0, 1))
        steps = [*range(LEAST, args.cap, BLOCK), args.cap]
        promised = {count: reliability(own, p, count) for count in steps}
        whole = cells(other, q, np.arange(len(q)))
        for threshold, lines in found.items():
            count = next((count for count in steps if promised[count] >= threshold), args.cap)
            agreed = spearmanr(cells(own, p, np.arange(count)), whole).statistic
            lines.append((count, promised[count], agreed, p[:count].std()))
    print(f"{len(names[: args.photos])} photos, at most {args.cap} samples\n")
    print("| threshold | samples: median (10 to 90 %) | at the cap | promised, mean | found, mean (lowest) | more than .05 below its promise |\n|---|---|---|---|---|---|")
    for threshold, lines in found.items():
        count, promise, agreed, _ = np.array(lines).T
        low, middle, high = np.percentile(count, (10, 50, 90)).round().astype(int)
        short = (agreed < promise - SHORTFALL).sum()
        print(f"| {threshold} | {middle} ({low} to {high}) | {(count == args.cap).sum()} | {promise.mean():.3f} | {agreed.mean():.3f} ({agreed.min():.3f}) | {short} |")


if __name__ == "__main__":
    main()
