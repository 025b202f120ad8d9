"""quantity: whether a written quantity is the gold one: units, roundings and tolerances.

The order is exact equality first, a full-precision decimal second, a tolerance last and only where
the gold declares one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from evaluators import numeric
from evaluators.exact import OutsideError, UndefinedError, exact
from evaluators.latex import Side, Written, read
from evaluators.same import is_defined, same
from evaluators.tree import Apply, Number, Tree, is_scalar, variables
from evaluators.words import Unit

FULL_PRECISION: Final = 6  # significant digits from which a decimal may stand for an exact value


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
    return all(
        _same_side(left, right) or _restates(left, right)
        for left, right in zip(written.sides, written.sides[1:], strict=False)
    )


def is_same(
    written: Written, gold: Side, tolerance: Tolerance | None = None, rivals: tuple[Side, ...] = ()
) -> bool:
    """Whether a quantity that commits equals the gold; with a tolerance, nearer to it than to any rival."""
    stated = (written.sides[0], written.sides[-1])  # the exact form, and the one it ends in
    if any(_same_side(side, gold) or _full_precision(side, gold) for side in stated):
        return True
    return tolerance is not None and any(_within(side, gold, tolerance, rivals) for side in stated)


def is_constant(tree: Tree) -> bool:
    """Whether the tree stands for one real number."""
    if not is_scalar(tree) or variables(tree):
        return False
    try:
        return exact(tree).is_real_constant()
    except OutsideError:
        return numeric.real_fraction(tree) is not None
    except UndefinedError:
        return False


def real_value(tree: Tree) -> Fraction | None:
    """A constant's value as a fraction, exact where it is rational; None where it has none."""
    if not is_scalar(tree) or variables(tree):
        return None
    try:
        value = exact(tree).rational()
    except OutsideError:
        value = None
    except UndefinedError:
        return None
    return value if value is not None else numeric.real_fraction(tree)


def _same_side(left: Side, right: Side) -> bool:
    return any(same(a, b) for a, b in _comparable(left, right))


def _comparable(left: Side, right: Side) -> Iterator[tuple[Tree, Tree]]:
    """The two trees in one unit; two ways for a percentage, none for units of two dimensions."""
    (left_tree, left_unit), (right_tree, right_unit) = _with_unit(left), _with_unit(right)
    if left_unit and right_unit:
        if left_unit.dimension == right_unit.dimension:
            factor = left_unit.factor / right_unit.factor
            yield _scaled(left_tree, factor), right_tree
        return
    yield left_tree, right_tree  # the unit is left out on one side, or on both
    if left_unit and left_unit.dimension == "percent":
        yield _scaled(left_tree, left_unit.factor), right_tree
    if right_unit and right_unit.dimension == "percent":
        yield left_tree, _scaled(right_tree, right_unit.factor)


def _with_unit(side: Side) -> tuple[Tree, Unit | None]:
    tree = side.tree
    if side.unit is None and isinstance(tree, Apply) and tree.op in _UNIT_SIGNS:
        return tree.args[0], _UNIT_SIGNS[tree.op]
    return tree, side.unit


_UNIT_SIGNS: Final = {"degrees": Unit("angle"), "percent": Unit("percent", Fraction(1, 100))}


def _scaled(tree: Tree, factor: Fraction) -> Tree:
    return tree if factor == 1 else Apply("*", (Number(factor), tree))


def _decimal(tree: Tree) -> Number | None:
    """The tree as a decimal with a point, its sign taken in; None where it is no such literal."""
    if isinstance(tree, Number):
        return tree if tree.last_place is not None else None
    if isinstance(tree, Apply) and tree.op == "neg" and (inner := _decimal(tree.args[0])):
        return Number(-inner.value, inner.last_place)
    return None


def _full_precision(left: Side, right: Side) -> bool:
    return any(_rounds(a, b) or _rounds(b, a) for a, b in _comparable(left, right))


def _rounds(short: Tree, full: Tree) -> bool:
    """Whether a decimal of at least six digits is the other value, rounded or cut off."""
    decimal = _decimal(short)
    if decimal is None or decimal.last_place is None:
        return False
    digits = decimal.value / decimal.last_place
    if len(str(abs(digits.numerator))) < FULL_PRECISION:
        return False
    value = real_value(full)
    if value is None:
        return False
    places = value / decimal.last_place
    return digits in (round(places), int(places))


def _restates(left: Side, right: Side) -> bool:
    """Whether one side is the other to the digits that it shows: `5√3 ≈ 8.66`, `8.66 ≈ 9`."""
    for a, b in _comparable(left, right):
        values = real_value(a), real_value(b)
        if values[0] is None or values[1] is None:
            continue
        about = left.about or right.about
        if abs(values[0] - values[1]) < max(
            _shown_place(a, about=about), _shown_place(b, about=about)
        ):
            return about or not (_is_literal(a) and _is_literal(b))
    return False


def _is_literal(tree: Tree) -> bool:
    return isinstance(tree, Number) or _decimal(tree) is not None


def _shown_place(tree: Tree, *, about: bool) -> Fraction:
    """The worth of the last digit shown; a whole number is a rounding only where it says `≈`."""
    decimal = _decimal(tree)
    if decimal is not None and decimal.last_place is not None:
        return decimal.last_place
    return Fraction(1 if about and isinstance(tree, Number) else 0)


def _within(side: Side, gold: Side, tolerance: Tolerance, rivals: tuple[Side, ...]) -> bool:
    for tree, target in _comparable(side, gold):
        value, wanted = real_value(tree), real_value(target)
        if value is None or wanted is None:
            continue
        distance = abs(value - wanted)
        if distance <= tolerance.reach(wanted) and distance < _nearest_rival(value, wanted, rivals):
            return True
    return False


def _nearest_rival(value: Fraction, gold: Fraction, rivals: tuple[Side, ...]) -> Fraction | float:
    others = [real_value(rival.tree) for rival in rivals]
    return min(
        (abs(value - other) for other in others if other is not None and other != gold),
        default=float("inf"),
    )


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
