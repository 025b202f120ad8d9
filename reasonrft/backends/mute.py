"""mute: writes nothing: the pipeline must call every answer of it unread."""

from typing import Final

from reasonrft.backend import Options
from reasonrft.backends._reference import Reference

NEEDS: Final = ()  # packages
TAKES: Final = ()  # options of the command line


def open_backend(_model: str, _options: Options) -> Reference:
    """The mute one."""
    return Reference("mute", lambda _ask, _sampling: "")
