"""models: which function makes which vehicle."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from builders.scenes.vehicles import aeroplane, bicycle, bus, car, motorbike
from builders.scenes.vehicles.assembly import Mesh

MODELS: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {**car.MODELS, **bus.MODELS, **motorbike.MODELS, **aeroplane.MODELS, **bicycle.MODELS}
)
