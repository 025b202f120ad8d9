"""Exports: the real loaders read them, nothing of a gold is lost, and nothing is written over."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image
from pydantic import BaseModel, ConfigDict

from builders.files import BuildError
from builders.plan import Request
from builders.sample import Sample
from evaluators import (
    AnyAnswer,
    Choice,
    Expression,
    Number,
    Program,
    answer_from_json,
    answer_to_json,
    grade,
    layout,
)
from evaluators.world import Edit, Thing
from reasonrft.export import EXPORT, Exported, export, form_of, forms
from reasonrft.prompt import Style, gold_of, make_prompt, make_question, make_target
from reasonrft.questions import choose_sources
from tests.asked import build_asked
from tests.command import Rrft
from tests.forgery import Row, alter, forge, shard_of
from tests.quiet import Quiet
from tests.reading_back import files_of

TRAIN, TEST = 12, 8
GOLDS: Final[tuple[AnyAnswer, ...]] = (
    Number("12.5", tolerance="0.05"),
    Number("40 cm"),
    Choice("B", ("30°", "60°", "90°"), tolerance="1%"),
    Expression("2x + 3"),
    Program(
        (Edit("color", 0, "red"),),
        (Thing(shape="cube", size="large", color="blue", material="metal", position=(0, 0)),),
    ),
)
WRITTEN: Final = (
    *("12.5", "12.52", "12.6", "40", "0.4 m", "B", "60°", "60.4°", "A", "2x+3", "3 + 2*x"),
    *("change_color(0, 'red')", "change_color(0, 'blue')", "change_size(0, 'small')", "", "5", "6"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of one picture and of two, with golds of every kind; one has no thought."""
    folder = tmp_path_factory.mktemp("export") / "data"
    sizes = [f"train={TRAIN}", f"test={TEST}"]
    asked = Request("counting", ["train,test"], sizes=sizes, image_size="48x32", seed=2)
    build_asked(folder, asked)

    def change(rows: list[Row]) -> None:
        for row, gold in zip(rows, GOLDS, strict=False):
            row["gold"] = json.dumps(answer_to_json(gold), ensure_ascii=False)
            row["answer"] = gold.text()
            row["options"] = list(gold.options) if isinstance(gold, Choice) else []
            row["thought"] = f"It is {gold.text()}"
        rows[len(GOLDS)]["thought"] = ""
        rows[1]["question"] = "Wie groß ist 5√3?\nÜber “alles” | a, b"

    forge(shard_of(folder, "counting", "train"), change)
    return folder


def samples_of(data: Path, split: str = "train") -> list[Sample]:
    (source,) = choose_sources([data], None, [split], None)
    return list(source.samples())


def write(data: Path, name: str, out: Path, *splits: str) -> Exported:
    return export([data], form_of(name), out, None, splits or ("all",), Quiet())


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of an exported file, by a reader of its layout."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".json":
        rows: list[dict[str, Any]] = json.loads(path.read_text())
        return rows
    return list(loaded(path))


def loaded(path: Path) -> Any:
    """A Parquet file as `datasets` loads it, with pictures that are opened."""
    from datasets import load_dataset

    cache = path.parent.parent / "cache"
    return load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(cache))


def pixels(picture: bytes | Image.Image) -> bytes:
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    return image.convert("RGB").tobytes()


# Every form.


def test_there_are_these_forms() -> None:
    assert list(forms()) == ["easyr1", "jsonl", "rl", "sharegpt", "trl", "vlm-r1"]
    with pytest.raises(BuildError, match="no format 'alpaca'; there are: easyr1, jsonl"):
        form_of("alpaca")


@pytest.mark.parametrize("name", list(forms()))
def test_every_row_keeps_its_gold_with_all_that_grades(
    data: Path, tmp_path: Path, name: str
) -> None:
    done = write(data, name, tmp_path / "out", "train")
    ours = {sample.id: sample for sample in samples_of(data)}
    for named in done.files:
        rows = read(done.folder / named.file)
        assert len(rows) == named.rows
        wanted = [one.id for one in ours.values() if one.thought or named.sheet.ending != "-cot"]
        assert [row["id"] for row in rows] == wanted
        for row in rows:
            sample = ours[row["id"]]
            gold = answer_from_json(json.loads(row["gold"]))
            assert gold == gold_of(sample)
            for written in (sample.answer, *WRITTEN):
                response = layout("hm", written)
                assert grade(response, gold) == grade(response, gold_of(sample))
    assert {named.rows for named in done.files} <= {TRAIN, TRAIN - 1}
    kinds = {json.loads(sample.gold)["kind"] for sample in ours.values()}
    assert kinds == {"integer", "number", "choice", "expression", "program"}


@pytest.mark.parametrize("name", list(forms()))
def test_an_export_is_the_same_each_time_and_knows_itself(
    data: Path, tmp_path: Path, name: str
) -> None:
    first = write(data, name, tmp_path / "a")
    write(data, name, tmp_path / "b")
    before = files_of(tmp_path / "a")
    assert before == files_of(tmp_path / "b")
    again = write(data, name, tmp_path / "a")
    assert again.was_there
    assert (again.files, again.pictures) == (first.files, first.pictures)
    assert files_of(tmp_path / "a") == before


@pytest.mark.parametrize("name", ["sharegpt", "rl", "vlm-r1", "jsonl"])
def test_each_picture_is_one_file_and_the_rows_name_it(
    data: Path, tmp_path: Path, name: str
) -> None:
    done = write(data, name, tmp_path / "out", "train")
    ours = {sample.id: sample for sample in samples_of(data)}
    different = set(chain.from_iterable(sample.images for sample in ours.values()))
    there = sorted(done.folder.glob("images/*/*.png"))
    assert len(there) == done.pictures == len(different)
    assert {path.read_bytes() for path in there} == different
    for row in read(done.folder / done.files[0].file):
        pictures = row["images"] if "images" in row else row["image"]
        names = [pictures] if isinstance(pictures, str) else pictures
        shown = [(done.folder / one).read_bytes() for one in names]
        assert shown == list(ours[row["id"]].images)


# LLaMA-Factory. https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md: `dataset_info.json`
# describes each file; messages alternate, the user's first; `<image>` stands for each of `images`, whose
# paths are seen from the folder of the description.


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Tags(Strict):
    role_tag: str
    content_tag: str
    user_tag: str
    assistant_tag: str


class Columns(Strict):
    messages: str
    images: str


class Description(Strict):
    file_name: str
    formatting: str
    columns: Columns
    tags: Tags


def test_llama_factory_finds_chats_and_pictures(data: Path, tmp_path: Path) -> None:
    done = write(data, "sharegpt", tmp_path / "out")
    told = json.loads((done.folder / "dataset_info.json").read_text())
    assert list(told) == [
        *("counting-train-cot", "counting-train-ans"),
        *("counting-test-cot", "counting-test-ans"),
    ]
    for name, one in told.items():
        description = Description(**one)
        assert description.formatting == "sharegpt"
        tags = description.tags
        split, style = name.split("-")[1:]
        ours = {sample.id: sample for sample in samples_of(data, split)}
        for row in read(done.folder / description.file_name):
            user, assistant = row[description.columns.messages]
            assert user[tags.role_tag] == tags.user_tag
            assert assistant[tags.role_tag] == tags.assistant_tag
            pictures = row[description.columns.images]
            sample = ours[row["id"]]
            ours_style = Style.THOUGHT if style == "cot" else Style.ANSWER
            text = user[tags.content_tag]
            assert text.count("<image>") == len(pictures) == len(sample.images)
            assert text.replace("<image>", "") == make_prompt(sample, ours_style).text
            assert assistant[tags.content_tag] == make_target(sample, ours_style)
            assert all((done.folder / picture).is_file() for picture in pictures)


# The paper's RL form: id, image (a text, or a list of two), problem, solution; its script adds the
# instruction. https://github.com/tanhuajie/Reason-RFT, README.


class Problem(Strict):
    id: str
    image: str | list[str]
    problem: str
    solution: str
    gold: str


def test_the_papers_form_has_no_instruction(data: Path, tmp_path: Path) -> None:
    done = write(data, "rl", tmp_path / "out", "train")
    rows = [Problem(**row) for row in read(done.folder / "counting-train.json")]
    assert {isinstance(row.image, str) for row in rows} == {True, False}
    for row, sample in zip(rows, samples_of(data), strict=True):
        assert (row.problem, row.solution) == (make_question(sample), sample.answer)
        assert "<answer>" not in row.problem
    lettered = next(row for row in rows if row.solution == "B" and "60°" in row.problem)
    assert "B. 60°" in lettered.problem


# VLM-R1. https://github.com/om-ai-lab/VLM-R1, `grpo_jsonl.py`: it joins the folder and `image`, takes the
# places out of the first turn, and the tags out of the second; the rest makes a `datasets.Dataset`.


def test_vlm_r1_reads_question_answer_and_pictures(data: Path, tmp_path: Path) -> None:
    from datasets import Dataset

    done = write(data, "vlm-r1", tmp_path / "out", "train")
    items = read(done.folder / "counting-train.jsonl")
    for item in items:
        image, (asked, answered) = item.pop("image"), item.pop("conversations")
        assert (asked["from"], answered["from"]) == ("human", "gpt")
        item["image_path"] = [str(done.folder / one) for one in _listed(image)]
        assert asked["value"].count("<image>") == len(item["image_path"])
        item["problem"] = asked["value"].replace("<image>", "")
        item["solution"] = answered["value"]
    for row, sample in zip(Dataset.from_list(items), samples_of(data), strict=True):
        assert (row["problem"], row["solution"]) == (make_question(sample), sample.answer)
        shown = [Path(path).read_bytes() for path in row["image_path"]]
        assert shown == list(sample.images)


def _listed(image: str | list[str]) -> list[str]:
    return [image] if isinstance(image, str) else image


# EasyR1. https://github.com/hiyouga/EasyR1, `verl/utils/dataset.py`: `load_dataset("parquet", …)`; each
# `<image>` of the prompt is a place, and `images` are opened pictures.


def test_easyr1_reads_prompts_and_pictures(data: Path, tmp_path: Path) -> None:
    done = write(data, "easyr1", tmp_path / "out", "train")
    rows = loaded(done.folder / "counting-train.parquet")
    for row, sample in zip(rows, samples_of(data), strict=True):
        *places, text = row["problem"].split("<image>")
        assert places == [""] * len(sample.images)
        assert text == make_prompt(sample).text
        assert row["answer"] == sample.answer
        assert list(map(pixels, row["images"])) == list(map(pixels, sample.images))


# TRL, itself.


def test_trl_takes_prompts_for_grpo(data: Path, tmp_path: Path) -> None:
    from trl.data_utils import is_conversational, prepare_multimodal_messages

    done = write(data, "trl", tmp_path / "out", "train")
    rows = loaded(done.folder / "counting-train-grpo.parquet")
    for row, sample in zip(rows, samples_of(data), strict=True):
        assert is_conversational(row)
        (message,) = prepare_multimodal_messages(row["prompt"], images=row["images"])
        *pictures, text = message["content"]
        assert text == {"type": "text", "text": make_prompt(sample).text}
        assert [pixels(one["image"]) for one in pictures] == list(map(pixels, sample.images))
        assert row["solution"] == sample.answer


@pytest.mark.parametrize(("ending", "style"), [("cot", Style.THOUGHT), ("ans", Style.ANSWER)])
def test_trl_learns_our_targets_behind_our_prompts(
    data: Path, tmp_path: Path, ending: str, style: Style
) -> None:
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    from reasonrft.loading import load_processor

    done = write(data, "trl", tmp_path / "out", "train")
    rows = list(loaded(done.folder / f"counting-train-{ending}.parquet"))
    processor = load_processor("nano")
    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    batch = collate([dict(row) for row in rows])
    ours = {sample.id: sample for sample in samples_of(data)}
    for row, tokens, labels in zip(rows, batch["input_ids"], batch["labels"], strict=True):
        sample = ours[row["id"]]
        whole = processor.tokenizer.decode(tokens)
        learned = processor.tokenizer.decode(labels[labels != -100])
        assert make_prompt(sample, style).text in whole
        assert make_target(sample, style) in learned
        assert make_prompt(sample, style).text not in learned


# What is refused, and what is left behind.


def test_nothing_is_written_over(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(BuildError, match=r"holds something else \(mine\.txt\)"):
        write(data, "rl", out)
    assert files_of(out).keys() == {"mine.txt"}
    (out / "mine.txt").unlink()
    write(data, "rl", out, "test")  # into an empty folder
    with pytest.raises(BuildError, match="holds another export"):
        write(data, "rl", out, "train")
    with pytest.raises(BuildError, match="holds another export"):
        write(data, "jsonl", out, "test")
    (out / "counting-test.json").write_text("[]")
    with pytest.raises(BuildError, match=r"counting-test\.json was changed or is gone"):
        write(data, "rl", out, "test")
    with pytest.raises(BuildError, match="is a file"):
        write(data, "rl", out / "counting-test.json", "test")
    (out / "export.json").write_text("{")
    with pytest.raises(BuildError, match=r"export\.json cannot be read; delete"):
        write(data, "rl", out, "test")


@pytest.mark.parametrize("what", ["gone", "changed"])
def test_an_export_without_all_its_pictures_is_not_taken_for_whole(
    data: Path, tmp_path: Path, what: str
) -> None:
    out = tmp_path / "out"
    write(data, "rl", out, "test")
    picture = min(out.glob("images/*/*.png"))
    if what == "gone":
        picture.unlink()
    else:
        picture.write_bytes(picture.read_bytes()[:-1])
    named = re.escape(str(out / "images" if what == "gone" else picture))
    with pytest.raises(BuildError, match=f"^{named} was changed or is gone; delete"):
        write(data, "rl", out, "test")


def test_rows_that_are_not_those_of_the_manifest_are_not_exported(
    data: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(data, tmp_path / "data"))
    path = shard_of(copy, "counting", "test")
    alter(path, lambda rows: rows[0].update(answer="7"))
    said = f"^{re.escape(str(path))} is not as manifest.json says"
    with pytest.raises(BuildError, match=said):
        write(copy, "rl", tmp_path / "out", "test")
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.partial").exists()
    write(copy, "rl", tmp_path / "out", "train")  # which is whole


def test_an_export_that_was_stopped_begins_anew(data: Path, tmp_path: Path) -> None:
    class Stop(Quiet):
        def advance(self, rows: int) -> None:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        export([data], form_of("sharegpt"), out, None, ("all",), Stop())
    assert not out.exists()
    (tmp_path / "out.partial" / "rest.json").write_text("of a kill")
    write(data, "sharegpt", out)
    write(data, "sharegpt", tmp_path / "other")
    assert files_of(out) == files_of(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "out"]


def test_a_text_that_would_stand_for_a_picture_is_refused(data: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(data, tmp_path / "data"))
    forge(
        shard_of(copy, "counting", "test"),
        lambda rows: rows[0].update(question="What is in <image>?"),
    )
    with pytest.raises(BuildError, match="dots/test/0: it has <image> in its text"):
        write(copy, "sharegpt", tmp_path / "out", "test")
    assert not (tmp_path / "out").exists()
    write(copy, "rl", tmp_path / "out", "test")  # which has no places


def test_rows_without_thoughts_are_counted(data: Path, tmp_path: Path) -> None:
    done = write(data, "sharegpt", tmp_path / "out")
    assert done.without_thought == 1
    rows = {named.file: named.rows for named in done.files}
    assert rows["counting-train-cot.json"] == TRAIN - 1
    assert rows["counting-train-ans.json"] == TRAIN
    copy = Path(shutil.copytree(data, tmp_path / "data"))
    forge(shard_of(copy, "counting", "test"), without_thoughts)
    done = write(copy, "trl", tmp_path / "none", "test")
    names = [named.file for named in done.files]
    assert names == ["counting-test-grpo.parquet", "counting-test-ans.parquet"]
    assert sorted(path.name for path in done.folder.glob("*.parquet")) == sorted(names)


def without_thoughts(rows: list[Row]) -> None:
    for row in rows:
        row["thought"] = ""


def test_the_command_says_what_there_is(data: Path, tmp_path: Path, rrft: Rrft) -> None:
    out = tmp_path / "out"
    said = rrft("export", data, "--format", "rl", "--split", "train", "--out", out, "--json")
    assert said.code == 0
    assert json.loads(said.stdout)["files"] == {"counting-train.json": TRAIN}
    assert json.loads((out / EXPORT).read_text())["made_of"]["form"] == "rl"
    said = rrft("export", data, "--format", "rl", "--split", "train", "--out", out)
    assert said.code == 0
    assert "which was there already" in said.stderr
    assert " files of pictures, " in said.stderr
    for _ in range(2):
        said = rrft(
            "export", data, "--format", "trl", "--split", "train", "--out", tmp_path / "trl"
        )
        assert "the pictures are in the Parquet files" in said.stderr
    for arguments, problem in wrong(data, tmp_path):
        said = rrft("export", *arguments)
        assert said.code == 2
        assert problem in said.stderr
        assert said.stderr.count("\n") == 1


def wrong(data: Path, tmp_path: Path) -> Iterator[tuple[list[str | Path], str]]:
    new: list[str | Path] = ["--out", tmp_path / "new"]
    yield [data, "--format", "alpaca", *new], "no format 'alpaca'"
    yield [data, "--format", "rl", "--split", "ood-moon", *new], "no split 'ood-moon'"
    yield [data, "--format", "rl", "--family", "music", *new], "no family 'music'"
    yield [tmp_path, "--format", "rl", *new], "no dataset in"
    yield [data, "--format", "rl", "--out", data / "sub"], f"{data / 'sub'} lies in the dataset"
    yield [data, "--format", "rl", "--out", ""], "a folder has a name"
