"""A pickle gives plain data and arrays of numbers; whatever else it asks for is refused by name."""

import os
import pickle
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.cleaners._pickles import load_pickle
from builders.files import BuildError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
PLAIN = [
    {"a": (1, 2.5, None, True), "b": {"x", "y"}, "c": frozenset([1]), "d": [b"", b"\xff", "∠"]}
]


class Asks:
    """It makes a pickle that asks for a function and its result."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._asked = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._asked


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "data.pk"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_data_comes_back(tmp_path: Path, protocol: int) -> None:
    assert load_pickle(written(tmp_path, pickle.dumps(PLAIN, protocol))) == PLAIN


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([1.5, -2], dtype=">f4"),
        np.array([True, False]),
        np.zeros((0, 3), dtype=np.int64),
        np.arange(5, dtype=np.int16)[::2],
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_of_numbers_come_back(
    tmp_path: Path, protocol: int, array: np.ndarray[Any, Any]
) -> None:
    read = load_pickle(written(tmp_path, pickle.dumps({"image": array}, protocol)))["image"]
    assert isinstance(read, np.ndarray)
    assert (read.dtype.kind, read.dtype.itemsize) == (array.dtype.kind, array.dtype.itemsize)
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_number_of_numpy_is_pythons(tmp_path: Path, protocol: int) -> None:
    read = load_pickle(written(tmp_path, pickle.dumps([np.float64(2.5), np.int32(3)], protocol)))
    assert read == [2.5, 3]
    assert [type(one) for one in read] == [float, int]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (Asks(os.mkdir, "SEEN"), f"{os.mkdir.__module__}.mkdir"),
        (Asks(eval, "open('SEEN', 'w')"), "builtins.eval"),
        (Asks(getattr, "", "join"), "builtins.getattr"),
        (Asks(bytearray, 10**9), "builtins.bytearray"),
        (Fraction(1, 3), "fractions.Fraction"),
        (Decimal("1.5"), "decimal.Decimal"),
        (OrderedDict(a=1), "collections.OrderedDict"),
        (Path("x"), "pathlib"),
        (np.array(["a", "b"]), "an array of 'U1'"),
        (np.array([{}, 1], dtype=object), "an array of 'O8'"),
        (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]), "an array of"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_anything_else_is_refused_by_name_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int, asked: Any, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, pickle.dumps(asked, protocol))
    with pytest.raises(BuildError) as refused:
        load_pickle(path)
    told = str(refused.value).replace("__builtin__", "builtins")
    assert f"{path} asks for {name}" in told
    assert "\n" not in told
    assert list(tmp_path.iterdir()) == [path]


def test_an_array_that_says_another_size_than_it_has_is_broken(tmp_path: Path) -> None:
    whole = pickle.dumps(np.arange(4, dtype=np.uint8), 2)
    assert whole.count(b"K\x04\x85") == 1  # its shape: a tuple of a 4
    path = written(tmp_path, whole.replace(b"K\x04\x85", b"K\x09\x85"))
    with pytest.raises(
        BuildError, match=r"not a whole pickle: 4 bytes for an array of shape \(9,\)"
    ):
        load_pickle(path)


def test_what_a_pickle_does_to_a_maker_ends_with_it(tmp_path: Path) -> None:
    load_pickle(written(tmp_path, b"cbuiltins\nset\n}X\x01\x00\x00\x00aI1\nsb."))
    assert load_pickle(written(tmp_path, pickle.dumps({1, 2}, 2))) == {1, 2}


@pytest.mark.parametrize("length", range(0, len(pickle.dumps(PLAIN)), 7))
def test_a_pickle_cut_short_is_one_line(tmp_path: Path, length: int) -> None:
    path = written(tmp_path, pickle.dumps(PLAIN)[:length])
    with pytest.raises(BuildError, match=f"{path} is not a whole pickle"):
        load_pickle(path)


@pytest.mark.parametrize(
    "content", [b"no pickle at all", b"\x80\x05}]s.", b"\x80\x05\x8d" + b"\xff" * 8]
)
def test_what_is_no_pickle_is_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BuildError, match="is not a whole pickle"):
        load_pickle(written(tmp_path, content))


def twofold(depth: int) -> list[Any]:
    """A list of two times a list, of two times a list, and so on."""
    made: list[Any] = ["x"]
    for _ in range(depth):
        made = [made, made]
    return made


def endless() -> list[Any]:
    """A list that holds itself."""
    made: list[Any] = [1]
    made.append((made,))
    return made


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (endless(), "written out it has more than"),
        (twofold(60), "written out it has more than"),
        ([10**5000], "a number of 16,610 bits"),
    ],
    ids=["endless", "twofold", "number"],
)
def test_what_nothing_could_write_is_one_line(tmp_path: Path, value: Any, reason: str) -> None:
    with pytest.raises(BuildError, match=f"is not a whole pickle: {reason}"):
        load_pickle(written(tmp_path, pickle.dumps(value)))


def test_what_has_many_places_comes_back_in_all(tmp_path: Path) -> None:
    value = {
        "a": twofold(10),
        "b": [("\ud800", {"\udc00"}, frozenset(["\udc00"]))] * 2,
        "c": -(10**20),
    }
    read = load_pickle(written(tmp_path, pickle.dumps(value)))
    assert read == {"a": twofold(10), "b": [("?", {"?"}, frozenset(["?"]))] * 2, "c": -(10**20)}
    assert read["a"][0] is read["a"][1]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="No such file or directory"):
        load_pickle(tmp_path / "none.pk")
