"""Golden maps of re-label distillation, by relabel.py."""

import numpy as np
import torch
from golden import EXAMPLES, MAP_SIZE, write
from images import fit_photo, read_photo, to_tensor
from nets import MEAN, SIZE, STD, load_teacher, normalise
from relabel import Explanation, Settings, Synthesizer, explain


def relabelled():
    """Re-label distillation of cat.jpg by default settings but for the number of samples: of few at the size that gates and cells are meant
    for, of more at another one. Under `HEIGHTxWIDTH.`: map, every so many lines and columns; p and y', probabilities and labels of the
    samples."""
    model, photo = load_teacher(), read_photo(EXAMPLES / "cat.jpg")
    tensors, cases = {}, []
    for size, samples, step in (((SIZE, SIZE), 8, 3), (MAP_SIZE, 24, 2)):
        found, facts = relabelled_at(model, fit_photo(photo, "crop", *size), samples)
        key = "x".join(map(str, size))
        tensors |= {f"{key}.map": found.map[::step, ::step], f"{key}.probabilities": found.probabilities.astype(np.float32)}
        tensors[f"{key}.labels"] = found.labels.astype(np.uint8)
        cases.append({"size": size, "step": step, **facts})
        print(key, facts)
    write("relabel", tensors, {"cases": cases})


def relabelled_at(model: torch.nn.Module, photo: np.ndarray, samples: int, norm: tuple = (MEAN, STD)) -> tuple[Explanation, dict]:
    """The explanation of a photo as the net takes it, and facts. The seed is the first by which every label is clear, the target's logit
    differing from the largest other one by more than a hundredth, and by which some are kept and some are not."""
    for seed in range(100):
        settings = Settings(samples=samples, seed=seed)
        drawn, _ = Synthesizer(photo, settings, None, norm).draw(np.arange(samples), 0.5)
        logits = model(normalise(torch.cat([to_tensor(photo)[None], drawn]), *norm))
        target = int(logits[0].argmax())
        others = torch.cat([logits[:, :target], logits[:, target + 1 :]], 1).amax(1)
        margin = (logits[:, target] - others)[1:].abs().min().item()
        kept = (logits[1:].argmax(1) == target).float().mean().item()
        if margin > 0.01 and 0 < kept < 1:
            break
    found = explain(photo, model, None, settings, norm)
    facts = {"samples": samples, "seed": seed, "margin": margin, "target": found.target, "probability": found.probability}
    return found, facts | {"shiftedShare": found.shifted_share, "largest": float(np.abs(found.map).max())}
