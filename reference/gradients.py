"""What goes back from a class's logit, in float64: the gradient of the image, and the maps of Grad-CAM, linear approximation and excitation
backprop, by Captum and by backward.py. In float32 some units fall on the other side of a ReLU's corner, and a gradient moves by per cents.
"""

import copy

import numpy as np
import torch
from backward import Doubts, Excitation, Gates
from golden import EXAMPLES, MAP_SIZE, channels_first, uniform_image, write
from images import fit_photo, read_photo, to_tensor
from nets import IMAGENET_MEAN, IMAGENET_STD, TORCHVISION, EfficientNetLite0, normalise
from seeded import SMALL, golden_size, seeded_net
from torch import nn
from torch.nn import functional as F

# How near a corner a unit is in doubt, beside the root mean square of its layer: some ten times what float32 errs by.
MARGIN = 1e-4
# Of large images' gradients that are kept: every seventh pixel from the third on; of small ones', and of maps, every third from the first on.
STEP, FIRST = 7, 3
SMALL_STEP, SMALL_FIRST = 3, 1
# The maps of every net by the engine's names: method, its settings, and the module of the layer; for a contrast also that where it is
# subtracted, and the last linear one.
MAPS = {
    "efficientnet-lite0": (
        ("grad-cam", {}, "bn2"),
        ("grad-cam", {"layer": "blocks.4"}, "blocks.4"),
        ("linear", {}, "bn2"),
        ("linear", {"layer": "input"}, "input"),
        ("excitation", {}, "bn2"),
        ("excitation", {"contrast": "contrastive"}, "bn2", "global_pool", "classifier"),
    ),
    "resnet18": (
        ("grad-cam", {}, "layer4"),
        ("linear", {"layer": "input"}, "input"),
        ("excitation", {"layer": "relu"}, "relu"),
        ("excitation", {"contrast": "contrastive"}, "layer3", "avgpool", "fc"),
    ),
}


def run(model: nn.Module, x: torch.Tensor, mode: Excitation, *layers: str) -> list[torch.Tensor]:
    """What the modules of these names give, the first as a leaf, and the logits."""
    kept = {}

    def keep(layer: str):
        def hook(module, inputs, output):
            kept[layer] = output.detach().requires_grad_() if layer == layers[0] else output
            return kept[layer]

        return hook

    handles = [model.get_submodule(layer).register_forward_hook(keep(layer)) for layer in layers]
    with torch.enable_grad(), mode:
        logits = model(x)
    for handle in handles:
        handle.remove()
    return [*(kept[layer] for layer in layers), logits]


def relevance(model: nn.Module, x: torch.Tensor, layer: str, target: int, mode: Excitation) -> torch.Tensor:
    """What excitation backprop brings from a class's logit to the output of a module."""
    value, logits = run(model, x, mode, layer)
    return torch.autograd.grad(logits[0, target], value)[0]


def contrastive(model: nn.Module, x: torch.Tensor, layer: str, target: int, contrast: str, last: str) -> torch.Tensor:
    """The same, less at `contrast` what the negated weights of the linear layer `last` bring there; nothing below 0."""
    value, middle, logits = run(model, x, Excitation(), layer, contrast)
    against = relevance(model, x, contrast, target, Excitation(model.get_submodule(last).weight))
    difference = torch.autograd.grad(logits[0, target], middle, retain_graph=True)[0] - against
    return torch.autograd.grad(middle, value, difference)[0].sum(1, keepdim=True).clamp(min=0)


def grad_cam(model: nn.Module, x: torch.Tensor, layer: str, target: int) -> torch.Tensor:
    from captum.attr import LayerGradCam

    return LayerGradCam(model, model.get_submodule(layer)).attribute(x, target, relu_attributions=True)


def linear(model: nn.Module, x: torch.Tensor, layer: str, target: int) -> torch.Tensor:
    from captum.attr import InputXGradient, LayerGradientXActivation

    method = InputXGradient(model) if layer == "input" else LayerGradientXActivation(model, model.get_submodule(layer))
    return method.attribute(x.clone().requires_grad_(), target).sum(1, keepdim=True)


class Named(nn.Module):
    """EfficientNet-Lite0 with the names that the engine has for the last feature map, behind its ReLU6, and the pooled features."""

    def __init__(self, model: EfficientNetLite0):
        super().__init__()
        self.model, self.bn2, self.global_pool = model, nn.Identity(), nn.Identity()
        self.blocks, self.classifier = model.blocks, model.classifier

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.global_pool(self.bn2(self.model.activations(x)["head"]).mean((2, 3))))


def normalised(name: str, values: torch.Tensor) -> torch.Tensor:
    return (normalise(values) if name == "efficientnet-lite0" else normalise(values, IMAGENET_MEAN, IMAGENET_STD)).double()


def close_gates(values: list[torch.Tensor], clean: list[torch.Tensor]) -> list[tuple[int, int, float, float]]:
    """The units above 0 that are as near to the other image's value as Doubts takes units to be near to a corner."""
    rows = []
    for activation, (value, other) in enumerate(zip(values, clean, strict=True)):
        near = (value > 0) & ((value - other).abs() < MARGIN * value.square().mean().sqrt())
        flat, own, its = (tensor.permute(0, 2, 3, 1).flatten() for tensor in (near, value, other))
        rows += [(activation, index, own[index].item(), its[index].item()) for index in flat.nonzero()[:, 0].tolist()]
    return rows


@torch.enable_grad()
def gradients():
    """For one image: the gradient of a logit, `net.gradient`, at every third or seventh pixel (lines x columns x 3), of resnet18 also with
    ReLUs gated by another image's; maps of excitation backprop, `net.excitation`, and the first step of its contrast, `net.contrast`, at
    that layer; and the units, `net.doubts`, that float32 may take for one on the other side of an activation's corner (see Doubts), or of
    the other image's value: `net.gates`, rows of (activation, index in NHWC order, value, the other value)."""
    seed, other, target, tensors, facts = 1, 2, 281, {}, {}

    def image(name: str, seed: int) -> torch.Tensor:
        return normalised(name, channels_first(uniform_image(seed, *golden_size(name))))

    def gradient(key: str, model: torch.nn.Module, x: torch.Tensor, mode: Gates):
        x = x.clone().requires_grad_()
        with mode:
            logits = model(x)
        values = torch.autograd.grad(logits[0, target], x)[0][0].permute(1, 2, 0)
        first, step = (SMALL_FIRST, SMALL_STEP) if values.shape[:2] == SMALL else (FIRST, STEP)
        tensors[key] = values[first::step, first::step].float().numpy()
        size = {"height": values.shape[0], "width": values.shape[1], "first": first, "step": step}
        facts[key] = {**size, "largest": values.abs().max().item(), "norm": values.norm().item()}

    # Below, relevance is shared out among the signed sums of linear bottlenecks: float32 and float64 differ by per cents there.
    layers = {
        "resnet18": ("layer3", "avgpool", "fc"),
        "vgg16": ("features.23", "classifier.4", "classifier.6"),
        "efficientnet-lite0": ("blocks.6", None, None),
    }
    for name in (*TORCHVISION, "efficientnet-lite0"):
        model = seeded_net(name).double()
        x = image(name, seed)
        gradient(f"{name}.gradient", model, x, Gates())
        with Doubts(model, MARGIN) as doubts:
            model(x)
        tensors[f"{name}.doubts"] = np.array(doubts.rows, dtype=np.float32)
        if name == "resnet18":
            clean = Gates()
            with torch.no_grad(), clean:
                model(image(name, other))
            gradient(f"{name}.gated", model, x, Gates(clean.values))
            own = Gates()
            with torch.no_grad(), own:
                model(x)
            tensors[f"{name}.gates"] = np.array(close_gates(own.values, clean.values), dtype=np.float32).reshape(-1, 4)
        if name in layers:
            saliency, contrast, last = layers[name]
            tensors[f"{name}.excitation"] = relevance(model, x, saliency, target, Excitation())[0].sum(0).float().numpy()
            if contrast:
                mode = Excitation(model.get_submodule(last).weight)
                tensors[f"{name}.contrast"] = relevance(model, x, contrast, target, mode)[0].float().numpy()
        print(name, {key: value.shape for key, value in tensors.items() if key.startswith(name)}, facts[f"{name}.gradient"])
    facts = {"seed": seed, "other": other, "margin": MARGIN, "target": target, "layers": layers, "gradients": facts}
    write("gradients", tensors, facts)


def gradient_map(method: str, model: nn.Module, x: torch.Tensor, target: int, layer: str, *contrast: str) -> torch.Tensor:
    """(h, w), stretched."""
    if method == "grad-cam":
        values = grad_cam(model, x, layer, target)
    elif method == "linear":
        values = linear(model, x, layer, target)
    elif contrast:
        values = contrastive(model, x, layer, target, *contrast)
    else:
        values = relevance(model, x, layer, target, Excitation()).sum(1, keepdim=True)
    return F.interpolate(values.detach(), x.shape[2:], mode="bilinear", align_corners=False)[0, 0]


@torch.enable_grad()
def gradient_maps():
    """Maps of cat.jpg for the first choice of a net, every third line and column, in the order of `cases`."""
    photo = to_tensor(fit_photo(read_photo(EXAMPLES / "cat.jpg"), "crop", *MAP_SIZE))[None]
    tensors, targets, cases = {}, {}, []
    for name, maps in MAPS.items():
        single, x = seeded_net(name), normalised(name, photo)
        single = Named(single) if name == "efficientnet-lite0" else single
        model = copy.deepcopy(single).double()
        logits = model(x)[0].detach()
        target = logits.argmax().item()
        targets[name] = {"target": target, "logit": logits[target].item(), "probability": logits.softmax(0)[target].item()}
        for method, settings, *layers in maps:
            saliency = gradient_map(method, model, x, target, *layers)
            largest = saliency.abs().max().item()
            # What float32 makes of it in PyTorch.
            error = (gradient_map(method, single, x.float(), target, *layers) - saliency).abs().max() / largest
            cases.append({"net": name, "method": method, "settings": settings, "largest": largest, "float32": error.item()})
            tensors[f"{len(cases) - 1}"] = saliency[SMALL_FIRST::SMALL_STEP, SMALL_FIRST::SMALL_STEP].float().numpy()
            print(f"{name} {method} {settings}: float32 differs by {error:.1e} of the largest")
    write("gradient-maps", tensors, {"size": MAP_SIZE, "first": SMALL_FIRST, "step": SMALL_STEP, "targets": targets, "cases": cases})
