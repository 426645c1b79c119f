"""Makes the table of `npm run evaluate` once more in PyTorch, photo by photo, and compares: the same photos, seed and parameters, maps and
curves by this folder's implementations.

    python reference/scores.py PHOTOS DIR [--tolerance 0.01]

DIR is what `evaluate --out` wrote, of EfficientNet-Lite0 and `rise-fast`. Knows relabel, rise, lime, occlusion, grad-cam, the random grid
and the centred Gaussian; others are named and left out. Exit code 1 where a method's mean differs by more than the tolerance.
"""

import argparse
import json
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from causal import GRID, blur_kernel, yardsticks
from curves import STREAM_GRID
from fast_teacher import FastTeacher
from gradients import Named, gradient_map
from images import fit_photo, read_photo
from nets import load_teacher
from perturbation import occlusion
from relabel import upsample
from sampling import uniform_sequence
from study import Judge
from study_methods import Subject, draw_gated, draw_lime, draw_rise, map_lime, map_relabel, map_rise

MEASURES = ("deletion", "insertion")


def perturbed(judge: Judge, draw, make, count: int) -> np.ndarray:
    return make(judge.subject, judge.sample(draw, count)[0])


def relabel_map(judge: Judge, samples=1000, fill="inpaint", **_) -> np.ndarray:
    fills = tuple(fill.split(",")) if isinstance(fill, str) else tuple(fill)
    return perturbed(judge, partial(draw_gated, fills), map_relabel, samples)


def occlusion_map(judge: Judge, window=15, stride=8, **_) -> np.ndarray:
    def probability(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(judge.probabilities(judge.teacher.logits([x], len(x))))

    return occlusion(probability, judge.subject.x, window, stride)


@cache
def named_teacher() -> Named:
    return Named(load_teacher())


def grad_cam_map(judge: Judge, **_) -> np.ndarray:
    with torch.enable_grad():
        return gradient_map("grad-cam", named_teacher(), judge.subject.x[None], judge.target, "bn2").numpy()


def random_grid(subject: Subject) -> np.ndarray:
    grid = uniform_sequence(subject.seed, STREAM_GRID, GRID * GRID).reshape(1, 1, GRID, GRID)
    return upsample(torch.from_numpy(grid))[0, 0].numpy()


# A map (224, 224) of each, by the names that the engine has for them.
MAPS = {
    "relabel": relabel_map,
    "rise": lambda judge, masks=4000, **_: perturbed(judge, draw_rise, map_rise, masks),
    "lime": lambda judge, samples=1000, **_: perturbed(judge, draw_lime, map_lime, samples),
    "occlusion": occlusion_map,
    "grad-cam": grad_cam_map,
    "random grid": lambda judge, **_: random_grid(judge.subject),
    "centred Gaussian": lambda judge, **_: yardsticks()["Gaussian"][0],
}


def read_scores(folder: Path) -> tuple[dict, dict[str, dict]]:
    """The run, and photo -> its record; photos that were left out are not among them."""
    run = json.loads((folder / "run.json").read_text())
    records = {name: json.loads((folder / "photos" / f"{name}.json").read_text()) for name in run["photos"]}
    return run, {name: record for name, record in records.items() if "skipped" not in record}


def scores_of(record: dict) -> dict[str, np.ndarray]:
    """Name of a map -> (deletion, insertion), by the engine."""
    return {name: np.array([scores["causal"][key]["area"] for key in MEASURES]) for name, scores in record["evaluation"]["maps"].items()}


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("scores", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.01)
    args = parser.parse_args()
    run, records = read_scores(args.scores)
    settings = run["settings"]
    if (settings["teacher"], settings["protocol"]) != ("efficientnet-lite0", "rise-fast"):
        raise SystemExit("Only scores of efficientnet-lite0 by rise-fast can be made here.")
    options = {method["name"]: {**method["options"].get("parameters", {}), **method["options"]} for method in settings["methods"]}
    teacher, kernel, pairs = FastTeacher(), blur_kernel(), {}
    for name, record in records.items():
        subject = Subject(fit_photo(read_photo(args.photos / record["image"].split("/")[-1]), settings["fit"]), settings["seed"])
        judge = Judge(teacher, subject, kernel)
        if judge.target != record["target"]["index"]:
            raise SystemExit(f"{name}: the first choice is {judge.target} here and {record['target']['index']} there.")
        theirs = {key: value for key, value in scores_of(record).items() if key in MAPS}
        ours = judge.score([MAPS[key](judge, **options.get(key, {})) for key in theirs])
        for key, pair in zip(theirs, ours):
            pairs.setdefault(key, []).append((theirs[key], np.array(pair)))
        print(name, {key: [round(float(d), 5) for d in theirs[key] - pair] for key, pair in zip(theirs, ours)}, flush=True)
    for name in sorted({key for record in records.values() for key in scores_of(record)} - set(pairs)):
        print(f"{name}: not made here")
    print(f"\n{len(records)} photos: means, and engine less PyTorch: of the means, and at most of one photo")
    worst = 0
    for key, found in pairs.items():
        theirs, ours = np.moveaxis(np.array(found), 1, 0)
        apart, most = np.abs((theirs - ours).mean(0)).max(), np.abs(theirs - ours).max()
        worst = max(worst, apart)
        print(f"{key:20} deletion {ours[:, 0].mean():.4f}, insertion {ours[:, 1].mean():.4f}: {apart:.5f}, {most:.5f}")
    if worst > args.tolerance:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
