"""options: how are options read that typer has no type for?"""

from pathlib import Path

import typer


def read_folder(name: str) -> Path:
    """The folder of a name; none for the empty one, which a variable that is not set leaves."""
    if not name.strip():
        raise typer.BadParameter("a folder has a name")
    return Path(name)
