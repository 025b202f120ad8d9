"""same: whether two trees mean the same: tuples, sets, intervals and equations by their parts."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from evaluators.exact import Exact, OutsideError, Powers, Sum, UndefinedError, exact, multiply
from evaluators.scalar import has_value, real_value, same_scalar
from evaluators.tree import (
    COLLECTIONS,
    EMPTY,
    INFINITY,
    RELATIONS,
    Apply,
    Number,
    Symbol,
    Tree,
    is_scalar,
    mentions,
    variables,
)

MAX_ITEMS: Final = 24  # of a collection whose order is free: matching is quadratic

_UNORDERED: Final = frozenset({"list", "set", "union"})


def same(left: Tree, right: Tree) -> bool:
    """Whether two trees are equal; collections by their items, expressions as functions."""
    left, right = _normal(left), _normal(right)
    if is_scalar(left) and is_scalar(right):
        return same_scalar(left, right)
    if not (isinstance(left, Apply) and isinstance(right, Apply)):
        return False
    if left.op in RELATIONS or right.op in RELATIONS:
        return left.op == right.op and _same_relation(left, right)
    if "assigned" in (left.op, right.op):
        return _same_assigned(left, right)
    if left.op in _UNORDERED and right.op in _UNORDERED:
        return (left.op == "union") == (right.op == "union") and _same_items(left.args, right.args)
    return (
        left.op == right.op
        and left.op in COLLECTIONS
        and len(left.args) == len(right.args)
        and all(map(same, left.args, right.args))
    )


def _same_assigned(left: Apply, right: Apply) -> bool:
    """`x = 1, y = 2` is itself, and the point (1, 2); where no names are told the order tells them apart."""
    if left.op == right.op:
        return len(left.args) == len(right.args) and all(map(same, left.args, right.args))
    assigned, other = (left, right) if left.op == "assigned" else (right, left)
    values = [pair.args[1] for pair in assigned.args if isinstance(pair, Apply)]
    return (
        other.op == "()" and len(other.args) == len(values) and all(map(same, values, other.args))
    )


def is_defined(tree: Tree) -> bool:
    """Whether every value in the tree is defined."""
    tree = _normal(tree)
    if is_scalar(tree):
        return has_value(tree)
    return isinstance(tree, Apply) and all(map(is_defined, tree.args))


def _same_items(left: tuple[Tree, ...], right: tuple[Tree, ...]) -> bool:
    if len(left) > MAX_ITEMS or len(right) > MAX_ITEMS:
        return False
    return all(any(same(a, b) for b in right) for a in left) and all(
        any(same(a, b) for a in left) for b in right
    )


def _normal(tree: Tree) -> Tree:
    """± written out, a list of one as its item, `x > 3` as the interval that it is."""
    if not isinstance(tree, Apply):
        return tree
    if is_scalar(tree) and mentions(tree, "±"):
        return Apply("list", (_with_sign(tree, 1), _with_sign(tree, -1)))
    if tree.op in _UNORDERED:
        return _normal_items(tree)
    if tree.op in RELATIONS:
        return _interval([tree]) or tree
    if tree.op == "[]" and all(isinstance(arg, Apply) and arg.op == "[]" for arg in tree.args):
        return Apply(
            "matrix", tuple(Apply("()", arg.args) for arg in tree.args if isinstance(arg, Apply))
        )
    if tree.op == "proportion":  # 3:4:5 as 4/3 : 5/3 of its first
        return Apply("()", tuple(Apply("/", (arg, tree.args[0])) for arg in tree.args))
    point = tree.args[-1]
    if (
        tree.op == "*"
        and isinstance(tree.args[0], Symbol)
        and isinstance(point, Apply)
        and point.op == "()"
    ):
        return point  # P(1, 2): the name of a point and the point
    return tree


def _normal_items(tree: Apply) -> Tree:
    """Bounds that hold together are an interval, alternative bounds a union of intervals."""
    bounds = all(isinstance(arg, Apply) and arg.op in ("<", "<=") for arg in tree.args)
    if bounds and tree.op == "set":
        interval = _interval(list(tree.args))
        if interval is None or not _is_empty(interval):
            return interval or tree  # else `x ≤ -1, x ≥ 3` are alternatives
    items = _distinct([item for arg in tree.args for item in _flat(_normal(arg))])
    if len(items) == 1 and items[0] != EMPTY:  # {∅} is not ∅
        return items[0]
    return Apply("union" if bounds else tree.op, tuple(items))


def _is_empty(interval: Apply) -> bool:
    low, high = map(real_value, interval.args)
    return low is not None and high is not None and low > high


def _flat(tree: Tree) -> tuple[Tree, ...]:
    return tree.args if isinstance(tree, Apply) and tree.op == "list" else (tree,)


def _distinct(items: list[Tree]) -> list[Tree]:
    if len(items) > MAX_ITEMS:
        return items
    kept: list[Tree] = []
    for item in items:
        if not any(same(item, other) for other in kept):
            kept.append(item)
    return kept


def _with_sign(tree: Tree, sign: int) -> Tree:
    if not isinstance(tree, Apply):
        return tree
    args = tuple(_with_sign(arg, sign) for arg in tree.args)
    if tree.op == "±":
        return Apply("+", (args[0], args[1] if sign > 0 else Apply("neg", (args[1],))))
    return Apply(tree.op, args)


def _interval(relations: list[Tree]) -> Apply | None:
    """The interval that one or two bounds on one variable leave; None where they are no such thing."""
    low: tuple[Tree, str] = (Apply("neg", (INFINITY,)), "(")
    high: tuple[Tree, str] = (INFINITY, ")")
    names, told = set(), set()
    for relation in relations[:3]:
        bound = _bound(relation)
        if bound is None:
            return None
        if (bound.name, bound.is_low) in told:  # two bounds on one side
            return None
        told.add((bound.name, bound.is_low))
        if bound.is_low:
            low = (bound.limit, "[" if bound.closed else "(")
        else:
            high = (bound.limit, "]" if bound.closed else ")")
        names.add(bound.name)
        if bound.symmetric:
            low = (Apply("neg", (bound.limit,)), "[" if bound.closed else "(")
    if len(names) != 1 or len(relations) > 2:
        return None
    return Apply(low[1] + high[1], (low[0], high[0]))


@dataclass(frozen=True, slots=True)
class _Bound:
    """`x < 3`, or `|x| < 3` where symmetric."""

    name: str
    limit: Tree
    is_low: bool
    closed: bool
    symmetric: bool = False


def _bound(relation: Tree) -> _Bound | None:
    """The bound on one variable that a linear inequality is; None for any other relation."""
    if not (isinstance(relation, Apply) and relation.op in ("<", "<=")):
        return None
    closed = relation.op == "<="
    left, right = relation.args
    if isinstance(left, Apply) and left.op == "abs" and isinstance(left.args[0], Symbol):
        name = left.args[0].name
        return (
            None
            if variables(right)
            else _Bound(name, right, is_low=False, closed=closed, symmetric=True)
        )
    names = variables(relation)
    if len(names) != 1:
        return None
    (name,) = names
    try:
        difference = _difference(relation)
    except (OutsideError, UndefinedError):
        return None
    linear = (1, ((name, 1),))
    factor = difference.get(linear, Fraction(0))
    rest = {key: value for key, value in difference.items() if key != linear}
    if not factor or any(name == symbol for _, powers in rest for symbol, _ in powers):
        return None
    limit = Apply("*", (Number(-1 / factor), _constant_tree(rest)))
    return _Bound(name, limit, is_low=factor < 0, closed=closed)


def _same_relation(left: Apply, right: Apply) -> bool:
    """Whether one relation is the other times a constant, positive where direction matters."""
    try:
        first, second = (_difference(relation) for relation in (left, right))
        one, other = _leading(first), _leading(second)
        if _times_constant(first, other) != _times_constant(second, one):
            return False
    except (OutsideError, UndefinedError):
        return all(map(same, left.args, right.args))
    if left.op in ("=", "!="):
        return True
    ratio = real_value(_constant_tree(one)), real_value(_constant_tree(other))
    return ratio[0] is not None and ratio[1] is not None and ratio[0] * ratio[1] > 0


def _difference(relation: Apply) -> Sum:
    left, right = (exact(arg) for arg in relation.args)
    if left.bottom != right.bottom or (relation.op in ("<", "<=") and left.bottom != {(1, ()): 1}):
        raise OutsideError("a quotient")
    difference = exact(Apply("+", (relation.args[0], Apply("neg", (relation.args[1],))))).top
    if not difference:
        raise OutsideError("nothing is related")
    return difference


def _leading(total: Sum) -> Sum:
    """The constant before the first of the symbols, in a fixed order."""
    first: Powers = max(powers for _, powers in total)
    return {(root, ()): value for (root, powers), value in total.items() if powers == first}


def _times_constant(total: Sum, constant: Sum) -> Sum:
    unity: Sum = {(1, ()): Fraction(1)}
    return multiply(Exact(total, unity), Exact(constant, unity)).top


def _constant_tree(constant: Sum) -> Tree:
    """The tree of a sum of constants."""
    total: Tree = Number(Fraction(0))
    for (root, powers), value in constant.items():
        term: Tree = Apply(
            "*", (Number(value), Apply("root", (Number(Fraction(2)), Number(Fraction(root)))))
        )
        for name, power in powers:
            term = Apply("*", (term, Apply("^", (Symbol(name), Number(Fraction(power))))))
        total = Apply("+", (total, term))
    return total
