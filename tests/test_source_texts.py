"""Texts of foreign data: read bit by bit, refused by name, and nothing outside of the folder is."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import source
from builders.files import BuildError
from builders.source import array_key, found, json_file, json_lines, members

Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(
    values=st.lists(Values, max_size=6),
    before=Values,
    chunk=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_members_are_what_json_reads(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[Any],
    before: Any,
    chunk: int,
    indent: int | None,
    ascii_only: bool,
) -> None:
    path = tmp_path_factory.mktemp("json") / "file.json"
    whole = {"info": before, "questions": values, "more": [1]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "CHUNK", chunk)
        path.write_text(json.dumps(whole, indent=indent, ensure_ascii=ascii_only), encoding="utf-8")
        assert list(members(path, "questions")) == values
        assert array_key(path) == ("info" if isinstance(before, list) else "questions")
        path.write_text(json.dumps(values, indent=indent), encoding="utf-8")
        assert list(members(path, None)) == values


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        (b'{"questions": [1, 2', "questions", "is no JSON"),
        (b'{"questions": [1 2]}', "questions", "is no JSON"),
        (b'{"questions": [1, NaN]}', "questions", "NaN is no number"),
        (b'{"questions": [1, 1e999]}', "questions", "1e999 is too large for a number"),
        (b'{"questions": [-1e999]}', "questions", "-1e999 is too large for a number"),
        (b'{"questions": 3}', "questions", "is no JSON"),
        (b'{"scenes": []}', "questions", "has no 'questions'"),
        (b"", None, "is no JSON"),
        (b"[" * 100_000, None, "is no JSON"),
        (b"[" * 700 + b'"\\u0041"' + b"]" * 700, None, "is no JSON"),
        (b'["\xff"]', None, "is no UTF-8"),
    ],
)
def test_what_is_no_json_is_named(
    tmp_path: Path, content: bytes, key: str | None, reason: str
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(BuildError, match=reason) as caught:
        list(members(path, key))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_no_more_of_a_file_is_read_than_needed(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"info": {}, "scenes": [{"a": 1}, broken')
    assert array_key(path) == "scenes"
    assert next(members(path, "scenes")) == {"a": 1}


def test_lines_and_whole_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text('{"a": 1}\n\n{"b": 2}\n')
    assert list(json_lines(path)) == [(1, {"a": 1}), (3, {"b": 2})]
    path.write_text('{"a": 1}\n{"b": \n')
    with pytest.raises(BuildError, match=r"line 2 of .* is no JSON"):
        list(json_lines(path))
    with pytest.raises(BuildError, match="is no JSON"):
        json_file(path)
    for text in ('{"a": 1e999}', "[" * 700 + '"\\u0041"' + "]" * 700):
        path.write_text(text)
        with pytest.raises(BuildError, match=r"line 1 of .* is no JSON"):
            list(json_lines(path))
        with pytest.raises(BuildError, match=r"file\.jsonl is no JSON"):
            json_file(path)


class Counted(io.StringIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> str:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk


def test_an_error_is_told_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CHUNK", 1000)
    file = Counted('{"a": 1,, "b": 2}' + "x" * 100_000)
    with pytest.raises(BuildError, match="is no JSON: Expecting property name"):
        source._Text(tmp_path, file).value()
    assert file.taken == 1000


def test_a_value_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CHUNK", 100)
    monkeypatch.setattr(source, "MOST_TEXT", 5000)
    long = "x" * 4900
    assert source._Text(tmp_path, Counted(f'"{long}"')).value() == long
    file = Counted('"' + "x" * 100_000)
    with pytest.raises(BuildError, match="has a value of more than 5,000 characters"):
        source._Text(tmp_path, file).value()
    assert file.taken < 20_000


def test_a_name_that_is_no_text_or_leads_to_itself_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to("loop.json")
    with pytest.raises(BuildError, match=r"loop\.json is a link to itself"):
        found(tmp_path, "*.json")
    (tmp_path / "loop.json").unlink()
    (tmp_path / os.fsdecode(b"\xff.json")).write_text("{}")
    with pytest.raises(BuildError, match=r"a file whose name is no UTF-8: \?\.json"):
        found(tmp_path, "*.json")


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    folder = tmp_path / "source"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "own.json").write_text("{}")
    (folder / "inside.json").symlink_to(folder / "deep" / "own.json")
    assert found(folder, "*.json", "*/*.json") == [
        folder / "deep" / "own.json",
        folder / "inside.json",
    ]
    (folder / "outside.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(
        BuildError, match=r"outside\.json is a link to .*secret\.json, outside of the source"
    ):
        found(folder, "*.json")


def test_a_mark_at_the_beginning_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"questions": [1]}\n', encoding="utf-8-sig")
    assert array_key(path) == "questions"
    assert list(members(path, "questions")) == [1]
    assert list(json_lines(path)) == [(1, {"questions": [1]})]
    assert json_file(path) == {"questions": [1]}


def test_half_a_character_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('[{"a\\udc00": ["x\\ud83d!", "\\ud83d\\ude00"]}]')
    whole = {"a?": ["x?!", "\U0001f600"]}
    assert list(members(path, None)) == [whole]
    assert json_file(path) == [whole] == next(json_lines(path))[1]
