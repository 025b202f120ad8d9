"""vectors: arithmetic on triples of floats, for kernels."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from builders.scenes.kernels import kernel

Vector: TypeAlias = tuple[float, float, float]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@kernel
def add(a: Vector, b: Vector) -> Vector:
    """Return a + b."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


@kernel
def minus(a: Vector, b: Vector) -> Vector:
    """Return a - b."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


@kernel
def scaled(a: Vector, k: float) -> Vector:
    """Return k · a."""
    return (k * a[0], k * a[1], k * a[2])


@kernel
def times(a: Vector, b: Vector) -> Vector:
    """Return the product by components: light through or off a colour."""
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


@kernel
def along(origin: Vector, ray: Vector, t: float) -> Vector:
    """Return origin + t · ray."""
    return (origin[0] + t * ray[0], origin[1] + t * ray[1], origin[2] + t * ray[2])


@kernel
def dot(a: Vector, b: Vector) -> float:
    """Return a · b."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@kernel
def cross(a: Vector, b: Vector) -> Vector:
    """Return a × b."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


@kernel
def unit(a: Vector) -> Vector:
    """Return a scaled to length 1."""
    return scaled(a, 1.0 / math.sqrt(dot(a, a)))


@kernel
def mirrored(ray: Vector, normal: Vector) -> Vector:
    """Return the ray reflected at a plane with this unit normal."""
    return along(ray, normal, -2.0 * dot(ray, normal))


@kernel
def row(table: Floats, i: int) -> Vector:
    """Return row i of an array of shape (n, 3)."""
    return (table[i, 0], table[i, 1], table[i, 2])


@kernel
def columns(table: Floats, i: int, first: int) -> Vector:
    """Return three columns of row i, from the first on."""
    return (table[i, first], table[i, first + 1], table[i, first + 2])


@kernel
def luminance(light: Vector) -> float:
    """Return Rec. 709 luminance of linear light."""
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
