"""_records: what do the fields of a record say that every dataset has, and what does its reader say beside them?"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from enum import Enum
from typing import Any, Final

from builders.cleaner import RefusedError

_WHOLE: Final = re.compile(r"([0-9]{1,8})(?:\.0+)?")


def whole_number(value: object) -> int | None:
    """The whole number that a value is, `6.0` and "6.0" too; None where it is none.

    Python's booleans, which are numbers for it, are none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _WHOLE.fullmatch(str(value).strip())
    return int(match[1]) if match else None


class Note(Enum):
    """What a reader says of a record: a key in its content that no file can hold, so that no record can pretend."""

    WHOLE = "whole"  # the record, where it is no object
    SCENE = "scene"  # of its picture
    PICTURES = "pictures"  # where they may be, by name
    # The HDF5 file that its pictures are in, from the source, and the split there.
    PACKED = "packed"
    VIEW = "view"  # from which its last picture is taken
    FORM = "form"  # of several that its dataset has
    FILE = "file"  # that it is read from, from the source
    NUMBER = "number"  # in a file that has its picture too
    TWIN = "twin"  # the split that its diagram belongs to, where that is another
    FIGURE = "figure"  # the numbers that its picture shows
    LETTERS = "letters"  # of its answer, which are in other rows: one, if these agree


def fields(record: Any) -> dict[Any, Any]:
    """The fields of a record as they were read; of one that is no object, a note."""
    return dict(record) if isinstance(record, dict) else {Note.WHOLE: record}


class Names:
    """The ids of records as they are read: of several with one name in a split, all but the first have a number."""

    def __init__(self) -> None:
        """None yet."""
        self._seen = Counter[Hashable]()

    def __bool__(self) -> bool:
        """Whether there were any."""
        return bool(self._seen)

    def next(self, split: Hashable, name: str) -> str:
        """The id of the next record with this name."""
        self._seen[split, name] += 1
        count = self._seen[split, name]
        return name if count == 1 else f"{name}~{count}"


def check_object(content: Mapping[Any, Any]) -> None:
    """Refuse a record that is no object, as a bad-record."""
    if Note.WHOLE in content:
        raise RefusedError("bad-record", f"it is {content[Note.WHOLE]!r}")


def names(content: Iterable[Any]) -> list[str]:
    """The names of a record's own fields, in order."""
    return sorted(str(name) for name in content if not isinstance(name, Note))
