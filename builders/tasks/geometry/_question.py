"""_question: a problem in words: what of it a text tells, and what only the picture shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from builders.scenes.figures.drawing import Drawing, mark, outline
from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.measure import Quantity
from builders.tasks._english import joined
from builders.tasks.geometry._names import told, with_article

UNKNOWN: Final[Literal["x"]] = "x"
SAID_SHARE: Final = 0.45  # of the givens that a picture could show, those that the text tells
WORDS_SHARE: Final = 0.3  # of the facts that a picture could mark, those that the text tells
REST_SHARE: Final = 0.3  # of the texts that tell something, those that say where the rest is
MARKED_SHARE: Final = 0.25  # of the targets that a picture can label: with a question mark

# How to ask; `{}` is what is asked for. A length is called one: `Determine OR` reads as a word.
ASKS: Final[Mapping[str, Sequence[str]]] = {
    "length": (
        "Find the length of {}.", "How long is segment {}?", "What is the length of {}?",
        "Determine the length of {}.", "Work out the length of segment {}.",
        "Calculate the length of {}.",
    ),
    "angle": (
        "Find {} in degrees.", "How many degrees is {}?", "What is the size of {} in degrees?",
        "Determine {} in degrees.", "How large is {}, in degrees?", "Calculate {} in degrees.",
    ),
    "arc": (
        "How many degrees is {}?", "Find the measure of {} in degrees.",
        "What is the measure of {} in degrees?", "Determine {} in degrees.",
    ),
    "size": (
        "Find {}.", "What is {}?", "Determine {}.", "Work out {}.", "Calculate {}.",
    ),
    "x": (
        "Find {}.", "What is the value of {}?", "Determine {}.", "Work out the value of {}.", "Solve for {}.",
        "What is {}?",
    ),
}  # fmt: skip
OPENINGS: Final = (
    "In the figure, {}.", "In the picture, {}.", "In the diagram, {}.", "It is known that {}.", "Given: {}.",
    "Look at the figure, where {}.", "Suppose that {}.",
)  # fmt: skip
REST: Final = (
    "The other sizes are marked in the picture.", "Further measurements are marked in the figure.",
    "The rest is marked in the figure.", "See the picture for the other sizes.",
)  # fmt: skip
ALL_SIZES: Final = (
    "The sizes are marked in the picture.", "All measurements are marked in the figure.",
    "The rest is marked in the figure.", "See the picture for the sizes.",
)  # fmt: skip


@dataclass(slots=True)
class Telling:
    """What is said and what is drawn of a problem."""

    drawing: Drawing
    statements: list[str]  # parts of sentences
    tells_sizes: bool = False  # whether a size is among them


def tell(
    figure: Figure,
    facts: Sequence[Fact],
    visible: Sequence[tuple[Quantity, str]],
    hidden: Sequence[tuple[Quantity, str]],
    rng: Random,
    *,
    textbook: bool,
) -> Telling:
    """Divide what is given between text and picture; at least one size is in the picture only.

    Args:
        figure: The figure.
        facts: What must be known of it besides sizes.
        visible: Sizes, as they are written, that a label in the picture can show.
        hidden: Sizes that only words can tell.
        rng: What is chosen by chance.
        textbook: Whether the picture shows all that it can.
    """
    telling = Telling(outline(figure), [])
    for fact in facts:
        in_words = not textbook and rng.random() < WORDS_SHARE
        words = told(fact)
        if words is None:
            continue
        if in_words or not mark(telling.drawing, figure, fact):
            telling.statements.append(words)
    shown = list(visible)
    if not textbook:
        said = [one for one in visible if rng.random() < SAID_SHARE]
        if len(said) == len(visible):
            said = said[1:]
        shown = [one for one in visible if one not in said]
        hidden = [*hidden, *said]
    telling.statements += [statement(quantity, text, figure) for quantity, text in hidden]
    telling.tells_sizes = bool(hidden)
    telling.drawing.labels += shown
    return telling


def statement(quantity: Quantity, text: str, figure: Figure) -> str:
    """`AB = 12`, `the area of triangle ABC is 24`."""
    subject = with_article(quantity, figure)
    return f"{subject} is {text}" if " of " in subject else f"{subject} = {text}"


def question(telling: Telling, ask: str, hint: str, rng: Random, *, textbook: bool) -> str:
    """The whole question."""
    sentences = []
    if telling.statements:
        opening = rng.choice(OPENINGS[:3] if textbook else OPENINGS)
        sentences.append(opening.format(joined(telling.statements)))
        if not textbook and telling.drawing.labels and rng.random() < REST_SHARE:
            sentences.append(rng.choice(REST if telling.tells_sizes else ALL_SIZES))
    sentences.append(ask)
    if hint:
        sentences.append(hint)
    return " ".join(sentences)


def ask_for(target: Quantity, figure: Figure, rng: Random, *, textbook: bool) -> str:
    """The sentence that asks for a quantity; a textbook's tells nothing of it that marks show."""
    forms = ASKS.get(target.kind, ASKS["size"])
    return rng.choice(forms).format(with_article(target, figure, plainly=textbook))


def ask_for_unknown(rng: Random) -> str:
    """The sentence that asks for x."""
    return rng.choice(ASKS["x"]).format(UNKNOWN)
