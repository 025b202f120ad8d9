"""A run: what is asked, what is kept through kills, what is refused, what grading anew does."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders.files import BuildError
from builders.manifest import read_manifest
from evaluators import Status, layout
from evaluators import grade as grade_module
from reasonrft import record as record_module
from reasonrft import run as run_module
from reasonrft.backend import (
    Ask,
    Backend,
    Completion,
    Failure,
    ModelError,
    Options,
    Outcome,
    Sampling,
)
from reasonrft.evaluate import Evaluated, Manner, evaluate
from reasonrft.models import open_backend
from reasonrft.questions import Source
from reasonrft.record import Record
from reasonrft.report.markdown import settings_rows
from reasonrft.report.summary import make_report
from reasonrft.report.write import write_report
from reasonrft.run import BLOCK, RunError, RunState, alone, read_run, regrade, write_records
from tests.asked import build_toys, lines_of, sources_of
from tests.quiet import Quiet

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_toys(tmp_path_factory.mktemp("toys"))
    return build_toys(folder, "test=20", "ood-many=20", family="geometry")


class Scripted:
    """A backend that answers by a function of the ask; None: it dies there."""

    def __init__(self, write: Callable[[Ask], Outcome | None], model: str = "scripted") -> None:
        self.write, self.model = write, model
        self.asked: list[Ask] = []

    def identity(self) -> Mapping[str, Any]:
        return {"backend": "scripted", "model": self.model}

    def circumstances(self) -> Mapping[str, Any]:
        return {"engine": "none"}

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        for ask in asks:
            self.asked.append(ask)
            outcome = self.write(ask)
            if outcome is None:
                raise KeyboardInterrupt
            yield ask, outcome

    def close(self) -> None:
        pass


def right(ask: Ask) -> Completion:
    return Completion(layout("so", ask.sample.answer), tokens=5)


def run(
    folder: Path, backend: Backend, sources: list[Source], manner: Manner | None = None
) -> Evaluated:
    return evaluate(folder, backend, sources, manner or Manner(), Quiet())


def accuracies(folder: Path, family: str = "counting") -> dict[str, float]:
    state, records = read_run(folder)
    report = make_report(state, records, "t")
    splits = report.families[family].splits
    return {split: one.figures.accuracy.estimate for split, one in splits.items()}


# The references.


def reference(name: str) -> Backend:
    return open_backend(name, name, Options())


@pytest.mark.parametrize("family", ["counting", "geometry"])
def test_the_oracle_is_always_right_and_the_mute_one_never_read(
    data: Path, tmp_path: Path, family: str
) -> None:
    sources = sources_of(data, family=family)
    for name in ("oracle", "mute"):
        run(tmp_path / name, reference(name), sources)
    assert set(accuracies(tmp_path / "oracle", family).values()) == {1.0}
    assert set(accuracies(tmp_path / "mute", family).values()) == {0.0}
    assert {r["judged"]["well_formed"] for r in lines_of(tmp_path / "oracle")} == {True}
    verdicts = {
        (r["judged"]["status"], r["judged"]["lenient"]) for r in lines_of(tmp_path / "mute")
    }
    assert verdicts == {("unread", "unread")}


def test_the_prior_reaches_the_blind_baseline_that_the_build_stored(
    data: Path, tmp_path: Path
) -> None:
    sources = sources_of(data)
    run(tmp_path / "prior", reference("prior"), sources)
    manifest = read_manifest(data)
    assert manifest is not None
    reached = accuracies(tmp_path / "prior")
    for split, entry in manifest["families"]["counting"].items():
        assert reached[split] == pytest.approx(entry["blind"], abs=5e-5)  # stored to four digits
    state, records = read_run(tmp_path / "prior")
    report = make_report(state, records, "t").families["counting"]
    for split, one in report.splits.items():
        assert one.figures.blind == pytest.approx(reached[split], abs=1e-4)


def test_the_random_one_answers_as_questions_of_the_kind_are_answered(
    data: Path, tmp_path: Path
) -> None:
    sources = sources_of(data, "ood-many")
    manner = Manner(Sampling(seed=1), draws=8)
    run(tmp_path / "a", reference("random"), sources, manner)
    run(tmp_path / "b", reference("random"), sources, Manner(Sampling(seed=2), draws=8))
    said = [record["judged"]["answer"] for record in lines_of(tmp_path / "a")]
    manifest = read_manifest(data)
    assert manifest is not None
    there = manifest["families"]["counting"]["ood-many"]["kinds"]["dots"]["dots"]["answers"]
    assert set(said) == set(there)  # each of them, in 240 tries, and no other
    assert said != [record["judged"]["answer"] for record in lines_of(tmp_path / "b")]


# What a run keeps.


def test_records_are_in_order_and_whole_however_the_answers_come(
    data: Path, tmp_path: Path
) -> None:
    class Backwards(Scripted):
        def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
            yield from reversed(list(super().answer(asks, sampling)))

    sources = sources_of(data)
    run(tmp_path / "straight", Scripted(right), sources, Manner(draws=2))
    run(tmp_path / "backwards", Backwards(right), sources, Manner(draws=2))
    straight, backwards = (
        (tmp_path / name / "records.jsonl").read_bytes() for name in ("straight", "backwards")
    )
    assert straight == backwards
    rows = [(r["split"], r["row"], r["draw"]) for r in lines_of(tmp_path / "straight")]
    splits = ["test", "ood-dark", "ood-many", "ood-many-dark"]
    expected = [
        (source.split, row, draw)
        for source in sources
        for row in range(source.rows)
        for draw in range(2)
    ]
    assert rows == sorted(expected, key=lambda place: (splits.index(place[0]), *place[1:]))


def test_a_run_goes_on_where_it_was_broken_off(data: Path, tmp_path: Path) -> None:
    sources = sources_of(data)
    total = sum(source.rows for source in sources)
    run(tmp_path / "whole", Scripted(right), sources)
    broken = Scripted(lambda ask: None if len(broken.asked) > 25 else right(ask))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", broken, sources)
    records = tmp_path / "run" / "records.jsonl"
    records.write_bytes(records.read_bytes() + b'{"id": "dots/test/99", "torn')
    rest = Scripted(right)
    evaluated = run(tmp_path / "run", rest, sources)
    assert (evaluated.kept, evaluated.answered) == (25, total - 25)
    assert len(rest.asked) == total - 25
    assert records.read_bytes() == (tmp_path / "whole" / "records.jsonl").read_bytes()
    assert run(tmp_path / "run", rest, sources).answered == 0


def test_failed_answers_are_asked_again_and_never_wrong_in_silence(
    data: Path, tmp_path: Path
) -> None:
    sources = sources_of(data, "test")
    flaky = Scripted(lambda ask: Failure("no luck") if ask.row % 4 == 0 else right(ask))
    first = run(tmp_path / "run", flaky, sources)
    assert (first.answered, first.failed) == (30, 10)
    state, records = read_run(tmp_path / "run")
    report = make_report(state, records, "t")
    figures = report.families["counting"].splits["test"].figures
    assert (figures.n, figures.failed, figures.accuracy.estimate) == (30, 10, 1.0)
    assert "counting/test (10 of 40: 75.0% or 100.0%)" in report.remarks[0]
    again = Scripted(right)
    assert run(tmp_path / "run", again, sources).answered == 10
    assert {ask.row % 4 for ask in again.asked} == {0}
    assert all(record["failure"] is None for record in lines_of(tmp_path / "run"))


def test_splits_rows_and_draws_may_be_added_to_a_run(data: Path, tmp_path: Path) -> None:
    backend = Scripted(right)
    run(tmp_path / "run", backend, sources_of(data, "test", limit=10))
    assert len(backend.asked) == 10
    run(tmp_path / "run", backend, sources_of(data, "test", limit=15))
    run(tmp_path / "run", backend, sources_of(data, "ood-many", limit=5))
    assert len(backend.asked) == 20
    run(tmp_path / "run", backend, sources_of(data, "test", limit=10), Manner(draws=3))
    assert len(backend.asked) == 40
    assert len({(ask.sample.id, ask.draw) for ask in backend.asked}) == 40
    state, records = read_run(tmp_path / "run")
    assert {one.key: one.rows for one in state.data} == {
        ("counting", "test"): 15,
        ("counting", "ood-many"): 5,
    }
    assert len(records) == 40


@pytest.mark.parametrize(
    ("backend", "manner", "reason"),
    [
        (Scripted(right, "other"), Manner(), "model = scripted, not other"),
        (Scripted(right), Manner(Sampling(max_tokens=9)), "sampling.max_tokens = 1024, not 9"),
        (Scripted(right), Manner(Sampling(0.7)), "sampling.temperature = 0.0, not 0.7"),
    ],
)
def test_another_model_or_decoding_is_refused_with_the_difference(
    data: Path, tmp_path: Path, backend: Scripted, manner: Manner, reason: str
) -> None:
    sources = sources_of(data, "test")
    run(tmp_path / "run", Scripted(right), sources)
    before = (tmp_path / "run" / "records.jsonl").read_bytes()
    with pytest.raises(RunError, match=reason):
        run(tmp_path / "run", backend, sources, manner)
    assert backend.asked == []
    assert (tmp_path / "run" / "records.jsonl").read_bytes() == before


def test_other_samples_are_refused(data: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", Scripted(right), sources_of(data, "test"))
    other = build_toys(tmp_path / "other", "test=41")
    with pytest.raises(RunError, match="was asked other samples of counting/test"):
        run(tmp_path / "run", Scripted(right), sources_of(other, "test"))


def test_a_folder_of_something_else_is_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match=r"holds something else \(notes.txt\)"):
        run(tmp_path, Scripted(right), sources_of(data, "test"))
    with pytest.raises(BuildError, match="is a file; a run is a folder"):
        run(tmp_path / "notes.txt", Scripted(right), sources_of(data, "test"))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_two_processes_do_not_work_at_one_run(data: Path, tmp_path: Path) -> None:
    sources = sources_of(data, "test")
    run(tmp_path / "run", Scripted(right), sources)
    with alone(tmp_path / "run"), pytest.raises(BuildError, match="worked at by another process"):
        run(tmp_path / "run", Scripted(right), sources)


def test_a_damaged_record_is_named(data: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", Scripted(right), sources_of(data, "test"))
    path = tmp_path / "run" / "records.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for damage in (b"{}\n", b"[1]\n", b"nonsense\n", b"\n"):
        path.write_bytes(b"".join([*lines[:3], damage, *lines[4:]]))
        with pytest.raises(RunError, match="line 4 is damaged"):
            read_run(tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text('{"format": 99}')
    with pytest.raises(RunError, match=r"run\.json cannot be read: not of format 2"):
        read_run(tmp_path / "run")


def test_answers_of_any_text_come_back_as_they_were(data: Path, tmp_path: Path) -> None:
    texts = ["\ud800 lone", "line\nbreak\r\u2028\x00", "</script>" * 3, "💡" * 5, "x" * 1_000_000]
    sources = sources_of(data, "test", limit=len(texts))
    run(tmp_path / "run", Scripted(lambda ask: Completion(texts[ask.row])), sources)
    _, records = read_run(tmp_path / "run")
    assert [record.output for record in records] == texts


# What a session that does not end leaves.


@pytest.mark.parametrize("problem", [ModelError("the server is gone"), KeyboardInterrupt()])
def test_a_session_that_was_broken_off_is_told(
    data: Path, tmp_path: Path, problem: BaseException
) -> None:
    def write(ask: Ask) -> Outcome:
        if ask.row == 7:
            raise problem
        return Failure("no luck") if ask.row == 3 else right(ask)

    with pytest.raises(type(problem)):
        run(tmp_path / "run", Scripted(write), sources_of(data, "test"))
    state, records = read_run(tmp_path / "run")
    (session,) = state.sessions
    assert (session.answered, session.failed, len(records)) == (6, 1, 7)
    assert session.seconds is not None
    assert session.circumstances["engine"] == "none"
    report = make_report(state, records, "t")
    assert "not finished: 7 of 40 answers" in report.remarks[0]
    run(tmp_path / "run", Scripted(right), sources_of(data, "test"))
    assert [one.answered for one in read_run(tmp_path / "run")[0].sessions] == [6, 34]


def test_a_session_that_asked_nothing_changes_no_file(data: Path, tmp_path: Path) -> None:
    sources = sources_of(data, "test")
    run(tmp_path / "run", Scripted(right), sources)
    paths = (tmp_path / "run" / "run.json", tmp_path / "run" / "records.jsonl")
    before = [path.stat() for path in paths]
    assert run(tmp_path / "run", Scripted(right), sources).answered == 0
    assert [path.stat() for path in paths] == before
    assert len(read_run(tmp_path / "run")[0].sessions) == 1


def test_a_session_is_told_of_before_its_first_answer(data: Path, tmp_path: Path) -> None:
    seen: list[RunState] = []

    def write(ask: Ask) -> Outcome:
        seen.append(read_run(tmp_path / "run")[0])
        return right(ask)

    run(tmp_path / "run", Scripted(write), sources_of(data, "test", limit=2))
    (session,) = seen[0].sessions
    assert session.seconds is None
    report = make_report(seen[0], read_run(tmp_path / "run")[1], "made by hand")
    assert report.seconds == 0
    assert ", not finished, " in dict(settings_rows(report))["session 1"]


def test_a_full_disk_is_named_and_loses_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, content: Any) -> int:
            if self.tell() > 4_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(content[:100])

    records = tmp_path / "run" / "records.jsonl"
    usual = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(
            Path,
            "open",
            lambda path, mode, **_: Full(path, "a") if mode == "ab" else usual(path, mode),
        )
        with pytest.raises(RunError, match=r"No space left on device: .*records\.jsonl; nothing"):
            run(tmp_path / "run", Scripted(right), sources_of(data, "test"))
    there = records.read_bytes().count(b"\n")
    assert there > 2
    rest = Scripted(right)
    run(tmp_path / "run", rest, sources_of(data, "test"))
    assert len(rest.asked) == 40 - there


def test_a_line_that_was_cut_short_is_cut_off_however_long_it_is(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    for whole, torn in (
        (b"", b"x" * 200_000),
        (b"a\n" * 40_000, b"x"),
        (b"a\n", b"x" * BLOCK),
        (b"a\n", b"x" * (BLOCK - 1)),
        (b"a\n" * BLOCK, b""),
        (b"", b""),
    ):
        path.write_bytes(whole + torn)
        run_module._drop_torn_line(path)
        assert path.read_bytes() == whole


# What may change.


def test_more_answers_to_one_split_leave_the_others_finished(data: Path, tmp_path: Path) -> None:
    backend = Scripted(right)
    run(tmp_path / "run", backend, sources_of(data))
    manner = Manner(draws=3)
    run(tmp_path / "run", backend, sources_of(data, "test", limit=10), manner)
    state, records = read_run(tmp_path / "run")
    assert (state.draws, state.wanted, len(records)) == (3, 140, 140)
    assert {one.split: one.asked for one in state.data}["test"] == (40, 10, 10)
    assert not any("not finished" in said for said in make_report(state, records, "t").remarks)


def test_a_run_without_an_answer_may_become_another(data: Path, tmp_path: Path) -> None:
    sources = sources_of(data, "test")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", Scripted(lambda ask: None), sources)
    with pytest.raises(KeyboardInterrupt):
        other = build_toys(tmp_path / "data", "test=41")
        run(tmp_path / "run", Scripted(lambda ask: None, "other"), sources_of(other, "test"))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", Scripted(lambda ask: None, "other"), sources)
    assert len(read_run(tmp_path / "run")[0].sessions) == 1
    run(tmp_path / "run", Scripted(right, "other"), sources)
    state, records = read_run(tmp_path / "run")
    assert (state.settings["model"], len(state.sessions), len(records)) == ("other", 2, 40)


def test_an_answer_with_another_key_is_asked_again_and_no_failure_replaces_it(
    data: Path, tmp_path: Path
) -> None:
    sources = sources_of(data, "test")
    run(tmp_path / "run", Scripted(right), sources)
    _, records = read_run(tmp_path / "run")
    old = [replace(one, key="another") if one.row in (3, 5) else one for one in records]
    write_records(tmp_path / "run", old)
    failing = Scripted(lambda ask: Failure("no luck"))
    run(tmp_path / "run", failing, sources)
    assert [ask.row for ask in failing.asked] == [3, 5]
    assert read_run(tmp_path / "run")[1] == old
    asked = Scripted(right)
    run(tmp_path / "run", asked, sources)
    assert [ask.row for ask in asked.asked] == [3, 5]
    assert read_run(tmp_path / "run")[1] == records


def test_answers_that_the_run_does_not_list_are_kept(data: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", Scripted(right), sources_of(data, "test"))
    (tmp_path / "run" / "run.json").unlink()
    run(tmp_path / "other", Scripted(right), sources_of(data, "ood-many"))
    state = (tmp_path / "other" / "run.json").read_bytes()
    (tmp_path / "run" / "run.json").write_bytes(state)
    assert read_run(tmp_path / "run")[1] == []
    assert regrade(tmp_path / "run").records == 40
    run(tmp_path / "run", Scripted(right), sources_of(data, "ood-many"))
    assert [(one["split"], one["row"]) for one in lines_of(tmp_path / "run")] == [
        *(("ood-many", row) for row in range(30)),
        *(("test", row) for row in range(40)),
    ]


def test_a_name_that_is_no_utf_8_is_a_name(data: Path, tmp_path: Path) -> None:
    sources = sources_of(data, "test", limit=3)
    run(tmp_path / "run", Scripted(right, "m\udcff"), sources)
    assert read_run(tmp_path / "run")[0].settings["model"] == "m\udcff"
    assert run(tmp_path / "run", Scripted(right, "m\udcff"), sources).kept == 3
    write_report(tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"row": "3"}, "row: '3' is no int"),
        ({"row": True}, "row: True is no int"),
        ({"output": 5}, "output: 5 is no str"),
        ({"output": None}, "an answer has a verdict"),
        ({"judged": []}, "judged: not a JSON object but list"),
        ({"gold": {"kind": "integer"}}, "gold"),
        ({"gold": {}}, "gold"),
        ({"blind": float("nan")}, "blind: nan is not finite"),
        ({"surplus": 1}, "no field 'surplus'"),
    ],
)
def test_a_record_of_wrong_types_is_told_with_its_line(
    data: Path, tmp_path: Path, change: Mapping[str, Any], reason: str
) -> None:
    run(tmp_path / "run", Scripted(right), sources_of(data, "test", limit=3))
    path = tmp_path / "run" / "records.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], json.dumps(json.loads(lines[1]) | change), lines[2], ""]))
    with pytest.raises(RunError, match="its question is asked again") as told:
        read_run(tmp_path / "run")
    assert f"{path}, line 2 is damaged: {reason}" in str(told.value)
    path.write_text("\n".join([lines[0], lines[2], ""]))
    assert run(tmp_path / "run", Scripted(right), sources_of(data, "test", limit=3)).answered == 1
    assert path.read_text().splitlines() == lines


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": 5}, "data: 5 is no list"),
        ({"data": [{"family": "counting"}]}, "data: it lacks 'split'"),
        ({"settings": None}, "settings: None is no dict"),
        ({"settings": {}}, "settings: they name no model"),
        ({"settings": {"model": "m", "sampling": {"temperature": "0"}}}, "no number"),
        ({"sessions": [5]}, "sessions: not a JSON object but int"),
    ],
)
def test_a_run_of_wrong_types_is_told(
    data: Path, tmp_path: Path, change: Mapping[str, Any], reason: str
) -> None:
    run(tmp_path / "run", Scripted(right), sources_of(data, "test", limit=3))
    path = tmp_path / "run" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RunError, match=r"run\.json cannot be read: ") as told:
        read_run(tmp_path / "run")
    assert reason in str(told.value)


# Which answer is which.


def test_the_key_of_an_answer_tells_all_that_it_depends_on(data: Path, tmp_path: Path) -> None:
    sources = sources_of(data, "test")
    keys = set()
    for name, manner in {
        "a": Manner(),
        "b": Manner(Sampling(max_tokens=5)),
        "c": Manner(Sampling(1.0), draws=2),
        "d": Manner(Sampling(1.0, seed=1), draws=2),
    }.items():
        run(tmp_path / name, Scripted(right), sources, manner)
        keys |= {record["key"] for record in lines_of(tmp_path / name)}
    run(tmp_path / "e", Scripted(right, "other"), sources)
    keys |= {record["key"] for record in lines_of(tmp_path / "e")}
    assert len(keys) == 40 * (1 + 1 + 2 + 2 + 1)


def test_each_draw_has_a_seed_of_its_own(data: Path) -> None:
    asks: list[Ask] = []
    for source in sources_of(data):
        for row, sample in enumerate(source.samples()):
            asks += [Ask(sample, None, row, draw) for draw in range(3)]  # type: ignore[arg-type]  # no prompt is needed
    seeds = {(ask.seed(Sampling(seed=s))) for ask in asks for s in (0, 1)}
    assert len(seeds) == 2 * len(asks)


# Grading anew.


def test_regrading_needs_no_model_and_tells_what_changed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = sources_of(data, "test")
    wrong = Completion(layout("so", "ninety"))
    run(tmp_path / "run", Scripted(lambda ask: wrong if ask.row < 4 else right(ask)), sources)
    path = tmp_path / "run" / "records.jsonl"
    before = path.read_bytes()
    assert regrade(tmp_path / "run").changed == {}
    assert path.read_bytes() == before

    def generous(output: str, *_: object) -> Any:
        verdict = grade_module(output, *_)  # type: ignore[arg-type]  # as it was called
        return replace(verdict, status=Status.CORRECT) if "ninety" in output else verdict

    monkeypatch.setattr(record_module, "grade", generous)
    monkeypatch.setattr(record_module, "VERSION", 99)
    monkeypatch.setattr("reasonrft.run.VERSION", 99)
    # Ninety is a count, and no option.
    assert regrade(tmp_path / "run").changed == {"unread → correct": 2, "wrong → correct": 2}
    assert {record["judged"]["grader"] for record in lines_of(tmp_path / "run")} == {99}
    assert [record["output"] for record in lines_of(tmp_path / "run")] == [
        record["output"] for record in map(json.loads, before.splitlines())
    ]


def test_answers_of_an_older_grader_are_graded_anew_when_a_run_goes_on(
    data: Path, tmp_path: Path
) -> None:
    sources = sources_of(data, "test")
    run(tmp_path / "run", Scripted(right), sources)
    path = tmp_path / "run" / "records.jsonl"
    path.write_text(path.read_text().replace('"grader":1', '"grader":0'))
    state, records = read_run(tmp_path / "run")
    assert make_report(state, records, "t").grader == 0
    assert (
        "Graded by version 0, not 1 alone: run `rrft regrade`."
        in make_report(state, records, "t").remarks
    )
    mixed = [
        replace(one, judged=one.judged and replace(one.judged, grader=1)) for one in records[:9]
    ]
    said = make_report(state, [*mixed, *records[9:]], "t").remarks
    assert "Graded by versions 0 and 1, not 1 alone: run `rrft regrade`." in said
    asked = Scripted(right)
    run(tmp_path / "run", asked, sources)
    assert asked.asked == []
    assert {record["judged"]["grader"] for record in lines_of(tmp_path / "run")} == {1}


def test_a_record_line_holds_a_record(data: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", Scripted(right), sources_of(data, "test", limit=3))
    for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines():
        assert Record.from_line(line).to_line() == line


# Which data.


def test_data_that_is_not_finished_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no dataset in"):
        sources_of(tmp_path)
    with pytest.raises(BuildError, match="no split 'ood-nothing'"):
        sources_of(data, "ood-nothing")
    half = build_toys(tmp_path / "half", "test=20")
    (half / "manifest.json").unlink()
    with pytest.raises(BuildError, match=r"is no finished dataset: it has no manifest\.json"):
        sources_of(half)


KILLED = """
import os, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.asked import sources_of
from tests.test_evaluate import Scripted, right, run
def slow(ask):
    time.sleep(0.01)
    return right(ask)
run(Path({run!r}), Scripted(slow), sources_of(Path({data!r})))
"""


@pytest.mark.thorough
def test_kill_9_loses_no_answer_that_was_there(data: Path, tmp_path: Path) -> None:
    code = KILLED.format(root=str(ROOT), run=str(tmp_path / "run"), data=str(data))
    records = tmp_path / "run" / "records.jsonl"
    for wanted in (20, 60):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        while not records.exists() or records.read_bytes().count(b"\n") < wanted:
            assert process.poll() is None
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    there = records.read_bytes().count(b"\n")
    rest = Scripted(right)
    run(tmp_path / "run", rest, sources_of(data))
    assert len(rest.asked) == 120 - there
    assert [one.seconds is None for one in read_run(tmp_path / "run")[0].sessions] == [
        True,
        True,
        False,
    ]
    run(tmp_path / "whole", Scripted(right), sources_of(data))
    assert records.read_bytes() == (tmp_path / "whole" / "records.jsonl").read_bytes()
