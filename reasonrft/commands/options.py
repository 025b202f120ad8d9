"""options: what several commands take, and how options are read that typer has no type for."""

from pathlib import Path
from typing import Annotated

import typer

RunOrExperiment = Annotated[
    Path,
    typer.Argument(
        exists=True, file_okay=False, help="A run's or an experiment's folder.", metavar="RUN"
    ),
]


def read_folder(name: str) -> Path:
    """The folder of a name; none for the empty one, which a variable that is not set leaves."""
    if not name.strip():
        raise typer.BadParameter("a folder has a name")
    return Path(name)


def read_place(name: str) -> Path | str:
    """The folder of a name, or the URL; one of this machine's files is a folder."""
    scheme, mark, path = name.partition("://")
    if not mark or scheme == "file":
        return read_folder(path if mark else name)
    if not path.strip("/"):
        raise typer.BadParameter(f"{name!r} names nothing below {scheme}://")
    return name.rstrip("/")
