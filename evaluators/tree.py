"""tree: what a written value is, before anyone asks what it is worth."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number."""

    value: Fraction
    last_place: Fraction | None = None  # worth of the last digit, where written as a decimal


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable, or a constant known by name (pi, e, i, infinity)."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or function on its arguments, or a collection of its items."""

    op: str
    args: "tuple[Tree, ...]"


Tree = Number | Symbol | Apply

PI: Final = Symbol("pi")
ZERO: Final = Number(Fraction(0))
INFINITY: Final = Symbol("oo")
EMPTY: Final = Symbol("emptyset")
REALS: Final = Apply("()", (Apply("neg", (INFINITY,)), INFINITY))
# Collections and relations: no single value, compared part by part.
COLLECTIONS: Final = frozenset(
    {"list", "set", "()", "[]", "[)", "(]", "matrix", "union", "assigned", "proportion"}
)
RELATIONS: Final = frozenset({"=", "<", "<=", "!="})
CONSTANTS: Final = frozenset({"pi", "e", "i", "oo", "emptyset"})


def is_scalar(tree: Tree) -> bool:
    """Whether the tree stands for one value, not for a collection or a relation."""
    if not isinstance(tree, Apply):
        return True
    if tree.op in COLLECTIONS or tree.op in RELATIONS:
        return False
    return all(map(is_scalar, tree.args))


def variables(tree: Tree) -> frozenset[str]:
    """The names of the variables in a tree."""
    if isinstance(tree, Symbol):
        return frozenset() if tree.name in CONSTANTS else frozenset({tree.name})
    if isinstance(tree, Apply):
        return frozenset().union(*map(variables, tree.args))
    return frozenset()


def mentions(tree: Tree, op: str) -> bool:
    """Whether an operator occurs anywhere in a tree."""
    return isinstance(tree, Apply) and (tree.op == op or any(mentions(a, op) for a in tree.args))


def nesting(tree: Tree) -> int:
    """How deep collections stand within collections."""
    if not isinstance(tree, Apply):
        return 0
    return (tree.op in COLLECTIONS) + max(map(nesting, tree.args), default=0)
