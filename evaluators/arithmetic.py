r"""arithmetic: the grammar of a single value, from tokens to a tree.

sum      := term (('+' | '-' | '±') term)*
term     := factor (['*' | '/' | ':'] factor)*       juxtaposition multiplies
factor   := ('+' | '-')* atom postfix* ['^' factor]
postfix  := '°' [arc minutes] | '%' | '!'
atom     := number | mixed number | letter | '\\frac' … | '\\sqrt' … | '√' … | function … | group
group    := '(' … ')' | '[' … ']' | '\\{' … '\\}' | '|' … '|' | a matrix
"""

from fractions import Fraction
from typing import Final

from evaluators.cursor import Cursor
from evaluators.notation import UnreadableError
from evaluators.symbols import (
    CLOSING,
    FRACTIONS,
    FUNCTIONS,
    GEOMETRY,
    GREEK,
    INVERSES,
    MATRICES,
    NAMED_VALUES,
    NAMES,
    NOT_FACTORS,
    OVER,
    RATIO,
    REPEATING,
    TIMES,
)
from evaluators.tokens import Token, number_of
from evaluators.tree import EMPTY, INFINITY, PI, ZERO, Apply, Number, Symbol, Tree, nesting
from evaluators.words import NEGATIONS, PARTS, SCALES, TO

MAX_DEPTH: Final = 24  # of nested groups, signs and powers
MAX_CHAIN: Final = 24  # of quotients, signs ± or postfixes in a row: each makes the tree deeper
MAX_NESTING: Final = 3  # of collections: each level multiplies the cost of comparing them


class Arithmetic(Cursor):
    """Recursive descent over the tokens of a value; raises UnreadableError, never anything else."""

    def __init__(self, tokens: list[Token], variables: frozenset[str] | None):
        super().__init__(tokens)
        self.depth = 0
        self.open_bars = 0  # of absolute values that the parser is in
        self.variables = variables

    def value_ends(self) -> bool:
        """Whether a word or bracket here belongs to what follows the value, not to the value."""
        return False

    def sum(self) -> Tree:
        terms: list[Tree] = [ZERO if self.token.text in ("±", "\\pm") else self.term()]
        for _ in range(MAX_CHAIN):
            while self.token.text in ("+", "-") and self.token.kind == "mark":
                negative = self.take().text == "-"
                term = self.term()
                terms.append(Apply("neg", (term,)) if negative else term)
            if not self.accept("±", "\\pm"):
                return _balanced("+", terms)
            terms = [Apply("±", (_balanced("+", terms), self.term()))]
        raise UnreadableError("too many signs ±")

    def term(self) -> Tree:
        factors = [self.factor()]
        for _ in range(MAX_CHAIN):
            while self.accept(*TIMES) or self.starts_factor():
                factors.append(self.factor())
            if self.accept(*OVER):
                factors = [Apply("/", (_balanced("*", factors), self.factor()))]
            elif self.accept(*RATIO) or self.accept_word(TO):
                factors = [_ratio(_balanced("*", factors), self.factor())]
            else:
                return _balanced("*", factors)
        raise UnreadableError("too many quotients")

    def starts_factor(self) -> bool:
        """Whether juxtaposition multiplies here."""
        token = self.token
        if token.kind == "word":
            return token.text.lower() not in TO and not self.value_ends()
        if token.kind == "number":
            return self.tokens[self.place - 1].text == "!"  # 3! 5!
        if token.kind == "command":
            return token.text not in NOT_FACTORS
        if token.text in GEOMETRY:
            return True
        if token.text == "|":
            return not self.open_bars  # 2|x|, but the bar after |2 closes
        return token.text in ("{", "√", "∛") or (token.text == "(" and not self.value_ends())

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
        for _ in range(MAX_CHAIN):
            if self.accept("°"):
                tree = Apply("degrees", (self.with_arc_minutes(tree),))
            elif isinstance(tree, Number) and self.accept("_"):
                tree = _in_base(tree, self.name_part())
            elif self.accept("%"):
                tree = Apply("percent", (tree,))
            elif self.accept("!"):
                if isinstance(tree, Apply) and tree.op == "factorial":
                    raise UnreadableError("a double factorial")
                tree = Apply("factorial", (tree,))
            else:
                return tree
        raise UnreadableError("too many signs behind a value")

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
            if token.text in GEOMETRY:
                return Symbol(self.take().text + self.name_part())
            return self.root_sign() if token.text in ("√", "∛") else self.group()
        if token.kind == "command":
            return self.command()
        raise UnreadableError("a value is missing")

    def number(self) -> Tree:
        literal, spelled = self.token.text, self.token.spelled
        whole = number_of(self.take().text)
        if "." in literal and self.token.text in REPEATING:
            return Number(whole.value + self.repeating(literal))
        if whole.last_place is not None or whole.value.denominator != 1:
            return whole
        if self.token.text.lower() in SCALES and self.token.kind == "word":  # 3 million
            return Number(whole.value * SCALES[self.take().text.lower()])
        if spelled and (parts := self.parts()):  # two thirds, two-thirds
            return Number(whole.value / parts)
        part = self.proper_fraction()
        if part is not None:
            return Number(whole.value + part)
        if self.token.kind == "number":
            raise UnreadableError("two numbers side by side")
        return whole

    def parts(self) -> int | None:
        """The 3 of `two thirds`."""
        ahead = 1 if self.token.text == "-" else 0
        parts = PARTS.get(self.peek(ahead).text.lower())
        if parts:
            self.place += ahead + 1
        return parts

    def repeating(self, literal: str) -> Fraction:
        r"""What the digits under the bar of `0.1\overline{6}` add."""
        self.take()
        digits = self.name_part()
        if not digits.isdecimal() or len(digits) > 20:
            raise UnreadableError(f"{digits!r} under a bar")
        decimals = len(literal.partition(".")[2])
        return Fraction(int(digits), (10 ** len(digits) - 1) * 10**decimals)

    def proper_fraction(self) -> Fraction | None:
        r"""The fraction of a mixed number: `3 1/2`, `3\frac{1}{2}`; 3½ is spelled as the latter."""
        start = self.place
        if self.token.kind == "number" and self.token.spaced and self.peek().text == "/":
            top, _, bottom = self.take().text, self.take(), self.take().text
        elif self.token.text in FRACTIONS:
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
        """A named constant or function, perhaps run together with its argument, else a product of letters."""
        token = self.take()
        name = token.text
        lower = name.lower()
        if lower in NEGATIONS:
            raise UnreadableError(f"the word {name!r}")
        if lower in ("infinity", "infty"):
            return INFINITY
        is_product = bool(self.variables) and set(name) <= set(self.variables or ())
        function = next((each for each in NAMES if lower.startswith(each)), "")
        if function and len(name) - len(function) <= 2 and not is_product:
            if len(name) > len(function):  # sinx
                self.put_back(token._replace(text=name[len(function) :]))
            return self.named(function)
        if len(name) > 3 and not is_product:
            raise UnreadableError(f"the word {name!r}")
        if len(name) > 1:
            self.put_back(token._replace(text=name[1:], spaced=False))
        return self.subscripted(name[0])

    def subscripted(self, name: str) -> Tree:
        if self.accept("_"):
            name += "_" + self.name_part()
        return Symbol(name)

    def name_part(self) -> str:
        """One token of a name, or a braced few."""
        if not self.accept("{"):
            return self.take().text
        part = ""
        while not self.accept("}"):
            part += self.take().text
        return part

    def named(self, name: str) -> Tree:
        if name == "pi":
            return PI
        if name in ("sqrt", "cbrt"):
            return Apply("root", (Number(Fraction(2 if name == "sqrt" else 3)), self.radicand()))
        if name in ("log", "lg"):
            return self.logarithm()
        return self.function(FUNCTIONS[name])

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
            if name not in INVERSES:
                raise UnreadableError(f"the inverse of {name}")
            return Apply(INVERSES[name], (self.function_argument(),))
        return Apply("^", (Apply(name, (self.function_argument(),)), exponent))

    def function_argument(self) -> Tree:
        if self.token.text in CLOSING:
            return self.group()
        tree = self.factor()
        while self.starts_factor() and not self.starts_function() and self.token.text != "(":
            tree = Apply("*", (tree, self.factor()))
        return tree

    def starts_function(self) -> bool:
        return self.token.text.removeprefix("\\").lower() in NAMES[:-1]

    def logarithm(self) -> Tree:
        base: Tree = Number(Fraction(10))
        if self.accept("_"):
            base = self.argument()
        return Apply("log", (base, self.function_argument()))

    def command(self) -> Tree:
        token = self.take()
        name = token.text[1:]
        if token.text in FRACTIONS:
            return Apply("/", (self.argument(), self.argument()))
        if name in ("binom", "dbinom", "tbinom"):
            return Apply("binom", (self.argument(), self.argument()))
        if name == "sqrt":
            return self.latex_root()
        if name in FUNCTIONS or name in ("log", "lg", "pi"):
            return self.named(name)
        if name in NAMED_VALUES:
            return NAMED_VALUES[name]
        if token.text in GREEK:
            return self.subscripted(name.removeprefix("var"))
        if name in ("boxed", "fbox"):
            return self.group()
        if name == "begin":
            return self.matrix()
        if token.text in GEOMETRY:
            return Symbol(token.text + self.name_part())
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
        closing = CLOSING.get(opening)
        if closing is None:
            raise UnreadableError(f"{opening!r} where a value belongs")
        if opening == "\\{" and self.accept("\\}"):
            return EMPTY
        self.open_bars += opening == "|"
        items = [self.sum()]
        if self.accept("\\choose"):
            items = [Apply("binom", (items[0], self.sum()))]
        while self.accept(",", ";"):
            items.append(self.sum())
        closed = self.take().text
        self.open_bars -= opening == "|"
        found = _collection(opening, tuple(items), closed, closing)
        if nesting(found) > MAX_NESTING:
            raise UnreadableError(f"collections nested deeper than {MAX_NESTING}")
        return found

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
        if name not in MATRICES:
            raise UnreadableError(f"the environment {name!r}")
        return name


def _collection(opening: str, items: tuple[Tree, ...], closed: str, closing: str) -> Tree:
    if opening in ("\\{", "\\lbrace") and closed == closing:
        return Apply("set", items)
    if len(items) == 1 and closed == closing:
        return Apply("abs", items) if opening in ("|", "\\lvert", "\\vert") else items[0]
    if opening == "{" and closed == "}":
        return Apply("set", items)
    if opening in ("\\langle", "⟨") and closed == closing:
        return Apply("()", items)
    brackets = {"]": "("}.get(opening, opening) + {"[": ")"}.get(closed, closed)  # ]0, 1[ is (0, 1)
    if (len(items) == 2 and brackets in ("[]", "[)", "(]")) or brackets == "()":
        return Apply(brackets, items)
    if brackets == "[]":
        return Apply("[]", items)
    raise UnreadableError(f"{opening!r} closed by {closed!r}")


def _ratio(left: Tree, right: Tree) -> Tree:
    """`a:b` is a quotient that says how it is written, `a:b:c` a proportion of three."""
    if isinstance(left, Apply) and left.op in ("ratio", "proportion"):
        return Apply("proportion", (*left.args, right))
    return Apply("ratio", (left, right))


def _in_base(number: Number, base: str) -> Number:
    """The value of digits with their base as subscript: `2516_8`."""
    digits = str(number.value)
    if not base.isdecimal() or not 2 <= int(base) <= 10 or number.last_place is not None:
        raise UnreadableError(f"the base {base!r}")
    if len(digits) > 100 or max(map(int, digits)) >= int(base):
        raise UnreadableError(f"{digits} in base {base}")
    return Number(Fraction(int(digits, int(base))))


def _balanced(op: str, parts: list[Tree]) -> Tree:
    """The parts joined by an operator in a tree that is no deeper than it must be."""
    if len(parts) == 1:
        return parts[0]
    half = (len(parts) + 1) // 2
    return Apply(op, (_balanced(op, parts[:half]), _balanced(op, parts[half:])))
