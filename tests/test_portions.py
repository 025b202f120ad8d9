"""Which rows a stage learns from, how they are read wherever they stand, and the order that they come in."""

import json
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from builders.files import ExpectedError
from builders.parts import choose_parts, samples
from builders.sample import Sample
from reasonrft import portions
from reasonrft.config import Recipe, RunConfig
from reasonrft.order import Draw, by_length
from reasonrft.portions import mixed, portion, style_of
from reasonrft.prompt import Style
from reasonrft.stream import ENDLESS
from tests.asked import build_toys
from tests.toy_job import build_train


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_train(tmp_path_factory.mktemp("data") / "counting", 120)


@pytest.fixture(scope="module")
def geometry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_train(tmp_path_factory.mktemp("data") / "geometry", 40, "geometry")


def config(
    recipe: str = "cot-sft", family: tuple[str, ...] = ("counting",), **data: Any
) -> RunConfig:
    table = {"name": "toy", "recipe": recipe, "data": {"family": family, **data}}
    return RunConfig.model_validate(table)


def train_of(folder: Path, family: str) -> list[Sample]:
    (part,) = choose_parts([folder], (family,), ["train"])
    return list(samples(part))


def test_rows_are_those_of_train_wherever_they_are_asked_for(
    counting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "GROUPS_IN_MEMORY", 1)
    rows = portion(config(), "sft", [counting])
    train = train_of(counting, "counting")
    assert len(rows) == len(train) == 120
    for place in (119, 0, 60, 1, 61, 119, -1):
        assert rows[place] == train[place]
    assert list(rows[10:20]) == train[10:20]
    assert list(pickle.loads(pickle.dumps(rows))) == train  # noqa: S301 - what was pickled here
    with pytest.raises(IndexError):
        rows[120]


def test_stage_1_has_the_first_rows_and_stage_2_the_rest(counting: Path, geometry: Path) -> None:
    both = config("reason-rft", ("counting", "geometry"), stage_1=30)
    first, second = (portion(both, stage, [counting, geometry]) for stage in ("sft", "grpo"))
    for family, folder in (("counting", counting), ("geometry", geometry)):
        train = [sample.id for sample in train_of(folder, family)]
        in_first, in_second = (
            [sample.id for sample in rows if sample.family == family] for rows in (first, second)
        )
        assert in_first == train[:30]
        assert in_second == train[30:]


def test_fewer_rows_are_the_first_ones_and_are_shared_between_the_stages(counting: Path) -> None:
    train = [sample.id for sample in train_of(counting, "counting")]
    some = portion(config(rows=40), "sft", [counting])
    assert [sample.id for sample in some] == train[:40]
    both = config("reason-rft", rows=40, stage_1=30)
    first, second = (portion(both, stage, [counting]) for stage in ("sft", "grpo"))
    assert [sample.id for sample in first] == train[:30]
    assert [sample.id for sample in second] == train[30:40]


@pytest.mark.parametrize("recipe", ["cot-sft", "ans-sft", "reason-rft-zero"])
def test_other_recipes_have_all_rows(counting: Path, recipe: str) -> None:
    stage = "grpo" if recipe == "reason-rft-zero" else "sft"
    assert len(portion(config(recipe, stage_1=30), stage, [counting])) == 120  # type: ignore[arg-type]


def test_families_are_mixed_evenly(counting: Path, geometry: Path) -> None:
    every = config(family=("all",))
    rows = portion(every, "sft", [counting, geometry])
    families = [sample.family for sample in rows]
    assert Counter(families) == {"counting": 120, "geometry": 40}
    named_too = config(family=("all", "counting"))
    assert len(portion(named_too, "sft", [counting, geometry])) == 160
    for start in range(0, 160, 16):
        assert Counter(families[start : start + 16])["geometry"] == 4
    assert list(mixed([[0, 1], [2, 3]])) == [0, 2, 1, 3]
    assert list(mixed([[0, 1, 2], []])) == [0, 1, 2]


def test_a_recipe_has_its_style() -> None:
    styles = {recipe: style_of(recipe) for recipe in Recipe}
    assert styles.pop(Recipe.ANS_SFT) is Style.ANSWER
    assert set(styles.values()) == {Style.THOUGHT}


def test_what_is_not_there_is_refused(counting: Path, tmp_path: Path) -> None:
    def refused(settings: RunConfig, stage: Any, *folders: Path) -> str:
        with pytest.raises(ExpectedError) as problem:
            portion(settings, stage, folders)
        return str(problem.value)

    told = refused(config(family=("geometry",)), "sft", counting)
    assert told == f"no rows of geometry to learn from in {counting}; there are: counting"
    for stage in ("sft", "grpo"):  # stage 1 is not trained for nothing
        told = refused(config("reason-rft", stage_1=120), stage, counting)
        assert (
            told
            == "data.stage_1 = 120 leaves no rows of counting for stage 2: there are 120 to learn from"
        )
        told = refused(config("reason-rft", rows=40, stage_1=40), stage, counting)
        assert told.endswith("for stage 2: there are 40 to learn from")
    told = refused(config(rows=121), "sft", counting)
    assert told == "data.rows = 121 are more than counting has: train has 120"
    assert "no dataset in" in refused(config(), "sft", tmp_path)
    test = build_toys(tmp_path / "test", "test=10")
    assert refused(config(), "sft", test) == f"no split 'train' to learn from in {test}"
    assert "is in more than one of the folders" in refused(config(), "sft", counting, counting)
    half = build_train(tmp_path / "half")
    shard = next((half / "data" / "counting").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-8])
    assert refused(config(), "sft", half) == f"{shard} is not a whole Parquet file"


def test_rows_of_a_batch_are_of_about_one_length() -> None:
    lengths = [(row * 7919) % 200 for row in range(1000)]
    order = by_length(lengths, 2100, 8, 5)
    assert len(order) == 2100
    assert sorted(order[:1000]) == sorted(order[1000:2000]) == list(range(1000))
    assert order[:1000] != order[1000:2000]
    assert order == by_length(lengths, 2100, 8, 5) != by_length(lengths, 2100, 8, 6)
    batches = [[lengths[row] for row in order[at : at + 8]] for at in range(0, 1000, 8)]
    padded = sum(max(batch) * len(batch) for batch in batches) / sum(lengths)
    assert padded < 1.1  # 1.75 without
    firsts = [batch[0] for batch in batches]
    assert firsts != sorted(firsts)


def blocks_of(draw: Draw, count: int) -> list[list[int]]:
    return [draw.block(number) for number in range(count)]


def test_blocks_ask_different_questions_and_rounds_ask_all() -> None:
    blocks = blocks_of(Draw(10, 4, 0), 5)
    assert all(len(set(block)) == 4 for block in blocks)
    asked = [question for block in blocks for question in block]
    assert sorted(asked[:10]) == list(range(10))
    assert blocks == blocks_of(Draw(10, 4, 0), 5) != blocks_of(Draw(10, 4, 1), 5)


def test_silent_questions_rest_longer_and_longer() -> None:
    def asked(*, skip: bool) -> Counter[int]:
        draw = Draw(12, 3, 0, skip_silent=skip)
        counts: Counter[int] = Counter()
        for number in range(80):
            block = draw.block(number)
            draw.block(number + 1)  # loaders look ahead
            counts.update(block)
            draw.graded(number, [question < 4 for question in block])
        return counts

    with_rest, without = asked(skip=True), asked(skip=False)
    assert set(without.values()) == {20}
    assert all(3 <= with_rest[question] <= 6 for question in range(4))
    assert all(with_rest[question] > 23 for question in range(4, 12))


def test_questions_that_all_rest_are_asked_after_all() -> None:
    draw = Draw(4, 4, 0, skip_silent=True)
    for number in range(6):
        assert sorted(draw.block(number)) == [0, 1, 2, 3]
        draw.graded(number, [True] * 4)


def test_a_curriculum_goes_from_easy_to_hard() -> None:
    ranks = [(question * 37) % 100 for question in range(100)]
    blocks = blocks_of(Draw(100, 5, 0, ranks, blocks=40), 40)
    hardest = [max(ranks[question] for question in block) for block in blocks]
    assert max(hardest[:2]) < 30
    assert max(hardest[:10]) < 65
    assert max(hardest[20:]) > 95
    assert all(len(set(block)) == 5 for block in blocks)


def test_a_draw_goes_on_from_its_state() -> None:
    def grade(draw: Draw, number: int) -> list[int]:
        block = draw.block(number)
        draw.block(number + 1)
        draw.graded(number, [question % 3 == 0 for question in block])
        return block

    whole = Draw(20, 4, 0, list(range(20)), 30, skip_silent=True)
    before = [grade(whole, number) for number in range(7)]
    state = json.loads(json.dumps(whole.state()))
    after = [grade(whole, number) for number in range(7, 30)]
    again = Draw(20, 4, 0, list(range(20)), 30, skip_silent=True)
    again.restore(state)
    assert [len(again.block(number)) for number in range(7)] == [4] * 7
    assert [grade(again, number) for number in range(7, 30)] == after
    assert len(before) == 7


def test_a_stream_goes_on_from_its_state_and_keeps_little() -> None:
    whole = Draw(ENDLESS, 4, 0)
    for number in range(7):
        assert whole.block(number) == list(range(4 * number, 4 * number + 4))
        whole.block(number + 1)
        whole.graded(number, [True] * 4)
    state = json.loads(json.dumps(whole.state()))
    assert state["silences"] == state["back"] == {}
    again = Draw(ENDLESS, 4, 0)
    again.restore(state)
    assert [again.block(number)[0] for number in range(6, 9)] == [0, 28, 32]
