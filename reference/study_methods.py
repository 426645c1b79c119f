"""What the study compares: designs, which draw the images that the teacher labels, and methods, which turn the labels into maps.

A design's samples are numbered, and the first n of N are those of a run of n: forwards are shared by the methods that use fewer of them.
(500 samples of the balanced design are 3.9 blocks of 64 pairs; its last block stops after 58 pairs.) The random numbers of a photo are those
of the engine with the photo's own seed, so that no luck of one set of masks is shared by all photos.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache, partial

import numpy as np
import torch
from causal import yardsticks
from images import to_tensor
from nets import MEAN, STD, normalise
from perturbation import kept_segments, lime_coefficients, rise_grids, rise_weights, segment_means
from relabel import Settings, Synthesizer, load_vae, upsample
from sampling import SHIFT_WEIGHTS, balanced_gates, masks
from students import CELLS, correlation_student, gate_features, smooth_student

KEEP, RISE_CELLS, MOST = 0.5, 7, 1000
# Masks (n, 224, 224) of a subject's samples.
Masks = Callable[["Subject", np.ndarray], np.ndarray]
GATE_WEIGHTS = SHIFT_WEIGHTS.astype(np.float32)
RISE_WEIGHTS = rise_weights(RISE_CELLS).astype(np.float32)
# LIME's own quickshift.
QUICKSHIFT = {"kernel_size": 4, "max_dist": 200, "ratio": 0.2}
CHUNK = 250


def slices(count: int, size: int) -> list[np.ndarray]:
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]


@dataclass
class Subject:
    """One photo (uint8, 224 x 224 x 3), the seed of its samples, and the mean and deviation of the colours that its teacher takes."""

    pixels: np.ndarray
    seed: int
    norm: tuple[tuple, tuple] = (MEAN, STD)
    x: torch.Tensor = field(init=False)
    synthesizers: dict[tuple[str, ...], Synthesizer] = field(default_factory=dict)

    def __post_init__(self):
        self.x = self.normalised(to_tensor(self.pixels))

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        return normalise(images, *self.norm)

    @cached_property
    def segments(self) -> np.ndarray:
        from skimage.segmentation import quickshift

        return quickshift(self.pixels, rng=self.seed, **QUICKSHIFT)

    @cached_property
    def segment_means(self) -> torch.Tensor:
        means = segment_means(self.x.permute(1, 2, 0).double().numpy(), self.segments)
        return torch.from_numpy(means).float().permute(2, 0, 1)


def rise_masks(subject: Subject, samples: np.ndarray) -> np.ndarray:
    return masks(*rise_grids(subject.seed, samples, RISE_CELLS, KEEP), RISE_WEIGHTS)


def draw_rise(subject: Subject, samples: np.ndarray) -> torch.Tensor:
    return subject.x * torch.from_numpy(rise_masks(subject, samples))[:, None]


def kept(subject: Subject, samples: np.ndarray) -> np.ndarray:
    return kept_segments(subject.seed, samples, subject.segments.max() + 1)


def draw_lime(subject: Subject, samples: np.ndarray) -> torch.Tensor:
    seen = torch.from_numpy(kept(subject, samples)[:, subject.segments] == 1)[:, None]
    return torch.where(seen, subject.x, subject.segment_means)


@cache
def vae():
    return load_vae()


def gated_masks(subject: Subject, samples: np.ndarray) -> np.ndarray:
    return masks(*balanced_gates(subject.seed, samples), GATE_WEIGHTS)


def segment_masks(subject: Subject, samples: np.ndarray) -> np.ndarray:
    return kept(subject, samples)[:, subject.segments].astype(np.float32)


def draw_filled(seen: Masks, fill: tuple[str, ...], subject: Subject, samples: np.ndarray) -> torch.Tensor:
    if fill not in subject.synthesizers:
        settings = Settings(fill=fill, seed=subject.seed)
        subject.synthesizers[fill] = Synthesizer(subject.pixels, settings, vae() if settings.needs_vae else None, subject.norm)
    return subject.normalised(subject.synthesizers[fill].hide(samples, seen(subject, samples)))


draw_gated = partial(draw_filled, gated_masks)


# Fills of gated synthesis, one or several in turn; the first is the one that the method takes unless told otherwise.
OUR_FILL = ("inpaint",)
FILLS = (OUR_FILL, ("grey",), ("blur",), ("vae",), ("grey", "blur"), ("grey", "vae"), ("grey", "inpaint"), ("inpaint", "blur"))
# Images (n, 3, 224, 224), normalised, of a subject's samples.
Design = Callable[[Subject, np.ndarray], torch.Tensor]
DESIGNS: dict[str, Design] = {
    **{f"gates, {' and '.join(fill)}": partial(draw_gated, fill) for fill in FILLS},
    "RISE": draw_rise,
    "LIME": draw_lime,
    "RISE, inpaint": partial(draw_filled, rise_masks, OUR_FILL),
    "LIME, inpaint": partial(draw_filled, segment_masks, OUR_FILL),
}


def weighted_masks(subject: Subject, weights: np.ndarray) -> np.ndarray:
    """(224, 224): sum_i weights_i M_i over RISE's masks."""
    return sum(np.tensordot(weights[rows].astype(np.float32), rise_masks(subject, rows), 1) for rows in slices(len(weights), CHUNK))


def map_rise(subject: Subject, p: np.ndarray) -> np.ndarray:
    return weighted_masks(subject, p) / (len(p) * KEEP)


def map_rise_centred(subject: Subject, p: np.ndarray) -> np.ndarray:
    return weighted_masks(subject, p - p.mean())


def map_lime(subject: Subject, p: np.ndarray) -> np.ndarray:
    return lime_coefficients(kept(subject, np.arange(len(p))), p)[subject.segments]


@lru_cache(1)
def balanced_features(seed: int, count: int) -> np.ndarray:
    """(count, 1024): the gates that students see. Methods of fewer samples read the first rows of the most."""
    return np.concatenate([gate_features(masks(*balanced_gates(seed, rows))) for rows in slices(count, CHUNK)])


def stretched(weights: np.ndarray) -> np.ndarray:
    return upsample(torch.from_numpy(weights.reshape(1, 1, CELLS, CELLS)))[0, 0].numpy()


def seen_features(subject: Subject, count: int) -> np.ndarray:
    return balanced_features(subject.seed, max(MOST, count))[:count]


def map_relabel(subject: Subject, p: np.ndarray) -> np.ndarray:
    """By the default student."""
    return stretched(correlation_student(seen_features(subject, len(p)), p))


def map_smooth(subject: Subject, p: np.ndarray) -> np.ndarray:
    return stretched(smooth_student(seen_features(subject, len(p)), p)[0])


def map_segment_correlation(subject: Subject, p: np.ndarray) -> np.ndarray:
    """LIME with our student."""
    return correlation_student(kept(subject, np.arange(len(p))).astype(float), p)[subject.segments]


def map_grid(index: int, subject: Subject, p: np.ndarray) -> np.ndarray:
    return yardsticks()["random grid"][index]


@dataclass(frozen=True)
class Method:
    """A map (224, 224) from the probabilities of the first `samples` of a design. Several maps: their scores are averaged."""

    design: str | None
    samples: int
    maps: tuple[Callable[[Subject, np.ndarray], np.ndarray], ...]


COMPARED = {
    **{f"relabel {n}": Method("gates, inpaint", n, (map_relabel,)) for n in (250, 500, 1000)},
    **{f"RISE {n}": Method("RISE", n, (map_rise,)) for n in (1000, 4000)},
    **{f"RISE centred {n}": Method("RISE", n, (map_rise_centred,)) for n in (1000, 4000)},
    **{f"LIME {n}": Method("LIME", n, (map_lime,)) for n in (250, 1000)},
    "random grid": Method(None, 0, tuple(partial(map_grid, index) for index in range(len(yardsticks()["random grid"])))),
    "centred Gaussian": Method(None, 0, (lambda subject, p: yardsticks()["Gaussian"][0],)),
}
# Other settings of our own method, run on demand.
VARIANTS = {
    **{f"relabel {' and '.join(fill)} {n}": Method(f"gates, {' and '.join(fill)}", n, (map_relabel,)) for fill in FILLS[1:] for n in (250, 500, 1000)},
    **{f"relabel smooth {n}": Method("gates, inpaint", n, (map_smooth,)) for n in (250, 500, 1000)},
}
# Rivals with our fill, our student, or both. RISE with our student is RISE centred.
CROSSED = {
    "RISE, our fill 1000": Method("RISE, inpaint", 1000, (map_rise,)),
    "RISE centred, our fill 1000": Method("RISE, inpaint", 1000, (map_rise_centred,)),
    "LIME, our fill 1000": Method("LIME, inpaint", 1000, (map_lime,)),
    "LIME, our student 1000": Method("LIME", 1000, (map_segment_correlation,)),
    "LIME, our fill and student 1000": Method("LIME, inpaint", 1000, (map_segment_correlation,)),
}
METHODS = COMPARED | VARIANTS | CROSSED
