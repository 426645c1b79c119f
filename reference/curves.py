"""Golden deletion and insertion curves: a part of oracles.py."""

import numpy as np
import torch
from causal import GRID, auc, blur, curve, points, probabilities
from golden import EXAMPLES, MAP_SIZE, write
from images import fit_photo, read_photo, to_tensor
from nets import SIZE, load_teacher, normalise
from relabel import upsample
from sampling import uniform_sequence

STREAM_GRID = 20
# Photo, height and width, and the seed of its maps.
CASES = (("cat", MAP_SIZE, 1), ("coffee", (SIZE, SIZE), 2))


def blocks(cells: np.ndarray, height: int, width: int) -> np.ndarray:
    """Cells (grid, grid) as blocks of equal pixels, as equal in size as whole pixels allow."""
    rows, columns = (np.arange(side) * len(cells) // side for side in (height, width))
    return cells[rows][:, columns]


def causal():
    """Deletion and insertion by RISE's CausalMetric of two maps of a photo: `PHOTO.MAP`, (2, 29) probabilities, their areas in the facts.
    `grid` is a random grid stretched bilinearly; `blocks`, the same in 8 levels and not smoothed, is almost all ties."""
    model, tensors, facts = load_teacher(), {}, {}
    for name, size, seed in CASES:
        x = normalise(to_tensor(fit_photo(read_photo(EXAMPLES / f"{name}.jpg"), "crop", *size)))
        blurred, grey = blur(x), torch.zeros_like(x)
        target = int(model(x[None]).argmax())
        ends = probabilities(model, torch.stack([x, grey, blurred]), target).tolist()
        grid = uniform_sequence(seed, STREAM_GRID, GRID * GRID).reshape(GRID, GRID)
        maps = {
            "grid": upsample(torch.from_numpy(grid)[None, None], size)[0, 0].numpy(),
            "blocks": blocks(np.floor(8 * grid), *size),
        }
        areas = {}
        for key, saliency in maps.items():
            curves = [curve(model, x, grey, saliency, target), curve(model, blurred, x, saliency, target)]
            tensors[f"{name}.{key}"] = np.stack(curves).astype(np.float32)
            areas[key] = [auc(scores, points(*size)) for scores in curves]
        facts[name] = {"size": size, "seed": seed, "target": target, "ends": ends, "areas": areas}
        print(name, facts[name])
    write("causal", tensors, facts)
