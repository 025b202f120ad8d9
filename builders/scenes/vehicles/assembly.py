"""assembly: pieces of a vehicle put together, brought to unit size, with smooth normals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from builders.scenes.vectors import Floats, Ints

CREASE = math.cos(math.radians(38.0))  # faces that meet at a sharper angle keep their edge
CROWN = 0.15  # how far a normal leans outwards at the ends of a piece: tangent of that angle


@dataclass(frozen=True, slots=True)
class Mesh:
    """A vehicle that faces +x, stands on z = 0 and fills the unit circle around the z axis."""

    vertices: Floats  # (V, 3)
    faces: Ints  # (F, 3) counter-clockwise from outside
    normals: Floats  # (F, 3, 3) of each corner, outward
    finish: Ints  # (F,) row of FINISHES
    part: Ints  # (F,) index into `parts`
    parts: tuple[str, ...]
    half_extents: tuple[float, float, float]


class Shell(NamedTuple):
    """A closed surface, its faces counter-clockwise from outside."""

    vertices: Floats  # (V, 3)
    faces: Ints  # (F, 3)
    finish: Ints  # (F,)
    cells: Ints  # (F, 2) station and row, as `parts.hull` counts them


class Piece(NamedTuple):
    """A shell and what it is called."""

    part: str
    shell: Shell


def assemble(pieces: Sequence[Piece]) -> Mesh:
    """Return the mesh of these pieces, each smooth in itself and a little crowned."""
    shells = [piece.shell for piece in pieces]
    vertices = np.concatenate([shell.vertices for shell in shells])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = vertices - ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2])
    reach = float(np.hypot(vertices[:, 0], vertices[:, 1]).max())
    starts = np.cumsum([0, *(len(shell.vertices) for shell in shells)])
    parts = tuple(dict.fromkeys(piece.part for piece in pieces))
    half = settled((high - low) / (2.0 * reach))
    normals = np.concatenate([crowned_normals(s.vertices, s.faces) for s in shells])
    return Mesh(
        vertices=settled(vertices / reach),
        faces=np.concatenate([s.faces + start for s, start in zip(shells, starts, strict=False)]),
        normals=settled(normals),
        finish=np.concatenate([shell.finish for shell in shells]),
        part=np.concatenate([np.full(len(p.shell.faces), parts.index(p.part)) for p in pieces]),
        parts=parts,
        half_extents=(float(half[0]), float(half[1]), float(half[2])),
    )


def settled(numbers: Floats) -> Floats:
    """Return the numbers without the last bits, which differ between processors; no −0."""
    rounded: Floats = np.round(numbers, 9) + 0.0
    return rounded


def face_normals(vertices: Floats, faces: Ints) -> Floats:
    """Return the unit normals (F, 3)."""
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    normals: Floats = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    return normals


def smooth_normals(vertices: Floats, faces: Ints) -> Floats:
    """Return corner normals (F, 3, 3): the mean, by angle, of the faces around that lie flat."""
    flat = face_normals(vertices, faces)
    around = _faces_around(faces, len(vertices))[faces]  # (F, 3, most); −1: none
    angles = _corner_angles(vertices, faces)
    weight = np.where(faces[around] == faces[:, :, None, None], angles[around], 0.0).sum(axis=3)
    smooth = np.einsum("fckx,fx->fck", flat[around], flat) > CREASE
    weight = np.where((around >= 0) & smooth, weight, 0.0)
    mean: Floats = np.einsum("fck,fckx->fcx", weight, flat[around])
    mean /= np.linalg.norm(mean, axis=2)[:, :, None]
    return mean


def crowned_normals(vertices: Floats, faces: Ints) -> Floats:
    """Return smooth corner normals (F, 3, 3) of a shell whose flat sides bulge a little.

    A flat side mirrors one spot of the studio and so, as metal, looks like paint; pressed steel is
    crowned, and mirrors a dark and a bright part of it.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    outward = (2.0 * vertices - low - high) / (high - low)
    normals = smooth_normals(vertices, faces)
    along = np.einsum("fcx,fcx->fc", normals, outward[faces])
    bulged: Floats = normals + CROWN * (outward[faces] - along[:, :, None] * normals)
    bulged /= np.linalg.norm(bulged, axis=2)[:, :, None]
    return bulged


def _corner_angles(vertices: Floats, faces: Ints) -> Floats:
    """Return the angle (F, 3) of each corner."""
    corners = vertices[faces]
    ahead = np.roll(corners, -1, axis=1) - corners
    behind = np.roll(corners, 1, axis=1) - corners
    lengths = np.linalg.norm(ahead, axis=2) * np.linalg.norm(behind, axis=2)
    cosines: Floats = np.einsum("fcx,fcx->fc", ahead, behind) / lengths
    return np.arccos(np.clip(cosines, -1.0, 1.0))


def _faces_around(faces: Ints, count: int) -> Ints:
    """Return the faces (V, most) that meet at each vertex, filled up with −1."""
    vertex = faces.ravel()
    order = np.argsort(vertex, kind="stable")
    sizes = np.bincount(vertex, minlength=count)
    place = np.arange(len(vertex)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    around = np.full((count, sizes.max()), -1, dtype=np.int64)
    around[vertex[order], place] = order // 3
    return around
