"""contact: one sheet of pictures for each split of a family, to look at.

`python -m benchmarks.contact counting docs/pictures` writes `counting-train.png` and so on.
"""

import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image

from builders.plan import splits_of
from builders.registry import tasks
from builders.task import Canvas, Task, draw_draft

COLUMNS, ROWS = 4, 3
SHOWN: Final = Canvas(200, 150)  # drawn twice as large, so that the sheet is smooth
SEED: Final = 2026


def main() -> None:
    """Write the sheets of the family into the folder that the command line names."""
    family, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for split, names in splits_of(family, tasks()).items():
        path = folder / f"{family}-{split}.png"
        sheet([tasks()[name] for name in names], split).save(path, optimize=True)
        print(path)


def sheet(having: list[Task[Any]], split: str) -> Image.Image:
    """Return the first samples of a split, its tasks in turn; pictures of one sample side by side."""
    page = Image.new("RGB", (COLUMNS * SHOWN.width, ROWS * SHOWN.height))
    place = sample = 0
    while place < COLUMNS * ROWS:
        task, index = having[sample % len(having)], sample // len(having)
        for picture in _pictures(task, split, index):
            corner = (place % COLUMNS * SHOWN.width, place // COLUMNS * SHOWN.height)
            smooth = picture.resize((SHOWN.width, SHOWN.height), Image.Resampling.LANCZOS)
            page.paste(smooth, corner)
            place += 1
        sample += 1
    return page


def _pictures(task: Task[Any], split: str, index: int) -> tuple[Image.Image, ...]:
    canvas = Canvas(2 * SHOWN.width, 2 * SHOWN.height)
    return draw_draft(task, split, SEED, index, canvas).images


if __name__ == "__main__":
    main()
