"""vehicles: the triangles of every vehicle, by name."""

from functools import cache
from typing import TYPE_CHECKING

from builders.scenes.vehicles.catalogue import FINISHES, SUPER_CLASSES

if TYPE_CHECKING:
    from builders.scenes.vehicles.assembly import Mesh

__all__ = ["FINISHES", "SUPER_CLASSES", "mesh"]


@cache
def mesh(name: str) -> "Mesh":
    """Return the vehicle of this name, made once."""
    # The names alone are wanted where numpy is not: by the command line and by questions.
    from builders.scenes.vehicles.models import MODELS

    if name not in MODELS:
        raise LookupError(f"no vehicle {name!r}; there are: {', '.join(MODELS)}")
    return MODELS[name]()
