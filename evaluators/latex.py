r"""latex: the written grammar of answers, from text to trees; bounded, total, nothing evaluated.

    written  := chain ((',' | ';' | 'and' | 'or') chain)*
    chain    := (label relation)* side (relation side)*         x = 5√3 ≈ 8.66
    side     := ['≈'] sum [unit | counted things] [remark]      12 cm,  5 red cubes,  5√3 (≈ 8.66)
    sum      := the value itself: see `arithmetic`

A label says what the value is the value of (`x`, `∠ABC`, `The area of ABC`) and is dropped. A word
that no table of `words` knows, a bracket left open or a symbol left over make the text unreadable.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal

from evaluators import words
from evaluators.notation import UnreadableError, plain, without_opening
from evaluators.symbols import FUNCTIONS, GEOMETRY, GREEK, RELATION_SIGNS
from evaluators.tokens import END, Token, tokens_of
from evaluators.tree import Apply, Number, Symbol, Tree
from evaluators.units import Units
from evaluators.words import Unit


@dataclass(frozen=True, slots=True)
class Side:
    """One way in which a chain states its quantity."""

    tree: Tree
    unit: Unit | None = None
    about: bool = False  # said to be approximate


@dataclass(frozen=True, slots=True)
class Written:
    """A quantity as written, perhaps said several times over: `x = 5√3 ≈ 8.66`."""

    sides: tuple[Side, ...]
    label: str | None = None  # the variable in front: `x`
    is_labelled: bool = False  # whether anything says what it is: `x = …`, `The area is …`


Labels = Literal["any", "names"]  # whether `x + y = 5` states 5, or is an equation


def read(
    text: str, variables: frozenset[str] | None = frozenset(), labels: Labels = "any"
) -> Written | None:
    """What a text says, or None where it is outside the grammar.

    Args:
        text: what was written.
        variables: letters that mean variables and never units; None where the text itself decides.
        labels: whether any digit-free left side is a label, or only a name.
    """
    return (read_short if len(text) <= CACHED_LENGTH else read_long)(text, variables, labels)


def _read(text: str, variables: frozenset[str] | None, labels: Labels) -> Written | None:
    try:
        bare = _without_remark(_OPTION_LABEL.sub("", without_opening(plain(text))))
        return _Statements(tokens_of(bare), variables, labels).written()
    except (UnreadableError, RecursionError):  # the caller may stand deep in the stack already
        return None


# Characters: what is said again and again is short, and long trees cost memory.
CACHED_LENGTH: Final = 80
read_short = lru_cache(maxsize=4096)(_read)
read_long = lru_cache(maxsize=8)(_read)  # a choice reads a text for each of its options


def _without_remark(text: str) -> str:
    """The text before `(option B)`, `(∠CED)` or a remark in words, `(to two decimals)`."""
    text = _OPTION_REMARK.sub("", text)
    remark = _WORDS_IN_BRACKETS.search(text)
    if remark is None or not words.HARMLESS.issuperset(remark.group(1).lower().split()):
        return text
    return text[: remark.start()]


_WORDS_IN_BRACKETS = re.compile(r" \(([a-z]{2,}(?: [a-z'-]+){1,9})\)$", re.IGNORECASE)
_OPTION_REMARK = re.compile(r" \((?:(?:option|choice) ?)?[A-H]\)$| \(∠[A-Z]+\)$", re.IGNORECASE)
_OPTION_LABEL = re.compile(r"^(?:\([A-H]\)|[A-H][.:)]) ?(?=\S)")

_LABEL_MARKS: Final = frozenset("( ) [ ] { } _ ' / + - * | ** : ∥ ⊥ ≅ ∽ \\parallel \\perp".split())


class _Statements(Units):
    """What is written, as a whole."""

    def __init__(self, tokens: list[Token], variables: frozenset[str] | None, labels: Labels):
        super().__init__(tokens, variables)
        self.labels = labels

    def written(self) -> Written:
        chains, joins = [self.chain()], set()
        while self.accept(",", ";") | self.accept_word(words.JOINS):  # both, as in `, or`
            joins.add(self.tokens[self.place - 1].text.lower())
            self.accept_word(words.WHICH)
            if self.relation_follows():  # `5√3 cm, which is about 8.66 cm`
                chains[-1] = self.continued(chains[-1])
            else:
                chains.append(self.chain())
        if self.token is not END:
            raise UnreadableError(f"{self.token.text!r} is left over")
        if len(chains) == 1:
            return chains[0]
        if any(len(chain.sides) > 1 for chain in chains):
            raise UnreadableError("a chain of equalities inside a list")
        trees = tuple(chain.sides[0].tree for chain in chains)
        names = [chain.label or "" for chain in chains]
        if all(len(name) == 1 for name in names) and len(set(names)) == len(names):
            pairs = sorted(zip(names, trees, strict=True), key=itemgetter(0))
            named = tuple(Apply("()", (Symbol(name), tree)) for name, tree in pairs)
            return Written((Side(Apply("assigned", named)),))
        return Written((Side(Apply("list" if "or" in joins else "set", trees)),))

    def chain(self) -> Written:
        self.accept("=")  # `= 42`, the end of a derivation
        start, label, about = self.place, None, False
        while (end := self.label_end()) is not None:
            label = self.variable_before(end)
            self.place = end
            about = self.relation() == "≈"
        is_labelled = self.place > start
        return self.continued(Written(tuple(self.side(about=about)), label, is_labelled))

    def continued(self, chain: Written) -> Written:
        """The chain with the relations that follow."""
        sides, relations = list(chain.sides), []
        while (relation := self.relation()) is not None:
            relations.append(relation)
            sides += self.side(about=relation == "≈")
        if all(relation in "=≈" for relation in relations):
            return replace(chain, sides=tuple(sides))
        return Written((Side(_inequality(sides, relations)),))

    def relation_follows(self) -> bool:
        return self.is_relation(self.token)

    def label_end(self) -> int | None:
        """Where a label that starts here ends; None where none does."""
        place, prose, depth = self.place, False, 0
        while (token := self.tokens[place]) is not END:
            if place > self.place and (self.is_relation(token) or (token.text == ":" and prose)):
                is_label = self.is_name(place) if self.labels == "names" else self.is_simple(place)
                return place if is_label else None
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if not self.fits_label(place) and not (token.text == "," and depth > 0):
                return None
            prose = prose or (
                token.kind == "word" and (len(token.text) > 2 or not token.text.isascii())
            )
            place += 1
        return None

    def is_relation(self, token: Token) -> bool:
        if token.kind == "word":
            return token.text.lower() in words.IS | words.ABOUT
        return token.text in ("=", "≈", "\\approx", "\\in", "∈")

    def fits_label(self, place: int) -> bool:
        token, before = self.tokens[place], self.tokens[place - 1] if place else END
        if token.kind == "word":
            return token.text.lower() not in words.NEGATIONS
        if token.kind == "number":  # x_1, x_{12}, ∠1
            opened = before.text == "{" and self.tokens[place - 2].text == "_"
            named = before.text in ("_", "∠", "\\angle", "angle", "Angle") and "." not in token.text
            return opened or named or self.is_in_phrase(place)
        return (
            token.text in GEOMETRY
            or token.text in GREEK
            or token.text in _LABEL_MARKS
            or (token.kind == "command" and token.text[1:] in (*FUNCTIONS, "frac", "dfrac"))
        )

    def is_simple(self, end: int) -> bool:
        """Whether the label up to `end` does no arithmetic on variables: AB + BC may have a value, -x not here."""
        label = self.tokens[self.place : end]
        if not any(token.text in ("+", "-", "*", "/", "**", "|") for token in label):
            return True
        letters = [token.text for token in label if token.kind == "word"]
        return (
            all(len(name) > 2 or (len(name) > 1 and name.isupper()) for name in letters)
            and label[0].text != "-"
        )

    def is_in_phrase(self, place: int) -> bool:
        """Whether the number is part of a noun phrase: `The number of divisors of 360 is …`."""
        first, before = self.tokens[self.place], self.tokens[place - 1]
        return first.text.lower() in words.ARTICLES and before.text.lower() in words.BEFORE_NUMBER

    def is_name(self, end: int) -> bool:
        """Whether the label up to `end` names a thing, not a sum or product of things."""
        label = self.tokens[self.place : end]
        if any(token.text in ("+", "-", "*", "/", "**") for token in label):
            return False
        if re.fullmatch(r"[a-zA-Z]?\([a-z](,[a-z])*\)", "".join(token.text for token in label)):
            return True  # f(x), (x, y)
        return self.variable_before(end) is not None or any(
            token.text in GEOMETRY
            or (token.kind == "word" and (len(token.text) > 3 or token.text.isupper()))
            for token in label
        )

    def variable_before(self, end: int) -> str | None:
        """The variable that is the whole label up to `end`, if it is one."""
        label = "".join(token.text for token in self.tokens[self.place : end])
        return label if re.fullmatch(r"[a-zA-Z](_\{?\w+\}?)?|\\[a-z]+", label) else None

    def relation(self) -> str | None:
        token = self.token
        if token.kind == "word":
            if self.accept_word(words.IS):
                self.accept_word(words.IS)  # is equal to
                self.accept_word(words.TO)
                self.accept(":")
                return "≈" if self.accept_word(words.ABOUT) else "="
            return "≈" if self.accept_word(words.ABOUT) else None
        if token.kind != "end" and token.text in RELATION_SIGNS:
            self.place += 1
            return RELATION_SIGNS[token.text]
        if token.text == ":" and self.place and self.tokens[self.place - 1].kind == "word":
            self.place += 1
            return "="
        return None

    def side(self, *, about: bool) -> list[Side]:
        about = self.accept("≈", "\\approx") or self.accept_word(words.ABOUT) or about
        self.pass_over_filler()
        sides = [Side(self.union(), self.unit(), about)]
        if self.remark_follows():
            self.take()
            self.accept_word(words.OR)
            about = self.accept("≈", "\\approx", "=") or self.accept_word(words.ABOUT)
            about = about or "." in self.token.text
            sides += [Side(self.sum(), self.unit(), about)]
            self.expect(")")
        while self.token.kind == "number" and sides[0].unit:  # 3 hours 30 minutes
            sides[0] = _added(sides[0], Side(self.sum(), self.unit()))
        while self.accept_word(words.TAIL):
            pass
        self.pass_over_phrase()
        return sides

    def pass_over_phrase(self) -> None:
        """What stands behind a counted thing to the end: words only, none that denies or counts."""
        before = self.tokens[self.place - 1]
        if before.kind != "word" or self.token.text.lower() not in words.PREPOSITIONS:
            return
        rest = self.tokens[self.place : -1]
        if all(
            token.kind == "word" and token.text.lower() not in words.NEGATIONS for token in rest
        ):
            self.place = len(self.tokens) - 1

    def pass_over_filler(self) -> None:
        """`exactly`, `a total of`: words before a value that do not change it."""
        while self.accept_word(words.EXACTLY):
            pass
        phrase = [token.text.lower() for token in self.tokens[self.place : self.place + 3]]
        for filler in words.FILLERS:
            if phrase[: len(filler)] == filler:
                self.place += len(filler)

    def union(self) -> Tree:
        """A value, or a union of sets."""
        parts = [self.sum()]
        while self.accept("\\cup", "∪"):
            parts.append(self.sum())
        return parts[0] if len(parts) == 1 else Apply("union", tuple(parts))

    def value_ends(self) -> bool:
        return self.starts_unit() or self.bracket_holds_unit() or self.remark_follows()

    def remark_follows(self) -> bool:
        after = self.peek()
        if self.token.text == "(" and after.kind == "number" and self.peek(2).text == ")":
            before = self.tokens[self.place - 1]
            decimal = "." in after.text and self.token.spaced
            return before.spelled or after.spelled or decimal  # four (4), 5√3 (8.66)
        return self.token.text == "(" and (
            after.text in ("≈", "\\approx", "=") or after.text.lower() in words.ABOUT | words.OR
        )


def _inequality(sides: list[Side], relations: list[str]) -> Tree:
    """`a < b`, or `a < b ≤ c` as a chain of two; > and ≥ are turned round."""
    trees = [side.tree for side in sides]
    if len(trees) != len(relations) + 1 or len(relations) > 2:
        raise UnreadableError("a long chain of relations")
    parts: list[Tree] = []
    for left, relation, right in zip(trees, relations, trees[1:], strict=False):
        if relation in (">", ">="):
            left, relation, right = right, "<" + relation[1:], left
        if relation == "≈":
            raise UnreadableError("an approximate inequality")
        parts.append(Apply(relation, (left, right)))
    return parts[0] if len(parts) == 1 else Apply("set", tuple(parts))


def _added(total: Side, part: Side) -> Side:
    """A quantity in two units of one dimension, in the first of them."""
    if total.unit is None or part.unit is None or total.unit.dimension != part.unit.dimension:
        raise UnreadableError("two numbers side by side")
    share = Apply("*", (Number(part.unit.factor / total.unit.factor), part.tree))
    return replace(total, tree=Apply("+", (total.tree, share)))
