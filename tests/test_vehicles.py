"""test_vehicles: is every vehicle sound as a mesh, of the right size, and unlike the others?"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from random import Random
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from builders.scenes.render import Picture, render
from builders.scenes.sight import MEASURED
from builders.scenes.stage import Solid, worn_color
from builders.scenes.tabletop import (
    Look,
    Shot,
    Thing,
    home_shot,
    stage_of,
    turned_shot,
)
from builders.scenes.vectors import Floats, Ints
from builders.scenes.vehicles import FINISHES, SUPER_CLASSES, mesh
from builders.scenes.vehicles.assembly import (
    CROWN,
    Mesh,
    Shell,
    crowned_normals,
    face_normals,
    smooth_normals,
)
from builders.scenes.vehicles.catalogue import BODY
from builders.scenes.vehicles.models import MODELS
from builders.scenes.vehicles.parts import (
    ball,
    box,
    drum,
    hoop,
    mirrored,
    pod,
    rolled,
    tube,
    volume,
    wing,
)

Bools: TypeAlias = NDArray[np.bool_]

NAMES = [name for names in SUPER_CLASSES.values() for name in names]


def areas(model: Mesh) -> Floats:
    a, b, c = np.moveaxis(model.vertices[model.faces], 1, 0)
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0)


def pieces_of(model: Mesh) -> Ints:
    """Number the connected pieces: one for each face."""
    count = len(model.vertices)
    ends = model.faces[:, [0, 1, 2]].ravel(), model.faces[:, [1, 2, 0]].ravel()
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label[model.faces[:, 0]], dtype=np.int64)


def test_the_catalogue_names_every_model_once() -> None:
    assert sorted(NAMES) == sorted(MODELS)
    assert len(NAMES) >= 12
    assert all(len(names) >= 2 for names in SUPER_CLASSES.values())


def test_the_names_need_no_numpy() -> None:
    code = "import sys, builders.scenes.vehicles; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_vehicle_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(LookupError, match=r"no vehicle 'tractor'; there are: sedan, .*tandem"):
        mesh("tractor")


def test_models_stay_light_and_are_made_fast() -> None:
    start = time.process_time()
    sizes = [len(make().faces) for make in MODELS.values()]
    assert time.process_time() - start < 0.15 * len(MODELS)
    assert max(sizes) <= 4000
    assert np.mean(sizes) <= 2500


@pytest.mark.parametrize("name", NAMES)
def test_model_fills_the_unit_circle_and_stands_on_the_ground(name: str) -> None:
    vertices = mesh(name).vertices
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    assert np.hypot(vertices[:, 0], vertices[:, 1]).max() == pytest.approx(1.0)
    assert low[:2] == pytest.approx(-high[:2])
    assert low[2] == pytest.approx(0.0)
    assert mesh(name).half_extents == pytest.approx((high - low) / 2.0)


@pytest.mark.parametrize("name", NAMES)
def test_model_is_closed_and_wound_outwards(name: str) -> None:
    model = mesh(name)
    steps = model.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    ways = {(int(a), int(b)) for a, b in steps}
    assert len(ways) == len(steps), "two faces run along an edge in the same direction"
    assert all((b, a) in ways for a, b in ways), "an edge with a face on one side only"
    label = pieces_of(model)
    assert min(volume(model.vertices, model.faces[label == k]) for k in np.unique(label)) > 0.0


@pytest.mark.parametrize("name", NAMES)
def test_normals_are_unit_and_outward_and_no_triangle_is_degenerate(name: str) -> None:
    model = mesh(name)
    assert areas(model).min() > 1e-8
    flat = face_normals(model.vertices, model.faces)
    assert np.linalg.norm(model.normals, axis=2) == pytest.approx(1.0)
    assert np.einsum("fcx,fx->fc", model.normals, flat).min() > 0.7


@pytest.mark.parametrize("name", NAMES)
def test_enough_of_the_surface_wears_the_objects_own_color(name: str) -> None:
    model, size = mesh(name), areas(mesh(name))
    assert size[model.finish == BODY].sum() >= 0.35 * size.sum()
    assert set(np.unique(model.finish)) <= set(range(len(FINISHES)))
    assert set(np.unique(model.part)) == set(range(len(model.parts)))
    assert len(model.faces) == len(model.normals) == len(model.finish) == len(model.part)


@pytest.mark.parametrize("name", [n for kind in ("car", "aeroplane") for n in SUPER_CLASSES[kind]])
def test_left_mirrors_right(name: str) -> None:
    vertices = mesh(name).vertices
    left = {tuple(v) for v in np.round(vertices, 6) + 0.0}
    right = {tuple(v) for v in np.round(vertices * (1.0, -1.0, 1.0), 6) + 0.0}
    assert left == right


# Parts that are ahead of a vehicle's middle, and parts that are behind it.
AHEAD = {"headlight", "windscreen", "fork", "cockpit", "canopy", "propeller", "bonnet"}
BEHIND = {"taillight", "saddle", "nozzle", "tailplane", "fin", "spare wheel", "stay"}


@pytest.mark.parametrize("name", NAMES)
def test_model_faces_along_x(name: str) -> None:
    model = mesh(name)
    middle = model.vertices[model.faces].mean(axis=1)[:, 0]
    furthest = {
        part: middle[model.part == k]
        for k, part in enumerate(model.parts)
        if part in AHEAD | BEHIND
    }
    if name == "biplane":
        del furthest["windscreen"], furthest["cockpit"]  # its pilot sits behind the wings
    assert furthest
    assert all(x.max() > 0.0 for part, x in furthest.items() if part in AHEAD)
    assert all(x.min() < 0.0 for part, x in furthest.items() if part in BEHIND)


DIGEST = """
import hashlib
from builders.scenes.vehicles.models import MODELS

digest = hashlib.sha256()
for name, make in MODELS.items():
    model = make()
    for array in (model.vertices, model.faces, model.normals, model.finish, model.part):
        digest.update(array.tobytes())
    digest.update(repr((name, model.parts, model.half_extents)).encode())
print(digest.hexdigest())
"""


def digest_where(**variables: str) -> str:
    """Return the digest of all models, made in a process with these environment variables."""
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_models_are_the_same_bytes_in_every_process_and_on_every_processor() -> None:
    # An old processor's kernels in place of this one's: the last bits of a product differ.
    assert digest_where(PYTHONHASHSEED="1") == digest_where(
        PYTHONHASHSEED="2", OPENBLAS_CORETYPE="Prescott"
    )


@cache
def silhouettes(name: str) -> Bools:
    """Return which cells of three grids the model covers: seen from ahead, a side and above."""
    share = np.array([(i, j, 20 - i - j) for i in range(21) for j in range(21 - i)]) / 20.0
    points = np.einsum("sc,fcx->fsx", share, mesh(name).vertices[mesh(name).faces]).reshape(-1, 3)
    cells = np.floor(points * 20.0 + 20.0).astype(np.int64)
    grids = np.zeros((3, 48, 48), dtype=np.bool_)
    for axis, grid in enumerate(grids):
        across, up = np.delete(cells, axis, axis=1).T
        grid[across, up] = True
    return grids


def likeness(one: str, other: str) -> float:
    """Return the share of cells that both cover, from where they are least alike."""
    a, b = silhouettes(one), silhouettes(other)
    return float(((a & b).sum(axis=(1, 2)) / (a | b).sum(axis=(1, 2))).min())


def test_no_two_models_have_one_silhouette() -> None:
    alike = {pair: likeness(*pair) for pair in combinations(NAMES, 2)}
    assert {pair: share for pair, share in alike.items() if share > 0.85} == {}


def test_shapes_have_the_volume_they_should() -> None:
    def inside(shell: Shell) -> float:
        return volume(shell.vertices, shell.faces)

    assert inside(box((5.0, 1.0, 0.0), (1.0, 2.0, 3.0))) == pytest.approx(6.0)
    assert inside(ball((0.0, 0.0, 1.0), (1.0, 2.0, 3.0), 60)) == pytest.approx(8 * np.pi, rel=0.01)
    assert inside(drum((1.0, 2.0, 3.0), 2.0, 0.5, 60)) == pytest.approx(2 * np.pi, rel=0.01)
    assert inside(hoop((0.0, 0.0, 0.0), 2.0, 0.5, (60, 60))) == pytest.approx(np.pi**2, rel=0.01)
    bent = tube([(0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (2.0, 2.0, 0.0)], 0.1, 40)
    assert inside(bent) == pytest.approx(4.0 * np.pi * 0.01, rel=0.01)
    square = pod([(0.0, 0.0, 2.0, 1.0), (3.0, 0.0, 2.0, 1.0)], 40, 60.0)
    assert inside(square) == pytest.approx(12.0, rel=0.05)
    flat = wing([(1.0, 0.1, (0.0, 0.0, 0.0)), (1.0, 0.1, (0.0, 2.0, 0.0))])
    assert 0.1 < inside(flat) < 0.2
    assert inside(mirrored(flat)) == pytest.approx(inside(flat))


def test_rolling_turns_from_the_next_axis_to_the_one_after() -> None:
    shell = rolled(box((1.0, 0.0, 0.0), (0.2, 0.2, 0.2)), 90.0, "z")
    assert shell.vertices.mean(axis=0) == pytest.approx((0.0, 1.0, 0.0), abs=1e-9)


def test_sharp_edges_stay_sharp_and_round_ones_are_smoothed() -> None:
    cube = box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    flat = face_normals(cube.vertices, cube.faces)
    assert smooth_normals(cube.vertices, cube.faces) == pytest.approx(np.stack([flat] * 3, axis=1))
    sphere = ball((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 24)
    outward = sphere.vertices[sphere.faces]
    assert np.abs(smooth_normals(sphere.vertices, sphere.faces) - outward).max() < 0.1


def test_flat_sides_are_crowned_and_round_ones_left() -> None:
    cube = box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    flat = face_normals(cube.vertices, cube.faces)
    bulged = crowned_normals(cube.vertices, cube.faces)
    lean = np.einsum("fcx,fx->fc", bulged, flat)
    assert lean == pytest.approx(1.0 / np.hypot(1.0, CROWN * np.sqrt(2.0)))
    assert (np.einsum("fcx,fcx->fc", bulged, cube.vertices[cube.faces]) > 0.5).all()
    sphere = ball((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 24)
    smooth = smooth_normals(sphere.vertices, sphere.faces)
    assert np.abs(crowned_normals(sphere.vertices, sphere.faces) - smooth).max() < 0.02


# What is asked of a small vehicle in a picture for counting: that these shares of its pixels tell
# metal from rubber, and one colour from another, whichever way it stands.
TELLS_MATERIAL, TELLS_COLOR = 0.12, 0.35
SEEN = 40  # of 255, in one channel: a difference that nobody overlooks
PLACES = ((-1.3, -1.3), (0.0, 0.0), (1.3, 1.3))  # side by side, and no vehicle hides another
LEAST_TELLING = ("gray", "brown", "green")  # the colours whose metal is most like their rubber


def three(name: str, colors: Sequence[str], material: str, turn: float, shot: Shot) -> Picture:
    """Return a picture of three small vehicles that differ in colour."""
    things = [
        Thing(Look(name, "small", color, material), x, y, turn)
        for color, (x, y) in zip(colors, PLACES, strict=True)
    ]
    return render(stage_of(things, shot), MEASURED.width, MEASURED.height)


def told_apart(one: Picture, other: Picture) -> list[float]:
    """Return of each vehicle the share of its pixels that plainly differ."""
    assert (one.ids == other.ids).all()
    differ = np.abs(one.pixels.astype(int) - other.pixels.astype(int)).max(axis=2) > SEEN
    return [float(differ[one.ids == i].mean()) for i in range(len(PLACES))]


HOME, TURNED = home_shot(Random("home")), turned_shot(Random("turned"))


@pytest.mark.thorough
@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_pictures_tell_metal_from_rubber(name: str) -> None:
    # A side, the tail, the nose, and the tail and a side.
    for shot, turn in ((HOME, 45.0), (HOME, 135.0), (TURNED, 15.0), (TURNED, 150.0)):
        rubber, metal = (three(name, LEAST_TELLING, m, turn, shot) for m in ("rubber", "metal"))
        assert min(told_apart(rubber, metal)) >= TELLS_MATERIAL, turn


@pytest.mark.thorough
@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_pictures_tell_colors_apart(name: str) -> None:
    for turn in (135.0, 225.0):  # the tail, and a side
        red, blue = (three(name, [color] * 3, "rubber", turn, HOME) for color in ("red", "blue"))
        assert min(told_apart(red, blue)) >= TELLS_COLOR, turn


def test_only_a_metal_vehicle_is_deeper_in_color() -> None:
    def worn(shape: str, material: str) -> tuple[float, ...]:
        return worn_color(Solid(shape, 1.0, (0.25, 0.49, 1.0), material, 0.0, 0.0))

    red, green, blue = worn("sedan", "metal")
    assert red < 0.6 * 0.25 and green < 0.8 * 0.49 and blue == 1.0
    assert worn("sedan", "rubber") == worn("cube", "metal") == (0.25, 0.49, 1.0)
