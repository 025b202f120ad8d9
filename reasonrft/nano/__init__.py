"""nano: the embedded model: a vision-language model of a few million weights that needs no download."""

from pathlib import Path
from typing import Final

NAME: Final = "nano"  # what the embedded base is called where a model is named


def base_folder() -> Path:
    """Where the embedded base lies, in the ordinary format of transformers."""
    return Path(__file__).parent / "base"


def resolve(model: str) -> str:
    """The folder of `nano`; any other model as it is named."""
    return str(base_folder()) if model == NAME else model
