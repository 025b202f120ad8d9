"""Pictures: geometry against brute force, light against formulas, the look against Blender's."""

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from PIL import Image

from builders.scenes import kernels, packed
from builders.scenes.light import PATCH_ON_GROUND, Start, gather_near, towards_middle
from builders.scenes.meshes import meets_mesh, triangle_rows
from builders.scenes.packed import FAR, GROUND, NOTHING, Packed, Scratch, Sought
from builders.scenes.render import _scratch, cover, render
from builders.scenes.search import light_between, meets_object
from builders.scenes.shade import HALF, SIDE, list_of, list_shades
from builders.scenes.solids import distance_to, meets_rounded, normal_of_solid, to_model
from builders.scenes.stage import Camera, Lamp, Solid, Stage, Sun, pack
from builders.scenes.tabletop import COLORS, HOME_EYE, LAMPS, RADII, SUN
from builders.scenes.trees import tree_over
from builders.scenes.vectors import Floats, Vector, along, dot, minus, unit
from tests.similarity import similarity

DARK = Sun((0.0, 0.0, -1.0), 0.0)
GOLDEN = Path(__file__).parent / "golden"


def solid(
    shape: str, size: str, look: tuple[str, str], x: float, y: float, turn: float = 0.0
) -> Solid:
    color, material = look
    return Solid(shape, RADII[size], COLORS[color], material, x, y, turn)


# The scene of Blender's reference picture (its cubes are measured over their corners, as in TRANCE).
REFERENCE = Stage(
    [
        Solid("cube", 0.7 / math.sqrt(2), COLORS["red"], "rubber", -1.2, -2.0, 25),
        solid("sphere", "large", ("blue", "metal"), 1.6, -1.6),
        solid("cylinder", "large", ("green", "rubber"), -2.2, 1.9),
        Solid("cube", 0.7 / math.sqrt(2), COLORS["cyan"], "metal", 0.6, 2.3, 60),
        solid("sphere", "medium", ("yellow", "rubber"), 0.3, -0.2),
        solid("cylinder", "medium", ("purple", "glass"), 2.7, 0.6),
        solid("sphere", "large", ("gray", "glass"), -0.9, 0.25),
        solid("cylinder", "small", ("brown", "metal"), 2.2, -2.9),
        Solid("cube", 0.35 / math.sqrt(2), COLORS["blue"], "rubber", 2.6, 2.0, 10),
    ],
    Camera(HOME_EYE),
    LAMPS,
    SUN,
)


def digest(stage: Stage) -> str:
    return hashlib.sha256(render(stage, 96, 72).pixels.tobytes()).hexdigest()


def test_a_picture_repeats_in_this_process_and_in_another() -> None:
    code = "from tests.test_render import *; print(digest(REFERENCE))"
    again = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert digest(REFERENCE) == digest(REFERENCE) == again.stdout.strip()


def test_cover_shows_what_render_shows() -> None:
    picture, seen = render(REFERENCE, 160, 120), cover(REFERENCE, 160, 120)
    assert (picture.ids == seen.ids).all()
    visible = np.bincount(seen.ids.ravel().astype(int) + 1, minlength=10)[1:]
    assert (visible <= seen.alone).all()
    assert visible[4] < 0.9 * seen.alone[4]  # the yellow ball stands behind the blue one
    assert visible[0] == seen.alone[0]


def test_an_object_alone_covers_the_same_pixels_as_counted_among_others() -> None:
    together = cover(REFERENCE, 160, 120).alone
    for i, one in enumerate(REFERENCE.solids):
        alone = cover(Stage([one], REFERENCE.camera, LAMPS, SUN), 160, 120)
        assert alone.alone[0] == together[i] == (alone.ids == 0).sum()


def test_every_picture_holds_the_same_frame() -> None:
    # What a 4:3 picture shows, a square and a wide one show too, in the same proportions.
    def spread(width: int, height: int) -> tuple[float, float]:
        ids = cover(REFERENCE, width, height).ids
        columns = np.flatnonzero((ids >= 0).any(axis=0)) / height * 3
        rows = np.flatnonzero((ids >= 0).any(axis=1)) / height * 3
        return float(np.ptp(columns)), float(np.ptp(rows))

    wide, plain = spread(480, 240), spread(320, 240)
    assert wide == pytest.approx(plain, rel=0.03)
    square = cover(REFERENCE, 240, 240).ids
    assert set(np.unique(square)) == set(range(-1, 9))
    assert not (square[:, [0, -1]] >= 0).any()


def rays(n: int, seed: int) -> list[tuple[Vector, Vector]]:
    rng = Random(seed)
    found: list[tuple[Vector, Vector]] = []
    for _ in range(n):
        x, y, z = (rng.uniform(-2.5, 2.5) for _ in range(3))
        u, v, w = (rng.uniform(-0.9, 0.9) - o for o in (x, y, z))
        length = math.hypot(u, v, w)
        found.append(((x, y, z), (u / length, v / length, w / length)))
    return found


def one(shape: str) -> Packed:
    return pack(
        Stage(
            [Solid(shape, 0.8, (0.5, 0.5, 0.5), "rubber", 0.2, -0.1, 33.0)],
            Camera(HOME_EYE),
            LAMPS,
            SUN,
        )
    )


def first_change_of_sign(scene: Packed, origin: Vector, ray: Vector) -> float:
    """Where the signed distance changes its sign, by brute force."""
    kind, edge, centre = scene.kind[0], scene.edge[0], scene.centre[0]

    def outside(t: float) -> bool:
        point = minus(along(origin, ray, t), (centre[0], centre[1], centre[2]))
        return distance_to(kind, to_model(scene, 0, point), edge) > 0.0

    ts, first = np.linspace(0.0, 8.0, 801), outside(0.0)
    change = next((i for i, t in enumerate(ts) if outside(t) != first), None)
    if change is None:
        return FAR
    low, high = ts[change - 1], ts[change]
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if outside(middle) == first else (low, middle)
    return float(low)


@pytest.mark.parametrize("shape", ["cube", "cylinder"])
def test_rounded_solids_are_met_where_their_distance_is_zero(shape: str) -> None:
    scene, met, rounded, grazing = one(shape), 0, 0, 0
    for origin, ray in rays(300, 4):
        slow, fast = first_change_of_sign(scene, origin, ray), meets_rounded(scene, 0, origin, ray)
        if FAR in (slow, fast):
            grazing += slow != fast
            continue
        met += 1
        assert fast == pytest.approx(slow, abs=2e-3)
        normal = normal_of_solid(scene, 0, along(origin, ray, fast))
        assert math.hypot(*normal) == pytest.approx(1.0)
        rounded += sorted(abs(c) for c in normal)[1] > 0.05
    assert met > 180
    assert rounded > 10
    assert grazing <= 2


def box_mesh() -> tuple[Floats, Packed]:
    """A scene with a box as a mesh of many triangles, and its corners."""
    low, n = np.array([-1.0, -1.0, -1.0]), 6
    corners = []
    for axis in range(3):
        for side in (0.0, 2.0):
            for u in range(n):
                for v in range(n):
                    square = []
                    for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1)):
                        p = low.copy()
                        p[axis] += side
                        p[(axis + 1) % 3] += 2.0 * (u + du) / n
                        p[(axis + 2) % 3] += 2.0 * (v + dv) / n
                        square.append(p)
                    corners += [square[:3], [square[0], square[2], square[3]]]
    array = np.array(corners)
    tree = tree_over(array)
    rows = array[tree.order]
    a = rows[:, 0]
    flat = np.cross(rows[:, 1] - a, rows[:, 2] - a)
    flat /= np.linalg.norm(flat, axis=1)[:, None]
    triangles = triangle_rows(rows, np.repeat(flat, 3, axis=0).reshape(-1, 3, 3))
    scene = one("cube")._replace(
        kind=np.array([packed.MESH]), nodes=tree.nodes, triangles=triangles,
        finish=np.zeros(len(rows), np.int64),
    )  # fmt: skip
    return array, scene


def test_a_mesh_is_met_where_the_solid_of_its_shape_is() -> None:
    _, mesh = box_mesh()
    sharp = one("cube")._replace(edge=np.array([1e-9]))
    scratch, hits = _scratch(1), 0
    for origin, ray in rays(400, 9):
        t, triangle = meets_mesh(mesh, scratch, 0, origin, ray, Sought(FAR, False))
        assert t == pytest.approx(meets_rounded(sharp, 0, origin, ray), abs=1e-6)
        assert (triangle >= 0) == (t < FAR)
        hits += t < FAR
        near, _ = meets_mesh(mesh, scratch, 0, origin, ray, Sought(0.5 * min(t, 10.0), False))
        assert near == FAR
        some, _ = meets_mesh(mesh, scratch, 0, origin, ray, Sought(10.0, True))
        assert (some < 10.0) == (t < 10.0)
    assert hits > 200


def test_a_tree_holds_every_triangle_once() -> None:
    corners, scene = box_mesh()
    tree = tree_over(corners)
    assert sorted(tree.order) == list(range(len(corners)))
    leaves = tree.nodes[tree.nodes[:, 7] > 0]
    assert leaves[:, 7].sum() == len(corners)
    assert len(scene.nodes) > 50


def flat(pixels: object) -> Floats:
    """Linear light of sRGB bytes."""
    x = np.asarray(pixels, dtype=float) / 255.0
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def test_the_ground_under_a_lamp_is_as_bright_as_the_formula_says() -> None:
    lamp = Lamp((0.0, 0.001, 5.0), (0.0, 0.0, 0.0), 0.5, 60.0)
    stage = Stage([], Camera((0.0, -8.0, 8.0)), [lamp], DARK, backdrop=(1.0, 0.0, 0.0, 0.0))
    light = flat(render(stage, 65, 49).pixels[24, 32]).mean()
    # Strength over distance², albedo over π.
    assert light == pytest.approx(60.0 / math.pi / 25.0 * 0.8 / math.pi, rel=0.02)


def test_the_backdrop_lights_the_ground_as_its_integral_says() -> None:
    n = 1500
    up, angle = np.meshgrid((np.arange(n) + 0.5) / n, ((np.arange(n) + 0.5) / n - 0.5) * math.pi)
    ahead = math.hypot(0.66, 0.58) * np.cos(angle) * np.sqrt(1.0 - up * up)
    patch = ahead / np.sqrt(ahead**2 + up**2) * np.maximum(0.0, 1.0 - 1.3 * up)
    assert float((patch * up).mean()) == pytest.approx(PATCH_ON_GROUND, rel=0.02)


def test_shadows_are_dark_soft_at_the_rim_and_coloured_behind_glass() -> None:
    lamp = Lamp((0.0, -4.0, 6.0), (0.0, 0.0, 0.0), 0.5, 120.0)

    def picture(*balls: Solid) -> Floats:
        camera = Camera((0.0, -0.5, 12.0))
        return flat(
            render(Stage(balls, camera, [lamp], DARK, (1.0, 0.0, 0.0, 0.0)), 160, 120).pixels
        )

    def ball(material: str) -> Solid:
        return Solid("sphere", 0.6, (0.9, 0.1, 0.1), material, 0.0, 0.0)

    # Along the middle line, from the end of the shadow (above) to the ball; the lamp is below.
    empty, behind = picture(), slice(10, 52)
    part = (picture(ball("rubber")) / empty)[behind, 80].mean(axis=1)
    assert part[0] == pytest.approx(1.0, abs=0.02)
    assert part.min() < 0.02
    assert 2 <= ((part > 0.1) & (part < 0.9)).sum() <= 12
    red, green, _ = (picture(ball("glass")) / empty)[behind, 80][int(np.argmin(part))]
    assert red > 1.3 * green > 0.0


def test_light_passes_only_what_is_not_in_the_way() -> None:
    scene, scratch = pack(REFERENCE), _scratch(9)
    scratch.near[:2] = (0, 1)
    here, middle = (1.6, -1.6, 5.0), (0.0, 0.0, -1.0)
    assert light_between(scene, scratch, 2, here, middle, 10.0) == (0.0, 0.0, 0.0)
    assert light_between(scene, scratch, 2, here, middle, 3.0) == (1.0, 1.0, 1.0)
    assert light_between(scene, scratch, 1, here, middle, 10.0) == (1.0, 1.0, 1.0)
    t, _ = meets_object(scene, scratch, 1, here, middle, Sought(FAR, False))
    assert t == pytest.approx(5.0 - 1.4)


def surface_points(scene: Packed, scratch: Scratch, number: int) -> Iterator[tuple[int, Vector]]:
    """Points of the ground, within its grid and beyond, and of all objects."""
    rng = Random(8)
    for _ in range(number):
        yield GROUND, (rng.uniform(-HALF, HALF) * 1.1, rng.uniform(-HALF, HALF) * 1.1, 0.0)
        for i in range(len(scene.kind)):
            ray = unit((rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1)))
            x, y, z = (float(c) for c in scene.centre[i])
            start = along((x, y, z), ray, -5.0)
            t, _ = meets_object(scene, scratch, i, start, ray, Sought(FAR, False))
            if t < FAR:
                yield i, along(start, ray, t)


def test_the_lists_of_what_shades_a_place_leave_nothing_out() -> None:
    scene = pack(REFERENCE)
    n, lamps = len(scene.kind), len(scene.lamps)
    scratch = _scratch(n, lamps)
    list_shades(scene, scratch)
    everything, found = n + SIDE * SIDE, 0
    for owner, point in surface_points(scene, scratch, 400):
        for j in range(lamps):
            ray, distance = towards_middle(scene.lamps, j, point)
            near = []
            for shades in (list_of(scene, owner, point), everything):
                start = Start(point, shades, NOTHING)
                count = gather_near(scene, scratch, j, start, ray, distance)
                near.append(scratch.near[:count].tolist())
            assert near[0] == near[1]
            found += len(near[0])
    assert found > 2_000
    assert scratch.shades[:everything, :, 0].mean() < n / 3  # or the lists would spare little


def test_a_ray_that_leaves_a_solid_does_not_meet_it_again() -> None:
    scene, scratch = pack(REFERENCE), _scratch(9)
    rng = Random(3)
    for owner, point in surface_points(scene, scratch, 200):
        if owner == GROUND:
            continue
        normal = normal_of_solid(scene, owner, point)
        ray = unit((rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1)))
        if dot(ray, normal) > 1e-3:
            start = along(point, normal, 2e-3)
            t, _ = meets_object(scene, scratch, owner, start, ray, Sought(FAR, False))
            assert t == FAR


def test_the_reference_scene_looks_as_blender_draws_it() -> None:
    blender = Image.open(GOLDEN / "blender_512_samples.png").convert("RGB")
    ours = render(REFERENCE, 320, 240)
    assert similarity(blender, ours.pixels) >= 0.955
    theirs, light = flat(blender), flat(ours.pixels)
    for i in (-1, 0, 2, 8, 7):  # ground, rubber, rough metal: mean colour within a sixth
        shown = ours.ids == i
        assert light[shown].mean(axis=0) == pytest.approx(theirs[shown].mean(axis=0), rel=0.17)


def roughness(pixels: Floats, inside: object) -> float:
    """How much single pixels stand out from their neighbours, where `inside` holds."""
    gray = np.asarray(pixels).mean(axis=2).astype(np.float32)
    return float(np.abs(gray - cv2.medianBlur(gray, 3))[np.asarray(inside)].max())


@pytest.mark.parametrize(
    ("shape", "material"), [("cube", "metal"), ("cylinder", "glass"), ("cube", "glass")]
)
def test_flat_metal_has_no_grain_and_glass_neither_dots_nor_black_bands(
    shape: str, material: str
) -> None:
    stage = Stage(
        [solid(shape, "large", ("cyan", material), 0.0, 0.0, 20.0)], Camera(HOME_EYE), LAMPS, SUN
    )
    picture = render(stage, 320, 240)
    shown = picture.ids == 0
    core = cv2.erode(shown.astype(np.uint8), np.ones((7, 7))).astype(bool)
    pixels = picture.pixels.astype(float)
    assert pixels[core].mean(axis=1).min() > 18.0
    if material == "metal":
        # A window on the left face, away from all edges.
        y, x = (int(c.mean()) for c in np.nonzero(core))
        face = np.zeros_like(core)
        face[y : y + 16, x - 12 : x - 2] = True
        assert core[face].all()
        assert roughness(pixels, face) < 3.0
    else:
        assert (
            np.quantile(np.abs(pixels - cv2.medianBlur(picture.pixels, 3)).mean(axis=2)[core], 0.95)
            < 12
        )


def test_kernels_are_kept_and_a_changed_source_has_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "wanted"))
    kernels.cache_folder.cache_clear()
    wanted = kernels.cache_folder()
    assert wanted.parent == tmp_path / "wanted"
    monkeypatch.setattr(kernels, "_digest_of_sources", lambda: "other")
    kernels.cache_folder.cache_clear()
    assert kernels.cache_folder() != wanted
    kernels.cache_folder.cache_clear()


def test_kernels_are_not_taken_from_where_anybody_may_put_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    planted = tmp_path / f"kernels-{kernels._digest_of_sources()}"
    planted.mkdir()
    planted.chmod(0o777)
    kernels.cache_folder.cache_clear()
    assert kernels.cache_folder() != planted
    kernels.cache_folder.cache_clear()


@pytest.mark.parametrize(("name", "is_new"), [("search", True), ("packed", True), ("rle", False)])
def test_kernels_are_made_of_their_files_and_of_the_numbers_in_them(
    name: str, is_new: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in Path(kernels.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(kernels, "__file__", str(tmp_path / "kernels.py"))
    before = kernels._digest_of_sources()
    with (tmp_path / f"{name}.py").open("a") as file:
        file.write("MORE = 1\n")
    assert (kernels._digest_of_sources() != before) is is_new


def test_without_a_folder_to_write_beside_the_code_the_users_own_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    # A file where the folder should be cannot be written into, not even by root.
    blocked = tmp_path / "code"
    blocked.mkdir()
    (blocked / "__pycache__").write_text("in the way")
    (blocked / "kernels.py").touch()
    monkeypatch.setattr(kernels, "__file__", str(blocked / "kernels.py"))
    kernels.cache_folder.cache_clear()
    assert kernels.cache_folder().parent == tmp_path / "home" / "reason-rft"
    (tmp_path / "home2").write_text("in the way too")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home2"))
    kernels.cache_folder.cache_clear()
    assert kernels.cache_folder().is_dir()
    kernels.cache_folder.cache_clear()


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    folder = kernels.cache_folder()
    digest(REFERENCE)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    code = "from tests.test_render import *; digest(REFERENCE)"
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
