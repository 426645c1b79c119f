"""EfficientNet-Lite0 (Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for CNNs"; the Lite variant drops squeeze-and-excitation
and replaces swish by ReLU6), with timm's parameter names, and the facts about its input that every script shares.

The engine runs the same net from the same file: this module is what its logits are compared with.
"""

import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

SIZE = 224
# The checkpoint was trained on (RGB - 127) / 128; reference/accuracy.py measures the alternative.
MEAN = (127 / 255,) * 3
STD = (128 / 255,) * 3
# What the nets of torchvision were trained on.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "efficientnet-lite0.safetensors"

# (blocks, kernel, stride of the first block, expansion, output channels) of every stage.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD, CLASSES = 32, 1280, 1000
# The other nets of the engine, by torchvision's names.
TORCHVISION = ("resnet18", "resnet34", "resnet50", "resnet101", "vgg16", "vgg16_bn", "vgg19", "mobilenet_v2")


def pixel_unit(height: int, width: int) -> float:
    """Lengths that are meant in pixels of 224 x 224 are multiplied by this."""
    return math.sqrt(height * width) / SIZE


class SameConv2d(nn.Conv2d):
    """Convolution without bias, padded as TensorFlow's SAME: the odd row or column of padding goes to the bottom or right."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        padding = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            padding += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, padding), self.weight, None, self.stride, groups=self.groups)


def batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class SeparableBlock(nn.Module):
    """Depthwise convolution, then a linear 1x1 projection (the first stage, which does not expand)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int):
        super().__init__()
        self.conv_dw, self.bn1 = SameConv2d(inputs, inputs, kernel, stride, groups=inputs), batch_norm(inputs)
        self.conv_pw, self.bn2 = SameConv2d(inputs, outputs, 1), batch_norm(outputs)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)))))
        return x + y if self.skip else y


class InvertedResidual(nn.Module):
    """1x1 expansion, depthwise convolution, linear 1x1 projection (Sandler et al. 2018, MobileNetV2)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inputs * expansion
        self.conv_pw, self.bn1 = SameConv2d(inputs, wide, 1), batch_norm(wide)
        self.conv_dw, self.bn2 = SameConv2d(wide, wide, kernel, stride, groups=wide), batch_norm(wide)
        self.conv_pwl, self.bn3 = SameConv2d(wide, outputs, 1), batch_norm(outputs)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu6(self.bn1(self.conv_pw(x)))
        y = self.bn3(self.conv_pwl(F.relu6(self.bn2(self.conv_dw(y)))))
        return x + y if self.skip else y


class EfficientNetLite0(nn.Module):
    """(n, 3, 224, 224) normalised RGB -> (n, 1000) ImageNet logits."""

    def __init__(self):
        super().__init__()
        self.conv_stem, self.bn1 = SameConv2d(3, STEM, 3, 2), batch_norm(STEM)
        channels, stages = STEM, []
        for count, kernel, stride, expansion, outputs in STAGES:
            blocks = []
            for block in range(count):
                step = stride if block == 0 else 1
                blocks.append(
                    SeparableBlock(channels, outputs, kernel, step)
                    if expansion == 1
                    else InvertedResidual(channels, outputs, kernel, step, expansion)
                )
                channels = outputs
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.conv_head, self.bn2 = SameConv2d(channels, HEAD, 1), batch_norm(HEAD)
        self.classifier = nn.Linear(HEAD, CLASSES)

    def activations(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Outputs in order: "stem", "stage0" ... "stage6", "head" (before pooling), "logits"."""
        outputs = {"stem": F.relu6(self.bn1(self.conv_stem(x)))}
        x = outputs["stem"]
        for index, stage in enumerate(self.blocks):
            x = outputs[f"stage{index}"] = stage(x)
        outputs["head"] = F.relu6(self.bn2(self.conv_head(x)))
        outputs["logits"] = self.classifier(outputs["head"].mean((2, 3)))
        return outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.activations(x)["logits"]


def load_state(model: nn.Module, state: dict[str, torch.Tensor], source: str | Path) -> nn.Module:
    """The model in evaluation mode with these tensors in place of its own; `source` names them where they do not fit."""
    # Only the batch counters, which inference never reads, may be absent.
    counters = {key: tensor for key, tensor in model.state_dict().items() if key.endswith("num_batches_tracked")}
    try:
        model.load_state_dict(counters | state, assign=True)
    except RuntimeError as error:
        raise SystemExit(f"{source} does not hold this net. {error}") from error
    return model.eval().requires_grad_(False)


def read_state(path: Path, advice: str) -> dict[str, torch.Tensor]:
    """The float32 tensors of a safetensors file (F16 matrices are widened)."""
    from safetensors.torch import load_file

    if not path.exists():
        raise SystemExit(f"{path} is missing: {advice}")
    return {name: tensor.float() for name, tensor in load_file(path).items()}


def load_teacher(path: Path = WEIGHTS) -> EfficientNetLite0:
    return load_state(EfficientNetLite0(), read_state(path, "make it with reference/convert_efficientnet.py"), path)


def torchvision_net(name: str) -> nn.Module:
    """torchvision's module without memory for its tensors: load_state brings them."""
    from torchvision.models import get_model

    with torch.device("meta"):
        return get_model(name)


def load_torchvision(name: str, path: Path) -> nn.Module:
    return load_state(torchvision_net(name), read_state(path, f"give a safetensors file with torchvision's names for {name}"), path)


def normalise(x: torch.Tensor, mean: tuple = MEAN, std: tuple = STD) -> torch.Tensor:
    """(..., 3, h, w) in [0, 1] -> what the net takes."""
    return (x - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
