"""_looks: which looks a scene may have, and which of them `small red cubes` lets through."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final, Literal

from builders.scenes.tabletop import COLORS, PAIRED_COLORS, SOLIDS, Look
from builders.scenes.vehicles import SUPER_CLASSES

World = Literal["clevr", "vehicles"]
Pairing = Literal["trained", "swapped", "free"]  # which colours a cube and a cylinder may have

SIZES: Final = ("large", "small")
ADJECTIVES: Final = ("size", "color", "material")
ATTRIBUTES: Final = (*ADJECTIVES, "shape")  # as they are said one after the other
MATERIALS: Final = ("rubber", "metal")  # as in CLEVR; glass belongs to other families
# Weights of naming 1, 2, 3, 4 attributes. However many things a phrase holds for: were long phrases
# kept for small groups, the length of a question would tell of its answer.
ATTRIBUTE_WEIGHTS: Final = (0.5, 0.3, 0.13, 0.07)
# Super-classes that hold what many would call otherwise: said with a note, never of a single thing.
PLURAL_ONLY: Final = ("car", "motorbike")
SUPER_CLASS_SHARE: Final = 0.5  # of the phrases that name a vehicle's kind: `bus`, not `school bus`


@dataclass(frozen=True, slots=True)
class Filter:
    """The attributes that a phrase names; None leaves one open."""

    size: str | None = None
    color: str | None = None
    material: str | None = None
    shape: str | None = None  # a solid, a vehicle's model or a super-class of models

    def fits(self, look: Look) -> bool:
        """Whether a thing of this look is among what the phrase names."""
        return (
            self.size in (None, look.size)
            and self.color in (None, look.color)
            and self.material in (None, look.material)
            and (self.shape in (None, look.shape) or look.shape in models_of(self.shape))
        )

    def within(self, other: "Filter") -> bool | None:
        """Whether all that this names is among `other`: surely, surely not, or left open (None)."""
        verdicts = (
            _within(self.size, other.size),
            _within(self.color, other.color),
            _within(self.material, other.material),
            _within(self.shape, other.shape),
        )
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def and_also(self, other: "Filter") -> "Filter | None":
        """What is among both; None where they contradict each other."""
        if self.within(other) is False:
            return None
        narrower = self.shape if _within(self.shape, other.shape) else other.shape
        return Filter(
            self.size or other.size,
            self.color or other.color,
            self.material or other.material,
            narrower,
        )

    @property
    def length(self) -> int:
        """How many attributes are named."""
        return len(self.named())

    def named(self) -> dict[str, str]:
        """The attributes that are named, for the stored program."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


EVERYTHING: Final = Filter()


def described(look: Look) -> Filter:
    """The filter that names all four attributes of a look."""
    return Filter(look.size, look.color, look.material, look.shape)


def models_of(shape: str | None) -> tuple[str, ...]:
    """The models of a super-class; none for a model or a solid."""
    return SUPER_CLASSES.get(shape or "", ())


def super_class_of(shape: str) -> str | None:
    """The super-class of a vehicle's model; None for a solid."""
    return next((name for name, models in SUPER_CLASSES.items() if shape in models), None)


def _within(mine: str | None, wanted: str | None) -> bool | None:
    if wanted is None or mine == wanted:
        return True
    if mine is None or wanted in models_of(mine):
        return None
    return mine in models_of(wanted)


@dataclass(frozen=True, slots=True)
class Stock:
    """The looks that scenes are made of: each solid (super-class, model) as likely as another."""

    world: World
    pairing: Pairing

    def looks(self) -> dict[Look, float]:
        """Every look with its natural share."""
        shares = {
            shape: share / (len(self._colors(shape)) * len(SIZES) * len(MATERIALS))
            for shape, share in self._shapes().items()
        }
        return {
            Look(shape, size, color, material): share
            for shape, share in shares.items()
            for color in self._colors(shape)
            for size in SIZES
            for material in MATERIALS
        }

    def has(self, inside: Sequence[Filter], outside: Sequence[Filter]) -> bool:
        """Whether there are looks that are among all of `inside` and none of `outside`."""
        return bool(_narrowed(self, tuple(inside), tuple(outside))[0])

    def choose(self, rng: Random, inside: Sequence[Filter], outside: Sequence[Filter]) -> Look:
        """A look that is among all of `inside` and none of `outside`, naturally chosen."""
        looks, totals = _narrowed(self, tuple(inside), tuple(outside))
        return rng.choices(looks, cum_weights=totals)[0]

    def _colors(self, shape: str) -> Sequence[str]:
        return PAIRED_COLORS.get(self.pairing, {}).get(shape, tuple(COLORS))

    def _shapes(self) -> dict[str, float]:
        if self.world == "clevr":
            return {solid: 1 / len(SOLIDS) for solid in SOLIDS}
        return {
            model: 1 / (len(SUPER_CLASSES) * len(models))
            for models in SUPER_CLASSES.values()
            for model in models
        }


@lru_cache(maxsize=512)  # bounded: a long build asks for very many filters
def _narrowed(
    stock: Stock, inside: tuple[Filter, ...], outside: tuple[Filter, ...]
) -> tuple[tuple[Look, ...], tuple[float, ...]]:
    shares = {
        look: share
        for look, share in _looks(stock).items()
        if all(one.fits(look) for one in inside) and not any(one.fits(look) for one in outside)
    }
    return tuple(shares), tuple(accumulate(shares.values()))


@lru_cache(maxsize=8)
def _looks(stock: Stock) -> dict[Look, float]:
    return stock.looks()


@dataclass(frozen=True, slots=True)
class Cell:
    """So many things that are among all of `inside` and none of `outside`."""

    number: int
    inside: tuple[Filter, ...] = ()
    outside: tuple[Filter, ...] = ()


def among_others(group: Filter, number: int, size: int) -> list[Cell]:
    """So many things of a group in a scene of so many."""
    return [Cell(number, (group,)), Cell(size - number, (), (group,))]


def fill(stock: Stock, cells: Sequence[Cell], rng: Random) -> tuple[Look, ...] | None:
    """Looks for all cells, shuffled; None where a cell wants what there is not."""
    asked = [cell for cell in cells if cell.number]
    if not all(stock.has(cell.inside, cell.outside) for cell in asked):
        return None
    looks = [
        stock.choose(rng, cell.inside, cell.outside) for cell in asked for _ in range(cell.number)
    ]
    rng.shuffle(looks)
    return tuple(looks)


def choose_filter(stock: Stock, rng: Random, fewest: int = 1) -> Filter:
    """A phrase: some attributes of a natural look."""
    return name_some(stock.choose(rng, (), ()), rng, fewest)


def name_some(look: Look, rng: Random, fewest: int = 1) -> Filter:
    """A phrase with `fewest` or more attributes of this look."""
    numbers = range(fewest, len(ATTRIBUTE_WEIGHTS) + 1)
    number = rng.choices(numbers, [ATTRIBUTE_WEIGHTS[n - 1] for n in numbers])[0]
    return name_these(look, rng.sample(ATTRIBUTES, number), rng)


def name_these(look: Look, attributes: Sequence[str], rng: Random) -> Filter:
    """A phrase that names these attributes of a look; a vehicle's kind by model or super-class."""
    values = described(look).named()
    return with_super_class(Filter(**{name: values[name] for name in attributes}), rng)


def contrast(stock: Stock, group: Filter, rng: Random) -> Filter | None:
    """A phrase that names the same attributes but not the same things; None where chance has none."""
    attributes = list(group.named())
    other = name_these(stock.choose(rng, (), (group,)), attributes, rng)
    return other if other.within(group) is False else None


def phrases_for(look: Look) -> list[Filter]:
    """All phrases that may stand for one thing of this look: every set of attributes."""
    shapes = [look.shape, super_class_of(look.shape)]
    return [
        Filter(size, color, material, shape)
        for size in (None, look.size)
        for color in (None, look.color)
        for material in (None, look.material)
        for shape in dict.fromkeys((None, *shapes))
        if shape not in PLURAL_ONLY
    ][1:]  # the first names nothing


def choose_countable(stock: Stock, rng: Random, fewest: int = 1) -> Filter:
    """As `choose_filter`, a phrase that may stand after a number, even after 1."""
    return countable(choose_filter(stock, rng, fewest), rng)


def countable(group: Filter, rng: Random) -> Filter:
    """The phrase, or a narrower one where it cannot stand after a number."""
    models = models_of(group.shape)
    return replace(group, shape=rng.choice(models)) if group.shape in PLURAL_ONLY else group


def widened(group: Filter, rng: Random) -> Filter:
    """A phrase that leaves open some of what the group's phrase names, but not all of it."""
    kept = rng.sample(list(group.named()), rng.randint(1, group.length - 1))
    wider = Filter(**{name: value for name, value in group.named().items() if name in kept})
    return with_super_class(wider, rng)


def with_super_class(group: Filter, rng: Random) -> Filter:
    """The phrase, a vehicle's model perhaps replaced by its super-class."""
    super_class = super_class_of(group.shape) if group.shape else None
    if super_class and rng.random() < SUPER_CLASS_SHARE:
        return replace(group, shape=super_class)
    return group
