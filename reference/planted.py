"""Composites with a known answer: a photo at half its size, pasted at a random place on another, kept where the teacher sees its class with it and not
without it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from images import fit_photo, read_photo
from nets import SIZE
from PIL import Image
from sampling import uniform_sequence

PATCH = SIZE // 2
WITH, WITHOUT = 0.4, 0.01
STREAM_PLACE = 32
# The photo under the i-th is so many further on in the list, the first of these that makes a composite which is kept.
DISTANCES = (1, 3, 7)


@dataclass(frozen=True)
class Composite:
    name: str
    pixels: np.ndarray
    # The class of the pasted photo, and where it is.
    target: int
    inside: np.ndarray
    seed: int


def fitted(photo: Path) -> np.ndarray:
    return fit_photo(read_photo(photo), "crop")


def composites(photos: list[Path], classify, distances: tuple[int, ...] = DISTANCES, without: frozenset[str] = frozenset()) -> Iterator[Composite]:
    """`classify`: probabilities (n, classes) of images (n, 224, 224, 3), uint8. In the order of the photos, of which those without a composite are
    left out. Photos named in `without` are not pasted."""
    for index, photo in enumerate(photos):
        if photo.stem in without:
            continue
        whole = fitted(photo)
        target = int(classify(whole[None])[0].argmax())
        patch = np.asarray(Image.fromarray(whole).resize((PATCH, PATCH), Image.Resampling.BICUBIC))
        seed = int(photo.stem[:3])
        left, top = np.floor(uniform_sequence(seed, STREAM_PLACE, 2) * (SIZE - PATCH + 1)).astype(int)
        inside = np.zeros((SIZE, SIZE), bool)
        inside[top : top + PATCH, left : left + PATCH] = True
        for distance in distances:
            under = photos[(index + distance) % len(photos)]
            ground = fitted(under)
            pixels = ground.copy()
            pixels[inside] = patch.reshape(-1, 3)
            with_it, without_it = classify(np.stack([pixels, ground]))[:, target]
            if with_it >= WITH and without_it < WITHOUT:
                yield Composite(f"{photo.stem}+{under.stem}", pixels, target, inside, seed)
                break
