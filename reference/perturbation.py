"""The methods that perturb the photo, on the engine's own random numbers: Captum's occlusion, LIME's regression on scikit-image's segments,
and RISE and Score-CAM written out. Every function takes `probability`, which maps (n, 3, h, w) normalised images to the target's (n,).
"""

import numpy as np
import torch
from nets import MEAN, SIZE, STD
from sampling import pcg4d, uniform
from torch.nn import functional as F

STREAM_RISE_CELLS, STREAM_RISE_SHIFTS, STREAM_SEGMENTS = 5, 6, 7
BATCH = 8


def in_batches(probability, images) -> torch.Tensor:
    return torch.cat([probability(torch.stack(images[first : first + BATCH])) for first in range(0, len(images), BATCH)])


def occlusion(probability, x: torch.Tensor, window: int, stride: int) -> np.ndarray:
    """(h, w): Captum's, of one channel; the channels are hidden together. Window and stride are meant for 224 pixels a side, and on others
    rounded up."""
    from captum.attr import Occlusion

    sizes, steps = ([-(-pixels * side // SIZE) for side in x.shape[1:]] for pixels in (window, stride))
    shapes = {"sliding_window_shapes": (3, *sizes), "strides": (3, *steps)}
    return Occlusion(probability).attribute(x[None], baselines=0, perturbations_per_eval=BATCH, **shapes)[0, 0].numpy()


def rise_grids(
    seed: int, samples: np.ndarray, cells: int, keep: float, size: tuple[int, int] = (SIZE, SIZE)
) -> tuple[np.ndarray, np.ndarray]:
    """Kept cells, bool (samples, cells^2), and shifts (samples, 2) in pixels, x before y."""
    bits = uniform(pcg4d(seed, STREAM_RISE_CELLS, samples[:, None], np.arange((cells**2 + 3) // 4)[None])).reshape(len(samples), -1)
    draws = uniform(pcg4d(seed, STREAM_RISE_SHIFTS, samples, 0))[:, :2]
    return bits[:, : cells**2] < keep, (draws * [-(-side // cells) for side in size[::-1]]).astype(int)


def rise_masks(seed: int, samples: np.ndarray, cells: int, keep: float, size: tuple[int, int]) -> np.ndarray:
    """float64 (samples, h, w), stretched by scikit-image as the authors' code does."""
    from skimage.transform import resize

    height, width = size
    whole = tuple((cells + 1) * -(-side // cells) for side in size)
    grids, shifts = rise_grids(seed, samples, cells, keep, size)
    masks = []
    for grid, (x, y) in zip(grids.reshape(-1, cells, cells).astype(np.float64), shifts):
        stretched = resize(grid, whole, order=1, mode="reflect", anti_aliasing=False)
        masks.append(stretched[y : y + height, x : x + width])
    return np.stack(masks)


def rise_weights(cells: int) -> np.ndarray:
    """float64 (shifts, 224, cells): the same stretching as weights for `sampling.masks`, of which float32 copies make masks fast."""
    size, last = -(-SIZE // cells), cells - 1
    at = np.arange(SIZE)[None] + np.arange(size)[:, None]
    position = np.abs((at + 0.5) * cells / ((cells + 1) * size) - 0.5)
    # scikit-image mirrors beyond the outermost cells without repeating them.
    position = last - np.abs(last - position)
    return np.maximum(1 - np.abs(position[..., None] - np.arange(cells)), 0)


def rise(probability, x: torch.Tensor, seed: int, count: int, cells: int, keep: float) -> np.ndarray:
    """(h, w): S = 1 / (N p) sum_i p_c(x * M_i) M_i."""
    masks = rise_masks(seed, np.arange(count), cells, keep, x.shape[1:])
    p = in_batches(probability, [x * torch.from_numpy(mask).float() for mask in masks]).double().numpy()
    return np.tensordot(p, masks, 1) / (count * keep)


def score_cam(probability, x: torch.Tensor, features: torch.Tensor) -> np.ndarray:
    """(h, w) of one feature map (channels, height, width): min-max of ReLU(sum_k w_k U_k), w_k = p_c(x * minmax(U_k))."""
    stretched = F.interpolate(features[None], x.shape[1:], mode="bilinear", align_corners=False)[0].double()
    stretched = stretched[stretched.amax((1, 2)) != stretched.amin((1, 2))]
    low, high = stretched.amin((1, 2), keepdim=True), stretched.amax((1, 2), keepdim=True)
    weights = in_batches(probability, [x * mask.float() for mask in (stretched - low) / (high - low)]).double()
    saliency = torch.tensordot(weights, stretched, 1).clamp(min=0)
    return ((saliency - saliency.min()) / (saliency.max() - saliency.min())).numpy()


def kept_segments(seed: int, samples: np.ndarray, count: int) -> np.ndarray:
    """int (samples, segments): the highest bit of each hash; sample 0 keeps all."""
    bits = pcg4d(seed, STREAM_SEGMENTS, samples[:, None], np.arange((count + 3) // 4)[None]).reshape(len(samples), -1)
    kept = (bits[:, :count] >> np.uint32(31)).astype(int)
    kept[samples == 0] = 1
    return kept


def segment_means(photo: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """The photo (h, w, channels) with every segment in its mean colour."""
    return np.stack([photo[segments == index].mean(0) for index in range(segments.max() + 1)])[segments]


def lime(
    probability, photo: np.ndarray, segments: np.ndarray, seed: int, count: int, norm: tuple = (MEAN, STD)
) -> np.ndarray:
    """(segments,) coefficients; `photo` is (h, w, 3) in [0, 1], `norm` the teacher's mean and deviation."""
    kept, means = kept_segments(seed, np.arange(count), segments.max() + 1), segment_means(photo, segments)
    images = [np.where(row[segments][..., None] == 1, photo, means) for row in kept]
    p = in_batches(probability, [torch.from_numpy((image - norm[0]) / norm[1]).float().permute(2, 0, 1) for image in images])
    return lime_coefficients(kept, p.double().numpy())


def lime_coefficients(kept: np.ndarray, p: np.ndarray) -> np.ndarray:
    """(segments,) by LIME's own regression, with its defaults."""
    from lime.lime_base import LimeBase
    from sklearn.metrics import pairwise_distances

    distances = pairwise_distances(kept, kept[:1], metric="cosine").ravel()
    base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=0)
    _, pairs, _, _ = base.explain_instance_with_data(kept, p[:, None], distances, 0, 100000)
    return np.array([weight for _, weight in sorted(pairs)])
