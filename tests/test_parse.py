"""JSON of others: what is nested too deeply is no JSON."""

import json
from pathlib import Path

import pytest

from builders.parse import DEEPEST, Parser, object_in, parse_json, read_object

DEEP = "[" * 100_000


def put(path: Path, text: str = DEEP) -> Path:
    path.write_text(text)
    return path


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
