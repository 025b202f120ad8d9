"""journal: the log of a training stage: one JSON object a logged step."""

import json
from pathlib import Path


def read(path: Path) -> list[dict[str, float]]:
    """The rows of a log, in order; a last line that was cut off is dropped, and none is no row."""
    if not path.is_file():
        return []
    lines = path.read_bytes().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]
