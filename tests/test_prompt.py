"""What a model is shown, what it is taught to write, and that both go with the grader."""

from dataclasses import replace
from pathlib import Path

import pytest

from builders.files import BuildError
from builders.sample import Sample
from evaluators import KINDS, Status, grade
from reasonrft.prompt import Prompt, Style, gold_of, make_prompt, make_target
from tests.asked import build_toys, sources_of


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    (source,) = sources_of(build_toys(tmp_path_factory.mktemp("toys")), "test")
    return list(source.samples())


def test_a_prompt_shows_question_options_layout_and_the_kind_of_answer(
    samples: list[Sample],
) -> None:
    for sample in samples:
        prompt = make_prompt(sample)
        assert prompt.text.startswith(sample.question)
        assert prompt.text.count("<think>") == prompt.text.count("</answer>") == 1
        assert KINDS[gold_of(sample).kind].hint in prompt.text
        lettered = [
            f"{letter}. {text}" for letter, text in zip("ABC", sample.options, strict=False)
        ]
        assert prompt.text.splitlines()[1:-1] == lettered
        assert prompt.images == sample.images
        assert "<think>" not in make_prompt(sample, Style.ANSWER).text


def test_a_prompt_tells_nothing_of_the_answer(samples: list[Sample]) -> None:
    for sample in samples:
        other = replace(sample, answer="99", thought="99", scene="{}", depth=9, id="x")
        assert make_prompt(other) == make_prompt(sample)


@pytest.mark.parametrize("style", list(Style))
def test_the_target_is_graded_right(samples: list[Sample], style: Style) -> None:
    for sample in samples:
        verdict = grade(make_target(sample, style), gold_of(sample))
        assert verdict.status is Status.CORRECT
        assert verdict.well_formed is (style is Style.THOUGHT)


@pytest.mark.parametrize("gold", ["[1]", "3", "{", "{}", '{"kind": ["integer"], "gold": 1}'])
def test_a_gold_that_is_none_is_told_in_a_line(samples: list[Sample], gold: str) -> None:
    spoilt = replace(samples[0], gold=gold)
    for read in (make_prompt, gold_of):
        with pytest.raises(BuildError, match=rf"^the gold of {spoilt.id} is no") as problem:
            read(spoilt)
        assert "\n" not in str(problem.value)


def test_messages_have_a_place_for_each_picture_then_the_text(samples: list[Sample]) -> None:
    for sample in samples:
        prompt = make_prompt(sample)
        (message,) = prompt.messages()
        kinds = [part["type"] for part in message["content"]]
        assert kinds == ["image"] * len(sample.images) + ["text"]
        assert message["content"][-1]["text"] == prompt.text


def test_digests_tell_prompts_apart() -> None:
    prompts = [
        Prompt((b"a",), "q"),
        Prompt((b"b",), "q"),
        Prompt((b"a",), "r"),
        Prompt((b"a", b"b"), "q"),
        Prompt((b"b", b"a"), "q"),
        Prompt((b"ab",), "q"),
        Prompt((), "q"),
    ]
    assert len({prompt.digest for prompt in prompts}) == len(prompts)
    assert prompts[0].pictures == prompts[2].pictures
    assert len({prompt.pictures for prompt in prompts}) == len(prompts) - 1


def test_an_answer_hint_is_no_answer_by_itself(samples: list[Sample], tmp_path: Path) -> None:
    """A model that repeats the prompt has answered nothing."""
    for sample in samples:
        assert grade(make_prompt(sample).text, gold_of(sample)).status is not Status.CORRECT
