"""The nets of torchvision and timm that have more than convolutions and ReLUs, on seeded weights: logits, and the gradient of one, in float64."""

import numpy as np
import timm
import torch
from golden import channels_first, uniform_image, write
from gradients import MARGIN, SMALL_FIRST, SMALL_STEP
from nets import IMAGENET_MEAN, IMAGENET_STD, normalise
from seeded import SMALL, float_shapes, seeded_tensor
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

# By the engine's names: the library, its name there, and the size at which it is looked at.
NETS = {
    "mobilenet_v3_small": ("torchvision", "mobilenet_v3_small", SMALL),
    "mobilenet_v3_large": ("torchvision", "mobilenet_v3_large", SMALL),
    "efficientnet_b0": ("torchvision", "efficientnet_b0", SMALL),
    "densenet121": ("torchvision", "densenet121", SMALL),
    "googlenet": ("torchvision", "googlenet", SMALL),
    "inception_v3": ("torchvision", "inception_v3", (80, 112)),
    "squeezenet1_1": ("torchvision", "squeezenet1_1", SMALL),
    "shufflenet_v2_x1_0": ("torchvision", "shufflenet_v2_x1_0", SMALL),
    "resnext50_32x4d": ("torchvision", "resnext50_32x4d", SMALL),
    "regnet_y_400mf": ("torchvision", "regnet_y_400mf", SMALL),
    "convnext_tiny": ("torchvision", "convnext_tiny", SMALL),
    "seresnet50": ("timm", "seresnet50", SMALL),
}
# Further nets of timm, which test/zoo/nets describes.
TEST_NETS = {
    name: ("timm", name, SMALL)
    for name in ("ghostnet_100", "hrnet_w18", "mixnet_s", "nfnet_l0", "res2net50_26w_4s", "starnet_s1")
}
# Under which names the libraries have them.
LIBRARIES = {
    "mobilenet_v3_small": {"timm": "mobilenetv3_small_100", "torchvision": "mobilenet_v3_small"},
    "mobilenet_v3_large": {"timm": "mobilenetv3_large_100", "torchvision": "mobilenet_v3_large"},
    "efficientnet_b0": {"timm": "efficientnet_b0", "torchvision": "efficientnet_b0"},
    "densenet121": {"timm": "densenet121", "torchvision": "densenet121"},
    "googlenet": {"torchvision": "googlenet"},
    "inception_v3": {"timm": "inception_v3", "torchvision": "inception_v3"},
    "squeezenet1_1": {"torchvision": "squeezenet1_1"},
    "shufflenet_v2_x1_0": {"torchvision": "shufflenet_v2_x1_0"},
    "resnext50_32x4d": {"timm": "resnext50_32x4d", "torchvision": "resnext50_32x4d"},
    "regnet_y_400mf": {"timm": "regnety_004", "torchvision": "regnet_y_400mf"},
    "convnext_tiny": {"timm": "convnext_tiny", "torchvision": "convnext_tiny"},
    "seresnet50": {"timm": "seresnet50"},
}
# Layer scales are numbers and no layers: they keep what they are added to about as large.
LAYER_SCALE = 0.2
SEED = 1
# Where an activation's slope jumps, by the function: of its output, or, where that has no inverse, of what goes in.
CORNERS = {
    F.relu: (0,),
    F.relu6: (0, 6),
    F.hardtanh: (0, 6),
    F.hardswish: (-3, 3),
    F.hardsigmoid: (-3, 3),
    F.silu: (),
    F.gelu: (),
    torch.sigmoid: (),
    torch.Tensor.sigmoid: (),
    torch.Tensor.sigmoid_: (),
}


def build(library: str, name: str) -> nn.Module:
    if library == "timm":
        return timm.create_model(name).eval()
    import torchvision.models

    plain = {"aux_logits": False, "init_weights": False, "transform_input": False} if name in ("googlenet", "inception_v3") else {}
    return getattr(torchvision.models, name)(weights=None, **plain).eval()


def calibrated(model: nn.Module, x: torch.Tensor) -> dict[str, np.float32]:
    """Gives the model seeded weights, those of every convolution and matrix, biases too, times a factor by which its output has a standard
    deviation of 1 on the image; where a layer standardises its weights, the gain behind that. Returns the factors by the layers' names."""
    model.load_state_dict({key: seeded_tensor(key, shape) for key, shape in float_shapes(model).items()}, strict=False)
    factors, names = {}, {module: name for name, module in model.named_modules()}

    def scale(module: nn.Module, _, out: torch.Tensor) -> torch.Tensor:
        factor = np.float32(1 / out.double().std())
        factors[names[module]] = factor
        for tensor in (getattr(module, "gain", module.weight), module.bias):
            if tensor is not None:
                tensor.mul_(torch.tensor(factor))
        return out * torch.tensor(factor)

    layers = [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(scale) for layer in layers]
    with torch.no_grad():
        for key, tensor in model.named_parameters():
            if key.endswith("layer_scale"):
                factors[key] = np.float32(LAYER_SCALE)
                tensor.mul_(torch.tensor(factors[key]))
        model(x)
    for hook in hooks:
        hook.remove()
    return factors


class Doubts(TorchFunctionMode):
    """As backward.Doubts, for all activations: rows of (activation, index in NHWC order, value). The value is what the activation gives, of
    hard swish, which has no inverse, what it is given. A unit at a corner or beside another maximum of a pool is in doubt."""

    def __init__(self):
        super().__init__()
        # Of tensors that are known to hold activations' values: the tensor, and for each range of its channels the activation and the values.
        self.rows, self.known, self.count = [], {}, 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in (F.max_pool2d, torch.max_pool2d):
            self.pool(args[0], *args[1:], **kwargs)
            return function(*args, **kwargs)
        if function is torch.cat and all(tensor.data_ptr() in self.known for tensor in args[0]):
            value = function(*args, **kwargs)
            self.known[value.data_ptr()] = (value, [part for tensor in args[0] for part in self.known[tensor.data_ptr()][1]])
            return value
        if function not in CORNERS:
            return function(*args, **kwargs)
        x = args[0].detach().clone()
        value = function(*args, **kwargs)
        margin = MARGIN * x.square().mean().sqrt()
        near = sum(((x - corner).abs() < margin for corner in CORNERS[function]), torch.zeros_like(x, dtype=torch.bool))
        kept = x if function is F.hardswish else value.detach()
        self.known[value.data_ptr()] = (value, [(self.count, kept)])
        self.add(self.count, near, kept, CORNERS[function] if function is F.hardswish else (0, 1 if function is F.hardsigmoid else 6))
        self.count += 1
        return value

    def pool(self, x: torch.Tensor, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, **_):
        """Of what activations gave."""
        if x.data_ptr() not in self.known:
            return
        edge = (padding, padding + stride * ceil_mode) * 2
        padded = F.pad(x.detach(), edge, value=-torch.inf)
        windows = padded.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).flatten(4)
        values, places = windows.topk(2, 4)
        close = (values[..., 0] - values[..., 1] < MARGIN * x.square().mean().sqrt()) & (values[..., 1] > 0)
        near = torch.zeros_like(padded, dtype=torch.bool)
        image, channel, line, column = close.nonzero().unbind(1)
        for place in places[close].unbind(1):
            near[image, channel, line * stride + place // kernel_size, column * stride + place % kernel_size] = True
        near = near[..., padding : padding + x.shape[2], padding : padding + x.shape[3]]
        first = 0
        for activation, value in self.known[x.data_ptr()][1]:
            self.add(activation, near[:, first : first + value.shape[1]], value, (0, 6))
            first += value.shape[1]

    def add(self, activation: int, near: torch.Tensor, value: torch.Tensor, corners: tuple[float, ...]):
        last = (lambda t: t.permute(0, 2, 3, 1)) if near.dim() == 4 else (lambda t: t)
        near, value = last(near).flatten(), last(value).flatten()
        for index in near.nonzero()[:, 0].tolist():
            exact, rounded = value[index].item(), np.float32(value[index].item())
            # Rounding must not take a value to a corner.
            if rounded in corners and exact != rounded:
                rounded = np.nextafter(rounded, np.float32(np.inf if exact > rounded else -np.inf))
            self.rows.append((activation, index, rounded))


def zoo():
    compare("zoo", NETS)


def test_nets():
    compare("test-nets", TEST_NETS)


@torch.enable_grad()
def compare(file: str, nets: dict[str, tuple[str, str, tuple[int, int]]]):
    """By net: `logits` of one image; `factors` of the weights (see calibrated), in the order of facts; the gradient of the largest logit at every third
    pixel, `gradient` (lines x columns x 3); and the units in `doubts`."""
    tensors, facts = {}, {}
    for name, (library, key, size) in nets.items():
        model = build(library, key)
        x = normalise(channels_first(uniform_image(SEED, *size)), IMAGENET_MEAN, IMAGENET_STD)
        factors = calibrated(model, x)
        model, x = model.double(), x.double().requires_grad_()
        with Doubts() as doubts:
            logits = model(x)
        target = logits[0].argmax().item()
        gradient = torch.autograd.grad(logits[0, target], x)[0][0].permute(1, 2, 0)
        tensors[f"{name}.logits"] = logits.detach()[0].float().numpy()
        tensors[f"{name}.factors"] = np.array(list(factors.values()), dtype=np.float32)
        tensors[f"{name}.gradient"] = gradient[SMALL_FIRST::SMALL_STEP, SMALL_FIRST::SMALL_STEP].float().numpy()
        tensors[f"{name}.doubts"] = np.array(doubts.rows, dtype=np.float32).reshape(-1, 3)
        facts[name] = {
            "size": size,
            "target": target,
            "layers": list(factors),
            "activations": doubts.count,
            "largest": gradient.abs().max().item(),
            "norm": gradient.norm().item(),
        }
        print(name, len(doubts.rows), "in doubt of", doubts.count, "activations; largest gradient", facts[name]["largest"])
    write(file, tensors, {"seed": SEED, "mean": IMAGENET_MEAN, "std": IMAGENET_STD, "first": SMALL_FIRST, "step": SMALL_STEP, "nets": facts})
