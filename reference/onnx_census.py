"""Exports classifiers of torchvision and timm as ONNX files, and computes what they give, for scripts/onnx-coverage.ts.

    python reference/onnx_census.py OUT [PATTERN...]

writes LIBRARY-NET-EXPORTER.onnx (and .onnx.data), and beside it .safetensors: the image, onnxruntime's logits, the gradient of the largest one by
torch in float64, and units in doubt (corners.py). What exists is skipped. A PATTERN is part of such a name ("timm-", "dynamo", "tv-resnet18-").
Nets are of random weights, at their own size; above 5 G multiply-adds at the smallest of a few sizes at which they can be exported.
"""

import json
import sys
import traceback
import warnings
import zlib
from pathlib import Path

import numpy as np
import onnxruntime
import timm
import torch
import torchvision.models
from calibrate import calibrate
from corners import Corners
from safetensors.numpy import save_file
from torch import nn

TORCHVISION = """
alexnet convnext_base convnext_small convnext_tiny densenet121 densenet161 densenet169 densenet201 efficientnet_b0 efficientnet_b1
efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7 efficientnet_v2_l
efficientnet_v2_m efficientnet_v2_s googlenet inception_v3 mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 mobilenet_v2
mobilenet_v3_large mobilenet_v3_small regnet_x_16gf regnet_x_1_6gf regnet_x_32gf regnet_x_3_2gf regnet_x_400mf regnet_x_800mf
regnet_x_8gf regnet_y_16gf regnet_y_1_6gf regnet_y_3_2gf regnet_y_400mf regnet_y_800mf regnet_y_8gf resnet101 resnet152 resnet18
resnet34 resnet50 resnext101_32x8d resnext101_64x4d resnext50_32x4d shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5
shufflenet_v2_x2_0 squeezenet1_0 squeezenet1_1 vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn wide_resnet101_2
wide_resnet50_2
""".split()
TIMM = """
convmixer_768_32 convnext_atto convnext_tiny convnextv2_atto convnextv2_tiny cspdarknet53 cspresnet50 darknet53 densenet121
densenetblur121d dla34 dla60 dpn68 eca_nfnet_l0 ecaresnet50d efficientnet_b0 efficientnetv2_rw_s ese_vovnet19b_dw ese_vovnet39b
fastvit_t8 fbnetc_100 gernet_m ghostnet_100 ghostnetv2_100 hardcorenas_a hgnet_small hgnetv2_b0 hrnet_w18 hrnet_w18_small
inception_next_tiny inception_resnet_v2 inception_v3 inception_v4 lcnet_100 legacy_xception mambaout_femto mixnet_s mnasnet_100
mobilenetv2_100 mobilenetv3_large_100 mobilenetv3_small_100 mobilenetv4_conv_medium mobilenetv4_conv_small mobileone_s0
nasnetalarge nf_resnet50 nfnet_l0 pnasnet5large poolformer_s12 rdnet_tiny regnetx_032 regnety_032 regnetz_c16 repghostnet_100
repvgg_a2 repvit_m0_9 res2net50_26w_4s resnest50d resnet26d resnet50d resnet51q resnetaa50 resnetrs50 resnetv2_50 resnext50_32x4d
rexnet_100 selecsls42b semnasnet_100 senet154 seresnet50 seresnext50_32x4d skresnet50 spnasnet_100 starnet_s1 test_efficientnet
test_resnet tf_efficientnet_b0 tf_efficientnet_lite0 tf_efficientnetv2_s tinynet_a tresnet_m vgg16_bn vovnet39a wide_resnet50_2
xception41
""".split()
DYNAMO = """
alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_v2_s googlenet inception_v3 mnasnet0_5 mnasnet1_0 mobilenet_v2
mobilenet_v3_large mobilenet_v3_small regnet_x_400mf regnet_x_800mf regnet_y_400mf regnet_y_800mf resnet18 resnet50
resnext50_32x4d shufflenet_v2_x0_5 shufflenet_v2_x1_0 squeezenet1_0 squeezenet1_1 vgg11_bn wide_resnet50_2
""".split()
LARGE = 5e9
SIZES = (64, 96, 128, 160, 192, 224)
OPSET = 17


def build(library: str, name: str) -> tuple[nn.Module, tuple[int, int, int]]:
    if library == "timm":
        model = timm.create_model(name)
        return model.eval(), model.default_cfg["input_size"]
    plain = {"init_weights": False, "transform_input": False} if name in ("googlenet", "inception_v3") else {}
    if plain:
        plain["aux_logits"] = False
    side = torchvision.models.get_model_weights(name).DEFAULT.transforms().crop_size[0]
    return getattr(torchvision.models, name)(weights=None, **plain).eval(), (3, side, side)


def damp(model: nn.Module):
    """Halves what inverted bottlenecks add, as training leaves them: in the deepest of these nets random blocks make 1e-4 of float32's rounding."""
    for block in model.modules():
        if type(block).__name__ in ("MBConv", "FusedMBConv", "InvertedResidual", "EdgeResidual"):
            norms = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
            with torch.no_grad():
                norms[-1].weight.mul_(0.5)


def multiply_adds(library: str, name: str) -> float:
    """Of convolutions and matrices, at the net's own size."""
    model, size = build(library, name)
    model.to("meta")
    counts = []

    def count(module: nn.Module, _, out: torch.Tensor):
        counts.append(out.numel() * module.weight[0].numel())

    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    model(torch.empty((1, *size), device="meta"))
    return sum(counts)


def export(model: nn.Module, x: torch.Tensor, exporter: str, path: Path):
    if exporter == "dynamo":
        torch.onnx.export(model, (x,), str(path), dynamo=True, verbose=False)
    else:
        torch.onnx.export(model, (x,), str(path), dynamo=False, opset_version=OPSET, input_names=["input"], output_names=["output"])


def image(size: tuple[int, int, int], seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand((1, *size), generator=generator) - 0.45) / 0.225


@torch.enable_grad()
def gradient_of(model: nn.Module, x: torch.Tensor, target: int) -> tuple[np.ndarray, np.ndarray, Corners]:
    """Of a logit: lines x columns x channels; and all logits, in float64."""
    model, x = model.double(), x.double().requires_grad_()
    with Corners() as corners:
        logits = model(x)
    (gradient,) = torch.autograd.grad(logits[0, target], x)
    return gradient[0].permute(1, 2, 0).float().numpy(), logits.detach()[0].float().numpy(), corners


def run(path: Path, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), options(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def options() -> onnxruntime.SessionOptions:
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = 1
    return chosen


def write(path: Path, library: str, name: str, exporter: str):
    seed = zlib.crc32(name.encode())
    cost = multiply_adds(library, name)
    model, (channels, *own) = build(library, name)
    large = cost > LARGE
    sizes = [(side, side) for side in SIZES if side <= own[0]] if large else [tuple(own)]
    failure = None
    for size in sizes:
        try:
            x = image((channels, *size), seed)
            damp(calibrate(model, x, seed))
            with torch.no_grad():
                export(model, x, exporter, path)
            logits = run(path, x.numpy())
            break
        except Exception as error:
            failure = error
    else:
        raise failure
    target = int(logits[0].argmax())
    gradient, exact, corners = gradient_of(model, x, target)
    tensors = {"input": x[0].permute(1, 2, 0).contiguous().numpy(), "logits": logits[0], "exact": exact, "gradient": gradient, **corners.tensors()}
    facts = {"library": library, "net": name, "exporter": exporter, "target": target, "giga": cost / 1e9, "own": own}
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, path.with_suffix(".safetensors"), metadata={"golden": json.dumps(facts)})
    print(path.name, size, f"{len(corners.rows)} units in doubt; onnxruntime from torch", float(np.abs(logits[0] - exact).max() / np.abs(exact).max()), flush=True)


def main(out: str, *patterns: str):
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        *(("timm", "timm", name, "legacy") for name in TIMM),
        *(("tv", "torchvision", name, "legacy") for name in TORCHVISION),
        *(("tv", "torchvision", name, "dynamo") for name in DYNAMO),
    ]
    for short, library, name, exporter in wanted:
        path = folder / f"{short}-{name}-{exporter}.onnx"
        if (patterns and not any(pattern in path.name for pattern in patterns)) or path.with_suffix(".safetensors").exists():
            continue
        try:
            write(path, library, name, exporter)
        except Exception:
            path.with_suffix(".failed").write_text(traceback.format_exc())
            print(path.name, "FAILED", traceback.format_exc().splitlines()[-1], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
