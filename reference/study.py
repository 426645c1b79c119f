"""A study of explanation methods on many photos: deletion and insertion (as in causal.py) of re-label distillation, RISE, LIME and two
yardsticks for the first choice of EfficientNet-Lite0, or of one of torchvision's nets.

    python reference/study.py run --photos DIR --out DIR [--split tune|report|all] [--limit N] [--shard I/N] [--seed S] [--methods NAME,...]
        [--labels f32|bf16] [--net NAME --weights FILE]
    python reference/study.py table DIR|FILE...

`run` appends a line to DIR/results.jsonl for each photo and keeps the probabilities of all samples in DIR/forwards/SEED/PHOTO.npz, so that
other methods on the same samples need no forwards. Started again, it goes on with what is missing: it loses one photo at most. Photos come
in a fixed shuffled order, so that the first hundred are spread over all classes. Tuning uses photos NNN_name.jpg with NNN % 10 in 0 ... 4, reporting
the others. `table` prints Markdown; several seeds of a photo are averaged first.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from causal import KERNEL, PIXELS, STEP, auc, blur_kernel, replaced_step_by_step
from fast_teacher import REQUESTS, FastTeacher
from images import fit_photo, photo_files, read_photo
from nets import IMAGENET_MEAN, IMAGENET_STD, MEAN, STD, TORCHVISION, load_teacher, load_torchvision
from study_methods import COMPARED, DESIGNS, METHODS, Design, Subject, slices
from study_table import markdown, read_results
from torch.nn import functional as F

SPLITS = {"tune": range(5), "report": range(5, 10), "all": range(10)}
FIT, BATCH, DIGITS = "crop", 25, 5
# Seeds of a run are this far apart: photo NNN of run S has seed 1000 S + NNN.
SEED_STEP = 1000


def class_of(photo: Path) -> int:
    return int(photo.stem[:3])


def chosen_photos(folder: Path, split: str, limit: int | None, shard: tuple[int, int]) -> list[Path]:
    photos = [photo for photo in photo_files(folder) if class_of(photo) % 10 in SPLITS[split]]
    photos = [photos[index] for index in np.random.default_rng(0).permutation(len(photos))][:limit]
    return photos[shard[0] :: shard[1]]


class Judge:
    """A subject, its target (the first choice unless told), and what the teacher says of it; samples are labelled by `labeller`, where it is another one."""

    def __init__(
        self, teacher: FastTeacher, subject: Subject, kernel: torch.Tensor, labeller: FastTeacher | None = None, target: int | None = None
    ):
        self.teacher, self.labeller, self.subject = teacher, labeller or teacher, subject
        self.blurred, self.blank = F.conv2d(subject.x[None], kernel, padding=KERNEL // 2)[0], torch.zeros_like(subject.x)
        logits = teacher.logits([torch.stack([subject.x, self.blurred, self.blank])], 3)
        self.target = int(logits[0].argmax()) if target is None else target
        self.original, self.blurry, self.empty = self.probabilities(logits)

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return torch.from_numpy(logits).double().softmax(1)[:, self.target].numpy()

    def sample(self, design: Design, count: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Soft labels p (float64) and hard labels y' (bool) of samples first ... count - 1 of a design."""
        rest = count - first
        logits = self.labeller.logits((design(self.subject, first + rows) for rows in slices(rest, BATCH)), rest)
        return self.probabilities(logits), logits.argmax(1) == self.target

    def score(self, maps: list[np.ndarray]) -> list[tuple[float, float]]:
        """(deletion, insertion) of each map. All curves share their ends."""
        x, ends = self.subject.x, [(self.original, self.empty), (self.blurry, self.original)]
        pairs = [(start, finish, map_) for map_ in maps for start, finish in ((x, self.blank), (self.blurred, x))]
        inner = (replaced_step_by_step(*pair)[1:-1] for pair in pairs)
        steps = PIXELS // STEP - 1
        p = self.probabilities(self.teacher.logits(inner, steps * len(pairs))).reshape(len(maps), 2, steps)
        return [tuple(auc(np.array([first, *curve, last])) for curve, (first, last) in zip(both, ends)) for both in p]


def forwards(judge: Judge, file: Path, wanted: dict[str, int]) -> dict[str, np.ndarray]:
    """Probabilities of each design's samples, `wanted` saying how many; what `file` does not hold is computed and added to it."""
    stored = dict(np.load(file)) if file.exists() else {}
    missing = [design for design, count in wanted.items() if len(stored.get(f"{design} p", ())) < count]
    for design in missing:
        known = [stored.get(f"{design} {labels}", np.empty(0, kind)) for labels, kind in (("p", np.float64), ("y", bool))]
        more = judge.sample(DESIGNS[design], wanted[design], len(known[0]))
        stored[f"{design} p"], stored[f"{design} y"] = (np.concatenate(parts) for parts in zip(known, more))
    if missing:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Renaming is atomic: no half-written file is ever read.
        np.savez(file.with_suffix(".part.npz"), **stored)
        file.with_suffix(".part.npz").rename(file)
    return {design: stored[f"{design} p"] for design in wanted}


def study_photo(judge: Judge, photo: str, out: Path, run_seed: int, methods: list[str]) -> dict:
    """A line of the results."""
    began = time.time()
    subject, wanted = judge.subject, {}
    for method in (METHODS[name] for name in methods):
        if method.design:
            wanted[method.design] = max(method.samples, wanted.get(method.design, 0))
    p = forwards(judge, out / "forwards" / str(run_seed) / f"{photo}.npz", wanted)
    owners, maps = [], []
    for name in methods:
        method = METHODS[name]
        for make in method.maps:
            owners.append(name)
            maps.append(make(subject, p[method.design][: method.samples] if method.design else np.empty(0)))
    scores = {}
    for name, pair in zip(owners, judge.score(maps)):
        scores.setdefault(name, []).append(pair)
    line = {"photo": photo, "seed": run_seed, "target": judge.target}
    line |= {"p": round(judge.original, DIGITS), "blurred": round(judge.blurry, DIGITS), "blank": round(judge.empty, DIGITS)}
    line["scores"] = {name: np.mean(pairs, axis=0).round(DIGITS).tolist() for name, pairs in scores.items()}
    return line | {"seconds": round(time.time() - began, 1)}


@torch.no_grad()
def run(args: argparse.Namespace):
    # Images are made beside the net, which has its own threads.
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    results = args.out / "results.jsonl"
    done = read_results([results]) if results.exists() else {}
    net = load_torchvision(args.net, args.weights) if args.net else load_teacher()
    norm = (IMAGENET_MEAN, IMAGENET_STD) if args.net else (MEAN, STD)
    teacher, kernel = FastTeacher(net=net), blur_kernel()
    labeller = FastTeacher(args.labels, net) if args.labels != "f32" else teacher
    for photo in chosen_photos(args.photos, args.split, args.limit, args.shard):
        known = done.get((photo.stem, args.seed), {"scores": {}})["scores"]
        methods = [name for name in args.methods if name not in known]
        if not methods:
            continue
        subject = Subject(fit_photo(read_photo(photo), FIT), args.seed * SEED_STEP + class_of(photo), norm)
        line = study_photo(Judge(teacher, subject, kernel, labeller), photo.stem, args.out, args.seed, methods)
        with results.open("a") as file:
            file.write(json.dumps(line) + "\n")
        balance = {name: round(insertion - deletion, 3) for name, (deletion, insertion) in line["scores"].items()}
        print(f"{line['photo']}: p {line['p']:.3f}, {line['seconds']:.0f} s, {balance}", flush=True)


def shard(text: str) -> tuple[int, int]:
    index, count = map(int, text.split("/"))
    if not 0 <= index < count:
        raise ValueError
    return index, count


def method_names(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(METHODS):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(METHODS)}")
    return names


def add_photos(command: argparse.ArgumentParser, split: str):
    """Options that say which photos a run takes."""
    command.add_argument("--photos", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--split", choices=SPLITS, default=split)
    command.add_argument("--limit", type=int, help="the first photos of the shuffled split")
    command.add_argument("--seed", type=int, default=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    add_photos(command, "report")
    command.add_argument("--shard", type=shard, default=(0, 1), help="I/N: every N-th photo from the I-th (0 ... N-1)")
    command.add_argument("--methods", type=method_names, default=list(COMPARED), help="names separated by commas; all but variants if absent")
    command.add_argument("--labels", choices=REQUESTS, default="f32", help="precision of what labels samples; scores are float32")
    command.add_argument("--net", choices=TORCHVISION, help="needs --weights; EfficientNet-Lite0 if absent")
    command.add_argument("--weights", type=Path, metavar="FILE", help="safetensors with torchvision's names")
    command.set_defaults(action=run)
    command = commands.add_parser("table")
    command.add_argument("results", type=Path, nargs="+", help="results.jsonl, or folders that hold one")
    command.set_defaults(action=lambda args: print(markdown(read_results(args.results))))
    args = parser.parse_args()
    if args.action is run and bool(args.net) != bool(args.weights):
        parser.error("--net NAME and --weights FILE go together")
    args.action(args)


if __name__ == "__main__":
    main()
