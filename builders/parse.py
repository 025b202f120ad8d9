"""parse: what does JSON say that others wrote, or that lay on a disk?"""

import json
from pathlib import Path
from typing import Any, Final

# Arrays and objects in each other: more than any file has in earnest, and few enough for whatever walks them.
DEEPEST: Final = 100
TOO_DEEP: Final = f"nested too deeply: more than {DEEPEST} levels"
NESTS: Final = (dict, list)


def parse_json(text: str | bytes, **options: Any) -> Any:
    """What a text says, with options of `json.loads`, such as `parse_float`.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    return json.loads(text, cls=Parser, **options)


def read_object(text: str | bytes) -> dict[str, Any] | None:
    """The object that a text says; None where it says none."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def object_in(path: Path) -> dict[str, Any] | None:
    """The object in a file; None where it holds none, or cannot be read."""
    try:
        return read_object(path.read_bytes())
    except OSError:
        return None


class Parser(json.JSONDecoder):
    """What takes a value out of a text."""

    def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
        """The value at a place, and where it ends.

        Raises:
            ValueError: there is none, or it is nested too deeply.
        """
        try:
            value, end = super().raw_decode(s, idx)
        except RecursionError:
            raise ValueError(TOO_DEEP) from None
        if is_deep(value):
            raise ValueError(TOO_DEEP)
        return value, end


def is_deep(value: Any) -> bool:
    """Whether lists and tables lie in each other deeper than anybody walks them."""
    level: list[Any] = [[value]]
    for _ in range(DEEPEST + 1):
        parts = (one.values() if isinstance(one, dict) else one for one in level)
        level = [part for some in parts for part in some if isinstance(part, NESTS)]
        if not level:
            return False
    return True
