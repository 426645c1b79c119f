"""What the modules that make golden vectors share: writing them, and inputs that tests make again from a seed."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from sampling import uniform_sequence

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"
STREAM_INPUT = 9
# Height and width at which most goldens of EfficientNet-Lite0's maps are made: a quarter of the pixels that it is used with, and not
# square, so that no side can be taken for the other.
MAP_SIZE = 96, 128


def write(name: str, tensors: dict[str, np.ndarray], facts: dict):
    GOLDEN.mkdir(parents=True, exist_ok=True)
    path = GOLDEN / f"{name}.safetensors"
    # One metadata entry: several would be written in a random order, and the file would change from run to run.
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, path, metadata={"golden": json.dumps(facts)})
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size} bytes")


def uniform_image(seed: int, height: int, width: int) -> np.ndarray:
    """float64 (height, width, 3) in [0, 1)."""
    return uniform_sequence(seed, STREAM_INPUT, height * width * 3).reshape(height, width, 3)


def channels_first(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image).float().permute(2, 0, 1)[None]
