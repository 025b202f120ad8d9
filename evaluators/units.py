"""units: the grammar of what follows a value: a unit, counted things, words that add nothing."""

from evaluators import words
from evaluators.arithmetic import Arithmetic
from evaluators.notation import UnreadableError
from evaluators.symbols import FUNCTIONS
from evaluators.tokens import Token
from evaluators.words import Unit


class Units(Arithmetic):
    """A value with its unit."""

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
        if self.peek().text in ("(", "\\(") and lower in FUNCTIONS:
            return False
        tables = words.ADJECTIVES | words.TAIL | words.IS | words.ABOUT | words.JOINS
        return (
            words.unit_named(name) is not None
            or lower in words.UNIT_POWERS
            or lower in tables
            or words.is_counted(name)
        )

    def unit(self) -> Unit | None:
        if self.bracket_holds_unit():
            return self.bracketed_unit()
        if not self.starts_unit():
            return None
        found, inverted = Unit(""), False
        while True:
            part = self.unit_factor()
            if part is None:
                break
            found = _combined(found, part, inverted=inverted)
            inverted = self.accept("/") or self.accept_word(words.PER)
            if not inverted:
                self.accept("*", "\\cdot")
        if inverted:
            raise UnreadableError("a unit is missing after '/'")
        self.counted_things()
        return found if found.dimension and not found.dimension.startswith(words.ANY) else None

    def bracket_holds_unit(self) -> bool:
        """Whether `(cm²)` stands here."""
        word = self.peek()
        is_unit = word.kind == "word" and words.unit_named(word.text) is not None
        is_variable = word.text in (self.variables or ())
        return (
            self.token.text == "("
            and is_unit
            and not is_variable
            and self.peek(2).text in (")", "^")
        )

    def bracketed_unit(self) -> Unit | None:
        self.take()
        unit = self.unit()
        self.expect(")")
        return unit

    def unit_factor(self) -> Unit | None:
        start, power = self.place, 1
        while self.token.kind == "word" and self.token.text.lower() in words.UNIT_POWERS:
            power *= words.UNIT_POWERS[self.take().text.lower()]
            self.accept(".")
        unit = words.unit_named(self.token.text) if self.token.kind == "word" else None
        after = self.peek().text.lower()
        if unit is None or (self.token.text == "in" and after in words.TAIL):  # `5 in the picture`
            self.place = start
            return None
        self.take()
        self.accept(".")
        if self.accept("^"):
            power = self.small_power()
        elif self.token.kind == "word" and self.token.text.lower() in ("squared", "cubed"):
            power = words.UNIT_POWERS[self.take().text.lower()]
        return unit if power == 1 else Unit(f"{unit.dimension}^{power}", unit.factor**power)

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


def _combined(left: Unit, right: Unit, *, inverted: bool) -> Unit:
    if inverted:
        return Unit(f"{left.dimension}/{right.dimension}", left.factor / right.factor)
    if not left.dimension:
        return right
    return Unit(f"{left.dimension}*{right.dimension}", left.factor * right.factor)
