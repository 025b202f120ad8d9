"""catalogue: which vehicles there are, and what their parts are painted with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

# What people call each kind of vehicle, and the models of it.
SUPER_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "car": ("sedan", "suv", "minivan", "wagon", "truck"),
        "bus": ("city bus", "school bus", "double-decker bus"),
        "motorbike": ("cruiser", "scooter", "dirt bike"),
        "aeroplane": ("airliner", "fighter jet", "biplane"),
        "bicycle": ("road bike", "mountain bike", "tandem"),
    }
)


class Finish(NamedTuple):
    """The paint of a part."""

    name: str
    color: tuple[float, float, float]  # linear RGB
    material: Literal["rubber", "metal", "gloss"]


# The body wears the object's own colour and material: its row here is never read.
FINISHES = (
    Finish("body", (0.5, 0.5, 0.5), "rubber"),
    Finish("tyre", (0.018, 0.018, 0.019), "rubber"),
    Finish("window", (0.012, 0.016, 0.022), "gloss"),
    Finish("lamp", (0.85, 0.8, 0.66), "gloss"),
    Finish("chrome", (0.62, 0.62, 0.64), "metal"),
    Finish("tail lamp", (0.45, 0.012, 0.01), "gloss"),
    Finish("seat", (0.055, 0.03, 0.018), "rubber"),
    Finish("trim", (0.05, 0.05, 0.052), "rubber"),
    Finish("amber lamp", (0.75, 0.24, 0.01), "gloss"),
)
BODY, TYRE, WINDOW, LAMP, CHROME, TAIL_LAMP, SEAT, TRIM, AMBER_LAMP = range(len(FINISHES))
