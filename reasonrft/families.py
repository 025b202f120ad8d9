"""families: which of the families that there are does an experiment learn from, and is tested on?"""

from collections.abc import Iterable, Sequence
from typing import Final

EVERY: Final = "all"  # among names: every one that there is


def named(wanted: Sequence[str]) -> tuple[str, ...] | None:
    """The families that are wanted, each once; None: every one."""
    return None if EVERY in wanted else tuple(dict.fromkeys(wanted))


def chosen(wanted: Sequence[str], there: Iterable[str]) -> list[str]:
    """The same where it is known which ones there are; one that is wanted may be lacking."""
    names = named(wanted)
    return list(dict.fromkeys(there) if names is None else names)
