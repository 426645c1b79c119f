"""Golden deletion and insertion curves: a part of oracles.py."""

import numpy as np
import torch
from causal import GRID, KERNEL, auc, blur_kernel, curve, probabilities
from golden import EXAMPLES, write
from images import fit_photo, read_photo, to_tensor
from nets import SIZE, load_teacher, normalise
from relabel import upsample
from sampling import uniform_sequence

STREAM_GRID = 20


def causal():
    """Deletion and insertion by RISE's CausalMetric of two maps of every photo of examples/ and of a mirrored one: `PHOTO.MAP`, (2, 29)
    probabilities, their areas in the facts. `grid` is a random grid stretched bilinearly; `blocks`, the same in 8 levels and not
    smoothed, is almost all ties."""
    photos = {file.stem: fit_photo(read_photo(file), "crop") for file in sorted(EXAMPLES.glob("*.jpg"))}
    photos["mirrored-cat"] = photos["cat"][:, ::-1]
    model, kernel, tensors, facts = load_teacher(), blur_kernel(), {}, {}
    for seed, (name, photo) in enumerate(photos.items()):
        x = normalise(to_tensor(photo))
        blurred, grey = torch.nn.functional.conv2d(x[None], kernel, padding=KERNEL // 2)[0], torch.zeros_like(x)
        target = int(model(x[None]).argmax())
        ends = probabilities(model, torch.stack([x, grey, blurred]), target).tolist()
        grid = uniform_sequence(seed, STREAM_GRID, GRID * GRID).reshape(GRID, GRID)
        maps = {
            "grid": upsample(torch.from_numpy(grid)[None, None])[0, 0].numpy(),
            "blocks": np.kron(np.floor(8 * grid), np.ones((SIZE // GRID, SIZE // GRID))),
        }
        areas = {}
        for key, saliency in maps.items():
            curves = [curve(model, x, grey, saliency, target), curve(model, blurred, x, saliency, target)]
            tensors[f"{name}.{key}"] = np.stack(curves).astype(np.float32)
            areas[key] = [auc(scores) for scores in curves]
        facts[name] = {"seed": seed, "target": target, "ends": ends, "areas": areas}
        print(name, facts[name])
    write("causal", tensors, facts)
