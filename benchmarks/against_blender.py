"""against_blender: how long does Blender take for the same picture, and how alike are the two?

Both start from the same stage of eight things. Ours is timed from the stage to the pixels, Blender's from
the scene to the file; start-up, compiling and the making of Blender's meshes are in neither.
"""

import json
import subprocess
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
from PIL import Image
from rich.table import Table

from builders.scenes.follow import GLASS_INDEX, ROUGH
from builders.scenes.light import GROUND_ALBEDO, METAL_ALPHA, RUBBER_ALPHA, RUBBER_F0
from builders.scenes.render import render
from builders.scenes.search import TINT_POWER
from builders.scenes.stage import EDGES, Stage
from builders.scenes.tabletop import COLORS, SOLIDS, Look, home_shot, scatter, stage_of, unclear
from builders.task import Canvas
from tests.similarity import similarity

SCRIPT: Final = Path(__file__).with_name("blender.py")
CANVAS: Final = Canvas(320, 240)
THINGS: Final = 8
MARGIN: Final = 0.1
REPEATS: Final = 10  # of ours
HOW: Final = (
    "Blender is not measured: install its module in an environment of its own (`pip install bpy==5.0.1`, GPL) "
    "and name that one's interpreter: --blender PATH/bin/python"
)
# What the materials are made of, for Blender.
LOOKS: Final = {
    "ground": GROUND_ALBEDO,
    "rubber_alpha": RUBBER_ALPHA,
    "rubber_f0": RUBBER_F0,
    "metal_roughness": METAL_ALPHA,
    "metal_rough_share": ROUGH,
    "glass_index": GLASS_INDEX,
    "glass_tint_power": TINT_POWER,
}


def against_blender(python: Path, samples: int, seed: int, kept: Path | None) -> Table:
    """Return both CPU times and the likeness of the pictures; `kept`: save them side by side."""
    stage = stage_to_draw(seed)
    seconds, ours = _our_picture(stage)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blender.png"
        told = _run_blender(python, stage, samples, path)
        theirs = Image.open(path).convert("RGB")
    if kept is not None:
        _side_by_side(ours, theirs).save(kept, optimize=True)
    return _table(seconds, told, samples, similarity(ours, theirs))


def stage_to_draw(seed: int) -> Stage:
    """Return things of CLEVR's looks in CLEVR's studio, each of them clear to see."""
    rng = Random(seed)
    shot = home_shot(rng)
    while True:
        looks = [
            Look(
                rng.choice(SOLIDS),
                rng.choice(("large", "small")),
                rng.choice(list(COLORS)),
                rng.choice(("rubber", "metal")),
            )
            for _ in range(THINGS)
        ]
        things = scatter(looks, rng, MARGIN)
        if things is not None and not unclear(things, shot):
            return stage_of(things, shot)


def _our_picture(stage: Stage) -> tuple[float, Image.Image]:
    """The mean CPU seconds of some drawings, and the picture."""
    picture = render(stage, CANVAS.width, CANVAS.height)  # compiles, too
    start = time.process_time()
    for _ in range(REPEATS):
        render(stage, CANVAS.width, CANVAS.height)
    return (time.process_time() - start) / REPEATS, Image.fromarray(picture.pixels)


def _run_blender(python: Path, stage: Stage, samples: int, picture: Path) -> dict[str, Any]:
    scene = {
        "stage": asdict(stage),
        "edges": EDGES,
        "looks": LOOKS,
        "size": [CANVAS.width, CANVAS.height],
        "samples": samples,
    }
    done = subprocess.run(
        [python, SCRIPT, picture],
        input=json.dumps(scene),
        stdout=subprocess.PIPE,  # errors go to the terminal
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    return Image.fromarray(np.concatenate([np.asarray(left), np.asarray(right)], axis=1))


def _table(seconds: float, told: dict[str, Any], samples: int, alike: float) -> Table:
    table = Table(title=f"one picture of {THINGS} things, {CANVAS.width}×{CANVAS.height}, one core")
    for column in ("CPU-s", "Blender's CPU-s", "times as fast", "SSIM"):
        table.add_column(column, justify="right")
    table.add_column("Blender")
    table.add_row(
        f"{seconds:.3f}",
        f"{told['seconds']:.1f}",
        f"{told['seconds'] / seconds:,.0f}",
        f"{alike:.3f}",
        f"{told['version']}, Cycles, {samples} samples",
    )
    return table
