"""Re-label distillation (Hua et al. 2021) in plain PyTorch: the reference with which the engine's maps are compared.

    python reference/relabel.py IMAGE... --out DIR [--samples 1000] [--seed 0] [--synthesis gated|residual|paper] [--gates balanced|random]
        [--fill inpaint,grey,blur,vae] [--student smooth|correlation|ridge|sgd] [--fit crop|squash] [--target CLASS] [--keep Q] [--noise-scale S]

writes DIR/NAME.map.npy (float32, 224 x 224) and DIR/NAME.json (every setting) for each image.
"""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from images import FITS, fit_photo, read_photo, to_tensor
from nets import CLASSES, MEAN, SIZE, STD, WEIGHTS, load_teacher, normalise, pixel_unit
from sampling import balanced_gates, masks, normal_deviates, random_gates, shift_weights, shuffled_order
from students import CELLS, correlation_student, gate_features, ridge_student, sgd_student, smooth_student
from torch.nn import functional as F

VAE_WEIGHTS = WEIGHTS.with_name("vae.safetensors")
VAE_SIZE, LATENT, RESIDUAL_DIRECTIONS = 64, 500, 100
BATCH, ADAPT_STEPS, ADAPT_SAMPLES = 25, 6, 30
# Samples of the search come from far beyond those of the explanation.
ADAPT_FIRST = 1 << 24
KEEP_RANGE, SCALE_RANGE, USABLE = (0.05, 0.95), (0.05, 100.0), (0.05, 0.95)
FILLS = ("grey", "blur", "vae", "inpaint")
# Of the inpainted fill: pixels of a cell, two Gaussians in cells, how much the wider one counts, and the mean grey beside both.
INPAINT_CELL, INPAINT_SIGMAS, INPAINT_WIDE, INPAINT_GREY = 4, (3, 12), 0.01, 1e-6
DEFAULT_STUDENT = {"gated": "correlation", "residual": "ridge", "paper": "sgd"}


@dataclass(frozen=True)
class Settings:
    samples: int = 1000
    seed: int = 0
    fit: str = "crop"
    synthesis: str = "gated"
    gates: str = "balanced"
    fill: tuple[str, ...] = ("inpaint",)
    student: str = "correlation"
    target: int | None = None
    keep: float | None = None
    noiseScale: float | None = None
    loss: str = "paper"
    rate: float = 0.01
    momentum: float = 0.9
    minibatch: int = 50
    epochs: int = 20

    @property
    def needs_vae(self) -> bool:
        return self.synthesis != "gated" or "vae" in self.fill


def load_vae(path: Path = VAE_WEIGHTS):
    from safetensors.torch import load_file
    from vae import Vae

    if not path.exists():
        raise SystemExit(f"{path} is missing: train it with reference/vae.py, or choose --synthesis gated with --fill inpaint, grey or blur.")
    vae = Vae()
    vae.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    return vae.eval().requires_grad_(False)


def gaussian_blur(image: torch.Tensor, sigma: float, axes: int = 2) -> torch.Tensor:
    """(images, h, w), blurred along x and y, or x alone; the kernel is cut off at 3 sigma, edges are repeated."""
    reach = int(np.ceil(3 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float64) / sigma) ** 2).to(image.dtype)
    kernel = kernel / kernel.sum()
    x = F.conv2d(F.pad(image[:, None], (reach, reach, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))
    if axes == 2:
        x = F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), kernel.view(1, 1, -1, 1))
    return x[:, 0]


@cache
def blur_matrix(size: int, sigma: float) -> torch.Tensor:
    """(size, size): B such that B line is gaussian_blur of a line. Of small images B X B^T is far faster than convolutions."""
    return gaussian_blur(torch.eye(size, dtype=torch.float64)[:, None], sigma, axes=1)[:, 0].T.float()


def upsample(x: torch.Tensor, size: tuple[int, int] = (SIZE, SIZE)) -> torch.Tensor:
    """(n, channels, h, w) -> (n, channels, *size), bilinear, half-pixel centres, clamped edges."""
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class Synthesizer:
    """Draws synthetic images of one photo (height x width x 3, uint8; below: h, w); `norm`: the teacher's mean colour, in [0, 1], and
    deviation. Gates and lengths are meant for 224 x 224, and as large in proportion on other sizes."""

    def __init__(self, photo: np.ndarray, settings: Settings, vae, norm: tuple = (MEAN, STD)):
        self.settings, self.vae, self.norm = settings, vae, norm
        self.x = to_tensor(photo)
        self.size = photo.shape[0], photo.shape[1]
        self.unit = pixel_unit(*self.size)
        self.grey = torch.tensor(norm[0]).view(3, 1, 1).expand_as(self.x)
        self.blurred = gaussian_blur(self.x, 12 * self.unit)
        if vae is not None:
            small = F.interpolate(self.x[None], size=(VAE_SIZE, VAE_SIZE), mode="bilinear", align_corners=False, antialias=True)
            mu, logvar = vae.encode(small)
            self.small, self.mu, self.sigma, self.anchor = small, mu, (0.5 * logvar).exp(), vae.decode(mu)

    def latent(self, samples: np.ndarray, strength: float) -> torch.Tensor:
        """z = center + strength * scale * n (eq. 3 for paper synthesis; equal pixel variance for residual; the prior for fills)."""
        noise = torch.from_numpy(normal_deviates(self.settings.seed, samples, LATENT)).float()
        if self.settings.synthesis == "gated":
            return noise
        if self.settings.synthesis == "paper":
            return self.mu + strength * self.sigma * noise
        scale = torch.zeros(LATENT)
        scale[:RESIDUAL_DIRECTIONS] = 1 / self.vae.decode_scale[:RESIDUAL_DIRECTIONS].abs()
        scale = scale / scale[:RESIDUAL_DIRECTIONS].square().mean().sqrt()
        return self.mu + strength * scale * noise

    def cells(self, samples: np.ndarray, keep: float) -> tuple[np.ndarray, np.ndarray]:
        """Gates and their shifts, as `masks` takes them."""
        seed = self.settings.seed
        return balanced_gates(seed, samples) if self.settings.gates == "balanced" else random_gates(seed, samples, keep)

    def gates(self, samples: np.ndarray, keep: float) -> np.ndarray:
        """(samples, h, w) masks."""
        return masks(*self.cells(samples, keep), *map(shift_weights, self.size))

    def draw(self, samples: np.ndarray, strength: float) -> tuple[torch.Tensor, np.ndarray]:
        """Images (n, 3, h, w) in [0, 1] and the student's features. `strength`: keep probability of gates, else the noise scale."""
        synthesis = self.settings.synthesis
        if synthesis == "gated":
            return self.hide(samples, self.gates(samples, strength)), gate_features(masks(*self.cells(samples, strength)))
        decoded = self.vae.decode(self.latent(samples, strength))
        if synthesis == "paper":
            images, seen = upsample(decoded, self.size), decoded
        else:
            images, seen = self.x + upsample(decoded - self.anchor, self.size), self.small + decoded - self.anchor
        return images.clamp(0, 1), seen.clamp(0, 1).permute(0, 2, 3, 1).flatten(1).double().numpy()

    def hide(self, samples: np.ndarray, mask: np.ndarray) -> torch.Tensor:
        """Images (n, 3, h, w) of gated synthesis by these gates (n, h, w)."""
        gate = torch.from_numpy(mask).float()[:, None]
        return (self.x * gate + self.fills(samples, gate) * (1 - gate)).clamp(0, 1)

    def fills(self, samples: np.ndarray, gate: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) of the samples with these gates (n, 1, h, w)."""
        kinds = [self.settings.fill[(i >> 1) % len(self.settings.fill)] for i in samples]
        fills = self.grey.repeat(len(samples), 1, 1, 1)
        for kind in set(kinds) - {"grey"}:
            rows = torch.tensor([row for row, other in enumerate(kinds) if other == kind])
            if kind == "blur":
                fills[rows] = self.blurred
            elif kind == "vae":
                fills[rows] = upsample(self.vae.decode(self.latent(samples[rows.numpy()], 1)).clamp(0, 1), self.size)
            else:
                fills[rows] = self.inpainted(gate[rows])
        return fills

    def inpainted(self, gate: torch.Tensor) -> torch.Tensor:
        """What the kept part says of the rest: at every place the mean colour of what is kept around it, by two Gaussians of which the narrow
        one decides wherever it reaches anything (Nadaraya-Watson regression of the colour on the place)."""
        cells = F.avg_pool2d(torch.cat([self.x * gate, gate], 1), INPAINT_CELL)
        along = ([blur_matrix(side, sigma * self.unit) for side in cells.shape[-2:]] for sigma in INPAINT_SIGMAS)
        near, wide = (down @ cells @ across.T for down, across in along)
        seen = near + INPAINT_WIDE * wide
        grey = self.grey[None, :, :1, :1]
        return upsample((seen[:, :3] + INPAINT_GREY * grey) / (seen[:, 3:] + INPAINT_GREY), self.size)


@dataclass
class Explanation:
    map: np.ndarray
    target: int
    probability: float
    shifted_share: float
    settings: Settings
    # Of each sample: the target's probability, and 1 where the label is kept.
    probabilities: np.ndarray
    labels: np.ndarray


def label(teacher, images: torch.Tensor, target: int, norm: tuple = (MEAN, STD)) -> tuple[np.ndarray, np.ndarray]:
    """Soft label p and hard label y' (eq. 6) of each image."""
    logits = teacher(normalise(images, *norm))
    return logits.double().softmax(1)[:, target].numpy(), (logits.argmax(1) == target).double().numpy()


def adapt(synthesizer: Synthesizer, teacher, target: int) -> float:
    """The keep probability (bisected) or noise scale (bisected on its logarithm) at which about half of the labels shift. A noise scale
    of 1 is kept where it splits the labels usably."""
    gated = synthesizer.settings.synthesis == "gated"
    low, high = KEEP_RANGE if gated else SCALE_RANGE
    strength = (low + high) / 2 if gated else 1.0
    for step in range(ADAPT_STEPS):
        images, _ = synthesizer.draw(ADAPT_FIRST + step * ADAPT_SAMPLES + np.arange(ADAPT_SAMPLES), strength)
        shifted = 1 - label(teacher, images, target, synthesizer.norm)[1].mean()
        if not gated and step == 0 and USABLE[0] <= shifted <= USABLE[1]:
            break
        # Keeping more shifts fewer labels; more noise shifts more.
        if (shifted > 0.5) == gated:
            low = strength
        else:
            high = strength
        strength = (low + high) / 2 if gated else (low * high) ** 0.5
    return strength


def distil(synthesizer: Synthesizer, features: np.ndarray, p: np.ndarray, y: np.ndarray, strength: float) -> np.ndarray:
    """Trains the student and turns its weights into a map (h, w)."""
    s = synthesizer.settings
    gated = s.synthesis == "gated"
    if s.student == "smooth":
        w, _ = smooth_student(features, p)
    elif s.student == "ridge":
        w = ridge_student(features, p, 10 if gated else 1)
    elif s.student == "correlation":
        w = correlation_student(features, p)
    else:
        w = sgd_student(features, p, y, shuffled_order(s.seed, s.samples, s.epochs), s.loss, s.rate, s.momentum, s.minibatch)
    if not gated:
        # Signed weights of single colours score no better than noise.
        w = np.abs(w.reshape(VAE_SIZE, VAE_SIZE, 3)).sum(2)
    map_ = upsample(torch.from_numpy(w.reshape(1, 1, CELLS if gated else VAE_SIZE, -1)), synthesizer.size)[0]
    sigma = 21 if not gated else 14 if s.student == "ridge" else 0
    return (gaussian_blur(map_, sigma * synthesizer.unit) if sigma else map_)[0].numpy()


@torch.no_grad()
def explain(photo: np.ndarray, teacher, vae, settings: Settings, norm: tuple = (MEAN, STD)) -> Explanation:
    """`photo`: uint8 (h, w, 3), h and w multiples of 4 where the fill is inpainted. `vae` may be None where settings.needs_vae is false.
    `norm`: the teacher's mean and deviation."""
    x = normalise(to_tensor(photo)[None], *norm)
    probabilities = teacher(x).double().softmax(1)[0]
    target = int(probabilities.argmax()) if settings.target is None else settings.target
    synthesizer = Synthesizer(photo, settings, vae, norm)
    gated = settings.synthesis == "gated"
    if gated and settings.gates == "balanced":
        settings = replace(settings, keep=0.5)
    elif gated and settings.keep is None:
        settings = replace(settings, keep=adapt(synthesizer, teacher, target))
    elif not gated and settings.noiseScale is None:
        settings = replace(settings, noiseScale=adapt(synthesizer, teacher, target))
    strength = settings.keep if gated else settings.noiseScale
    features, p, y = [], [], []
    for start in range(0, settings.samples, BATCH):
        images, seen = synthesizer.draw(np.arange(start, min(start + BATCH, settings.samples)), strength)
        soft, hard = label(teacher, images, target, norm)
        features.append(seen)
        p.append(soft)
        y.append(hard)
    p, y = np.concatenate(p), np.concatenate(y)
    map_ = distil(synthesizer, np.concatenate(features), p, y, strength).astype(np.float32)
    return Explanation(map_, target, float(probabilities[target]), float(1 - y.mean()), replace(settings, target=target), p, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fit", choices=FITS, default="crop")
    parser.add_argument("--synthesis", choices=DEFAULT_STUDENT, default="gated")
    parser.add_argument("--gates", choices=("balanced", "random"), default="balanced")
    parser.add_argument("--fill", type=lambda text: tuple(text.split(",")), default=("inpaint",))
    parser.add_argument("--student", choices=("smooth", "correlation", "ridge", "sgd"))
    parser.add_argument("--target", type=int, choices=range(CLASSES), metavar="CLASS", help="0 ... 999; the teacher's own choice if absent")
    parser.add_argument("--keep", type=float, help="of random gates; adapted if absent")
    parser.add_argument("--noise-scale", type=float, dest="noiseScale", help="of residual and paper synthesis; adapted if absent")
    args = vars(parser.parse_args())
    images, out = args.pop("images"), args.pop("out")
    args["student"] = args["student"] or DEFAULT_STUDENT[args["synthesis"]]
    if args["samples"] < 2:
        parser.error("--samples must be at least 2")
    if not set(args["fill"]) <= set(FILLS):
        parser.error(f"--fill takes a list of {', '.join(FILLS)}, separated by commas")
    if args["student"] == "smooth" and args["synthesis"] != "gated":
        parser.error("the smooth student needs gates: choose another student, or gated synthesis")
    settings = Settings(**args)
    teacher, vae = load_teacher(), load_vae() if settings.needs_vae else None
    out.mkdir(parents=True, exist_ok=True)
    for image in images:
        result = explain(fit_photo(read_photo(image), settings.fit), teacher, vae, settings)
        np.save(out / f"{image.stem}.map.npy", result.map)
        facts = {"target": {"index": result.target, "probability": result.probability}, "shiftedShare": result.shifted_share}
        facts |= {"samples": settings.samples, "seed": settings.seed, "synthesis": settings.synthesis, "settings": asdict(result.settings)}
        (out / f"{image.stem}.json").write_text(json.dumps(facts, indent=1))
        shifted = f"{100 * result.shifted_share:.0f} % of the labels shifted"
        print(f"{image.stem}: class {result.target} (p {result.probability:.3f}), {shifted}", flush=True)


if __name__ == "__main__":
    main()
