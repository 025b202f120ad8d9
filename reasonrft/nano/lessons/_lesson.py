"""_lesson: what a lesson is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

Facts = TypeVar("Facts")  # what is known of what a lesson is about


@dataclass(frozen=True, slots=True)
class Lesson:
    """A prompt about one picture or two, and what the model shall write."""

    prompt: str
    target: str


def place(cell: tuple[int, int]) -> str:
    """A cell of a picture as lessons say it: column and row."""
    return " ".join(map(str, cell))


# Kinds of lessons, each with its share among them.
Kinds = Mapping[str, tuple[float, Callable[[Facts, Random], Lesson]]]
