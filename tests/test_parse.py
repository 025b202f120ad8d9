"""JSON of others: what is nested too deeply is no JSON, and one line wherever it is read."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from builders.files import BuildError, ExpectedError
from builders.parse import DEEPEST, Parser, object_in, parse_json, read_object
from builders.sample import Sample
from builders.shard import Record, read_record, write_record
from reasonrft import journal
from reasonrft.backend import ModelError
from reasonrft.checkpoints import WHOLE, is_whole, mark_whole
from reasonrft.config_file import make_config
from reasonrft.evaluation import read_options
from reasonrft.loading import settings_of_pictures
from reasonrft.preflight.weights import check_weights
from reasonrft.prompt import gold_of, make_prompt
from reasonrft.report.overlap import _pixels
from reasonrft.run import RECORDS, RunError, read_records
from tests.hand_made import record

DEEP = "[" * 100_000


def nested(levels: int, opened: str = "[", closed: str = "]") -> str:
    return opened * levels + "0" + closed * levels


TOO_DEEP = [DEEP, '{"a":' * 100_000, nested(DEEPEST + 1), f'{{"a": 0, "b": {nested(DEEPEST)}}}']


@pytest.mark.parametrize("text", TOO_DEEP, ids=["arrays", "objects", "a level more", "below a key"])
def test_what_is_nested_too_deeply_is_no_json(text: str) -> None:
    for written in (text, text.encode()):
        with pytest.raises(ValueError, match="nested too deeply: more than 100 levels"):
            parse_json(written)
        assert read_object(written) is None
    with pytest.raises(ValueError, match="nested too deeply"):
        Parser().raw_decode(text)


def test_what_is_not_too_deep_is_read_as_ever() -> None:
    for text in (nested(DEEPEST), nested(DEEPEST, '{"a": ', "}"), '"[[["', "[[], {}, 1]", "NaN"):
        assert repr(parse_json(text)) == repr(json.loads(text))
    assert parse_json("[1.5, NaN]", parse_float=str, parse_constant=str) == ["1.5", "NaN"]
    with pytest.raises(json.JSONDecodeError, match="Expecting value: line 1 column 5"):
        parse_json('[1, "a"'.replace('"a"', "]"))
    with pytest.raises(json.JSONDecodeError, match="Extra data"):
        parse_json("[] []")


def test_an_object_is_read_or_none(tmp_path: Path) -> None:
    assert read_object(b'{"a": [1]}') == {"a": [1]}
    assert [read_object(text) for text in ("", "{", "[]", "7", b"\xff")] == [None] * 5
    assert object_in(put(tmp_path / "it", '{"a": 1}')) == {"a": 1}
    assert [object_in(path) for path in (put(tmp_path / "deep"), tmp_path, tmp_path / "no")] == [None] * 3  # fmt: skip


# Where it is read. What is deep stands in a folder's file, or comes from a server or a shell.


def put(path: Path, text: str = DEEP) -> Path:
    path.write_text(text)
    return path


def model_in(folder: Path) -> Any:
    table = {"name": "x", "model": {"path": str(folder)}, "data": {"family": ["all"]}}
    return make_config(table, (), "").model


def sample_with(gold: str) -> Sample:
    return Sample("count/test/0", "counting", "count", "count", "test", (), "How many?", "5", gold, (), "", 1, "{}")  # fmt: skip


REFUSED: list[tuple[Callable[[Path], object], type[ExpectedError], str]] = [
    (
        lambda folder: journal.read(put(folder / "log.jsonl", f'{{"step": 1}}\n{DEEP}\n')),
        BuildError,
        "log.jsonl is damaged: line 2 is no JSON object",
    ),
    (
        lambda folder: list(read_records(put(folder / RECORDS, f"{record().to_line()}\n{DEEP}\n"))),
        RunError,
        "line 2 is damaged: nested too deeply",
    ),
    (
        lambda folder: settings_of_pictures(str(put(folder / "preprocessor_config.json").parent)),
        ModelError,
        "preprocessor_config.json is damaged: it is no JSON object",
    ),
    (
        lambda _: make_prompt(sample_with(DEEP)),
        BuildError,
        "the gold of count/test/0 is no JSON: nested too deeply",
    ),
    (
        lambda _: gold_of(sample_with("{")),
        BuildError,
        "the gold of count/test/0 is no JSON: Expecting",
    ),
]


@pytest.mark.parametrize(
    ("read", "error", "said"),
    REFUSED,
    ids=["a journal", "an answer", "settings of pictures", "a prompt", "a gold"],
)
def test_it_is_refused_in_a_line(
    tmp_path: Path, read: Callable[[Path], object], error: type[ExpectedError], said: str
) -> None:
    with pytest.raises(error) as refused:
        read(tmp_path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("index", [DEEP, "[]", "{}", '{"weight_map": []}'])
def test_a_damaged_index_of_weights_is_a_fault(tmp_path: Path, index: str) -> None:
    put(tmp_path / "model.safetensors.index.json", index)
    found = check_weights(model_in(tmp_path), None)
    assert found.state == "fault"
    assert "model.safetensors.index.json is damaged: it " in found.seen


def test_where_nothing_is_lost_it_counts_as_nothing(tmp_path: Path) -> None:
    mark_whole(tmp_path)
    assert is_whole(tmp_path)
    put(tmp_path / WHOLE)
    assert not is_whole(tmp_path)
    options = read_options(price=None, parallel=(1, 1), engine_args=[f"x={DEEP}"])
    assert options.engine == {"x": DEEP}


def test_a_record_whose_digest_fits_is_damaged_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "test-00000-of-00001.jsonl"
    head = Record({}, {}, rows=1, bytes=1, sha256="", counts={}, drops={})
    write_record(path, head, [DEEP])
    assert read_record(path) is not None
    assert _pixels(tmp_path, {"shards": [{"record": {"file": path.name}}]}) == []
    write_record(path, replace(head, settings={"a": parse_json(nested(DEEPEST))}), [])
    assert read_record(path) is None


@pytest.mark.parametrize(
    "wrong", [{"rows": "many"}, {"rows": None}, {"settings": []}, {"drops": 5}, {"more": 1}]
)
def test_a_record_of_another_form_is_damaged(tmp_path: Path, wrong: dict[str, Any]) -> None:
    path = tmp_path / "test-00000-of-00001.jsonl"
    write_record(path, Record({}, {}, rows=1, bytes=1, sha256="", counts={}, drops={}), [])
    head = json.loads(path.read_text().splitlines()[0])
    content = f"{json.dumps(head | wrong)}\n"
    path.write_text(f'{content}{{"sha256":"{sha256(content.encode()).hexdigest()}"}}\n')
    assert read_record(path) is None
