"""Backward rules beside the gradient, for any module: what the engine's passes are compared with; and which units they hang on.

The first two modes replace the functions that a module calls, so that its backward pass follows the rule:

    with Excitation(): y = model(x)          # excitation backprop (Zhang et al. 2016) as TorchRay defines it
    with Gates(recorded): y = model(x)       # the gated ReLU of FGVis (Wagner et al. 2019)
    with Doubts(model, margin): model(x)     # collects units near a corner

ReLU and max pooling keep their gradients under both.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

EPSILON = 1e-20
BELOW_SIX = 6 - 2.0**-21


class Share(torch.autograd.Function):
    """`value`, whose relevance p goes back as x * positive^T(p / (positive(x) + EPSILON)); positive is linear."""

    @staticmethod
    def forward(ctx, x, value, positive):
        ctx.save_for_backward(x)
        ctx.positive = positive
        return value.clone()

    @staticmethod
    def backward(ctx, p):
        x = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            z = ctx.positive(x)
            (back,) = torch.autograd.grad(z, x, p / (z + EPSILON))
        return x * back, None, None


class Split(torch.autograd.Function):
    """a + b, whose relevance is shared out in proportion to the two."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a.clone(), b.clone())
        return a + b

    @staticmethod
    def backward(ctx, p):
        a, b = ctx.saved_tensors
        return p * a / (a + b + EPSILON), p * b / (a + b + EPSILON)


class Pass(torch.autograd.Function):
    """`value`, whose relevance goes back to x as it is."""

    @staticmethod
    def forward(ctx, x, value):
        return value.clone()

    @staticmethod
    def backward(ctx, p):
        return p, None


class Gate(torch.autograd.Function):
    """ReLU or ReLU6 whose gradient passes where 0 < value <= clean, and value < 6 if 6 bounds it."""

    @staticmethod
    def forward(ctx, x, clean, activation):
        value = activation(x)
        ctx.save_for_backward((value > 0) & (value <= clean) & (value == x))
        return value

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0], None, None


class Excitation(TorchFunctionMode):
    """`negated`: the weights of the only linear layer on the way whose matrix it is, for the first step of the contrast."""

    def __init__(self, negated: torch.Tensor | None = None):
        super().__init__()
        self.negated = negated

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in (F.conv2d, torch.conv2d):
            x, weight, _, *rest = args if len(args) > 2 else (*args, None)
            positive = weight.clamp(min=0)
            return Share.apply(x, function(*args, **kwargs), lambda x: function(x, positive, None, *rest, **kwargs))
        if function is F.linear:
            x, weight = args[:2]
            positive = (-weight if weight is self.negated else weight).clamp(min=0)
            return Share.apply(x, function(*args, **kwargs), lambda x: F.linear(x, positive))
        if function in (F.adaptive_avg_pool2d, F.avg_pool2d, torch.Tensor.mean):
            return Share.apply(args[0], function(*args, **kwargs), lambda x: function(x, *args[1:], **kwargs))
        if function in (F.batch_norm, F.layer_norm):
            return Pass.apply(args[0], function(*args, **kwargs))
        if function in (torch.Tensor.add, torch.Tensor.__add__, torch.Tensor.add_, torch.Tensor.__iadd__):
            return Split.apply(*args)
        if function is F.relu:
            kwargs.pop("inplace", None)
            return function(args[0])
        return function(*args, **kwargs)


class Gates(TorchFunctionMode):
    """Records the values of all ReLUs and ReLU6s, in order; or, given those of another image, gates with them."""

    def __init__(self, clean: list[torch.Tensor] | None = None):
        super().__init__()
        self.clean, self.values = clean, []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function not in (F.relu, F.relu6):
            return function(*args, **(kwargs or {}))
        value = function(args[0]) if self.clean is None else Gate.apply(args[0], self.clean[len(self.values)], function)
        self.values.append(value)
        return value


class Doubts(TorchFunctionMode):
    """Collects the units that float32 may take for one on the other side of an activation's corner, or for another maximum of a pool:
    those that are as near as `margin` times the root mean square of all. Rows of (activation, index in NHWC order, value)."""

    def __init__(self, model: nn.Module, margin: float):
        super().__init__()
        self.margin, self.activations, self.rows = margin, 0, []
        self.pools = [module for module in model.modules() if isinstance(module, nn.MaxPool2d)]

    def __enter__(self):
        self.handles = [pool.register_forward_pre_hook(self.pool) for pool in self.pools]
        return super().__enter__()

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()
        return super().__exit__(*error)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function not in (F.relu, F.relu6, F.hardtanh):
            return function(*args, **(kwargs or {}))
        x = args[0].detach().clone()
        near = x.abs() < self.margin * x.square().mean().sqrt()
        if function is not F.relu:
            near |= (x - 6).abs() < self.margin * x.square().mean().sqrt()
        value = function(*args, **(kwargs or {}))
        self.activations += 1
        self.add(near, value)
        return value

    def pool(self, module: nn.MaxPool2d, inputs: tuple[torch.Tensor]):
        """What is pooled is the value of the last activation."""
        x = inputs[0].detach()
        padded = F.pad(x, (module.padding,) * 4, value=-torch.inf)
        windows = padded.unfold(2, module.kernel_size, module.stride).unfold(3, module.kernel_size, module.stride).flatten(4)
        values, places = windows.topk(2, 4)
        close = (values[..., 0] - values[..., 1] < self.margin * x.square().mean().sqrt()) & (values[..., 1] > 0)
        near = torch.zeros_like(padded, dtype=torch.bool)
        image, channel, line, column = close.nonzero().unbind(1)
        for place in places[close].unbind(1):
            down, right = place // module.kernel_size, place % module.kernel_size
            near[image, channel, line * module.stride + down, column * module.stride + right] = True
        edge = module.padding
        self.add(near[..., edge : edge + x.shape[2], edge : edge + x.shape[3]], x)

    def add(self, near: torch.Tensor, value: torch.Tensor):
        last = (lambda t: t.permute(0, 2, 3, 1)) if near.dim() == 4 else (lambda t: t)
        near, value = last(near).flatten(), last(value.detach()).flatten()
        at = near.nonzero()[:, 0]
        # Rounding must not take a value to the corner at 6.
        rounded = torch.where(value < 6, value.float().clamp(max=BELOW_SIX), value.float()) if value.max() <= 6 else value.float()
        self.rows += [(self.activations - 1, index, rounded[index].item()) for index in at.tolist()]
