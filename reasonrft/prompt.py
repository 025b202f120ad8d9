"""prompt: what is a model shown of a sample: the only place with prompt text.

Training, reward and evaluation all go through here, so that they never differ by a word.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from builders.files import BuildError
from builders.sample import Sample
from builders.source import json_text
from evaluators import AnyAnswer, answer_from_json, layout

VERSION: Final = 1  # raised whenever a prompt changes


class Style(StrEnum):
    """What a model is asked to write."""

    THOUGHT = "thought"  # its thinking, then the answer
    ANSWER = "answer"  # the answer alone


INSTRUCTIONS: Final = {
    Style.THOUGHT: (
        "First think it through between <think> and </think>. "
        "Then give only the final answer, {hint}, between <answer> and </answer>."
    ),
    Style.ANSWER: "Give only the final answer, {hint}, between <answer> and </answer>.",
}


@dataclass(frozen=True)
class Prompt:
    """Pictures and a text; a model sees nothing else of a sample."""

    images: tuple[bytes, ...]  # PNG
    text: str

    @cached_property
    def pictures(self) -> str:
        """A digest of the pictures: questions that share theirs are not independent."""
        digest = hashlib.sha256()
        for image in self.images:
            digest.update(hashlib.sha256(image).digest())
        return digest.hexdigest()[:16]

    @cached_property
    def digest(self) -> str:
        """A digest of all that the model sees."""
        return digest_of_prompt(self.pictures, self.text)

    def messages(self) -> list[dict[str, Any]]:
        """The chat as transformers' templates take it: a place for each picture, then the text."""
        places = [{"type": "image"} for _ in self.images]
        return [{"role": "user", "content": [*places, {"type": "text", "text": self.text}]}]


def digest_of_prompt(pictures: str, text: str) -> str:
    """A digest of all that the model sees, from that of the pictures."""
    return hashlib.sha256(f"{pictures}\n{text}".encode()).hexdigest()[:16]


def make_prompt(sample: Sample, style: Style = Style.THOUGHT) -> Prompt:
    """What a model is shown of a sample.

    Raises:
        BuildError: its gold is none.
    """
    instruction = INSTRUCTIONS[style].format(hint=gold_of(sample).hint)
    return Prompt(sample.images, f"{make_question(sample)}\n{instruction}")


def make_question(sample: Sample) -> str:
    """The question with its options, for those who ask in their own words how to answer."""
    return "\n".join([sample.question, *_lettered(sample.options)])


def _lettered(options: tuple[str, ...]) -> list[str]:
    return [f"{chr(ord('A') + place)}. {option}" for place, option in enumerate(options)]


def make_target(sample: Sample, style: Style = Style.THOUGHT, *, is_bare: bool = False) -> str:
    """What a perfect model writes: the target of supervised training, its thought left empty if it is bare."""
    if style is Style.ANSWER:
        return f"<answer>\n{sample.answer}\n</answer>"
    return layout("" if is_bare else sample.thought, sample.answer)


def gold_of(sample: Sample) -> AnyAnswer:
    """The gold of a sample, which grades what is written.

    Raises:
        BuildError: it is none.
    """
    place = f"the gold of {sample.id}"
    stored = json_text(sample.gold, place)
    if not isinstance(stored, dict):
        raise BuildError(f"{place} is no JSON object: {sample.gold[:60]}")
    try:
        return answer_from_json(stored)
    except (ValueError, TypeError, LookupError) as problem:
        raise BuildError(f"{place} is none: {problem}") from None
