"""named_runs: which experiments come with the toolkit, and which file does a name mean?"""

from pathlib import Path
from typing import Final

from reasonrft.config import ConfigError

# Beside the packages, in a checkout and where the toolkit is installed.
RUNS: Final = Path(__file__).parent.parent / "runs"


def find_run(name: str) -> Path:
    """The file of an experiment: a path, or the bare name of one that comes with the toolkit.

    Raises:
        ConfigError: there is no such file.
    """
    path = Path(name)
    if path.is_file():
        return path
    own = RUNS / f"{name}.toml"
    if path.name == name and own.is_file():
        return own
    names = ", ".join(run_names())
    raise ConfigError(
        f"no experiment {name!r}: it is no file, and those of the toolkit are {names}"
    )


def run_names() -> list[str]:
    """The names of the experiments that come with the toolkit."""
    return sorted(path.stem for path in RUNS.glob("*.toml"))
