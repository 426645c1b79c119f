"""When a map has settled: how many samples it takes until two halves of them agree, and whether another run then draws the same map.

    python reference/study.py run --photos PHOTOS --out OUT --split tune --limit N --methods "relabel 1000" --seed 0   (and --seed 1)
    python reference/auto_study.py OUT [--threshold R,...] [--cap N]

Reads the probabilities that those runs keep (OUT/forwards/SEED/PHOTO.npz). For every photo and threshold: samples of one seed until the reliability, looked at
after every block from the second on, reaches the threshold, or the cap; that reliability, which is the agreement promised; and Spearman's correlation with
the map of all samples of the other seed, which is the agreement found. Each seed stands for one such run.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from students import BLOCK, correlation_student, reliability
from study import SEED_STEP
from study_methods import MOST, balanced_features

DESIGN, SHORTFALL = "gates, inpaint p", 0.05


def weights(seed: int, p: np.ndarray) -> np.ndarray:
    """(1024,): the student's, from these samples."""
    return correlation_student(balanced_features(seed, MOST)[: len(p)], p)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threshold", type=lambda text: [float(part) for part in text.split(",")], default=[0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1])
    parser.add_argument("--cap", type=int, default=MOST)
    args = parser.parse_args()
    found = {threshold: [] for threshold in args.threshold}
    files = [args.out / "forwards" / str(seed) for seed in (0, 1)]
    names = sorted(file.stem for file in files[0].glob("*.npz") if (files[1] / file.name).exists())
    for name in names:
        runs = [(run * SEED_STEP + int(name[:3]), np.load(files[run] / f"{name}.npz")[DESIGN]) for run in (0, 1)]
        for (seed, p), other in (runs, runs[::-1]):
            steps = [*range(2 * BLOCK, args.cap, BLOCK), args.cap]
            whole = weights(*other)
            promised = {count: reliability(balanced_features(seed, MOST)[:count], p[:count]) for count in steps}
            agreed = {count: spearmanr(weights(seed, p[:count]), whole).statistic for count in steps}
            for threshold, lines in found.items():
                count = next((count for count in steps if promised[count] >= threshold), args.cap)
                lines.append((count, promised[count], agreed[count]))
    print(f"{len(names)} photos, two seeds each, at most {args.cap} samples\n")
    print("| threshold | samples: median (10 to 90 %) | at the cap | promised, mean | found, mean (lowest) | more than .05 below its promise |")
    print("|---|---|---|---|---|---|")
    for threshold, lines in found.items():
        count, promise, agreed = np.array(lines).T
        low, middle, high = np.percentile(count, (10, 50, 90)).round().astype(int)
        spread = f"{agreed.mean():.3f} ({agreed.min():.3f})"
        short = f"{(agreed < promise - SHORTFALL).sum()} of {len(lines)}"
        print(f"| {threshold:g} | {middle} ({low} to {high}) | {(count == args.cap).sum()} | {promise.mean():.3f} | {spread} | {short} |")


if __name__ == "__main__":
    main()
