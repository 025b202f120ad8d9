"""contact: one sheet of pictures for each split of a family, to look at.

`python -m benchmarks.contact counting docs/pictures` writes `counting-train.png` and so on; with `easy` at
the end, `counting-easy.png`: what is trained at that level, at its size.
"""

import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image

from builders.plan import TRAIN, splits_of
from builders.registry import tasks
from builders.task import Canvas, Task, draw_draft

COLUMNS, ROWS = 4, 3
SHOWN: Final = Canvas(200, 150)
USUAL: Final = Canvas(400, 300)  # twice as large, so that the sheet is smooth
EASY: Final = Canvas(128, 96)
SEED: Final = 2026


def main() -> None:
    """Write the sheets of the family into the folder that the command line names."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    family, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    splits = {
        split: [tasks()[name] for name in names]
        for split, names in splits_of(family, tasks()).items()
    }
    if sys.argv[3:] == ["easy"]:
        having = [task.at("easy") for task in splits[TRAIN]]
        sheets = {"easy": sheet(having, TRAIN, EASY)}
    else:
        sheets = {split: sheet(having, split, USUAL) for split, having in splits.items()}
    for name, page in sheets.items():
        path = folder / f"{family}-{name}.png"
        page.save(path, optimize=True)
        print(path)


def sheet(having: list[Task[Any]], split: str, canvas: Canvas) -> Image.Image:
    """Return the first samples of a split, its tasks in turn; pictures of one sample side by side."""
    page = Image.new("RGB", (COLUMNS * SHOWN.width, ROWS * SHOWN.height))
    place = sample = 0
    while place < COLUMNS * ROWS:
        task, index = having[sample % len(having)], sample // len(having)
        for picture in draw_draft(task, split, SEED, index, canvas).images:
            corner = (place % COLUMNS * SHOWN.width, place // COLUMNS * SHOWN.height)
            smooth = picture.resize((SHOWN.width, SHOWN.height), Image.Resampling.LANCZOS)
            page.paste(smooth, corner)
            place += 1
        sample += 1
    return page


if __name__ == "__main__":
    main()
