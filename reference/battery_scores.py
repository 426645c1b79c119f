"""Makes the scores of `npm run evaluate -- --metrics starts,regions`, and of `evaluate planted`, once more in PyTorch, and compares photo by photo.

    python reference/battery_scores.py PHOTOS DIR [--maps MAPS] [--tolerance 0.001]

DIR is what `evaluate --out` wrote, of EfficientNet-Lite0. The yardsticks' maps are made here. Those of methods are read from MAPS as NAME.A.map.npy,
where `npm run explain -- PHOTOS --method A,B --out MAPS` wrote them by the same settings (of composites: DIR/composites/NAME.png --fit squash --target
CLASS), and left out where there are none. Composites are made here, too, and must be the same. Exit code 1 where a number differs by more than the
tolerance.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from battery import Battery, truth
from causal import blur_kernel, yardsticks
from fast_teacher import FastTeacher
from images import fit_photo, photo_files, read_photo
from nets import SIZE, normalise
from outputs import find_photo, read_map
from planted import composites
from scores import random_grid
from study import Judge
from study_methods import Subject
from torch.nn import functional as F

LUMINANCE, SOBEL = (0.2126, 0.7152, 0.0722), ((-1, 1), (0, 2), (1, 1))


def edges(pixels: np.ndarray) -> np.ndarray:
    """Magnitude of the luminance's gradient, summed in the engine's order: many values are nearly equal, and rounding decides on their order."""
    channels = np.moveaxis(np.float32(pixels) / np.float32(255), 2, 0).astype(np.float64)
    light = np.pad(sum(weight * channel for weight, channel in zip(LUMINANCE, channels)), 1, mode="edge")

    def near(across: int, down: int) -> np.ndarray:
        return light[1 + down : 1 + down + SIZE, 1 + across : 1 + across + SIZE]

    across = sum(weight * (near(1, step) - near(-1, step)) for step, weight in SOBEL)
    return np.hypot(across, sum(weight * (near(step, 1) - near(step, -1)) for step, weight in SOBEL))


def yardstick_maps(subject: Subject) -> dict[str, np.ndarray]:
    return {"random grid": random_grid(subject), "centred Gaussian": yardsticks()["Gaussian"][0], "edges": edges(subject.pixels)}


def results_of(folder: Path, run: dict, photo: dict) -> list[dict]:
    """The photo's results by the run's settings; those of other runs may lie beside them."""
    wanted = {key: value for key, value in run["settings"].items() if key != "methods"}
    wanted |= {"photo": photo["sha256"], "other": photo.get("other", {}).get("sha256"), "planted": photo.get("planted")}
    methods = {method["name"]: method["settings"] for method in run["settings"]["methods"]} | {"yardsticks": {}}
    found = [json.loads(file.read_text()) for file in sorted((folder / "photos").glob(f"{photo['name']}.*.json"))]
    origins = [(result, result["origin"]) for result in found if "origin" in result]
    return [
        result
        for result, origin in origins
        if all(origin.get(key) == value for key, value in wanted.items()) and methods.get(origin["method"]) == origin["settings"]
    ]


def scores_of(results: list[dict]) -> dict[str, dict[str, float]]:
    """Name of a map -> its measures, by the engine."""
    maps = {}
    for result in results:
        maps |= result["evaluation"]["maps"] if "evaluation" in result else {result["origin"]["method"]: result.get("scores")}
    regions = {name: {"regions": scores["regions"]["correlation"]} for name, scores in maps.items() if scores and "regions" in scores}
    return {
        name: {**scores.get("starts", {}), **regions.get(name, {}), **scores.get("truth", {})} for name, scores in maps.items() if scores
    }


def check_composites(folder: Path, photos: Path, run: dict, teacher: FastTeacher):
    """Exits where they are others than planted.py makes."""
    known = {photo["name"]: photo["planted"] for photo in run["photos"]}

    def classify(images: np.ndarray) -> np.ndarray:
        x = normalise(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)
        return F.softmax(torch.from_numpy(teacher.logits([x], len(x))), 1).numpy()

    for composite, (name, planted) in zip(composites(photo_files(photos), classify), known.items()):
        found = json.loads((folder / f"{name}.json").read_text())["composite"]
        there = inside_of(planted)
        pixels = np.array(read_photo(folder / f"{name}.png"))
        same = (f"{name}+{found['ground']}", planted["target"]) == (composite.name, composite.target) and (there == composite.inside).all()
        if not same:
            raise SystemExit(f"{name}: the composite is {composite.name} of class {composite.target} here.")
        print(f"{composite.name}: {(pixels != composite.pixels).sum()} of {pixels.size} values differ", flush=True)


def inside_of(planted: dict) -> np.ndarray:
    inside, box = np.zeros((SIZE, SIZE), bool), planted["inside"]
    inside[box["top"] : box["bottom"], box["left"] : box["right"]] = True
    return inside


def compare(folder: Path, photos: Path, maps_folder: Path | None, run: dict, photo: dict, teacher: FastTeacher) -> dict[str, dict[str, float]]:
    """Name of a map -> by how much its measures differ."""
    settings, planted = run["settings"], photo.get("planted")
    results = results_of(folder, run, photo)
    theirs = scores_of(results)

    def pixels(name: str) -> np.ndarray:
        return fit_photo(read_photo(find_photo(folder / "composites" if planted else photos, name)), settings["fit"])

    subject, kernel = Subject(pixels(photo["name"]), settings["seed"]), blur_kernel()
    judge = Judge(teacher, subject, kernel, target=planted and planted["target"])
    if results and judge.target != results[0]["target"]["index"]:
        raise SystemExit(f"{photo['name']}: the first choice is {judge.target} here and {results[0]['target']['index']} there.")
    battery, apart = None, {}
    if any("regions" in measures or "blur" in measures for measures in theirs.values()):
        if "other" not in photo:
            raise SystemExit("Scores without another photo are not made here: evaluate two photos or more.")
        battery = Battery(subject, pixels(photo["other"]["name"]), kernel, lambda images, n: judge.probabilities(teacher.logits(images, n)))
    maps = yardstick_maps(subject)
    for name, measures in theirs.items():
        file = maps_folder and maps_folder / f"{photo['name']}.{name}.map.npy"
        map_ = read_map(file) if file and file.exists() else maps.get(name)
        if map_ is None:
            continue
        ours = (truth(map_, inside_of(planted)) if planted else {}) | (battery.score([map_], road=False)[0] if battery else {})
        apart[name] = {measure: abs(value - ours[measure]) for measure, value in measures.items()}
        print(f"{photo['name']}, {name}: " + ", ".join(f"{measure} {value:.4f}" for measure, value in measures.items()), flush=True)
    return apart


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("scores", type=Path)
    parser.add_argument("--maps", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    args = parser.parse_args()
    run = json.loads((args.scores / "run.json").read_text())
    if run["settings"]["teacher"] != "efficientnet-lite0":
        raise SystemExit("Only scores of efficientnet-lite0 can be made here.")
    teacher = FastTeacher()
    if "planted" in run["photos"][0]:
        check_composites(args.scores / "composites", args.photos, run, teacher)
    found = [compare(args.scores, args.photos, args.maps, run, photo, teacher) for photo in run["photos"]]
    names = sorted({name for apart in found for name in apart})
    if not names:
        raise SystemExit("There is nothing to compare: evaluate with --metrics starts,regions, or planted.")
    print("\nThe engine less PyTorch, at most of one photo:")
    for name in names:
        rows = [apart[name] for apart in found if name in apart]
        print(f"{name:20} {len(rows)} photos: " + ", ".join(f"{measure} {max(row[measure] for row in rows):.1e}" for measure in rows[0]))
    if max(value for apart in found for row in apart.values() for value in row.values()) > args.tolerance:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
