"""options: what several commands take, and how options are read that typer has no type for."""

from pathlib import Path
from typing import Annotated

import typer


def read_folder(name: str) -> Path:
    """The folder of a name; none for the empty one, which a variable that is not set leaves."""
    if not name.strip():
        raise typer.BadParameter("a folder has a name")
    return Path(name)


def read_folder_there(name: str) -> Path:
    """The folder of a name, which is there."""
    folder = read_folder(name)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise typer.BadParameter(f"folder {name!r} {what}")
    return folder


def read_new_file(name: str) -> Path:
    """The file of a name, which may be there."""
    if not name.strip():
        raise typer.BadParameter("a file has a name")
    if Path(name).is_dir():
        raise typer.BadParameter(f"file {name!r} is a directory")
    return Path(name)


def read_path_there(name: str) -> Path:
    """The folder or file of a name, which is there."""
    path = read_folder(name)
    if not path.exists():
        raise typer.BadParameter(f"path {name!r} does not exist")
    return path


RunOrExperiment = Annotated[
    Path,
    typer.Argument(
        parser=read_folder_there, help="A run's or an experiment's folder.", metavar="RUN"
    ),
]


DatasetFolder = Annotated[
    Path,
    typer.Argument(parser=read_folder_there, help="The folder of a built dataset.", metavar="DIR"),
]
OneFamily = Annotated[str | None, typer.Option(help="One family of it only.")]
Splits = Annotated[
    list[str] | None,
    typer.Option(help="Splits by name, with commas or repeated; or id, ood, all (the default)."),
]


def read_place(name: str) -> Path | str:
    """The folder of a name, or the URL; one of this machine's files is a folder."""
    scheme, mark, path = name.partition("://")
    if not mark or scheme == "file":
        return read_folder(path if mark else name)
    if not path.strip("/"):
        raise typer.BadParameter(f"{name!r} names nothing below {scheme}://")
    if ":" in path.partition("/")[0].rpartition("@")[0]:  # every message names the place
        raise typer.BadParameter(
            f"a {scheme}:// URL with a password in it; the store's own settings have one"
        )
    return name.rstrip("/")
