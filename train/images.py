"""Photos as the teacher sees them: decoded by Pillow, EXIF orientation applied, resized by Pillow's antialiased bilinear filter.

Two fits: `crop` (torchvision's evaluation: shorter side to 256, centre 224) and `squash` (straight to 224x224, as RISE does).
"""

from pathlib import Path

import numpy as np
import torch
from nets import SIZE
from PIL import Image, ImageOps

SHORTER_SIDE = 256
FITS = ("crop", "squash")


def read_photo(path: Path) -> Image.Image:
    try:
        return ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    except OSError as error:
        raise SystemExit(f"{path} cannot be read as an image ({error}): give a JPEG or PNG file.") from error


def resize(photo: Image.Image, width: int, height: int) -> Image.Image:
    """Horizontally, then vertically, each rounded to 8 bits. Pillow up to 12 does so in one call; 13 picks the order by itself."""
    return photo.resize((width, photo.height), Image.Resampling.BILINEAR).resize((width, height), Image.Resampling.BILINEAR)


def fit_photo(photo: Image.Image, fit: str) -> np.ndarray:
    """uint8 (224, 224, 3)."""
    if fit == "squash":
        return np.asarray(resize(photo, SIZE, SIZE))
    width, height = photo.size
    if width <= height:
        width, height = SHORTER_SIDE, int(SHORTER_SIDE * height / width)
    else:
        width, height = int(SHORTER_SIDE * width / height), SHORTER_SIDE
    photo = resize(photo, width, height)
    # Python rounds halves to the even number, and so does torchvision's centre crop.
    left, top = round((width - SIZE) / 2), round((height - SIZE) / 2)
    return np.asarray(photo.crop((left, top, left + SIZE, top + SIZE)))


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """uint8 (h, w, 3) -> float32 (3, h, w) in [0, 1]."""
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1).contiguous().float() / 255


def photo_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.jpg"))
    if not files:
        raise SystemExit(f"No .jpg in {folder}: give a folder of photos named NNN_name.jpg, NNN being the ImageNet class.")
    return files
