"""oracle: writes the gold of every sample: the pipeline must give it 100 %."""

from typing import Final

from reasonrft.backend import Options
from reasonrft.backends._reference import Reference
from reasonrft.prompt import make_target

NEEDS: Final = ()  # packages
TAKES: Final = ()  # options of the command line


def open_backend(_model: str, _options: Options) -> Reference:
    """The oracle."""
    return Reference("oracle", lambda ask, _sampling: make_target(ask.sample))
