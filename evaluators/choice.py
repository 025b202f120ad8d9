"""choice: one lettered option; an answer commits to exactly one, by its letter, its value or both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self

from evaluators import quantity
from evaluators.latex import Side, read
from evaluators.notation import UnreadableError, plain, undressed, without_opening
from evaluators.quantity import Tolerance
from evaluators.scalar import is_constant
from evaluators.tree import variables
from evaluators.verdict import Score

LETTERS: Final = "ABCDEFGHIJ"

_TEXT = re.compile(r"\\(?:text|textbf|textrm|mathrm|mathbf|mbox) ?\{([^{}]*)\}")
_LETTER = re.compile(r"[(\[{<]?([A-Za-z])[)\]}>]?[.:,)]?")
_LETTER_FIRST = re.compile(
    r"(?:[(\[]([A-Za-z])[)\]]|([A-Z])(?:[.:,)]|(?= ))|([a-z])\))[.:, ]*(?:- )?(\S.*)"
)
_LETTER_LAST = re.compile(r"(.*\S) ?[(\[](?:(?:option|choice) ?)?([A-Z])[)\]]", re.IGNORECASE)
_CONCLUDED = re.compile(
    r"(.+?)[,.;:]? (?:(?:so|therefore|thus|hence),? (?:the (?:correct |final )?(?:answer|option|choice) is|it is|i (?:pick|choose))"
    r"|(?:which|this|that) (?:is|matches|means|gives|corresponds to)|corresponding to|matching)"
    r" (?:the )?(?:correct )?(?:answer |option |choice )?[(\[]?([A-J])[)\]]?",
    re.IGNORECASE,
)
_OTHER_LETTER = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z'])")
_MENTIONS_LETTER = re.compile(r"\b(?:option|choice|answer) [(\[]?[A-J]\b", re.IGNORECASE)
_NAMES_OPTION = re.compile(
    r"\b(?:answer|option|choice|not|or|doubt|false|cannot|reject|impossible|wrong|if|unless|unlikely|nor)\b|n't\b",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r" is (?:the )?(?:correct|right|best|final)?(?: ?(?:answer|option|choice|one))?$", re.IGNORECASE
)
_LEADING: Final = frozenset(
    "the my final correct best right answer option choice is are would be so therefore thus hence"
    " i choose select pick it this that yes ans letter i'd i'll go with 答案".split()
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An option by its letter, with the texts of all options where they are known."""

    kind: ClassVar[str] = "choice"
    hint: ClassVar[str] = "the letter of one option, such as B"
    letter: str
    options: tuple[str, ...] = ()
    tolerance: str | None = None  # for an answer by value; never reaches another option
    _sides: tuple[Side | None, ...] = field(init=False, repr=False, compare=False)
    _tolerance: Tolerance | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """ValueError where the letter is none of the options."""
        allowed = LETTERS[: len(self.options)] if self.options else LETTERS
        if len(self.options) > len(LETTERS) or self.letter not in list(allowed):
            raise ValueError(f"gold {self.letter!r} is none of the options {', '.join(allowed)}")
        object.__setattr__(self, "options", _unlabelled(self.options))
        object.__setattr__(self, "_sides", tuple(map(quantity.option_side, self.options)))
        object.__setattr__(self, "_tolerance", quantity.tolerance(self.tolerance))

    def text(self) -> str:
        """The letter."""
        return self.letter

    def score(self, written: str) -> Score | None:
        """1 for this option, 0 for another, None where no single option is chosen."""
        try:
            picked = self._picked(_without_lead(_TEXT.sub(r" \1 ", plain(written))))
        except UnreadableError:
            return None
        return None if picked is None else Score(float(picked == self.letter))

    def _picked(self, text: str) -> str | None:
        if alone := _LETTER.fullmatch(text):
            return self._by_letter(alone.group(1))
        if first := _LETTER_FIRST.fullmatch(text):
            return self._labelled(
                (first.group(1) or first.group(2) or first.group(3)).upper(), first.group(4)
            )
        if last := _LETTER_LAST.fullmatch(text):
            return self._labelled(last.group(2).upper(), last.group(1))
        if concluded := _CONCLUDED.fullmatch(text):
            return self._concluded(concluded.group(2).upper(), concluded.group(1))
        return self._by_value(text)

    def _by_letter(self, letter: str) -> str | None:
        named = [LETTERS[i] for i, option in enumerate(self.options) if option.strip() == letter]
        if named and named != [letter.upper()]:
            return named[0] if not self._has(letter.upper()) else None
        return letter.upper() if self._has(letter.upper()) else None

    def _has(self, letter: str) -> bool:
        return letter in (LETTERS[: len(self.options)] if self.options else LETTERS)

    def _labelled(self, letter: str, rest: str) -> str | None:
        """A letter with its value: both must name one option."""
        if not self.options:  # nothing to compare with: at least a value, and no other letter
            value = read(undressed(rest))
            is_value = (
                value is not None and not value.is_labelled and is_constant(value.sides[0].tree)
            )
            return letter if is_value and not _OTHER_LETTER.search(rest) else None
        if self._has(letter) and self._means(rest, LETTERS.index(letter)):
            return letter
        return None

    def _concluded(self, letter: str, reason: str) -> str | None:
        """A letter behind a sentence that names no other option: `The angle is 60°, so the answer is B`."""
        if (
            _NAMES_OPTION.search(reason)
            or _OTHER_LETTER.search(reason)
            or self._by_value(reason) not in (None, letter)
        ):
            return None
        return letter if self._has(letter) else None

    def _by_value(self, text: str) -> str | None:
        if _MENTIONS_LETTER.search(text):  # which no rule above could bring together with the rest
            return None
        meant = [LETTERS[place] for place in range(len(self.options)) if self._means(text, place)]
        if len(meant) > 1 and self.letter in meant and self._is_repeated(meant):
            return self.letter
        return meant[0] if len(meant) == 1 else None

    def _is_repeated(self, letters: list[str]) -> bool:
        """Whether these options are one value written several times, not several that a unit tells apart."""
        places = [LETTERS.index(letter) for letter in letters]
        return all(self._means(self.options[places[0]], place) for place in places)

    def _means(self, text: str, place: int) -> bool:
        """Whether the text says what the option in this place says."""
        text = undressed(text)
        if text.startswith("(") and text.endswith(")") and "," not in text:  # B (12 m)
            text = text[1:-1]
        if " ".join(text.split()).casefold() == " ".join(self.options[place].split()).casefold():
            return True
        option = self._sides[place]
        statement = read(text, variables(option.tree)) if option else None
        if option is None or statement is None or not quantity.commits(statement):
            return False
        rivals = tuple(other for other in self._sides if other is not None and other != option)
        return quantity.is_same(statement, option, self._tolerance, rivals)

    def fields(self) -> dict[str, Any]:
        """The letter under `gold`, with the options and the tolerance where they are set."""
        return quantity.fields(self.letter, self.tolerance, self.options)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """From a letter, or from the text of one of the options."""
        gold = _TEXT.sub(r"\1", quantity.gold_text(fields["gold"])).strip()
        options = quantity.option_texts(fields.get("options"))
        letter = _LETTER.fullmatch(gold)
        if gold in options and options.count(gold) == 1:
            name = LETTERS[options.index(gold)]
        elif letter:
            name = letter.group(1).upper()
        elif first := re.match(r"[(\[]?([A-J])[)\].:,]", gold):  # `B. 60°`
            name = first.group(1)
        else:
            raise ValueError(
                f"gold {gold!r} is neither a letter nor one of the options {list(options)}"
            )
        return cls(name, options, quantity.tolerance_text(fields.get("tolerance")))


def _unlabelled(options: tuple[str, ...]) -> tuple[str, ...]:
    """The options without their own letters, where each brings its own: `A. 30`, `B. 60`."""
    labels = [
        re.match(rf"\(?{letter}[.:)] ?(?=\S)", option)
        for letter, option in zip(LETTERS, options, strict=False)
    ]
    if not all(labels):
        return options
    return tuple(
        option[label.end() :] for option, label in zip(options, labels, strict=True) if label
    )


def _without_lead(text: str) -> str:
    """The text behind `The correct answer is option`, or before `is the correct answer`."""
    spaced = re.sub(r"(?<=[A-Za-z]{3}):(?=\S)", ": ", _TRAILING.sub("", without_opening(text)))
    pieces = spaced.split(" ")
    while len(pieces) > 1 and pieces[0].lower().strip("*:,") in _LEADING:
        pieces = pieces[1:]
    return undressed(" ".join(pieces))
