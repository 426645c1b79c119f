"""The battery's report: re-label distillation and its rivals on photos and composites that nothing was chosen by (results/README.md has the rules).

    python reference/battery_report.py run --photos DIR --out DIR [--limit N] [--planted [--after FILE] | --net NAME --weights FILE]
    python reference/battery_report.py table DIR...

`run` appends a line to DIR/photos.jsonl, or DIR/planted.jsonl, for each photo or composite, and goes on with what is missing when it is started again.
Photos that another study used are left out, and so are composites of them. `--after` adds composites of photos that have none in FILE: those that
another study reported on are taken, too, more photos are tried below each, and fewer methods are asked. `table` prints each row's measures and its paired differences.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
import torch
from battery_study import DIGITS, interval, known, run_photos, run_planted
from causal import yardsticks
from fast_teacher import FastTeacher
from gradients import Named, gradient_map
from nets import IMAGENET_MEAN, IMAGENET_STD, MEAN, STD, TORCHVISION, load_teacher, load_torchvision
from perturbation import score_cam
from planted import DISTANCES
from scores import random_grid
from students import reliability
from study import Judge, add_photos, chosen_photos, forwards
from study_methods import CROSSED, METHODS, Subject, seen_features

RESULTS = Path(__file__).parent / "results"
SAMPLES, MORE, FIRST = (250, 500, 1000), "RISE centred 4000", 40
OWN, FORMER = [f"relabel {count}" for count in SAMPLES], "relabel smooth 500"
RIVALS = ["RISE 1000", "RISE centred 1000", "LIME 1000"]
ROWS = [*OWN, FORMER, *RIVALS, *CROSSED]
# Which photos are tried below one that has no composite yet: so many further on in the list.
FURTHER = (*DISTANCES, *range(9, 42, 2))
MEASURES = ("rise", "blur", "grey", "strong", "other", "road", "regions", "auc", "precision")


def others(judge: Judge, net: torch.nn.Module, layer: str, few: bool) -> dict[str, np.ndarray]:
    """Maps at their own cost, and of the yardsticks. `layer`: the module of the last feature map; `few`: without Score-CAM."""
    x, taken = judge.subject.x, []
    with torch.enable_grad():
        grad_cam = gradient_map("grad-cam", net, x[None], judge.target, layer).numpy()
    handle = net.get_submodule(layer).register_forward_hook(lambda module, inputs, output: taken.append(output[0]))
    net(x[None])
    handle.remove()

    def probability(images: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(judge.probabilities(judge.teacher.logits([images], len(images))))

    yardstick = {"random grid": random_grid(judge.subject), "centred Gaussian": yardsticks()["Gaussian"][0]}
    return {"Grad-CAM": grad_cam} | ({} if few else {"Score-CAM": score_cam(probability, x, taken[0])}) | yardstick


def line_of(net: torch.nn.Module, layer: str, out: Path, first: set[int], few: bool, judge: Judge, name: str, score) -> dict:
    """Scores of every row, or of `few`. Subjects with these seeds are those that RISE is given more masks for."""
    subject = judge.subject
    rows = [*OWN, *RIVALS] if few else [*ROWS, MORE] if subject.seed in first else ROWS
    methods, wanted = {row: METHODS[row] for row in rows}, {}
    for method in methods.values():
        wanted[method.design] = max(method.samples, wanted.get(method.design, 0))
    p = forwards(judge, out / "forwards" / f"{name}.npz", wanted)
    maps = {row: method.maps[0](subject, p[method.design][: method.samples]) for row, method in methods.items()} | others(judge, net, layer, few)
    ours = p[METHODS[OWN[0]].design]
    signs = {str(count): {"deviation": float(ours[:count].std()), "reliability": reliability(seen_features(subject, count), ours[:count])} for count in SAMPLES}
    signs = {count: {sign: round(value, DIGITS) for sign, value in pair.items()} for count, pair in signs.items()}
    return {"signs": signs, "scores": dict(zip(maps, score(list(maps.values()))))}


def used() -> set[str]:
    """Photos that another study used."""
    files = [file for file in RESULTS.glob("*.jsonl") if not file.name.startswith("battery-report")]
    names = [json.loads(text)["photo"] for file in files for text in file.read_text().splitlines()]
    return {photo for name in names for photo in name.split("+")}


@torch.no_grad()
def run(args: argparse.Namespace):
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    every, taken = chosen_photos(args.photos, args.split, None, (0, 1)), used()
    photos = [photo for photo in every if photo.stem not in taken]
    net, layer, norm = Named(load_teacher()).eval(), "bn2", (MEAN, STD)
    if args.net:
        net, layer, norm = load_torchvision(args.net, args.weights), "layer4", (IMAGENET_MEAN, IMAGENET_STD)
    teacher = FastTeacher(net=net)
    first = {int(photo.stem[:3]) for photo in photos[:FIRST]}
    line = partial(line_of, net, layer, args.out, first, args.after is not None)
    if args.after:
        pasted = frozenset(name.split("+")[0] for name in known(args.after))
        run_planted(args, every, teacher, line, distances=FURTHER, without=pasted)
    elif args.planted:
        run_planted(args, photos, teacher, line)
    else:
        run_photos(args, photos, teacher, line, norm, road=True)


def table(args: argparse.Namespace):
    files = [file for out in args.out for file in (out / "photos.jsonl", out / "planted.jsonl") if file.exists()]
    lines = [json.loads(text) for file in files for text in file.read_text().splitlines()]
    rows = list(dict.fromkeys(row for line in lines for row in line["scores"]))
    measures = [measure for measure in MEASURES if any(measure in line["scores"][rows[0]] for line in lines)]

    def values(measure: str, *wanted: str) -> np.ndarray:
        """(photos, rows) where all rows have the measure."""
        found = [[line["scores"].get(row, {}).get(measure) for row in wanted] for line in lines]
        return np.array([row for row in found if None not in row])

    print(f"| row | n | {' | '.join(measures)} |\n|---|{'---|' * (len(measures) + 1)}")
    for row in rows:
        counts = {str(len(values(measure, row))) for measure in measures}
        print(f"| {row} | {', '.join(sorted(counts))} | {' | '.join(f'{values(measure, row).mean():.3f}' for measure in measures)} |")
    print(f"\n| less, 95 % | {' | '.join(measures)} |\n|---|{'---|' * len(measures)}")
    for mine, rival in [(mine, rival) for mine in OWN for rival in rows if rival not in OWN]:
        both = {measure: values(measure, mine, rival) for measure in measures}
        cells = (interval(pair[:, 0] - pair[:, 1]) if len(pair) > 1 else "" for pair in both.values())
        print(f"| {mine} - {rival} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    add_photos(command, "report")
    command.add_argument("--planted", action="store_true", help="composites of the photos")
    command.add_argument("--after", type=Path, metavar="FILE", help="with --planted: composites that are there, a planted.jsonl")
    command.add_argument("--net", choices=[name for name in TORCHVISION if name.startswith("resnet")], help="needs --weights; EfficientNet-Lite0 if absent")
    command.add_argument("--weights", type=Path, metavar="FILE", help="safetensors with torchvision's names")
    command.set_defaults(action=run)
    command = commands.add_parser("table")
    command.add_argument("out", type=Path, nargs="+")
    command.set_defaults(action=table)
    args = parser.parse_args()
    if args.action is run and (bool(args.net) != bool(args.weights) or (args.net and args.planted)):
        parser.error("--net NAME and --weights FILE go together, and without --planted")
    if args.action is run and args.after and not args.planted:
        parser.error("--after FILE goes with --planted")
    args.action(args)


if __name__ == "__main__":
    main()
