"""Backward rules beside the gradient, for any module: what the engine's passes are compared with.

Both modes replace the functions that a module calls, so that its backward pass follows the rule:

    with Excitation(): y = model(x)          # excitation backprop (Zhang et al. 2016) as TorchRay defines it
    with Gates(recorded): y = model(x)       # the gated ReLU of FGVis (Wagner et al. 2019)

ReLU and max pooling keep their gradients under both.
"""

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

EPSILON = 1e-20


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
        if function in (F.adaptive_avg_pool2d, torch.Tensor.mean):
            return Share.apply(args[0], function(*args, **kwargs), lambda x: function(x, *args[1:], **kwargs))
        if function is F.batch_norm:
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
