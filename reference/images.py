"""Photos as the teacher sees them: decoded by Pillow, EXIF orientation applied, resized by one of Pillow's antialiased filters.

Two fits: `crop` (torchvision's evaluation: shorter side to 256, centre 224) and `squash` (straight to 224x224, as RISE does).
"""

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from nets import SIZE
from PIL import Image, ImageOps

SHORTER_SIDE = 256
FITS = ("crop", "squash")
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def read_photo(path: Path) -> Image.Image:
    try:
        return ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    except OSError as error:
        raise SystemExit(f"{path} cannot be read as an image ({error}): give a JPEG or PNG file.") from error


def resize(photo: Image.Image, width: int, height: int, filter: str = "bilinear") -> Image.Image:
    """Horizontally, then vertically, each rounded to 8 bits. Pillow up to 12 does so in one call; 13 picks the order by itself."""
    return photo.resize((width, photo.height), FILTERS[filter]).resize((width, height), FILTERS[filter])


def fit_photo(
    photo: Image.Image,
    fit: str,
    height: int = SIZE,
    width: int = SIZE,
    share: float = SIZE / SHORTER_SIDE,
    filter: str = "bilinear",
) -> np.ndarray:
    """uint8 (height, width, 3), or (height, width) of a grey photo. `share`: what a crop keeps of the resized photo, a side; where the
    input is not square, the side decides that the photo covers last."""
    if fit == "squash":
        return np.asarray(resize(photo, width, height, filter))
    # The fraction that the share stands for: 7/8, 224/232.
    share = Fraction(share).limit_denominator(10_000)
    scale = max(Fraction(side // share, size) for side, size in zip((width, height), photo.size, strict=True))
    photo = resize(photo, int(photo.width * scale), int(photo.height * scale), filter)
    # Python rounds halves to the even number, and so does torchvision's centre crop.
    left, top = round((photo.width - width) / 2), round((photo.height - height) / 2)
    return np.asarray(photo.crop((left, top, left + width, top + height)))


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """uint8 (h, w, 3) -> float32 (3, h, w) in [0, 1]."""
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1).contiguous().float() / 255


def photo_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.jpg"))
    if not files:
        raise SystemExit(f"No .jpg in {folder}: give a folder of photos named NNN_name.jpg, NNN being the ImageNet class.")
    return files
