"""The samples of an explanation, drawn from a counter-based generator exactly as the engine draws them: the same (seed, stream, sample,
index) gives the same number in any batch size and on any machine.
"""

from functools import cache

import numpy as np

STREAM_LATENT, STREAM_CELLS, STREAM_SHIFTS, STREAM_ORDER = 1, 2, 3, 4
SIZE, GRID, STRETCHED, MAX_SHIFT = 224, 7, 256, 32
CELLS = GRID * GRID
# Factors without a common divisor with 63: multiplying by one permutes the 63 balanced columns of the design.
UNITS = np.array([1, 2, 4, 5, 8, 10, 11, 13], dtype=np.uint32)


def pcg4d(seed, stream, sample, index) -> np.ndarray:
    """uint32 (..., 4): the hash of Jarzynski & Olano 2020 ("Hash Functions for GPU Rendering"); the arguments broadcast."""
    parts = np.broadcast_arrays(*(np.atleast_1d(np.asarray(value, dtype=np.uint32)) for value in (seed, stream, sample, index)))
    x, y, z, w = (part * np.uint32(1664525) + np.uint32(1013904223) for part in parts)

    def mix(x, y, z, w):
        x = x + y * w
        y = y + z * x
        z = z + x * y
        w = w + y * z
        return x, y, z, w

    x, y, z, w = (value ^ (value >> np.uint32(16)) for value in mix(x, y, z, w))
    return np.stack(mix(x, y, z, w), axis=-1)


def uniform(bits: np.ndarray) -> np.ndarray:
    """float64 in [0, 1), multiples of 2^-24."""
    return (bits >> np.uint32(8)) * 2.0**-24


def uniform_sequence(seed: int, stream: int, count: int) -> np.ndarray:
    """`count` uniforms: number i is component i mod 4 of the hash with sample 0 and index i div 4."""
    return uniform(pcg4d(seed, stream, 0, np.arange((count + 3) // 4))).reshape(-1)[:count]


def normal_deviates(seed: int, samples: np.ndarray, count: int) -> np.ndarray:
    """float64 (samples, count) standard normal deviates by Box-Muller; count is a multiple of 4."""
    bits = pcg4d(seed, STREAM_LATENT, samples[:, None], np.arange(count // 4)[None])
    # Half a step keeps the logarithm's argument above zero.
    radius = np.sqrt(-2 * np.log(uniform(bits[..., 0::2]) + 2.0**-25))
    angle = 2 * np.pi * uniform(bits[..., 1::2])
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).reshape(len(samples), count)


def random_gates(seed: int, samples: np.ndarray, keep: float) -> tuple[np.ndarray, np.ndarray]:
    """Cells kept independently with probability `keep`: bool (samples, 49), and shifts (samples, 2) in pixels, x before y."""
    bits = pcg4d(seed, STREAM_CELLS, samples[:, None], np.arange((CELLS + 3) // 4)[None])
    cells = uniform(bits).reshape(len(samples), -1)[:, :CELLS] < keep
    return cells, (pcg4d(seed, STREAM_SHIFTS, samples, 0)[:, :2] & 31).astype(np.int64)


def balanced_gates(seed: int, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a 64 x 64 Sylvester-Hadamard design, each followed by its complement, so that every cell is kept in half of the samples.
    A block of 64 pairs shares a shift and one affine choice of rows and columns. Shapes as in random_gates."""
    pair, complement = samples >> 1, samples & 1
    draw = pcg4d(seed, STREAM_SHIFTS, pair >> 6, 0)
    row = ((pair & 63).astype(np.uint32) * (2 * (draw[:, 2] & 31) + 1) + (draw[:, 2] >> 8)) & 63
    factor, offset = UNITS[draw[:, 3] & 7], (draw[:, 3] >> 8) % 63
    column = 1 + (np.arange(CELLS, dtype=np.uint32)[None] * factor[:, None] + offset[:, None]) % 63
    parity = np.bitwise_count(row[:, None] & column) & 1
    return parity == complement[:, None], (draw[:, :2] & 31).astype(np.int64)


@cache
def shift_weights(pixels: int = SIZE) -> np.ndarray:
    """(32, pixels, 7): for every shift, how much each grid line weighs at each pixel (bilinear, half-pixel centres, clamped edges). Another
    number of pixels lies as evenly in the 224 that shifts are meant for."""
    at = (np.arange(pixels)[None] + 0.5) * (SIZE / pixels) - 0.5 + np.arange(MAX_SHIFT)[:, None]
    position = np.clip((at + 0.5) * GRID / STRETCHED - 0.5, 0, GRID - 1)
    return np.maximum(1 - np.abs(position[..., None] - np.arange(GRID)), 0)


SHIFT_WEIGHTS = shift_weights()


def masks(cells: np.ndarray, shifts: np.ndarray, weights: np.ndarray = SHIFT_WEIGHTS, across: np.ndarray | None = None) -> np.ndarray:
    """(samples, height, width) in [0, 1] in the precision of `weights` (shifts, pixels, grid): the grids of cells stretched and read at
    their shifts; by default float64, 7x7 cells stretched to 256 pixels, of which 224 are read. `across`: weights along x, where they are
    others than along y."""
    grid = weights.shape[-1]
    rows, columns = weights[shifts[:, 1]], (weights if across is None else across)[shifts[:, 0]]
    return rows @ cells.reshape(-1, grid, grid).astype(weights.dtype) @ columns.transpose(0, 2, 1)


def shuffled_order(seed: int, count: int, epochs: int) -> np.ndarray:
    """(epochs, count): a Fisher-Yates shuffle of 0 ... count - 1 for every epoch."""
    orders = []
    for epoch in range(epochs):
        order = np.arange(count)
        draws = pcg4d(seed, STREAM_ORDER, epoch, np.arange(count))[:, 0].astype(np.uint64)
        for i in range(count - 1, 0, -1):
            j = int(draws[i] * np.uint64(i + 1) >> np.uint64(32))
            order[i], order[j] = order[j], order[i]
        orders.append(order)
    return np.stack(orders)
