"""Times an explanation of N masked images in PyTorch on the CPU by captum, to stand beside the benchmark's rows `N masked images`: the same number of
images through the same net, with the library's own masking. Captum has no RISE; its feature ablation hides one cell of a grid in each image.

    python reference/masked_images.py [--net resnet50] [--images 250] [--size 224]

The net is timm's, by its name there, with random weights. Prints the seconds of one explanation, at the faster of two numbers of images at a time.
"""

import argparse
import time

import captum
import timm
import torch
from captum.attr import FeatureAblation

BATCHES = (8, 32)


def cells(images: int, size: int) -> torch.Tensor:
    """(1, 1, size, size): the number of each pixel's cell, of about as many columns as rows, and `images` in all."""
    rows = int(images**0.5)
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    row = y * rows // size
    # What does not divide into equal rows is spread over them.
    columns = torch.tensor([images * (r + 1) // rows - images * r // rows for r in range(rows)])
    first = torch.cumsum(columns, 0) - columns
    return (first[row] + x * columns[row] // size)[None, None]


def seconds(ablation: FeatureAblation, photo: torch.Tensor, mask: torch.Tensor, target: int, batch: int) -> float:
    began = time.perf_counter()
    ablation.attribute(photo, target=target, feature_mask=mask, perturbations_per_eval=batch)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--net", default="tf_efficientnet_lite0")
    parser.add_argument("--images", type=int, default=250)
    parser.add_argument("--size", type=int, default=224)
    args = parser.parse_args()
    torch.manual_seed(1)
    net = timm.create_model(args.net, pretrained=False).eval()
    photo = torch.rand(1, 3, args.size, args.size) * 2 - 1
    mask = cells(args.images, args.size)
    with torch.no_grad():
        ablation = FeatureAblation(lambda images: torch.softmax(net(images), 1))
        target = int(net(photo).argmax())
        few = torch.where(mask < 32, mask, 31)
        trials = {batch: seconds(ablation, photo, few, target, batch) for batch in BATCHES for _ in range(2)}
        best = min(trials, key=trials.__getitem__)
        taken = seconds(ablation, photo, mask, target, best)
    print(
        f"{args.net}, {args.images} masked images, {best} at a time: {taken:.1f} s; "
        f"PyTorch {torch.__version__} with captum {captum.__version__}, CPU, {torch.get_num_threads()} threads"
    )


if __name__ == "__main__":
    main()
