"""mute: writes nothing: the pipeline must call every answer of it unread."""

from collections.abc import Sequence
from typing import Final

from reasonrft.backend import Options
from reasonrft.backends._reference import Reference
from reasonrft.questions import Source

NEEDS: Final = ()  # packages


def open_backend(_model: str, _options: Options, _sources: Sequence[Source]) -> Reference:
    """The mute one."""
    return Reference("mute", lambda _ask, _sampling: "")
