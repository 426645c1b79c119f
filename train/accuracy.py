"""Top-1 and top-5 accuracy of the teacher on a folder of photos named NNN_name.jpg (NNN: ImageNet class, 0 ... 999).

    python train/accuracy.py PHOTOS [--fit crop|squash] [--norm lite|imagenet] [--save LOGITS.npz]

Without --fit both fits are measured. --norm imagenet shows what the usual ImageNet mean and deviation would cost this net. --save stores
float32 `logits` (photos x 1000) and `files` of one fit.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from images import FITS, fit_photo, photo_files, read_photo, to_tensor
from nets import MEAN, STD, load_teacher

NORMS = {"lite": (MEAN, STD), "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))}
BATCH = 20


@torch.no_grad()
def teacher_logits(model: torch.nn.Module, photos: list[np.ndarray], mean: tuple, std: tuple) -> np.ndarray:
    mean, std = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)
    logits = []
    for start in range(0, len(photos), BATCH):
        batch = torch.stack([to_tensor(p) for p in photos[start : start + BATCH]])
        logits.append(model((batch - mean) / std).numpy())
    return np.concatenate(logits)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--fit", choices=FITS)
    parser.add_argument("--norm", choices=NORMS, default="lite")
    parser.add_argument("--save", type=Path, help="needs --fit")
    args = parser.parse_args()
    if args.save and not args.fit:
        parser.error("--save stores the logits of one fit: add --fit crop or --fit squash")
    model, files = load_teacher(), photo_files(args.photos)
    classes = np.array([int(f.name[:3]) for f in files])
    for fit in [args.fit] if args.fit else FITS:
        photos = [fit_photo(read_photo(f), fit) for f in files]
        logits = teacher_logits(model, photos, *NORMS[args.norm])
        hits = np.argsort(-logits, axis=1, kind="stable")[:, :5] == classes[:, None]
        top1, top5 = 100 * hits[:, 0].mean(), 100 * hits.any(1).mean()
        print(f"{fit} {args.norm}: top-1 {top1:.2f} %, top-5 {top5:.2f} % of {len(files)} photos", flush=True)
    if args.save:
        np.savez(args.save, logits=logits, files=np.array([f.name for f in files]))


if __name__ == "__main__":
    main()
