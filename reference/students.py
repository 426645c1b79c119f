"""Linear students (Hua et al., eq. 1) that imitate the teacher's probability p on the synthetic samples, in float64. Features are centred
by their means over the samples; a student's weights are the map.
"""

import numpy as np

CELLS, CELL_PIXELS, LENGTH_SCALE = 32, 7, 16
# Samples of a block of balanced gates, and the fewest of which two halves tell how far they agree.
BLOCK, LEAST_FOR_HALVES = 128, 240
GATE_CELLS, ONE_SIDED = 49, 1.645
NOISE_RATIOS = np.logspace(-3, 2, 26)


def gate_features(masks: np.ndarray) -> np.ndarray:
    """(samples, 224, 224) -> (samples, 1024): mean of each mask over blocks of 7 x 7 pixels."""
    return masks.reshape(-1, CELLS, CELL_PIXELS, CELLS, CELL_PIXELS).mean((2, 4)).reshape(len(masks), -1)


def centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(0)


def smoothness_prior() -> np.ndarray:
    """(1024, 1024): exp(-d^2 / (2 * 16^2)), d the distance in pixels of two block centres."""
    at = np.stack(np.meshgrid(np.arange(CELLS), np.arange(CELLS), indexing="ij"), -1).reshape(-1, 2) * float(CELL_PIXELS)
    return np.exp(-((at[:, None] - at[None]) ** 2).sum(-1) / (2 * LENGTH_SCALE**2))


def smooth_students(features: np.ndarray, p: np.ndarray, multiples: tuple[float, ...]) -> tuple[list[np.ndarray], float]:
    """Bayesian linear students, w ~ GP(0, K), in their n x n dual form; (1024 weights of each, the noise ratio of greatest evidence).

    K is scaled so that A = F K F^T has a mean diagonal of 1. The ratio r maximises the evidence with the signal's variance profiled out:
    -n/2 log(y^T (A + r I)^-1 y / n) - 1/2 log det(A + r I). Then w = K F^T (A + m r I)^-1 y for each multiple m of it; for an infinite one the limit
    of m r w, K F^T y.
    """
    f, y = centred(features), centred(p)
    projected = smoothness_prior() @ f.T
    a = f @ projected
    scale = 1 / a.diagonal().mean()
    values, vectors = np.linalg.eigh(a * scale)
    # Rounding can leave eigenvalues of the null space a hair below zero.
    values = np.maximum(values, 0)
    rotated, count = vectors.T @ y, len(y)

    def evidence(r: float) -> float:
        return -count / 2 * np.log((rotated**2 / (values + r)).mean()) - np.log(values + r).sum() / 2

    ratio = max(NOISE_RATIOS, key=evidence)

    def weights(multiple: float) -> np.ndarray:
        shrunk = rotated if np.isinf(multiple) else rotated / (values + multiple * ratio)
        return scale * projected @ (vectors @ shrunk)

    return [weights(multiple) for multiple in multiples], float(ratio)


def smooth_student(features: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, float]:
    """The student of the evidence's own noise ratio: 1024 weights, and that ratio."""
    (weights,), ratio = smooth_students(features, p, (1,))
    return weights, ratio


def ridge_student(features: np.ndarray, p: np.ndarray, strength: float) -> np.ndarray:
    """Weights by ridge regression in the dual form, lambda = strength x mean diagonal of the Gram matrix."""
    f = centred(features)
    gram = f @ f.T
    system = gram + strength * gram.diagonal().mean() * np.eye(len(p))
    return f.T @ np.linalg.solve(system, centred(p))


def correlation_student(features: np.ndarray, p: np.ndarray) -> np.ndarray:
    """sum_i (p_i - mean p) f_i; centring the features would change nothing."""
    return centred(p) @ features


def reliability(features: np.ndarray, p: np.ndarray) -> float | None:
    """How far another run of as many samples would draw the same map, at least: Spearman's correlation of the maps of m and n samples, every other block;
    r, the lower end of its one-sided 95 % interval (Fisher's transformation, 49 values); and this stepped up to all samples. A map of k samples is held
    to share k / (k + c) of its variance with the truth; with m = n this is 2 r / (1 + r) (Spearman 1910, Brown 1910). None of fewer than 240 samples."""
    from scipy.stats import spearmanr

    if len(p) < LEAST_FOR_HALVES:
        return None
    odd = (np.arange(len(p)) // BLOCK % 2).astype(bool)
    r = spearmanr(*(correlation_student(features[side], p[side]) for side in (~odd, odd))).statistic
    r = np.tanh(np.arctanh(min(r, 1 - 1e-12)) - ONE_SIDED / np.sqrt(GATE_CELLS - 3))
    if not r > 0:
        return 0.0
    m, n, whole = (~odd).sum(), odd.sum(), len(p)
    c = (np.sqrt(whole**2 + 4 * m * n * (1 / r**2 - 1)) - whole) / 2
    return float(whole / (whole + c))


def loss_slope(u: np.ndarray, p: np.ndarray, label: np.ndarray, loss: str) -> np.ndarray:
    """Derivative of each sample's loss with respect to its score u, the student's probability being q = sigmoid(u).

    paper (eq. 7): .7 |[1-q, q] - [1-p, p]|_2 + .3 |q - y'|, the first norm being sqrt(2) |q - p|. cross-entropy (eq. 2).
    """
    q = 1 / (1 + np.exp(-u))
    if loss == "cross-entropy":
        return (q - p) + (q - label)
    return (0.7 * np.sqrt(2) * np.sign(q - p) + 0.3 * np.sign(q - label)) * q * (1 - q)


def sgd_student(
    features: np.ndarray,
    p: np.ndarray,
    label: np.ndarray,
    order: np.ndarray,
    loss: str = "paper",
    rate: float = 0.01,
    momentum: float = 0.9,
    minibatch: int = 50,
) -> np.ndarray:
    """Weights by stochastic gradient descent from zero; `order` (epochs, samples) says in which order samples are seen.

    A two-logit softmax without bias that starts at zero stays antisymmetric: it is a sigmoid of u = f . (w1 - w0), and the difference of
    the two weight vectors moves by twice the rate.
    """
    f = centred(features)
    w, velocity = np.zeros(f.shape[1]), np.zeros(f.shape[1])
    for epoch in order:
        for start in range(0, len(epoch), minibatch):
            rows = epoch[start : start + minibatch]
            gradient = loss_slope(f[rows] @ w, p[rows], label[rows], loss) @ f[rows] / len(rows)
            velocity = momentum * velocity + gradient
            w -= 2 * rate * velocity
    return w
