"""Small nets that together hold what people's ONNX files hold, for onnx_goldens.py: residual sums, gates, norms, pools, pads, heads."""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs: int, outputs: int, kernel=3, stride=1, groups=1, **options) -> nn.Sequential:
    padding = options.pop("padding", tuple(k // 2 for k in kernel) if isinstance(kernel, tuple) else kernel // 2)
    layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False, **options)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    """ResNet's stem and blocks; the head of old tutorials."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*conv(3, 8, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        self.first = nn.Sequential(*conv(8, 8), nn.ReLU(inplace=True), *conv(8, 8))
        self.second = nn.Sequential(*conv(8, 12, 3, 2), nn.ReLU(inplace=True), *conv(12, 12))
        self.shortcut = conv(8, 12, 1, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(12, 10)

    def forward(self, x):
        x = self.stem(x)
        x = F.relu(self.first(x) + x)
        x = F.relu(self.second(x) + self.shortcut(x))
        x = self.pool(x)
        return self.fc(x.view(x.size(0), -1))


class Gate(nn.Module):
    """Squeeze and excitation; `pools` by mean([2, 3]) or by a pool."""

    def __init__(self, channels: int, inner, outer, pools=False):
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, 6, 1), nn.Conv2d(6, channels, 1)
        self.inner, self.outer, self.pools = inner, outer, pools

    def forward(self, x):
        means = F.adaptive_avg_pool2d(x, 1) if self.pools else x.mean((2, 3), keepdim=True)
        return x * self.outer(self.up(self.inner(self.down(means))))


class NeighbourGate(nn.Module):
    """ECA: gates of neighbouring channels' means."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 5, padding=2, bias=False)

    def forward(self, x):
        gate = self.conv(x.mean((2, 3)).view(x.shape[0], 1, -1)).sigmoid()
        return x * gate.view(x.shape[0], -1, 1, 1).expand_as(x)


def gates() -> nn.Module:
    """MobileNetV3 and EfficientNet."""
    return nn.Sequential(
        *conv(3, 10, 3, 2), nn.Hardswish(), *conv(10, 10, 5, 1, 10), nn.ReLU6(), Gate(10, nn.ReLU(), nn.Hardsigmoid(), True),
        *conv(10, 16, 1), nn.SiLU(), *conv(16, 16, 3, 2, 16), nn.SiLU(), Gate(16, nn.SiLU(), nn.Sigmoid()),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Dropout(0.2), nn.Linear(16, 12), nn.Hardswish(), nn.Linear(12, 10),
    )


def activations() -> nn.Module:
    kinds = [nn.GELU(), nn.GELU("tanh"), nn.LeakyReLU(0.1), nn.PReLU(8), nn.PReLU(), nn.ELU(), nn.Mish(), nn.Tanh(), nn.Hardtanh(-0.5, 1.5)]
    parts = [part for kind in kinds for part in (*conv(8, 8, 1), kind)]
    return nn.Sequential(*conv(3, 8, 3, 2), nn.LeakyReLU(), *parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))


class Branches(nn.Module):
    """Concat of channels that no four divide, slices of it, a norm and ReLU behind it, as in Res2Net and DenseNet."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*conv(1, 26, 3, 2), nn.ReLU())
        self.narrow = nn.Sequential(*conv(26, 13, 1), nn.ReLU())
        self.pieces = nn.ModuleList(nn.Sequential(*conv(13, 13, 3, groups=13), nn.ReLU()) for _ in range(2))
        self.norm, self.last = nn.BatchNorm2d(52), nn.Conv2d(52, 14, 1)
        self.classes = nn.Conv2d(14, 10, 1)

    def forward(self, x):
        x = self.stem(x)
        first, second = torch.split(x, [13, 13], 1)
        pieces = [piece(part) for piece, part in zip(self.pieces, (first, second + first))]
        x = torch.cat([x, *pieces], 1)
        x = F.max_pool2d(self.last(F.relu(self.norm(x))), 2)
        return F.relu(self.classes(x)).mean((2, 3))


class Shuffle(nn.Module):
    """ShuffleNet's unit, grouped and multiplied depthwise convolutions."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*conv(3, 16, 3, 2), nn.ReLU())
        self.branch = nn.Sequential(*conv(8, 8, 1), nn.ReLU(), *conv(8, 8, 3, 1, 8), *conv(8, 8, 1), nn.ReLU())
        self.grouped = nn.Sequential(*conv(16, 16, 3, 2, 4), nn.ReLU(), *conv(16, 32, 3, 1, 16), nn.ReLU())
        self.gate, self.fc = NeighbourGate(), nn.Linear(16, 10)

    def forward(self, x):
        kept, changed = self.stem(x).chunk(2, 1)
        x = torch.cat((kept, self.branch(changed)), 1)
        batch, channels, height, width = x.shape
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2).contiguous().view(batch, channels, height, width)
        x = self.grouped(x)[:, ::2]
        return self.fc(self.gate(x).mean([2, 3]))


class Windows(nn.Module):
    """Kernels that are not square, dilation, pads at one end, pools that round up, with and without pads counted."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*conv(3, 8, 3, 2, padding=0), nn.ReLU())
        self.long = nn.Sequential(*conv(8, 8, (1, 7)), *conv(8, 8, (7, 1)), nn.ReLU())
        self.wide = nn.Sequential(nn.Conv2d(8, 8, 3, padding=(2, 3), dilation=(2, 3)), nn.ReLU())
        self.pools = nn.ModuleList([
            nn.MaxPool2d(3, 2, ceil_mode=True), nn.AvgPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            nn.MaxPool2d((2, 3), (2, 1), (0, 1)),
        ])
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(F.pad(x, (0, 1, 0, 1)))
        x = self.long(x) + self.wide(x)
        x = F.max_pool2d(F.pad(F.relu(x), (0, 1, 0, 1)), 3, 1)
        for pool in self.pools:
            x = pool(x)
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class Same(nn.Conv2d):
    """timm's Conv2dSame: computes its pads from the size, also in the file."""

    def forward(self, x):
        pads = []
        for size, kernel, stride in zip(reversed(x.shape[-2:]), reversed(self.kernel_size), reversed(self.stride)):
            pad = torch.as_tensor((torch.ceil(torch.as_tensor(size) / stride) - 1) * stride + kernel - size).clamp(min=0).to(torch.int64)
            pads += [pad // 2, pad - pad // 2]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class SamePool(nn.Module):
    def forward(self, x):
        return F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 1)


def same() -> nn.Module:
    return nn.Sequential(Same(3, 8, 3, 2), nn.SiLU(), SamePool(), Same(8, 8, 5, 2, groups=8), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))


class ChannelNorm(nn.LayerNorm):
    """Of channels that come first: by two permutes, or as ConvNeXt's authors write it."""

    def __init__(self, channels: int, written_out: bool):
        super().__init__(channels, eps=1e-6)
        self.written_out = written_out

    def forward(self, x):
        if not self.written_out:
            return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        return self.weight[:, None, None] * ((x - mean) / torch.sqrt(variance + self.eps)) + self.bias[:, None, None]


class NextBlock(nn.Module):
    """ConvNeXt's: the channels last between two permutes, and a scale a channel."""

    def __init__(self, channels: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.up, self.down = nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, channels)
        self.gamma = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.gamma * self.down(F.gelu(self.up(y)))
        return x + y.permute(0, 3, 1, 2)


def next_net() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 12, 4, 4), ChannelNorm(12, False), NextBlock(12), ChannelNorm(12, True), nn.Conv2d(12, 16, 2, 2), NextBlock(16),
        nn.AdaptiveAvgPool2d(1), ChannelNorm(16, False), nn.Flatten(1), nn.Linear(16, 10),
    )


class Head(nn.Module):
    """VGG's head, which reads every value of an image: channels first, or last."""

    def __init__(self, last: bool):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2), *conv(8, 8, 3, 2), nn.ReLU(True))
        self.pool = nn.AdaptiveAvgPool2d((2, 3))
        self.classifier = nn.Sequential(nn.Linear(48, 20), nn.ReLU(True), nn.Dropout(), nn.Linear(20, 10))
        self.last = last

    def forward(self, x):
        x = self.pool(self.features(x))
        return self.classifier(x.permute(0, 2, 3, 1).reshape(-1, 48) if self.last else torch.flatten(x, 1))


class Fused(nn.Module):
    """HRNet's sum of sizes; reflected pads before a blur; a crop."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = nn.Sequential(*conv(3, 8, 3, 2), nn.ReLU()), nn.Sequential(*conv(8, 12, 3, 2), nn.ReLU())
        self.back, self.last = conv(12, 8, 1), nn.Conv2d(8, 16, 3, bias=False, groups=2)
        self.register_buffer("blur", torch.ones(16, 1, 3, 3))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        fine = self.fine(x)
        x = F.relu(fine + F.interpolate(self.back(self.coarse(fine)), scale_factor=2, mode="nearest"))
        x = F.relu(self.last(F.pad(x, (1, 1, 1, 1), mode="reflect")))
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.blur, stride=2, groups=16)
        x = F.interpolate(x[:, :, 1:, 1:], scale_factor=2, mode="bilinear", align_corners=False)
        return self.fc(x.mean((-2, -1)))


def grey_net() -> nn.Module:
    """AlexNet of 2012 without its norms, for one channel of grey."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(8, 16, 5, padding=2, groups=2),
        nn.ReLU(), nn.Flatten(), nn.Linear(16 * 24, 10),
    )


class Standardised(nn.Conv2d):
    """timm's ScaledStdConv2d."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(rows, None, None, weight=(self.gain * 0.3).view(-1), training=True, momentum=0.0, eps=1e-6).reshape_as(self.weight)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class FreeOfNorms(nn.Module):
    """NFNet: standardised weights, and numbers that keep the scale."""

    def __init__(self):
        super().__init__()
        self.stem, self.inner = Standardised(3, 8, 3, 2, 1), Standardised(8, 8, 3, 1, 1, groups=2)
        self.gate, self.skipinit_gain = Gate(8, nn.ReLU(), nn.Sigmoid()), nn.Parameter(torch.ones(()))
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem((x * 0.9) - 0.05)
        y = F.gelu(x) * 1.7015043497085571 * 0.95
        x = 2.0 * self.gate(self.inner(y)) * self.skipinit_gain * 0.2 + x
        return self.fc(F.silu(x).mul(1.8).mean((2, 3)))
