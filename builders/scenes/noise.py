"""noise: evenly spread numbers for kernels, the same on every machine."""

import numpy as np

from builders.scenes.kernels import kernel

Noise = tuple[float, float]  # in [0, 1)²: where the samples of a pixel start


@kernel
def noise_at(place: int, seed: int) -> Noise:
    """Return two numbers in [0, 1) that belong to a place (SplitMix64, Steele 2014)."""
    z = np.uint64(place + 1) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    whole = 4294967296.0
    return (float(z >> np.uint64(32)) / whole, float(z & np.uint64(0xFFFFFFFF)) / whole)
