"""oracle: writes the gold of every sample: the pipeline must give it 100 %."""

from collections.abc import Sequence
from typing import Final

from reasonrft.backend import Options
from reasonrft.backends._reference import Reference
from reasonrft.prompt import make_target
from reasonrft.questions import Source

NEEDS: Final = ()  # packages


def open_backend(_model: str, _options: Options, _sources: Sequence[Source]) -> Reference:
    """The oracle."""
    return Reference("oracle", lambda ask, _sampling: make_target(ask.sample))
