"""quantity: whether a written quantity is the gold one: units, chains of equalities, tolerances.

Equality comes first; a tolerance last, and only where the gold declares one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from evaluators.latex import Side, Written, read
from evaluators.same import is_defined, same
from evaluators.scalar import decimal, is_constant, is_literal, real_value
from evaluators.tree import PI, Apply, Number, Tree, variables
from evaluators.words import UNITS, Unit


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from the gold a value may be."""

    size: Fraction
    relative: bool = False  # a share of the gold's size

    def reach(self, gold: Fraction) -> Fraction:
        """The distance allowed from a gold value."""
        return abs(gold) * self.size if self.relative else self.size


def constants(written: Written) -> Written | None:
    """The statement without the formulas on its way: `9π` of `S = πr² = 9π`; None where no constant is stated."""
    sides = list(written.sides)
    if written.is_labelled:
        formulas = [place for place, side in enumerate(sides) if variables(side.tree)]
        sides = sides[formulas[-1] + 1 :] if formulas else sides
    if not sides or not all(is_constant(side.tree) for side in sides):
        return None
    return replace(written, sides=tuple(sides))


def commits(written: Written) -> bool:
    """Whether all sides state one quantity, up to the rounding that each one shows."""
    if not all(is_defined(side.tree) for side in written.sides):
        return False
    first = written.sides[0]
    return all(_same_side(first, other) or _restates(first, other) for other in written.sides[1:])


def is_same(
    written: Written, gold: Side, tolerance: Tolerance | None = None, rivals: tuple[Side, ...] = ()
) -> bool:
    """Whether a quantity that commits equals the gold; with a tolerance, nearer to it than to any rival."""
    stated = (written.sides[0], written.sides[-1])  # the exact form, and the one it ends in
    if any(_same_side(side, gold) for side in stated):
        return True
    return tolerance is not None and any(_within(side, gold, tolerance, rivals) for side in stated)


def _same_side(left: Side, right: Side) -> bool:
    return any(same(a, b) for a, b in _comparable(left, right))


def _comparable(written: Side, gold: Side) -> Iterator[tuple[Tree, Tree]]:
    """The two trees in one unit; none where the units measure different things."""
    (tree, unit), (target, gold_unit) = _with_unit(written), _with_unit(gold)
    if unit and gold_unit:
        if unit.dimension == gold_unit.dimension:
            yield _converted(tree, unit, gold_unit), target
    elif unit and unit.dimension == "percent":
        yield _converted(tree, unit, _ONE), target
    else:
        yield tree, target  # a unit may be left out or added
        yield from _as_radians(tree, unit, target, gold_unit)
        if gold_unit and gold_unit.dimension == "percent":
            yield tree, _converted(target, gold_unit, _ONE)


def _as_radians(
    tree: Tree, unit: Unit | None, target: Tree, gold_unit: Unit | None
) -> Iterator[tuple[Tree, Tree]]:
    """A multiple of pi beside an angle in degrees is an angle in radians."""
    if gold_unit == _DEGREE and unit is None and _mentions_pi(tree):
        yield _converted(tree, _RADIAN, _DEGREE), target
    elif unit == _DEGREE and gold_unit is None and _mentions_pi(target):
        yield tree, _converted(target, _RADIAN, _DEGREE)


_DEGREE: Final = UNITS["°"]
_RADIAN: Final = UNITS["rad"]


def _mentions_pi(tree: Tree) -> bool:
    return tree == PI or (isinstance(tree, Apply) and any(map(_mentions_pi, tree.args)))


def _with_unit(side: Side) -> tuple[Tree, Unit | None]:
    tree = side.tree
    if side.unit is None and isinstance(tree, Apply) and tree.op in _UNIT_SIGNS:
        return tree.args[0], _UNIT_SIGNS[tree.op]
    return tree, side.unit


_UNIT_SIGNS: Final = {"degrees": _DEGREE, "percent": UNITS["%"]}
_ONE: Final = Unit("")


def _converted(tree: Tree, unit: Unit, other: Unit) -> Tree:
    """The tree in another unit of its dimension."""
    factor = unit.factor / other.factor
    if isinstance(tree, Number) and tree.last_place and unit.pi_power == other.pi_power:
        return Number(tree.value * factor, tree.last_place * factor)
    if factor != 1:
        tree = Apply("*", (Number(factor), tree))
    turns = unit.pi_power - other.pi_power
    return Apply("*", (tree, Apply("^", (PI, Number(Fraction(turns)))))) if turns else tree


def _restates(left: Side, right: Side) -> bool:
    """Whether one side is the other to the digits that it shows: `5√3 ≈ 8.66`, `8.66 ≈ 9`."""
    for a, b in _comparable(left, right):
        values = real_value(a), real_value(b)
        if values[0] is None or values[1] is None:
            continue
        about = left.about or right.about
        if not about and (_terminates(values[0]) and _terminates(values[1])):
            return False  # `3/4 = 0.8` is false; `1/3 = 0.33` is how people write
        place = max(_shown_place(a, about=about), _shown_place(b, about=about))
        if abs(values[0] - values[1]) * 2 <= place:  # correctly rounded
            return about or not (is_literal(a) and is_literal(b))
    return False


def _terminates(value: Fraction) -> bool:
    """Whether a value is a finite decimal; one of 300 digits stands for an irrational one."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0 and rest.bit_length() < 200:
            rest //= prime
    return rest == 1


def _shown_place(tree: Tree, *, about: bool) -> Fraction:
    """The worth of the last digit shown; a whole number is a rounding only where it says `≈`."""
    literal = decimal(tree)
    if literal is not None and literal.last_place is not None:
        return literal.last_place if literal.last_place < 1 else Fraction(0)
    return Fraction(1 if about and isinstance(tree, Number) else 0)


def _within(side: Side, gold: Side, tolerance: Tolerance, rivals: tuple[Side, ...]) -> bool:
    for tree, target in _comparable(side, gold):
        value, wanted = real_value(tree), real_value(target)
        if value is None or wanted is None:
            continue
        distance = abs(value - wanted)
        others = [other for rival in rivals if (other := _in_unit_of(gold, rival)) != wanted]
        nearer = any(other is not None and abs(value - other) <= distance for other in others)
        if distance <= tolerance.reach(wanted) and not nearer:
            return True
    return False


def _in_unit_of(gold: Side, rival: Side) -> Fraction | None:
    """A rival's value in the gold's unit."""
    return next((real_value(tree) for tree, _ in _comparable(rival, gold)), None)


def constant(text: str) -> Side:
    """The constant that a gold text says; ValueError where it says none."""
    statement = read(text)
    if statement is None or len(statement.sides) != 1 or not is_constant(statement.sides[0].tree):
        raise ValueError(f"gold {text!r} is not a number, such as 12.5, 3/4, 5\\sqrt{{3}} or 12 cm")
    return statement.sides[0]


def tolerance(text: str | None) -> Tolerance | None:
    """What a tolerance text allows: `0.05` a distance, `3%` a share; ValueError for another text."""
    if text is None:
        return None
    share = text.endswith("%")
    statement = read(text.removesuffix("%"))
    size = real_value(statement.sides[0].tree) if statement and len(statement.sides) == 1 else None
    if size is None or size < 0:
        raise ValueError(
            f"tolerance {text!r} is not a distance such as 0.05, nor a share such as 3%"
        )
    return Tolerance(size / 100 if share else size, relative=share)


def rivals(options: tuple[str, ...]) -> tuple[Side, ...]:
    """The options that are constants."""
    return tuple(side for option in options if (side := option_side(option)) is not None)


def option_side(option: str) -> Side | None:
    """What an option says: a constant with its unit where it can be one, else an expression."""
    statement = read(option)
    if statement is None or not is_constant(statement.sides[0].tree):
        statement = read(option, None, "names")
    return statement.sides[0] if statement else None


def gold_text(gold: object) -> str:
    """A gold value from JSON as text; ValueError where it is neither a text nor a number."""
    if isinstance(gold, bool) or not isinstance(gold, str | int | float):
        raise ValueError(f"gold {gold!r} is neither a number nor a text")
    return str(gold)


def tolerance_text(setting: object) -> str | None:
    """A tolerance from JSON as text."""
    if setting is None:
        return None
    if isinstance(setting, bool) or not isinstance(setting, str | int | float):
        raise ValueError(f"tolerance {setting!r} is neither a number nor a share such as '3%'")
    return str(setting)


def option_texts(options: object) -> tuple[str, ...]:
    """Options from JSON as texts, in the order of their letters."""
    if options is None:
        return ()
    if isinstance(options, Mapping):
        letters = "".join(map(str, options))
        if letters != "ABCDEFGHIJ"[: len(letters)]:
            raise ValueError(f"options {letters!r} are not lettered A, B, C …")
        options = list(options.values())
    if not isinstance(options, Sequence) or isinstance(options, str):
        raise ValueError(f"options {options!r} are not a list")
    return tuple(gold_text(option) for option in options)


def fields(gold: str, tolerance: str | None, options: tuple[str, ...]) -> dict[str, object]:
    """The JSON fields of a gold, those that are not set left out."""
    settings = {"tolerance": tolerance, "options": list(options)}
    return {"gold": gold, **{name: value for name, value in settings.items() if value}}
