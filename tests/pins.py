"""What each version of a task makes: `tests/golden/samples.json`, which `python -m tests.pins` writes anew.

A sample that changed without its task's version would be taken for the one that earlier results are of.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from builders.sample import Draft
from builders.task import to_json
from evaluators.kinds import answer_to_json

PINS: Final = Path(__file__).parent / "golden" / "samples.json"
TILES: Final = (4, 4)  # of a picture
# Of 255: another machine's sines may move a shade by one, a word that moved makes more.
CLOSE: Final = 0.1


def pin(version: int, drafts: Iterable[Draft]) -> dict[str, Any]:
    """A digest of all that is written, and the mean shades of the pictures' parts."""
    drafts = list(drafts)
    written = [
        to_json(
            [one.question, answer_to_json(one.answer), one.thought, one.kind, one.depth, one.scene]
        )
        for one in drafts
    ]
    parts = [
        np.asarray(picture.convert("L").convert("F").resize(TILES, Image.Resampling.BOX))
        for one in drafts
        for picture in one.images
    ]
    return {
        "version": version,
        "texts": sha256("\n".join(written).encode()).hexdigest(),
        "shades": [round(float(shade), 2) for shade in np.mean(parts, axis=0).flat],
    }


def main() -> None:
    """Pin what there is now."""
    from tests.test_every_task import TASKS, pinned

    found = {name: pinned(name) for name in TASKS}
    lines = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items()]
    PINS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
