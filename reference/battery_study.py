"""Students and fills of re-label distillation on many photos and composites, by the battery (battery.py, planted.py).

    python reference/battery_study.py run --photos DIR --out DIR [--split tune|report] [--limit N] [--planted] [--samples N] [--seed S]
    python reference/battery_study.py table DIR

`run` appends a line to DIR/photos.jsonl, or DIR/planted.jsonl, for each photo or composite, and goes on with what is missing when it is started again.
`table` prints every setting's measures, and its differences from the first one, paired.
"""

import argparse
import json
import time
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from battery import Battery, truth
from causal import blur_kernel
from fast_teacher import FastTeacher
from images import fit_photo, read_photo
from planted import composites
from sampling import balanced_gates, masks
from scipy.stats import t
from students import gate_features, smooth_students
from study import FIT, SEED_STEP, Judge, add_photos, chosen_photos, class_of
from study_methods import GATE_WEIGHTS, Subject, draw_gated, slices, stretched
from nets import MEAN, STD, normalise
from torch.nn import functional as F

FILLS = {"inpaint": ("inpaint",), "grey": ("grey",), "grey and inpaint": ("grey", "inpaint")}
# Of the noise ratio that the evidence finds.
MULTIPLES = {"x1": 1, "x5": 5, "x25": 25, "x100": 100, "limit": np.inf}
DIGITS, CHUNK = 5, 250
MEASURES = ("rise", "blur", "grey", "strong", "other", "regions", "auc", "precision")
FIRST = "inpaint x1"


def standardised(map_: np.ndarray) -> np.ndarray:
    return (map_ - map_.mean()) / max(map_.std(), 1e-30)


def maps_of(subject: Subject, p: np.ndarray) -> dict[str, np.ndarray]:
    """Maps (224, 224) of all students of the same samples: the smooth one at each multiple, the correlation with the gates, and the sum of this
    and the first, standardised."""
    chunks = [(rows, masks(*balanced_gates(subject.seed, rows), GATE_WEIGHTS)) for rows in slices(len(p), CHUNK)]
    features = np.concatenate([gate_features(gates).astype(np.float64) for _, gates in chunks])
    weights, _ = smooth_students(features, p, tuple(MULTIPLES.values()))
    found = {name: stretched(own) for name, own in zip(MULTIPLES, weights)}
    centred = (p - p.mean()).astype(np.float32)
    found["correlation"] = sum(np.tensordot(centred[rows], gates, 1) for rows, gates in chunks).astype(np.float64)
    return found | {"mixture": standardised(found["x1"]) + standardised(found["correlation"])}


def line_of(samples: int, judge: Judge, name: str, score) -> dict:
    """Scores of every setting, and what the labels of every fill say of their worth."""
    signs, names, maps = {}, [], []
    for filled, fill in FILLS.items():
        p, kept = judge.sample(partial(draw_gated, fill), samples)
        signs[filled] = {"deviation": round(float(p.std()), DIGITS), "shifted": round(float(1 - kept.mean()), DIGITS)}
        for student, map_ in maps_of(judge.subject, p).items():
            names.append(f"{filled} {student}")
            maps.append(map_)
    return {"signs": signs, "scores": dict(zip(names, score(maps)))}


def append(file: Path, name: str, judge: Judge, made: dict, began: float):
    scores = {row: {measure: round(value, DIGITS) for measure, value in measures.items()} for row, measures in made["scores"].items()}
    facts = {"photo": name, "target": judge.target, "p": round(float(judge.original), DIGITS)}
    line = facts | made | {"scores": scores, "seconds": round(time.time() - began, 1)}
    with file.open("a") as out:
        out.write(json.dumps(line) + "\n")
    print(name, f"{line['seconds']:.0f} s", flush=True)


def known(file: Path) -> set[str]:
    return {json.loads(text)["photo"] for text in file.read_text().splitlines()} if file.exists() else set()


def run_photos(args: argparse.Namespace, photos: list[Path], teacher: FastTeacher, line_of, norm: tuple = (MEAN, STD), road: bool = False):
    """Appends to photos.jsonl what `line_of(judge, name, score)` makes of each of the first photos."""
    kernel, file = blur_kernel(), args.out / "photos.jsonl"
    done = known(file)
    for index, photo in enumerate(photos[: args.limit]):
        if photo.stem in done:
            continue
        began = time.time()
        subject = Subject(fit_photo(read_photo(photo), FIT), args.seed * SEED_STEP + class_of(photo), norm)
        judge = Judge(teacher, subject, kernel)
        other = fit_photo(read_photo(photos[(index + 1) % len(photos)]), FIT)
        battery = Battery(subject, other, kernel, lambda batches, count: judge.probabilities(teacher.logits(batches, count)))
        append(file, photo.stem, judge, line_of(judge, photo.stem, partial(battery.score, road=road)), began)


def run_planted(args: argparse.Namespace, photos: list[Path], teacher: FastTeacher, line_of, **which):
    """Appends to planted.jsonl what `line_of(judge, name, score)` makes of each of the first composites. `which`: passed on to `composites`."""
    kernel, file = blur_kernel(), args.out / "planted.jsonl"
    done = known(file)

    def classify(images: np.ndarray) -> np.ndarray:
        x = normalise(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)
        return F.softmax(torch.from_numpy(teacher.logits([x], len(x))), 1).numpy()

    for composite in islice(composites(photos, classify, **which), args.limit):
        if composite.name in done:
            continue
        began = time.time()
        subject = Subject(composite.pixels, args.seed * SEED_STEP + composite.seed)
        judge = Judge(teacher, subject, kernel, target=composite.target)
        made = line_of(judge, composite.name, lambda maps: [truth(map_, composite.inside) for map_ in maps])
        append(file, composite.name, judge, made, began)


@torch.no_grad()
def run(args: argparse.Namespace):
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    photos = chosen_photos(args.photos, args.split, None if args.planted else args.limit, (0, 1))
    (run_planted if args.planted else run_photos)(args, photos, FastTeacher(), partial(line_of, args.samples))


def interval(values: np.ndarray) -> str:
    reach = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():+.3f} ({values.mean() - reach:+.3f} to {values.mean() + reach:+.3f})"


def table(args: argparse.Namespace):
    lines = [json.loads(text) for name in ("photos", "planted") for text in (args.out / f"{name}.jsonl").read_text().splitlines()]
    names = list(lines[0]["scores"])
    columns = {(name, measure): np.array([line["scores"][name][measure] for line in lines if measure in line["scores"][name]]) for name in names for measure in MEASURES}
    total = {name: np.mean([score(columns, name, measure) for measure in MEASURES if measure != "precision"]) for name in names}
    print(f"| setting | {' | '.join(MEASURES)} | in deviations |\n|---|{'---|' * (len(MEASURES) + 1)}")
    for name in names:
        cells = " | ".join(f"{columns[name, measure].mean():.3f}" for measure in MEASURES)
        print(f"| {name} | {cells} | {total[name]:+.3f} |")
    print(f"\n| less {FIRST}, 95 % | {' | '.join(MEASURES)} |\n|---|{'---|' * len(MEASURES)}")
    for name in names[1:]:
        print(f"| {name} | {' | '.join(interval(columns[name, measure] - columns[FIRST, measure]) for measure in MEASURES)} |")


def score(columns: dict, name: str, measure: str) -> float:
    """The mean difference from the first setting, in its deviations over photos."""
    first = columns[FIRST, measure]
    return float((columns[name, measure] - first).mean() / first.std(ddof=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    add_photos(command, "tune")
    command.add_argument("--planted", action="store_true", help="composites of the photos")
    command.add_argument("--samples", type=int, default=500)
    command.set_defaults(action=run)
    command = commands.add_parser("table")
    command.add_argument("out", type=Path)
    command.set_defaults(action=table)
    args = parser.parse_args()
    args.action(args)


if __name__ == "__main__":
    main()
