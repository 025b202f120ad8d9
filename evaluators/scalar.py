"""scalar: whether two single values are equal, and what a single value is worth.

Values are compared exactly where they have an exact form, to hundreds of digits elsewhere. A decimal
of at least six significant digits stands for the exact value that it is a rounding of.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Final

from evaluators import numeric
from evaluators.exact import OutsideError, UndefinedError, exact
from evaluators.tree import INFINITY, Apply, Number, Tree, is_scalar, variables

FULL_PRECISION: Final = 6  # significant digits of a correctly rounded decimal
FLOAT_PRECISION: Final = 10  # digits from which one cut off, or off by a float's last bit, will do


@lru_cache(maxsize=2048)
def has_value(tree: Tree) -> bool:
    """Whether a scalar tree has a value at all: not `1/0`, nor a number too large to hold."""
    if tree == INFINITY or tree == Apply("neg", (INFINITY,)):
        return True
    try:
        exact(tree)
    except UndefinedError:
        return False
    except OutsideError:
        return bool(variables(tree)) or numeric.value(tree) is not None
    return True


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


@lru_cache(maxsize=2048)
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


def decimal(tree: Tree) -> Number | None:
    """The tree as a decimal with a point, its sign taken in; None where it is no such literal."""
    if isinstance(tree, Number):
        return tree if tree.last_place is not None else None
    if not isinstance(tree, Apply) or not (inner := decimal(tree.args[0])) or not inner.last_place:
        return None
    if tree.op == "neg":
        return Number(-inner.value, inner.last_place)
    if (
        tree.op == "*"
        and isinstance(tree.args[1], Apply)
        and tree.args[1].args[0] == Number(Fraction(10))
    ):
        power = real_value(tree.args[1])  # 1.5 · 10^3
        return Number(inner.value * power, inner.last_place * power) if power else None
    return None


# A set is compared with each option, and each of its items with the others.
@lru_cache(maxsize=1024)
def same_scalar(left: Tree, right: Tree) -> bool:
    """Whether two scalar trees are equal, a decimal of full precision standing for what it rounds."""
    if left == right:
        return has_value(left)
    try:
        equal = exact(left).same(exact(right))
    except OutsideError:
        equal = _canonical(left) == _canonical(right) or numeric.same_value(left, right)
    except UndefinedError:
        return False
    return equal or _rounds(left, right) or _rounds(right, left)


def _canonical(tree: Tree) -> tuple[object, ...]:
    """A form in which trees that differ in the order of sums and products are the same."""
    if not isinstance(tree, Apply):
        return (tree,)
    parts = [_canonical(arg) for arg in tree.args]
    if tree.op in ("+", "*"):
        flat = [each for part in parts for each in (part[1:] if part[0] == tree.op else (part,))]
        return (tree.op, *sorted(flat, key=repr))
    return (tree.op, *parts)


def _rounds(short: Tree, full: Tree) -> bool:
    """Whether a decimal of full precision is the other value, rounded or cut off."""
    literal = decimal(short)
    if literal is None or literal.last_place is None:
        return False
    digits = literal.value / literal.last_place
    if len(str(abs(digits.numerator))) < FULL_PRECISION:
        return False
    value = real_value(full)
    if value is None:
        return False
    places = value / literal.last_place
    if len(str(abs(digits.numerator))) >= FLOAT_PRECISION and not is_literal(full):
        return abs(places - digits) < 1
    return digits == round(places)


def is_literal(tree: Tree) -> bool:
    """Whether the tree is a number as written, with or without a sign."""
    return isinstance(tree, Number) or decimal(tree) is not None
