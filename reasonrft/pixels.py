"""pixels: between which numbers of pixels does a model's processor bring a picture?

Processors have two names for each limit. Older files and users say `min_pixels` and `max_pixels`; a processor
itself holds a `size` with `shortest_edge` and `longest_edge`, which are numbers of pixels too, and takes only both.
"""

from collections.abc import Mapping
from typing import Any, Final

EDGES: Final[Mapping[str, str]] = {"shortest_edge": "min_pixels", "longest_edge": "max_pixels"}


def edges(limits: Mapping[str, int]) -> dict[str, int]:
    """Limits that go by users' names, by the names in a processor's size."""
    return {edge: limits[name] for edge, name in EDGES.items() if name in limits}


def size_limits(size: Mapping[str, Any] | None) -> dict[str, int]:
    """The limits in a processor's size, where it has both; none where pictures are limited otherwise."""
    found = {edge: (size or {}).get(edge) for edge in EDGES}
    return {edge: int(pixels) for edge, pixels in found.items() if pixels and all(found.values())}


def stored_limits(settings: Mapping[str, Any]) -> dict[str, int]:
    """Those that a processor's file sets, one or both, under either name."""
    size = settings.get("size") or {}
    found = {edge: settings.get(name) or size.get(edge) for edge, name in EDGES.items()}
    return {edge: int(pixels) for edge, pixels in found.items() if pixels}


def processor_arguments(limits: Mapping[str, int]) -> dict[str, Any]:
    """The arguments that give a processor these limits; a single one is understood by users' name only."""
    if len(limits) == len(EDGES):
        return {"size": dict(limits)}
    return {EDGES[edge]: pixels for edge, pixels in limits.items()}
