"""Top-1 and top-5 accuracy of the teacher on a folder of photos named NNN_name.jpg (NNN: ImageNet class, 0 ... 999).

    python reference/accuracy.py PHOTOS [--net NAME --weights FILE] [--fit crop|squash] [--norm lite|imagenet] [--every N] [--save LOGITS.npz]

The teacher is EfficientNet-Lite0, or torchvision's net NAME with the tensors of a safetensors FILE. Without --fit both fits are measured.
--norm imagenet shows what the usual ImageNet mean and deviation, which torchvision's nets take, would cost EfficientNet-Lite0. --every N
takes every Nth photo, beginning with the first. --save stores float32 `logits` (photos x 1000) and `files` of one fit.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from images import FITS, fit_photo, photo_files, read_photo, to_tensor
from nets import IMAGENET_MEAN, IMAGENET_STD, MEAN, STD, TORCHVISION, load_teacher, load_torchvision, normalise

NORMS = {"lite": (MEAN, STD), "imagenet": (IMAGENET_MEAN, IMAGENET_STD)}
BATCH = 20


@torch.no_grad()
def teacher_logits(model: torch.nn.Module, photos: list[np.ndarray], mean: tuple, std: tuple) -> np.ndarray:
    logits = []
    for start in range(0, len(photos), BATCH):
        batch = torch.stack([to_tensor(p) for p in photos[start : start + BATCH]])
        logits.append(model(normalise(batch, mean, std)).numpy())
    return np.concatenate(logits)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--net", choices=TORCHVISION, help="needs --weights; EfficientNet-Lite0 if absent")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="safetensors with torchvision's names")
    parser.add_argument("--fit", choices=FITS)
    parser.add_argument("--norm", choices=NORMS, help="imagenet with --net, otherwise lite")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--save", type=Path, help="needs --fit")
    args = parser.parse_args()
    if bool(args.net) != bool(args.weights):
        parser.error("--net NAME and --weights FILE go together")
    if args.every < 1:
        parser.error("--every takes a whole number from 1")
    if args.save and not args.fit:
        parser.error("--save stores the logits of one fit: add --fit crop or --fit squash")
    model = load_torchvision(args.net, args.weights) if args.net else load_teacher()
    norm = args.norm or ("imagenet" if args.net else "lite")
    files = photo_files(args.photos)[:: args.every]
    classes = np.array([int(f.name[:3]) for f in files])
    for fit in [args.fit] if args.fit else FITS:
        photos = [fit_photo(read_photo(f), fit) for f in files]
        logits = teacher_logits(model, photos, *NORMS[norm])
        hits = np.argsort(-logits, axis=1, kind="stable")[:, :5] == classes[:, None]
        top1, top5 = 100 * hits[:, 0].mean(), 100 * hits.any(1).mean()
        print(f"{fit} {norm}: top-1 {top1:.2f} %, top-5 {top5:.2f} % of {len(files)} photos", flush=True)
    if args.save:
        np.savez(args.save, logits=logits, files=np.array([f.name for f in files]))


if __name__ == "__main__":
    main()
