"""Golden maps of nets with more than convolutions and ReLUs, on the weights of zoo.py: by the gradient, RISE, LIME and re-label distillation."""

import copy

import numpy as np
import torch
from golden import EXAMPLES, channels_first, uniform_image, write
from gradients import SMALL_FIRST, SMALL_STEP, gradient_map
from images import fit_photo, read_photo, to_tensor
from nets import IMAGENET_MEAN, IMAGENET_STD, normalise, pixel_unit
from perturbation import lime, rise
from relabel import Settings, Synthesizer
from relabelled import relabelled_at
from seeded import SMALL
from torch import nn
from torch.nn import functional as F
from zoo import NETS, SEED, build, calibrated

NORM = IMAGENET_MEAN, IMAGENET_STD
# By net: how photos are resized, the last layer, that of class activation maps, and those whose relevance is looked at: below activations that
# go below 0, none is defined, and ConvNeXt's last layer
# is a signed sum. Relevance of `features.transition3` has come down through batch norms and concatenated layers; further down, DenseNet's pools
# average signed sums, among which relevance cannot be shared out in 32 bits.
MAPS = {
    "densenet121": ("bilinear", "classifier", "features.relu5", ("features.relu5", "features.transition3")),
    "mobilenet_v3_small": ("bicubic", "classifier.3", "features.12", ()),
    "convnext_tiny": ("bicubic", "classifier.2", "features.7", ()),
}
MASKS, LIME_SAMPLES, SAMPLES, HEAD_SEED = 8, 16, 24, 1000


class DenseNet(nn.Module):
    """torchvision's, with a module for its last activation."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.features, self.classifier = model.features, model.classifier
        self.features.add_module("relu5", nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def net(name: str) -> nn.Module:
    library, key, size = NETS[name]
    model = build(library, key)
    calibrated(model, normalise(channels_first(uniform_image(SEED, *size)), *NORM))
    return DenseNet(model) if name == "densenet121" else model


def tell_apart(model: nn.Module, head: str, photo: np.ndarray) -> np.float32:
    """Nets of seeded weights say nearly the same of all variations of a photo. Changes the bias of the last layer, and its weights by a factor, which is
    returned, so that every logit has a mean of 0 over variations, and all have a standard deviation of 1."""
    images, _ = Synthesizer(photo, Settings(samples=SAMPLES, seed=HEAD_SEED), None, NORM).draw(np.arange(SAMPLES), 0.5)
    logits, layer = model(normalise(images, *NORM)), model.get_submodule(head)
    factor = np.float32(1 / logits.std(0).mean())
    layer.bias.copy_((layer.bias - logits.mean(0)) * torch.tensor(factor))
    layer.weight.mul_(torch.tensor(factor))
    return factor


def kept(values: np.ndarray) -> np.ndarray:
    return values[SMALL_FIRST::SMALL_STEP, SMALL_FIRST::SMALL_STEP].astype(np.float32)


@torch.enable_grad()
def speaks_for(model: nn.Module, x: torch.Tensor, cam: str, target: int) -> bool:
    return gradient_map("grad-cam", model, x, target, cam).max().item() > 0


def gradient_maps_of(single: nn.Module, x: torch.Tensor, target: int, cam: str, excitation: tuple[str, ...]) -> tuple[dict, list]:
    """In float64, with what float32 makes of each in PyTorch."""
    tensors, cases = {}, []
    model = copy.deepcopy(single).double()
    wanted = [("grad-cam", cam), ("linear", cam), ("linear", "input"), *(("excitation", layer) for layer in excitation)]
    with torch.enable_grad():
        for method, layer in wanted:
            saliency = gradient_map(method, model, x.double(), target, layer)
            largest = saliency.abs().max().item()
            error = (gradient_map(method, single, x, target, layer) - saliency).abs().max().item() / largest
            cases.append({"method": method, "layer": layer, "largest": largest, "float32": error})
            tensors[f"{method}.{layer}"] = kept(saliency.numpy())
    return tensors, cases


def zoo_maps():
    """By net, of cat.jpg: `bias` of the last layer (see tell_apart); `METHOD.LAYER`, maps of the methods that go back from the logit; `rise`, `lime` (coefficients, and their `segments`); map,
    probabilities and labels of `relabel`. Maps at every third line and column."""
    from skimage.segmentation import quickshift

    tensors, facts = {}, {}
    for name, (filter, head, cam, excitation) in MAPS.items():
        model = net(name)
        photo = fit_photo(read_photo(EXAMPLES / "cat.jpg"), "crop", *SMALL, filter=filter)
        factor = tell_apart(model, head, photo)
        x = normalise(to_tensor(photo), *NORM)
        target = model(x[None])[0].argmax().item()

        def probability(images: torch.Tensor, model=model, target=target) -> torch.Tensor:
            return model(images).softmax(1)[:, target]

        # The likeliest class for which Grad-CAM finds anything.
        spoken_for = (index for index in model(x[None])[0].argsort(descending=True).tolist() if speaks_for(model, x[None], cam, index))
        gradient_target = next(spoken_for)
        found, cases = gradient_maps_of(model, x[None], gradient_target, cam, excitation)
        unit = pixel_unit(*SMALL)
        segments = quickshift(photo, 0.2, 4 * unit, 200 * unit, rng=SEED)
        pixels = to_tensor(photo).permute(1, 2, 0).double().numpy()
        found["bias"] = model.get_submodule(head).bias.numpy()
        found["rise"] = kept(rise(probability, x, SEED, MASKS, 7, 0.5))
        found["lime"] = lime(probability, pixels, segments, SEED, LIME_SAMPLES, NORM).astype(np.float32)
        found["segments"] = segments.astype(np.uint8)
        explanation, settings = relabelled_at(model, photo, SAMPLES, NORM)
        found |= {"relabel": kept(explanation.map), "probabilities": explanation.probabilities.astype(np.float32)}
        found["labels"] = explanation.labels.astype(np.uint8)
        tensors |= {f"{name}.{key}": values for key, values in found.items()}
        facts[name] = {"head": head, "factor": float(factor), "target": target, "gradientTarget": gradient_target, "gradients": cases, "relabel": settings}
        print(name, facts[name], flush=True)
    given = {"size": SMALL, "seed": SEED, "first": SMALL_FIRST, "step": SMALL_STEP, "masks": MASKS, "lime": LIME_SAMPLES}
    write("zoo-maps", tensors, {**given, "nets": facts})
