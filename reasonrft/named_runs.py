"""named_runs: which experiments and studies come with the toolkit, and which file does a name mean?"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from reasonrft.config import ConfigError

# Beside the packages, in a checkout and where the toolkit is installed.
RUNS: Final = Path(__file__).parent.parent / "runs"
STUDY: Final = "study-"  # which the name of a file of many experiments begins with


def find_run(name: str) -> Path:
    """The file of an experiment: a path, or the bare name of one that comes with the toolkit.

    Raises:
        ConfigError: there is no such file.
    """
    return _find("experiment", name, run_names())


def find_study(name: str) -> Path:
    """The file of a study: a path, or the bare name of one that comes with the toolkit.

    Raises:
        ConfigError: there is no such file.
    """
    return _find("study", name, study_names())


def _find(what: str, name: str, there: list[str]) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    if name in there:
        return RUNS / f"{name}.toml"
    raise ConfigError(
        f"no {what} {name!r}: it is no file, and those of the toolkit are {listed(there, name)}"
    )


def listed(there: Sequence[str], wanted: str) -> str:
    """All names that there are, and the one that was perhaps meant."""
    meant = get_close_matches(wanted, there, n=1)
    return ", ".join(there) + (f"; did you mean {meant[0]}?" if meant else "")


def run_names() -> list[str]:
    """The names of the experiments that come with the toolkit."""
    return [name for name in _names() if not name.startswith(STUDY)]


def study_names() -> list[str]:
    """The names of the studies that come with the toolkit."""
    return [name for name in _names() if name.startswith(STUDY)]


def _names() -> list[str]:
    return sorted(path.stem for path in RUNS.glob("*.toml"))
