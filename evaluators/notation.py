"""notation: one plain spelling for the many ways in which the same mathematics is typed.

Unicode, LaTeX and Markdown dressing is taken off here, so that the grammar in `latex` sees `140°`
whether the model wrote `$140^{\\circ}$`, `**140°**` or full-width `１４０°`. Nothing is evaluated.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from evaluators.words import NEGATIONS, NUMBERS, SCALES

MAX_LAYERS: Final = 12  # of dressing
MAX_LENGTH: Final = 2_000  # characters of one written answer; a longer one is no answer


class UnreadableError(ValueError):
    """The text is not in the grammar, or is too large for it."""


_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u061c"
# Overrides and isolates can show `21` for `12`: a text that holds one cannot be trusted.
_DECEPTIVE = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]")
_ONLY_AT_EDGES = re.compile(f"[{_INVISIBLE}]")

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n")
_SUBSCRIPT = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_SPELLING: Final = {
    **dict.fromkeys("−–‐‑‒﹣－﹘", "-"),
    **dict.fromkeys("×✕✖⨯·⋅∙•・∗＊", "*"),
    **dict.fromkeys("÷∕⁄／", "/"),
    **dict.fromkeys("∶：︰", ":"),
    **dict.fromkeys("º˚∘◦", "°"),
    **dict.fromkeys("≃≅≒≐∼≈", "≈"),
    **dict.fromkeys("′’‘ʹ", "'"),
    **dict.fromkeys("″“”", '"'),
    **dict.fromkeys("，、", ","),
    "。": ".",
    "⩽": "≤",
    "⩾": "≥",
    "π": "\\pi ",
    "𝜋": "\\pi ",
    "∞": "\\infty ",
    "ℝ": "\\R ",
    "…": "...",
    "∅": "\\emptyset ",
    "㎠": "cm^{2}",
    "㎡": "m^{2}",
    "㎤": "cm^{3}",
    "㎥": "m^{3}",
}
_LATEX_ROMAN = re.compile(
    r"\\(?:left|right|bigl|bigr|Bigl|Bigr|big|Big|bigg|Bigg|displaystyle|textstyle|limits"
    r"|rm|bf|it|large|Large|normalsize)(?![a-zA-Z])\.?"
)
_LATEX_SPACE = re.compile(
    r"(?<!\\)\\(?:[,;: ]|q?quad(?![a-zA-Z])|hspace\{[^{}]*\}|phantom\{[^{}]*\}|\n)"
)
_IS = re.compile(r"\b(it|that|there|here)['’]s\b", re.IGNORECASE)
_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)  # can't, doesn't
_REALS = re.compile(r"\\mathbb ?\{? ?R ?\}?|\ball real numbers\b")
_INVERSE_NAME = re.compile(r"(?<=[a-zA-Z])\^ ?\{? ?-1 ?\}? ?(?=\([a-z]\) ?=)")  # f^{-1}(x) = …
_MATH_DELIMITER = re.compile(r"(?<!\\)\\[()\[\]]")
_RING = r"(?:\\circ|\\degree|°|\\text ?\{o\}|\\mathrm ?\{o\})"
_DEGREE = re.compile(rf"\^ ?(?:\{{ ?{_RING} ?\}}|{_RING}(?![a-zA-Z]))|\\degree(?![a-zA-Z])")
_WRAPPED = re.compile(
    r"\\(?:boxed|fbox|text|textbf|textrm|mathbf|mathrm|boldsymbol|mbox|underline) ?\{"
)
# The Chinese copula and `about`, not where they are negated, and the words before a chosen letter.
_CHINESE_IS = re.compile("(?<![不非])(?:等于|共有|共计|是|为|有)(?![\u4e00-\u9fff])")
_CHINESE_ABOUT = re.compile("(?<![不非])(?:大约|约)")
_CHINESE_PICK = re.compile(
    "^(?:所以|因此|故|应|则|正确|本题|的|答案|选项|选择|选|是|为|[: ])+(?=[(]?[A-J](?![A-Za-z]))|选项$"
)
_OPENING = re.compile(
    r"(?:yes|okay|so|therefore|thus|hence|then|consequently|finally|∴)[,:]? ?(?=\S)"
    r"|(?:in|looking|using|from|by|according|based|since|because|given|as|with|for|to|here|overall|let|simplifying"
    r"|solving|combining|applying|taking|after|when|step|reading|counting|measuring|adding|subtracting|removing)\b(?: [a-z0-9'=°∠\\-]+){1,14}, (?=\S)",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"\\?\$ ?(\d[\d,]*(?:\.\d+)?)(?: ?dollars)?")
# `2**3**2` is a power, `**5** cubes` is bold.
_BOLD = re.compile(r"(?<![\w)}])\*\*([^*]{1,200})\*\*(?![\w({])")
_MARKS: Final = ("**", "__", "``", "`", '"', "'", "*", "$$", "$")


def plain(text: str) -> str:
    """The text in one spelling, without its dressing.

    Raises:
        UnreadableError: it is too long or holds characters that deceive the eye.
    """
    if len(text) > MAX_LENGTH:
        raise UnreadableError(f"{len(text)} characters; at most {MAX_LENGTH}")
    if not text.isascii():
        text = _ascii_like(text)
    elif _DECEPTIVE.search(text):
        raise UnreadableError("a control character")
    text = (
        _IS.sub(r"\1 is", _NOT.sub(" not", " ".join(text.split())))
        .replace("\\!", "")
        .replace("{,}", ",")
    )
    if "$" in text and ("\\$" in text or text.count("$") % 2):
        text = _CURRENCY.sub(r"\1 dollars", text)
    if not text.isascii():
        text = _CHINESE_PICK.sub("", text)
        text = _CHINESE_IS.sub(" is ", _CHINESE_ABOUT.sub(" about ", text))
    if "**" in text:
        text = _BOLD.sub(r"\1", text)
    text = _REALS.sub(r"\\R ", text)
    if "\\" in text or "{" in text:
        text = _without_layout(text)
    return undressed(text)


# An opening with one of these says something of its own.
_INTRODUCES: Final = (
    NEGATIONS | NUMBERS.keys() | SCALES.keys() | {"or", "is", "are", "answer", "unsure", "guess"}
)


def without_opening(text: str) -> str:
    """The text behind `Therefore,` or `In the given figure,`, unless that denies what follows."""
    for _ in range(3):
        opening = _OPENING.match(text)
        if opening is None or not _INTRODUCES.isdisjoint(
            opening.group().lower().strip(" ,:").split()
        ):
            break
        text = text[opening.end() :]
    return text


def undressed(text: str) -> str:
    """The text without the Markdown marks, math delimiters, boxes and full stop around it."""
    for _ in range(MAX_LAYERS):
        before = text
        text = text.strip().rstrip(".,;").strip()
        for mark in _MARKS:
            if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark):
                text = text[len(mark) : -len(mark)]
        for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
            if text.startswith(opening) and text.endswith(closing):
                text = text[2:-2]
        wrapped = _WRAPPED.match(text)
        if wrapped and closing_brace(text, wrapped.end() - 1) == len(text) - 1:
            text = text[wrapped.end() : -1]
        if text == before:
            break
    return text


def closing_brace(text: str, opening: int) -> int:
    """Where the brace opened at `opening` is closed; -1 where it never is."""
    depth = 0
    for place in re.finditer(r"\\.|[{}]", text[opening:]):
        depth += {"{": 1, "}": -1}.get(place.group(), 0)
        if depth == 0:
            return opening + place.start()
    return -1


def _ascii_like(text: str) -> str:
    text = text.strip(_INVISIBLE + " \t\r\n")
    if _DECEPTIVE.search(text) or _ONLY_AT_EDGES.search(text):
        raise UnreadableError("a hidden or reordering character")
    text = _RAISED.sub(lambda run: "^{" + run.group().translate(_SUPERSCRIPT) + "}", text)
    text = _LOWERED.sub(lambda run: "_{" + run.group().translate(_SUBSCRIPT) + "}", text)
    return "".join(map(_spelled, text))


@lru_cache(maxsize=1024)
def _spelled(char: str) -> str:
    if char.isascii():
        return char
    if char in _SPELLING:
        return _SPELLING[char]
    if unicodedata.category(char) == "No":  # ½ ¾; a circled ③ is a label, not a number
        top, slash, bottom = unicodedata.normalize("NFKC", char).partition("⁄")
        if not slash:
            raise UnreadableError(f"the character {char!r}")
        return rf"\frac{{{top}}}{{{bottom}}}"
    normal = unicodedata.normalize("NFKC", char)
    if any(not each.isascii() and unicodedata.category(each) == "Nd" for each in normal):
        raise UnreadableError(f"the digit {char!r} of another script")
    return "".join(_SPELLING.get(each, each) for each in normal)


def _without_layout(text: str) -> str:
    text = text.replace("\\%", "%").replace("\\_", "_")
    text = _INVERSE_NAME.sub("", text)
    text = _LATEX_ROMAN.sub("", _MATH_DELIMITER.sub(" ", text))
    text = _DEGREE.sub("°", text)
    return " ".join(_LATEX_SPACE.sub(" ", text).replace("~", " ").split())
