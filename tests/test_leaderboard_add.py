"""`rrft leaderboard add`: what is taken from a run, and what is refused and why."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders.clean import source_plans
from builders.dataset import build
from builders.engine import InProcess
from builders.files import BuildError
from builders.plan import Request, make_plans
from evaluators import Status
from leaderboards.add import add_run
from leaderboards.archive import BoardError, pack, unpack
from leaderboards.entry import key_of, read_entry, records_of
from leaderboards.questions import FOLDER, read_questions, take_questions, write_questions
from leaderboards.verify import verify
from reasonrft.questions import choose_sources
from reasonrft.record import Record
from reasonrft.report.experiment import write_experiment_report
from reasonrft.report.write import write_report
from reasonrft.run import RECORDS, read_run, write_records
from tests import toy_cleaner
from tests.board_data import finished_experiment, finished_run, settings, skilled
from tests.command import Rrft
from tests.experiment_data import write_lines
from tests.quiet import Quiet
from tests.report_data import (
    HOSTILE,
    HOSTILE_NAME,
    Scripted,
    change_records,
    make_run,
    mixed,
    tasks,
    write_data,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "toys", sizes=("test=12", "ood=8"))


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; not to be changed."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return finished_run(folder, [data], Scripted(skilled(0.7), "org/some model"))


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    return tmp_path / "entries"


def test_a_run_is_entered_with_all_that_it_says(rrft: Rrft, run: Path, entries: Path) -> None:
    said = rrft("leaderboard", "add", run, "--entries", entries)
    path = entries / "some-model.tar.xz"
    assert (said.code, said.stdout) == (0, f"{path}\n")
    assert said.stderr.startswith("rrft: answers: 36 in ")
    assert said.stderr.endswith(", splits whose questions are new: 4; 0.0 MB of entries in all\n")
    entry = read_entry(path)
    state, records = read_run(run)
    kept = {key_of(one): read_questions(entries, key_of(one)) for one in state.data}
    assert records_of(entry, kept) == records
    assert entry.state == replace(state, data=tuple(replace(one, folder="") for one in state.data))
    stored = json.loads((run / "report.json").read_text())
    assert {**entry.report, "title": "org/some model"} == stored
    assert (entry.about.model, entry.about.recipe, entry.about.seed) == ("org/some model", None, None)  # fmt: skip
    assert verify(entries).findings == []


def test_an_experiment_is_entered_with_its_recipe(data: Path, entries: Path, tmp_path: Path) -> None:  # fmt: skip
    config = settings("reason-rft", seed=3)
    folder = finished_experiment(tmp_path / "exp", [data], config, skilled(0.9, 3))
    added = add_run(folder, entries)
    about = read_entry(added.path).about
    assert added.path.name == "toy-reason-rft-seed3.tar.xz"
    assert (about.model, about.recipe, about.seed) == ("nano", "reason-rft", 3)
    assert about.experiment == config.model_dump(mode="json")
    assert about.stages["sft"]["versions"] == {"trl": "1.16.0"}
    assert set(about.stages) == {"sft", "grpo"}


def test_an_experiment_that_names_its_seed_has_it_once(
    data: Path, entries: Path, tmp_path: Path
) -> None:
    config = settings("zero-shot", seed=2).model_copy(update={"name": "study-10-seed2"})
    folder = finished_experiment(tmp_path / "exp", [data], config, skilled(0.2))
    assert add_run(folder, entries).path.name == "study-10-seed2.tar.xz"


def test_no_folder_of_this_machine_is_told(data: Path, entries: Path, tmp_path: Path) -> None:
    config = settings()
    named = config.data.model_copy(update={"path": (data,)})
    model = config.model.model_copy(update={"path": str(tmp_path / "my-model")})
    config = config.model_copy(update={"data": named, "model": model})
    path = add_run(finished_experiment(tmp_path / "exp", [data], config, skilled(0.9)), entries).path  # fmt: skip
    members = unpack(path, ("about.json", "run.json", "answers.jsonl", "report.json"))
    assert str(tmp_path.parent).encode() not in b"".join(members.values())
    assert read_entry(path).about.model == "my-model"
    assert read_entry(path).state.settings["model"] == "exp/grpo/model"
    found = Scripted(skilled(0.7), str(tmp_path / "another-model"))
    path = add_run(finished_run(tmp_path / "run", [data], found), entries).path
    members = unpack(path, ("about.json", "run.json", "answers.jsonl", "report.json"))
    assert str(tmp_path.parent).encode() not in b"".join(members.values())
    assert path.name == "another-model.tar.xz"
    assert verify(entries).findings == []


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for entries in (first, second):
        add_run(run, entries)
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 5
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in files)


def test_questions_are_kept_once(data: Path, run: Path, entries: Path, tmp_path: Path) -> None:
    add_run(run, entries)
    before = {path: path.stat().st_mtime_ns for path in (entries / FOLDER).iterdir()}
    other = finished_run(tmp_path / "other", [data], Scripted(skilled(0.2), "other"))
    assert add_run(other, entries).questions == 0
    assert {path: path.stat().st_mtime_ns for path in (entries / FOLDER).iterdir()} == before


def test_questions_are_all_of_a_split_whatever_was_asked(data: Path) -> None:
    (source,) = choose_sources([data], None, ["test"], 3)
    (whole,) = choose_sources([data], None, ["test"], None)
    taken = take_questions(whole)
    assert taken.true_digest() == source.identity().digest
    assert len(taken.rows) == 12
    samples = list(whole.samples())
    assert [row.sample("counting", "test") for row in taken.rows] == [
        replace(sample, images=(), scene="") for sample in samples
    ]


def test_a_dataset_that_is_gone_is_found_where_the_user_says(
    rrft: Rrft, data: Path, run: Path, entries: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.move(data, moved)
    try:
        said = rrft("leaderboard", "add", run, "--entries", entries)
        assert said.code == 2
        assert said.stderr.startswith("rrft: the dataset of counting/test is not at hand: it was ")
        assert not entries.exists()
        wrong = write_data(tmp_path / "wrong", sizes=("test=13", "ood=9"))
        said = rrft("leaderboard", "add", run, "--entries", entries, "--data", wrong)
        assert said.code == 2
        assert rrft("leaderboard", "add", run, "--entries", entries, "--data", wrong, "--data", moved).code == 0  # fmt: skip
    finally:
        shutil.move(moved, data)


def test_what_was_said_of_training_pictures_is_kept(entries: Path, tmp_path: Path) -> None:
    """As the report writes it, where a training split lies beside what was asked, and where none does."""
    asked = Request("counting", ("train,test",), sizes=("train=30", "test=12"), image_size="64x48")
    data = tmp_path / "data"
    build(make_plans(asked, tasks()), data, InProcess(), Quiet(), tasks)
    add_run(finished_run(tmp_path / "run", [data], Scripted(skilled(0.5)), "id"), entries)
    said = read_entry(entries / "toy-model.tar.xz").report["overlap"]
    assert said == ["counting/test: 0 of 12 questions show a picture of the 30 trained on"]
    assert verify(entries).findings == []


# What is refused.


def records(run: Path, change: Callable[[list[Record]], list[Record]]) -> None:
    _, there = read_run(run)
    write_records(run, change(there))


def lose_an_answer(run: Path) -> None:
    records(run, lambda all_: all_[:-1])


def double_a_line(run: Path) -> None:
    records(run, lambda all_: [*all_, all_[3]])


def fail_to_answer(run: Path) -> None:
    failed = {"output": None, "judged": None, "finish": "failed", "failure": "refused"}
    records(run, lambda all_: [replace(all_[0], **failed), *all_[1:]])  # type: ignore[arg-type]


def doctor_a_score(run: Path) -> None:
    def right(one: Record) -> Record:
        assert one.judged is not None
        return replace(one, judged=replace(one.judged, status=Status.CORRECT, score=1.0))

    change_records(run, right)
    write_report(run)


def grade_by_an_older_version(run: Path) -> None:
    def older(one: Record) -> Record:
        assert one.judged is not None
        return replace(one, judged=replace(one.judged, grader=0, score=0.25))

    change_records(run, older)
    write_report(run)


def alter_a_gold(run: Path) -> None:
    change_records(run, lambda one: replace(one, gold={"kind": "integer", "gold": 3}).regraded())
    write_report(run)


def alter_a_question(run: Path) -> None:
    change_records(run, lambda one: replace(one, question="How many?"))


def alter_the_baseline(run: Path) -> None:
    change_records(run, lambda one: replace(one, blind=0.01))
    write_report(run)


def alter_the_settings(run: Path) -> None:
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace('"max_tokens": 1024', '"max_tokens": 64'))
    write_report(run)


def alter_the_shift(run: Path) -> None:
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace("up to 9 dots in place of 5", "nothing"))


def swap_answers(run: Path) -> None:
    """The model's answers to the shift are said to be of other pictures."""
    change_records(run, lambda one: replace(one, pictures="0" * 16))
    write_report(run)


def doctor_the_report(run: Path) -> None:
    stored = json.loads((run / "report.json").read_text())
    stored["families"]["counting"]["in_domain"]["estimate"] = 0.99
    (run / "report.json").write_text(json.dumps(stored))


def finish_as_nobody_does(run: Path) -> None:
    change_records(run, lambda one: replace(one, finish="banana"))
    write_report(run)


def lose_the_report(run: Path) -> None:
    (run / "report.json").unlink()


def damage_the_report(run: Path) -> None:
    (run / "report.json").write_text("{")


def damage_a_record(run: Path) -> None:
    with (run / RECORDS).open("ab") as file:
        file.write(b"{}\n")


def lose_the_run(run: Path) -> None:
    (run / "run.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lose_an_answer, "is not finished: it has 35 of 36 answers; the command that began it asks"),
        (fail_to_answer, "is not finished: it has 35 of 36 answers"),
        (double_a_line, "holds answer 0 to row 3 of counting/test twice; `rrft regrade"),
        (doctor_a_score, "was altered: its verdict is correct (1), the grader says wrong (0)"),
        (grade_by_an_older_version, "was graded by version 0, not 1: `rrft regrade` it first"),
        (alter_a_gold, "to row 0 of counting/test was altered: its gold is not the dataset's"),
        (alter_a_question, "was altered: its question is not the dataset's"),
        (alter_the_baseline, "was altered: its blind baseline is another"),
        (alter_the_settings, "is no answer of this run: model, sampling or prompt were others"),
        (alter_the_shift, "run.json was altered: counting/ood-many has shift = 'nothing', not 'up"),
        (swap_answers, "is no answer of this run: model, sampling or prompt were others"),
        (doctor_the_report, "report.json is not what the records come to (families.counting.in_domain"),
        (finish_as_nobody_does, "run cannot be entered: answer 0 to row 0 of counting/test ended by 'banana'; there are"),
        (lose_the_report, "report.json is not there: `rrft report` makes it"),
        (damage_the_report, "report.json is damaged"),
        (damage_a_record, "records.jsonl, line 37 is damaged"),
        (lose_the_run, "it has no run.json"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_what_is_not_whole_is_refused(
    rrft: Rrft, run: Path, entries: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(run)
    told = rrft("leaderboard", "add", run, "--entries", entries)
    assert (told.code, told.stdout) == (2, "")
    (line,) = told.stderr.splitlines()
    assert said in line
    assert not entries.exists()


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("grpo/done.json", "is not finished: stage grpo is not done"),
        ("eval/done.json", "is not finished: its last evaluation is not done"),
        ("report.json", "report.json is not there"),
    ],
)
def test_an_experiment_that_is_not_finished(
    data: Path, entries: Path, tmp_path: Path, lost: str, said: str
) -> None:
    folder = finished_experiment(tmp_path / "exp", [data], settings(), skilled(0.9))
    (folder / lost).unlink()
    with pytest.raises(BoardError, match=said):
        add_run(folder, entries)


def test_an_experiment_whose_training_raised_an_alarm_is_entered(
    data: Path, entries: Path, tmp_path: Path
) -> None:
    folder = finished_experiment(tmp_path / "exp", [data], settings(), skilled(0.9))
    raised = {"step": 7, "name": "reward-zero", "message": "no answer earned anything"}
    write_lines(folder / "grpo" / "alarms.jsonl", [raised])
    write_experiment_report(folder)
    path = folder / "report.json"
    report = json.loads(path.read_text())
    assert any("reward-zero" in remark for remark in report["remarks"])
    entry = read_entry(add_run(folder, entries).path)
    assert not any("reward-zero" in remark for remark in entry.report["remarks"])
    path.write_text(json.dumps({**report, "remarks": report["remarks"][:-1]}))
    with pytest.raises(BoardError, match=r"is not what the records come to \(remarks"):
        add_run(folder, tmp_path / "others")


def test_what_a_stage_left_is_not_damaged(data: Path, entries: Path, tmp_path: Path) -> None:
    folder = finished_experiment(tmp_path / "exp", [data], settings(), skilled(0.9))
    (folder / "grpo" / "done.json").write_text("[" * 100_000)
    with pytest.raises(BuildError, match=r"grpo/done\.json is no JSON: nested too deeply"):
        add_run(folder, entries)


def test_a_study_is_entered_experiment_by_experiment(
    rrft: Rrft, tmp_path: Path, entries: Path
) -> None:
    for name in ("cells", "runs"):
        (tmp_path / "study" / name).mkdir(parents=True)
    said = rrft("leaderboard", "add", tmp_path / "study", "--entries", entries)
    assert said.code == 2
    assert said.stderr.endswith(
        f"is a study; enter its experiments, each a folder in {tmp_path}/study/runs\n"
    )


def test_a_run_is_entered_once(rrft: Rrft, run: Path, entries: Path) -> None:
    add_run(run, entries)
    said = rrft("leaderboard", "add", run, "--entries", entries)
    assert (said.code, said.stderr) == (2, f"rrft: {entries / 'some-model.tar.xz'} is there already; choose another --name\n")  # fmt: skip
    said = rrft("leaderboard", "add", run, "--entries", entries, "--name", "twin")
    assert (said.code, said.stderr) == (2, f"rrft: this run is there already: {entries / 'some-model.tar.xz'}\n")  # fmt: skip
    assert [path.name for path in entries.glob("*.xz")] == ["some-model.tar.xz"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 81, "a b", "naïve", "-"])
def test_a_name_is_a_files_name(rrft: Rrft, run: Path, entries: Path, name: str) -> None:
    said = rrft("leaderboard", "add", run, "--entries", entries, f"--name={name}")
    assert said.code == 2
    assert f"no name {name!r} for an entry" in said.stderr
    assert not entries.exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--entries", "", "a folder has a name"),
        ("--data", "", "a folder has a name"),
        ("--data", "nowhere", "folder 'nowhere' does not exist"),
    ],
)
def test_what_is_no_folder_is_refused(rrft: Rrft, run: Path, entries: Path, option: str, value: str, said: str) -> None:  # fmt: skip
    told = rrft("leaderboard", "add", run, "--entries", entries, option, value)
    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert said in told.stderr
    assert not entries.exists()


def test_a_file_is_no_folder_of_entries(rrft: Rrft, run: Path, tmp_path: Path) -> None:
    file = tmp_path / "entries.txt"
    file.write_text("mine")
    told = rrft("leaderboard", "add", run, "--entries", file)
    assert (told.code, told.stderr) == (2, f"rrft: {file} is a file; --entries names a folder\n")
    assert file.read_text() == "mine"


def test_answers_of_every_sort_are_kept(data: Path, entries: Path, tmp_path: Path) -> None:
    """Hostile, endless, several to a question, with lone surrogates: all but those that are not there."""
    folder = make_run(tmp_path / "run", [data], Scripted(mixed, HOSTILE_NAME), draws=2)
    _, there = read_run(folder)
    asked = [replace(one, output=f"{HOSTILE} \ud800", finish="stop", failure=None, judged=there[0].judged) if one.output is None else one for one in there]  # fmt: skip
    write_records(folder, [one.regraded() for one in asked])
    write_report(folder)
    added = add_run(folder, entries, "mixed")
    assert (added.answers, verify(entries).findings) == (72, [])
    assert any("\ud800" in one.output for one in read_entry(added.path).answers)


def test_a_public_dataset_is_proved_with_what_was_dropped(entries: Path, tmp_path: Path) -> None:
    """Its digest is of rows and of drops, shard by shard."""
    source = toy_cleaner.write_source(tmp_path / "source")
    plans = source_plans("toy-dots", source, ["all"], toy_cleaner.cleaners())
    folder = tmp_path / "cleaned"
    build(plans, folder, InProcess(), Quiet(), toy_cleaner.cleaners)
    run = finished_run(tmp_path / "run", [folder], Scripted(skilled(0.5)), splits="test")
    add_run(run, entries)
    entry = read_entry(entries / "toy-model.tar.xz")
    questions = read_questions(entries, key_of(entry.state.data[0]))
    assert questions.heading.source is not None
    assert questions.heading.source.name == "toy-dots"
    assert sum(one.lines.count("\n") for one in questions.drops) > 1
    assert verify(entries).findings == []
    write_questions(entries, replace(questions, drops=questions.drops[1:]))
    assert [one.fault.value for one in verify(entries).findings] == ["questions"]


def test_an_archive_is_small_and_the_same_each_time() -> None:
    members = {"b": b"x" * 100_000, "a": b""}
    assert pack(members) == pack(dict(reversed(members.items())))
    assert len(pack(members)) < 300
