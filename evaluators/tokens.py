"""tokens: a plain text cut into numbers, words, LaTeX commands and marks, in one linear pass."""

import re
from fractions import Fraction
from typing import Final, NamedTuple

from evaluators import words
from evaluators.notation import UnreadableError, closing_brace
from evaluators.tree import Number

MAX_TOKENS: Final = 400
MAX_DIGITS: Final = 400
MAX_EXPONENT: Final = 1_000  # of scientific notation: `1e999999999` must cost nothing


class Token(NamedTuple):
    """One piece of a text."""

    kind: str  # number, word, command, mark or end
    text: str
    spaced: bool = False  # stands after white space
    in_text: bool = False  # stood inside \text{…}
    spelled: bool = False  # a number written as a word


END: Final = Token("end", "")

_NUMBER_WORD = "|".join(sorted([*words.NUMBERS, *words.SCALES], key=len, reverse=True))
_TOKEN = re.compile(
    rf"""
      (?P<space>[ $]+)
    | (?P<number>
          \d{{1,3}}(?:,\d{{3}})+(?![\d]|,\d)(?:\.\d+)?
        | \d{{1,3}}(?:[ ]\d{{3}})+(?![\d,]|[ ]?/|[ ]\d)(?:\.\d+)?
        | (?:\d+(?:\.\d+|\.(?!\w))?|\.\d+)(?:[eE][+-]?\d+(?![\w.]))?
      )
    | (?P<count>(?:{_NUMBER_WORD})(?:(?:[ -]|(?<=hundred)[ ]and[ ]|(?<=thousand)[ ]and[ ])(?:{_NUMBER_WORD})){{0,12}}(?![a-zA-Z]))
    | (?P<word>[a-zA-Z]+|平方|立方|[\u4e00-\u9fff]+)
    | (?P<command>\\(?:[a-zA-Z]+|[^a-zA-Z\s]))
    | (?P<mark>\*\*|<=|>=|!=|[^\w\s\\])
    | (?P<under>_)
    | (?P<letter>[\u0391-\u03c9])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TEXT_COMMANDS: Final = frozenset(
    r"\text \textbf \textrm \textit \mathrm \mathbf \mathit \mbox \operatorname \boldsymbol".split()
)
_GREEK: Final = dict(
    zip(
        "αβγδεζηθικλμνξορστυφχψωΔΘΛΞΣΦΨΩ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma"
        " tau upsilon phi chi psi omega Delta Theta Lambda Xi Sigma Phi Psi Omega".split(),
        strict=True,
    )
)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a plain text, an END behind them."""
    return [*_cut(text, in_text=False), END]


def _cut(text: str, *, in_text: bool) -> list[Token]:
    found: list[Token] = []
    place, spaced = 0, in_text
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnreadableError(f"the character {text[place]!r}")
        kind, piece, place = match.lastgroup or "", match.group(), match.end()
        if kind == "command" and piece in _TEXT_COMMANDS and text[place : place + 1] == "{":
            closing = closing_brace(text, place)
            if closing < 0:
                raise UnreadableError(f"an open brace after {piece}")
            found += _cut(text[place + 1 : closing], in_text=True)
            place = closing + 1
        elif kind != "space":
            found.append(_token(kind, piece, spaced=spaced, in_text=in_text))
        if len(found) >= MAX_TOKENS:
            raise UnreadableError(f"{MAX_TOKENS} symbols or more")
        spaced = kind == "space"
    return found


def _token(kind: str, piece: str, *, spaced: bool, in_text: bool) -> Token:
    if kind == "count" and piece.lower() in words.SCALES:
        kind = "word"  # the million of `3 million`
    if kind == "count":
        value = words.spelled_number(piece)
        if value is None:
            raise UnreadableError(f"the number {piece!r}")
        return Token("number", str(value), spaced, in_text, spelled=True)
    if kind == "word" and piece.lower() in ("minus", "negative", "plus", "times"):
        sign = {"plus": "+", "times": "*"}.get(piece.lower(), "-")
        return Token("mark", sign, spaced, in_text)
    if kind == "letter":
        return Token("command", "\\" + _GREEK.get(piece, "?"), spaced, in_text)
    if kind == "under":
        return Token("mark", piece, spaced, in_text)
    return Token(kind, piece, spaced, in_text)


def number_of(literal: str) -> Number:
    """The value of a number token."""
    digits, _, exponent = literal.replace(",", "").replace(" ", "").lower().partition("e")
    if len(digits) > MAX_DIGITS or len(exponent) > len(str(MAX_EXPONENT)) + 1:
        raise UnreadableError(f"a number of {len(literal)} digits")
    whole, point, decimals = digits.partition(".")
    power = int(exponent or 0)
    if abs(power) > MAX_EXPONENT:
        raise UnreadableError(f"an exponent over {MAX_EXPONENT}")
    last_place = Fraction(10) ** (power - len(decimals))
    value = int(whole + decimals or "0") * last_place
    return Number(value, last_place if point and decimals else None)
