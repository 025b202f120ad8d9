"""numbers: lessons that ask for no picture: sums and products, an x, the option with a value, the length of a list."""

from random import Random
from typing import Final

from builders.tasks._english import joined
from builders.tasks.counting._setting import LABELS
from reasonrft.nano.lessons._lesson import Kinds, Lesson

SMALL: Final = 16  # numbers of counting
ANGLES: Final = (90, 180, 360)  # that others are taken from
LARGE: Final = 180
FACTORS: Final = 9
OPTIONS: Final = 4


def _sum(_facts: object, rng: Random) -> Lesson:
    largest = rng.choice((SMALL, SMALL, LARGE))
    first, second = rng.randrange(largest), rng.randrange(largest)
    if rng.random() < 0.5:
        return _asked(f"{first} + {second}", first + second)
    first, second = max(first, second), min(first, second)
    return _asked(f"{first} − {second}", first - second)


def _rest(_facts: object, rng: Random) -> Lesson:
    """What is left of a right angle, a straight one or a whole turn."""
    whole = rng.choice(ANGLES)
    part = rng.randint(1, whole - 1)
    return _asked(f"{whole}° − {part}°", f"{whole - part}°")


def _product(_facts: object, rng: Random) -> Lesson:
    factor, other = rng.randint(2, FACTORS), rng.randint(2, 60)
    if rng.random() < 0.5:
        return _asked(f"{factor} · {other}", factor * other)
    return _asked(f"{factor * other} / {factor}", other)


def _x(_facts: object, rng: Random) -> Lesson:
    factor, x = rng.randint(2, FACTORS), rng.randint(2, 60)
    return Lesson(f"{factor}x = {factor * x}. What is x?", f"{factor}x = {factor * x}, x = {x}")


def _option(_facts: object, rng: Random) -> Lesson:
    """Which letter a value stands at."""
    values = rng.sample(range(1, 2 * LARGE), OPTIONS)
    options = list(zip("ABCD", values, strict=True))
    letter, value = rng.choice(options)
    listed = "\n".join(f"{name}. {one}" for name, one in options)
    return Lesson(f"Which option is {value}?\n{listed}", f"The value {value} is option {letter}.")


def _list(_facts: object, rng: Random) -> Lesson:
    """How many names a list has."""
    labels = rng.choice(LABELS)[: rng.randint(3, 12)]
    named = [label for label in labels if rng.random() < 0.6] or [labels[0]]
    return Lesson(f"How many names are these: {joined(named)}?", f"That makes {len(named)}.")


def _asked(text: str, result: object) -> Lesson:
    return Lesson(f"How much is {text}?", f"{text} = {result}")


LESSONS: Final[Kinds[object]] = {
    "sum": (2, _sum),
    "rest": (2, _rest),
    "product": (2, _product),
    "x": (1, _x),
    "option": (1, _option),
    "list": (2, _list),
}
