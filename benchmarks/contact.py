"""contact: one sheet of pictures for each split of a family, to look at: `python -m benchmarks.contact docs/pictures`."""

import io
import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image

from builders.registry import tasks
from builders.task import Canvas, Task, draw_sample

COLUMNS, ROWS = 4, 3
SHOWN: Final = Canvas(200, 150)  # drawn twice as large, so that the sheet is smooth
SEED: Final = 2026


def main() -> None:
    """Write the sheets into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for family, split in sorted(
        {(task.family, split) for task in tasks().values() for split in task.splits}
    ):
        path = folder / f"{family}-{split}.png"
        sheet(family, split).save(path, optimize=True)
        print(path)


def sheet(family: str, split: str) -> Image.Image:
    """Return the first samples of a family's split, the tasks that have it in turn."""
    having = [task for task in tasks().values() if task.family == family and split in task.splits]
    page = Image.new("RGB", (COLUMNS * SHOWN.width, ROWS * SHOWN.height))
    for place in range(COLUMNS * ROWS):
        picture = _picture(having[place % len(having)], split, place // len(having))
        corner = (place % COLUMNS * SHOWN.width, place // COLUMNS * SHOWN.height)
        page.paste(picture.resize((SHOWN.width, SHOWN.height), Image.Resampling.LANCZOS), corner)
    return page


def _picture(task: Task[Any], split: str, index: int) -> Image.Image:
    sample = draw_sample(task, split, SEED, index, Canvas(2 * SHOWN.width, 2 * SHOWN.height))
    return Image.open(io.BytesIO(sample.images[0]))


if __name__ == "__main__":
    main()
