r"""latex: the written grammar of values, from text to a tree; bounded, total, nothing evaluated.

    written   := chain ((',' | ';' | 'and' | 'or') chain)*
    chain     := [label relation] side (relation side)*         x = 5√3 ≈ 8.66
    side      := ['≈'] sum [unit | counted things] [remark]      12 cm,  5 red cubes,  8 (≈ 8.0)
    sum       := term (('+' | '-' | '±') term)*
    term      := factor (['*' | '/' | ':'] factor)*              juxtaposition multiplies
    factor    := ('+' | '-')* atom postfix* ['^' factor]
    postfix   := '°' [arc minutes] | '%' | '!'
    atom      := number | mixed number | letter | '\frac' … | '\sqrt' … | '√' … | function … | group
    group     := '(' … ')' | '[' … ']' | '\{' … '\}' | '|' … '|' | a matrix

A label says what the value is the value of (`x`, `∠ABC`, `The area of ABC`) and is dropped. A word
that no table of `words` knows, a bracket left open or a symbol left over make the text unreadable.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from evaluators import words
from evaluators.notation import UnreadableError, plain
from evaluators.tokens import END, Token, number_of, tokens_of
from evaluators.tree import PI, Apply, Number, Symbol, Tree
from evaluators.words import Unit

MAX_DEPTH: Final = 40  # of nested groups, signs and powers


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


Labels = Literal["any", "names"]  # whether `x + y = 5` states 5, or is an equation


@lru_cache(maxsize=4096)
def read(
    text: str, variables: frozenset[str] | None = frozenset(), labels: Labels = "any"
) -> Written | None:
    """What a text says, or None where it is outside the grammar.

    Args:
        text: what was written.
        variables: letters that mean variables and never units; None where the text itself decides.
        labels: whether any digit-free left side is a label, or only a name.
    """
    try:
        tokens = tokens_of(_OPTION_LABEL.sub("", plain(text)))
        return _Parser(tokens, variables, labels).written()
    except UnreadableError:
        return None


_OPTION_LABEL = re.compile(r"^(?:\([A-H]\)|[A-H][.:)]) ?(?=\S)")

_RELATIONS: Final = {
    "=": "=", "≈": "≈", "\\approx": "≈", "\\simeq": "≈", "\\doteq": "≈", "\\sim": "≈",
    "<": "<", "\\lt": "<", ">": ">", "\\gt": ">", "≤": "<=", "<=": "<=", "\\le": "<=", "\\leq": "<=",
    "\\leqslant": "<=", "≥": ">=", ">=": ">=", "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=",
    "≠": "!=", "!=": "!=", "\\ne": "!=", "\\neq": "!=", "\\equiv": "=",
}  # fmt: skip
_TIMES: Final = frozenset({"*", "\\times", "\\cdot", "\\ast"})
_OVER: Final = frozenset({"/", ":", "\\div", "\\colon"})
_CLOSING: Final = {
    "(": ")", "[": "]", "{": "}", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack",
    "|": "|", "\\lvert": "\\rvert", "\\vert": "\\vert", "\\langle": "\\rangle", "⟨": "⟩",
}  # fmt: skip
_FUNCTIONS: Final = {
    name: name.removeprefix("op") for name in "sin cos tan cot sec csc sinh cosh tanh ln exp abs".split()
} | {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "asin": "asin", "acos": "acos", "atan": "atan",
    "tg": "tan", "ctg": "cot", "cotan": "cot", "cosec": "csc", "arctg": "atan",
}  # fmt: skip
_INVERSES: Final = {"sin": "asin", "cos": "acos", "tan": "atan"}
_NAMES: Final = (*sorted(_FUNCTIONS, key=len, reverse=True), "sqrt", "cbrt", "log", "lg", "pi")
_GREEK: Final = frozenset(
    "\\" + name
    for name in "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu"
    " xi omicron rho sigma tau upsilon phi varphi chi psi omega Delta Theta Lambda Xi Sigma Phi Psi"
    " Omega ell".split()
)
_GEOMETRY: Final = frozenset(
    "\\angle ∠ \\measuredangle \\triangle △ ▲ \\overline \\widehat \\odot ⊙ \\overarc \\overset \\frown"
    " \\stackrel \\vec \\hat \\bar".split()
)
_LABEL_MARKS: Final = frozenset("( ) [ ] { } _ ' / + - * | ** :".split())
_MATRICES: Final = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix", "array"})


class _Parser:
    """Recursive descent over the tokens; raises UnreadableError, never anything else."""

    def __init__(self, tokens: list[Token], variables: frozenset[str] | None, labels: Labels):
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.variables = variables
        self.labels = labels

    # Moving over the tokens.

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        if token is END:
            raise UnreadableError("the text ends too early")
        self.place += 1
        return token

    def accept(self, *texts: str) -> bool:
        if self.token.kind in ("mark", "command") and self.token.text in texts:
            self.place += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise UnreadableError(f"{self.token.text!r} where {text!r} belongs")

    def accept_word(self, allowed: frozenset[str]) -> bool:
        if self.token.kind == "word" and self.token.text.lower() in allowed:
            self.place += 1
            return True
        return False

    # Statements.

    def written(self) -> Written:
        chains = [self.chain()]
        while self.accept(",", ";") | self.accept_word(_JOINS):
            chains.append(self.chain())
        if self.token is not END:
            raise UnreadableError(f"{self.token.text!r} is left over")
        if len(chains) == 1:
            return chains[0]
        if any(len(chain.sides) > 1 for chain in chains):
            raise UnreadableError("a chain of equalities inside a list")
        return Written((Side(Apply("list", tuple(chain.sides[0].tree for chain in chains))),))

    def chain(self) -> Written:
        label, about = None, False
        while (end := self.label_end()) is not None:
            label = self.variable_before(end)
            self.place = end
            about = self.relation() == "≈"
        sides, relations = self.side(about=about), []
        while (relation := self.relation()) is not None:
            relations.append(relation)
            sides += self.side(about=relation == "≈")
        if all(relation in "=≈" for relation in relations):
            return Written(tuple(sides), label)
        return Written((Side(_inequality(sides, relations)),))

    def label_end(self) -> int | None:
        """Where a label that starts here ends; None where none does."""
        place, prose, pieces = self.place, False, 0
        while (token := self.tokens[place]) is not END:
            if place > self.place and (self.is_relation(token) or (token.text == ":" and prose)):
                return place if self.labels == "any" or self.is_name(place) else None
            if not self.fits_label(place):
                return None
            prose = prose or (token.kind == "word" and len(token.text) > 2)
            place, pieces = place + 1, pieces + 1
        return None

    def is_relation(self, token: Token) -> bool:
        if token.kind == "word":
            return token.text.lower() in words.IS | words.ABOUT
        return token.text in ("=", "≈", "\\approx")

    def fits_label(self, place: int) -> bool:
        token, before = self.tokens[place], self.tokens[place - 1] if place else END
        if token.kind == "word":
            return token.text.lower() not in words.NEGATIONS
        if token.kind == "number":  # x_1, x_{12}, ∠1
            opened = before.text == "{" and self.tokens[place - 2].text == "_"
            return opened or (
                before.text in ("_", "∠", "\\angle", "angle") and "." not in token.text
            )
        return (
            token.text in _GEOMETRY
            or token.text in _GREEK
            or token.text in _LABEL_MARKS
            or (token.kind == "command" and token.text[1:] in (*_FUNCTIONS, "frac", "dfrac"))
        )

    def is_name(self, end: int) -> bool:
        """Whether the label up to `end` names a thing, not a sum or product of things."""
        label = self.tokens[self.place : end]
        if any(token.text in ("+", "-", "*", "/", "**") for token in label):
            return False
        return self.variable_before(end) is not None or any(
            token.text in _GEOMETRY
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
                self.accept_word(_TO)
                return "≈" if self.accept_word(words.ABOUT) else "="
            return "≈" if self.accept_word(words.ABOUT) else None
        if token.kind != "end" and token.text in _RELATIONS:
            self.place += 1
            return _RELATIONS[token.text]
        if token.text == ":" and self.place and self.tokens[self.place - 1].kind == "word":
            self.place += 1
            return "="
        return None

    def side(self, *, about: bool) -> list[Side]:
        about = self.accept("≈", "\\approx") or self.accept_word(words.ABOUT) or about
        sides = [Side(self.sum(), self.unit(), about)]
        if self.remark_follows():
            self.take()
            self.accept_word(_OR)
            about = self.accept("≈", "\\approx", "=") or self.accept_word(words.ABOUT)
            sides += [Side(self.sum(), self.unit(), about)]
            self.expect(")")
        while self.accept_word(words.TAIL):
            pass
        return sides

    def remark_follows(self) -> bool:
        after = self.peek()
        return self.token.text == "(" and (
            after.text in ("≈", "\\approx", "=") or after.text.lower() in words.ABOUT | _OR
        )

    # Units and counted things.

    def starts_unit(self) -> bool:
        token = self.token
        if token.kind != "word":
            return token.text == "°"
        name = token.text
        if len(name) == 1 and name.isascii():
            if words.unit_named(name) is None:
                return False
            if self.variables is None:
                return token.in_text or token.spaced
            return name not in self.variables
        if self.variables and set(name) <= self.variables:
            return False
        return self.is_known_word(token)

    def is_known_word(self, token: Token) -> bool:
        name, lower = token.text, token.text.lower()
        if self.peek().text in ("(", "\\(") and lower in _FUNCTIONS:
            return False
        tables = words.ADJECTIVES | words.TAIL | words.IS | words.ABOUT | _JOINS
        return (
            words.unit_named(name) is not None
            or lower in words.UNIT_POWERS
            or lower in tables
            or words.is_counted(name)
        )

    def unit(self) -> Unit | None:
        if not self.starts_unit():
            return None
        found, inverted = Unit(""), False
        while True:
            part = self.unit_factor()
            if part is None:
                break
            found = _combined(found, part, inverted=inverted)
            inverted = self.accept("/") or self.accept_word(_PER)
            if not inverted:
                self.accept("*", "\\cdot")
        if inverted:
            raise UnreadableError("a unit is missing after '/'")
        self.counted_things()
        return found if found.dimension else None

    def unit_factor(self) -> Unit | None:
        start, power = self.place, 1
        while self.token.kind == "word" and self.token.text.lower() in words.UNIT_POWERS:
            power *= words.UNIT_POWERS[self.take().text.lower()]
            self.accept(".")
        unit = words.unit_named(self.token.text) if self.token.kind == "word" else None
        inches_or_not = self.token.text == "in" and self.peek().text.lower() in (
            "the",
            "this",
            "total",
            "all",
        )
        if unit is None or inches_or_not:
            self.place = start
            return None
        self.take()
        self.accept(".")
        if self.accept("^"):
            power = self.small_power()
        elif self.token.kind == "word" and self.token.text.lower() in ("squared", "cubed"):
            power = words.UNIT_POWERS[self.take().text.lower()]
        return Unit(
            f"{unit.dimension}^{power}" if power != 1 else unit.dimension, unit.factor**power
        )

    def small_power(self) -> int:
        braced = self.accept("{")
        digits = self.take().text
        if digits not in ("1", "2", "3"):
            raise UnreadableError(f"a unit to the power {digits}")
        if braced:
            self.expect("}")
        return int(digits)

    def counted_things(self) -> None:
        while self.accept_word(words.ADJECTIVES):
            pass
        if self.token.kind == "word" and words.is_counted(self.token.text):
            self.take()

    # Arithmetic.

    def sum(self) -> Tree:
        if self.accept("±", "\\pm"):
            total: Tree = Apply("±", (Number(Fraction(0)), self.term()))
        else:
            total = self.term()
        while True:
            if self.accept("+"):
                total = Apply("+", (total, self.term()))
            elif self.accept("-"):
                total = Apply("+", (total, Apply("neg", (self.term(),))))
            elif self.accept("±", "\\pm"):
                total = Apply("±", (total, self.term()))
            else:
                return total

    def term(self) -> Tree:
        product = self.factor()
        while True:
            if self.accept(*_TIMES):
                product = Apply("*", (product, self.factor()))
            elif self.token.text in _OVER and self.accept(*_OVER):
                product = Apply("/", (product, self.factor()))
            elif self.starts_factor():
                product = Apply("*", (product, self.factor()))
            else:
                return product

    def starts_factor(self) -> bool:
        """Whether juxtaposition multiplies here."""
        token = self.token
        if token.kind == "word":
            return not self.starts_unit()
        if token.kind == "command":
            return token.text not in _NOT_FACTORS
        return token.text in ("{", "√", "∛") or (token.text == "(" and not self.remark_follows())

    def factor(self) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH}")
        negative = False
        while self.token.text in ("+", "-"):
            negative ^= self.take().text == "-"
        tree = self.powered(self.postfixed(self.atom()))
        self.depth -= 1
        return Apply("neg", (tree,)) if negative else tree

    def postfixed(self, tree: Tree) -> Tree:
        while True:
            if self.accept("°"):
                tree = Apply("degrees", (self.with_arc_minutes(tree),))
            elif self.accept("%"):
                tree = Apply("percent", (tree,))
            elif self.accept("!"):
                if isinstance(tree, Apply) and tree.op == "factorial":
                    raise UnreadableError("a double factorial")
                tree = Apply("factorial", (tree,))
            else:
                return tree

    def with_arc_minutes(self, degrees: Tree) -> Tree:
        for mark, parts in (("'", 60), ('"', 3600)):
            if self.token.kind == "number" and self.peek().text == mark:
                share = Number(number_of(self.take().text).value / parts)
                self.take()
                degrees = Apply("+", (degrees, share))
        return degrees

    def powered(self, base: Tree) -> Tree:
        if not self.accept("^", "**"):
            return base
        if self.token.text == "(" or self.token.text == "{":
            exponent = self.group()
        else:
            exponent = self.factor()
        return self.postfixed(Apply("^", (base, exponent)))

    def atom(self) -> Tree:
        token = self.token
        if token.kind == "number":
            return self.number()
        if token.kind == "word":
            return self.word()
        if token.kind == "mark":
            return self.root_sign() if token.text in ("√", "∛") else self.group()
        if token.kind == "command":
            return self.command()
        raise UnreadableError("a value is missing")

    def number(self) -> Tree:
        whole = number_of(self.take().text)
        if whole.last_place is not None or whole.value.denominator != 1:
            return whole
        part = self.proper_fraction()
        if part is not None:
            return Number(whole.value + part)
        if self.token.kind == "number":
            raise UnreadableError("two numbers side by side")
        return whole

    def proper_fraction(self) -> Fraction | None:
        r"""The fraction of a mixed number: `3 1/2`, `3\frac{1}{2}`; 3½ is spelled as the latter."""
        start = self.place
        if self.token.kind == "number" and self.token.spaced and self.peek().text == "/":
            top, _, bottom = self.take().text, self.take(), self.take().text
        elif self.token.text in _FRACTIONS:
            self.take()
            parts = [self.argument(), self.argument()]
            texts = [
                str(p.value) if isinstance(p, Number) and p.last_place is None else ""
                for p in parts
            ]
            top, bottom = texts
        else:
            return None
        if not (top.isdecimal() and bottom.isdecimal()):
            self.place = start
            return None
        if not 0 < int(top) < int(bottom):
            raise UnreadableError(f"{top}/{bottom} after a whole number")
        return Fraction(int(top), int(bottom))

    def word(self) -> Tree:
        token = self.take()
        name = token.text
        lower = name.lower()
        if lower in _NAMES and not (self.variables and set(name) <= self.variables):
            return self.named(lower)
        prefix = next((each for each in _NAMES if lower.startswith(each)), None)
        if (
            prefix
            and len(name) - len(prefix) <= 2
            and not (self.variables and set(name) <= self.variables)
        ):
            self.put_back(token._replace(text=name[len(prefix) :]))
            return self.named(prefix)
        if len(name) > 3 and not (self.variables and set(name) <= self.variables):
            raise UnreadableError(f"the word {name!r}")
        if len(name) > 1:
            self.put_back(token._replace(text=name[1:], spaced=False))
        return self.subscripted(name[0])

    def put_back(self, token: Token) -> None:
        self.place -= 1
        self.tokens[self.place] = token

    def subscripted(self, name: str) -> Tree:
        if self.accept("_"):
            braced = self.accept("{")
            name += "_" + self.take().text
            if braced:
                self.expect("}")
        return Symbol(name)

    def named(self, name: str) -> Tree:
        if name == "pi":
            return PI
        if name in ("sqrt", "cbrt"):
            return Apply("root", (Number(Fraction(2 if name == "sqrt" else 3)), self.radicand()))
        if name in ("log", "lg"):
            return self.logarithm()
        return self.function(_FUNCTIONS[name])

    def radicand(self) -> Tree:
        if self.token.text in ("(", "{"):
            return self.group()
        if self.token.kind == "number":
            return number_of(self.take().text)
        return self.argument()

    def root_sign(self) -> Tree:
        degree = 2 if self.take().text == "√" else 3
        return Apply("root", (Number(Fraction(degree)), self.radicand()))

    def function(self, name: str) -> Tree:
        if not self.accept("^"):
            return Apply(name, (self.function_argument(),))
        exponent = self.group() if self.token.text == "{" else self.factor()
        if exponent in (Number(Fraction(-1)), Apply("neg", (Number(Fraction(1)),))):
            if name not in _INVERSES:
                raise UnreadableError(f"the inverse of {name}")
            return Apply(_INVERSES[name], (self.function_argument(),))
        return Apply("^", (Apply(name, (self.function_argument(),)), exponent))

    def function_argument(self) -> Tree:
        if self.token.text in _CLOSING:
            return self.group()
        tree = self.factor()
        while self.starts_factor() and not self.starts_function() and self.token.text != "(":
            tree = Apply("*", (tree, self.factor()))
        return tree

    def starts_function(self) -> bool:
        return self.token.text.removeprefix("\\").lower() in _NAMES[:-1]

    def logarithm(self) -> Tree:
        base: Tree = Number(Fraction(10))
        if self.accept("_"):
            base = self.argument()
        return Apply("log", (base, self.function_argument()))

    def command(self) -> Tree:
        token = self.take()
        name = token.text[1:]
        if token.text in _FRACTIONS:
            return Apply("/", (self.argument(), self.argument()))
        if name in ("binom", "dbinom", "tbinom"):
            return Apply("binom", (self.argument(), self.argument()))
        if name == "sqrt":
            return self.latex_root()
        if name in _FUNCTIONS or name in ("log", "lg", "pi"):
            return self.named(name)
        if name in ("infty", "infin"):
            return Symbol("oo")
        if token.text in _GREEK:
            return self.subscripted(name.removeprefix("var"))
        if name in ("boxed", "fbox"):
            return self.group()
        if name == "begin":
            return self.matrix()
        self.place -= 1
        return self.group()

    def latex_root(self) -> Tree:
        degree: Tree = Number(Fraction(2))
        if self.accept("["):
            degree = self.sum()
            self.expect("]")
        if self.token.kind == "number" and len(self.token.text) > 1:
            # TeX reads \sqrt12 as √1·2, its writer meant √12.
            raise UnreadableError(f"\\sqrt{self.token.text} without braces")
        return Apply("root", (degree, self.radicand()))

    def argument(self) -> Tree:
        r"""What a command takes: a braced group, a digit of `\frac34`, a letter or a command."""
        if self.token.text == "{":
            return self.group()
        token = self.take()
        if token.kind == "number" and token.text.isdecimal():
            if len(token.text) > 1:
                self.put_back(token._replace(text=token.text[1:], spaced=False))
            return Number(Fraction(int(token.text[0])))
        self.place -= 1
        if token.kind == "word" and len(token.text) > 1:
            raise UnreadableError(f"the word {token.text!r} without braces")
        return self.atom()

    # Groups and collections.

    def group(self) -> Tree:
        opening = self.take().text
        closing = _CLOSING.get(opening)
        if closing is None:
            raise UnreadableError(f"{opening!r} where a value belongs")
        items = [self.sum()]
        while self.accept(",", ";"):
            items.append(self.sum())
        closed = self.take().text
        if opening == "{" and self.token.text == "°":
            pass
        return _collection(opening, tuple(items), closed, closing)

    def matrix(self) -> Tree:
        name = self.environment()
        rows: list[Tree] = []
        if name == "array":
            while not self.accept("}"):  # its column format
                self.take()
        while True:
            cells = [self.sum()]
            while self.accept("&"):
                cells.append(self.sum())
            rows.append(Apply("()", tuple(cells)))
            if not self.accept("\\\\"):
                break
            if self.token.text == "\\end":
                break
        self.expect("\\end")
        if self.environment() != name:
            raise UnreadableError(f"{name} is not closed")
        return Apply("matrix", tuple(rows))

    def environment(self) -> str:
        self.expect("{")
        name = self.take().text
        self.expect("}")
        if name not in _MATRICES:
            raise UnreadableError(f"the environment {name!r}")
        return name


_JOINS: Final = frozenset({"and", "or"})
_OR: Final = frozenset({"or", "ie"})
_TO: Final = frozenset({"to"})
_PER: Final = frozenset({"per"})
_FRACTIONS: Final = frozenset({"\\frac", "\\dfrac", "\\tfrac", "\\cfrac"})
_NOT_FACTORS: Final = (
    frozenset(_RELATIONS)
    | _TIMES
    | _OVER
    | frozenset(_CLOSING.values())
    | {"\\pm", "\\\\", "\\end", "\\cup"}
)


def _combined(left: Unit, right: Unit, *, inverted: bool) -> Unit:
    if inverted:
        return Unit(f"{left.dimension}/{right.dimension}", left.factor / right.factor)
    joined = f"{left.dimension}*{right.dimension}" if left.dimension else right.dimension
    return Unit(joined, left.factor * right.factor)


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


def _collection(opening: str, items: tuple[Tree, ...], closed: str, closing: str) -> Tree:
    if opening in ("\\{", "\\lbrace") and closed == closing:
        return Apply("set", items)
    if len(items) == 1 and closed == closing:
        return Apply("abs", items) if opening in ("|", "\\lvert", "\\vert") else items[0]
    if opening == "{" and closed == "}":
        return Apply("set", items)
    if opening in ("\\langle", "⟨") and closed == closing:
        return Apply("()", items)
    brackets = opening + closed
    if (len(items) == 2 and brackets in ("[]", "[)", "(]")) or brackets == "()":
        return Apply(brackets, items)
    if brackets == "[]":
        return Apply("[]", items)
    raise UnreadableError(f"{opening!r} closed by {closed!r}")


_Rule = Callable[[_Parser], Tree]
