"""`rrft leaderboard verify`: what holds is let through, and every forgery is named."""

import io
import json
import lzma
import os
import re
import shutil
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from builders.engine import InProcess
from evaluators import Status, layout
from leaderboards import archive
from leaderboards.add import add_run
from leaderboards.archive import BoardError, pack, squeeze, unsqueeze
from leaderboards.entry import ENDING, Answer, key_of, path_of, write_entry
from leaderboards.proof import Fault, Grader, Shelf, look
from leaderboards.questions import FOLDER, Heading, Published, read_questions, write_questions
from leaderboards.rebuild import Builder, rebuild
from leaderboards.site import build_site
from leaderboards.summary import difference
from leaderboards.verify import all_questions, verify
from reasonrft.benchmark import SEED
from reasonrft.record import judge
from reasonrft.run import RunState
from tests.asked import build_toys
from tests.board_data import (
    SIZES,
    Forger,
    finished_experiment,
    finished_run,
    settings,
    skilled,
)
from tests.command import Rrft
from tests.quiet import Quiet
from tests.report_data import Scripted, tasks, write_data

NAME, TRAINED = "some-model", "toy-reason-rft-seed0"
ASKED = 20 * 4  # of `test` and three shifts


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two entries on one dataset, and one on another; not to be changed."""
    folder = tmp_path_factory.mktemp("board")
    data = write_data(folder / "data", sizes=SIZES)
    other = build_toys(folder / "other", "test=20", "ood=4")
    made = folder / "entries"
    model = Scripted(skilled(0.7), "some-model")
    add_run(finished_run(folder / "run", [data], model), made)
    add_run(finished_run(folder / "other-run", [other], model), made, "on-other-data")
    add_run(finished_experiment(folder / "exp", [data], settings(), skilled(0.9)), made)
    return made


@pytest.fixture
def forger(entries: Path, tmp_path: Path) -> Forger:
    return Forger(entries, tmp_path / "copy", NAME)


def test_what_was_entered_holds(entries: Path) -> None:
    verified = verify(entries)
    assert (verified.entries, verified.findings) == (3, [])
    assert verified.answers == 2 * ASKED + 20 + 4 * 3


def test_nothing_of_the_dataset_is_needed(entries: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(entries, tmp_path / "elsewhere")
    shutil.move(entries.parent / "data", tmp_path / "hidden")
    try:
        assert verify(copy).findings == []
    finally:
        shutil.move(tmp_path / "hidden", entries.parent / "data")


def doctored(answer: Answer) -> Answer:
    assert answer.judged.status is not Status.CORRECT
    judged = replace(answer.judged, status=Status.CORRECT, score=1.0, lenient=Status.CORRECT)
    return replace(answer, judged=judged)


def wrong_place(forger: Forger) -> int:
    answers = forger.entry().answers
    return next(at for at, one in enumerate(answers) if one.judged.status is Status.WRONG)


def doctor_a_score(forger: Forger) -> None:
    forger.one(doctored, wrong_place(forger))


def doctor_a_score_and_the_report(forger: Forger) -> None:
    forger.one(doctored, wrong_place(forger), summed=True)


def doctor_the_partial_credit(forger: Forger) -> None:
    forger.one(lambda one: replace(one, judged=replace(one.judged, score=0.9)), wrong_place(forger))


def doctor_the_papers_score(forger: Forger) -> None:
    forger.one(lambda one: replace(one, judged=replace(one.judged, paper=0.5)))


def doctor_the_report(forger: Forger) -> None:
    entry = forger.entry()
    report = json.loads(json.dumps(entry.report))
    report["families"]["counting"]["splits"]["test"]["figures"]["accuracy"]["estimate"] += 0.05
    forger.write(replace(entry, report=report))


def drop_an_answer(forger: Forger) -> None:
    forger.answers(lambda answers: answers[:7] + answers[8:])


def drop_an_answer_and_sum(forger: Forger) -> None:
    forger.answers(lambda answers: answers[:7] + answers[8:], summed=True)


def ask_less(forger: Forger) -> None:
    """The last question of `test` was never asked, if one believes the run."""
    entry = forger.entry()
    data = tuple(replace(one, asked=(19,)) if one.split == "test" else one for one in entry.state.data)  # fmt: skip
    forger.write(replace(entry, state=replace(entry.state, data=data)))
    forger.answers(lambda all_: [one for one in all_ if (one.split, one.row) != ("test", 19)], summed=True)  # fmt: skip


def double_an_answer(forger: Forger) -> None:
    forger.answers(lambda answers: [*answers, answers[5]])


def double_an_answer_in_place_of_another(forger: Forger) -> None:
    forger.answers(lambda answers: [*answers[:5], answers[4], *answers[6:]], summed=True)


def answer_what_was_not_asked(forger: Forger) -> None:
    forger.answers(lambda answers: [*answers, replace(answers[5], split="ood-easy")])


def answer_to_a_terminal(forger: Forger) -> None:
    forger.answers(
        lambda answers: [*answers, replace(answers[5], split="x\n\x1b[2J\ud800" + "y" * 5000)]
    )


def answer_a_row_that_is_none(forger: Forger) -> None:
    forger.one(lambda one: replace(one, row=-1))


def alter_an_output(forger: Forger) -> None:
    forger.one(lambda one: replace(one, output=one.output.replace("<answer>", "<answer>9")))


def alter_an_output_carelessly(forger: Forger) -> None:
    forger.text("answers.jsonl", lambda text: text.replace("I guess.", "I knew."))


def alter_a_gold(forger: Forger) -> None:
    forger.questions("test", lambda one: replace(one, rows=(replace(one.rows[0], gold={"kind": "integer", "gold": 7}), *one.rows[1:])))  # fmt: skip


def alter_a_question(forger: Forger) -> None:
    forger.questions("test", lambda one: replace(one, rows=(replace(one.rows[0], question="How many?"), *one.rows[1:])))  # fmt: skip


def drop_a_question(forger: Forger) -> None:
    forger.questions("ood-many", lambda one: replace(one, rows=one.rows[:-1]))


def swap_the_order_of_questions(forger: Forger) -> None:
    forger.questions("ood-many", lambda one: replace(one, rows=one.rows[::-1]))


def swap_pictures(forger: Forger) -> None:
    """The digests of their files are not in the dataset's digest; what was asked depends on them."""
    forger.questions("ood-many", lambda one: replace(one, rows=(replace(one.rows[0], pictures="0" * 16), *one.rows[1:])))  # fmt: skip


def hide_the_shift(forger: Forger) -> None:
    forger.questions("ood-many", lambda one: replace(one, shift="none to speak of"))


def lose_the_questions(forger: Forger) -> None:
    forger.questions("test", lambda one: one).unlink()


def swap_the_dataset(forger: Forger) -> None:
    """Say that answers are to the questions of another dataset, which are at hand."""
    other = forger.beside("on-other-data").entry()
    (digest,) = (one.digest for one in other.state.data if one.split == "test")
    entry = forger.entry()
    data = tuple(replace(one, digest=digest) if one.split == "test" else one for one in entry.state.data)  # fmt: skip
    forger.write(replace(entry, state=replace(entry.state, data=data)))


def name_a_dataset_that_is_none(forger: Forger) -> None:
    entry = forger.entry()
    data = tuple(replace(one, digest="../" * 21 + "x") for one in entry.state.data)
    forger.write(replace(entry, state=replace(entry.state, data=data)))


def name_a_split_twice(forger: Forger) -> None:
    entry = forger.entry()
    data = (*entry.state.data, entry.state.data[0])
    forger.write(replace(entry, state=replace(entry.state, data=data)))


def change_the_sampling(forger: Forger) -> None:
    entry = forger.entry()
    sampling = {"temperature": 0.0, "max_tokens": 512}
    state = replace(entry.state, settings={**entry.state.settings, "sampling": sampling})
    forger.write(replace(entry, state=state))


def change_the_model(forger: Forger) -> None:
    entry = forger.entry()
    settings = {**entry.state.settings, "model": "a better one"}
    forger.write(replace(entry, state=replace(entry.state, settings=settings)))
    forger.about(model="a better one")


def change_the_prompt(forger: Forger) -> None:
    entry = forger.entry()
    settings = {**entry.state.settings, "prompt": {"style": "thought", "version": 99}}
    forger.write(replace(entry, state=replace(entry.state, settings=settings)))


def change_the_model_it_says(forger: Forger) -> None:
    forger.about(model="a better one")


def claim_a_recipe(forger: Forger) -> None:
    forger.about(recipe="reason-rft", seed=1)


def forget_the_digests(forger: Forger) -> None:
    entry = forger.entry()
    write_entry(forger.entries, replace(entry, about=replace(entry.about, sha256={})))


def cut_short(forger: Forger) -> None:
    forger.path.write_bytes(forger.path.read_bytes()[:-40])


def append_bytes(forger: Forger) -> None:
    forger.path.write_bytes(forger.path.read_bytes() + b"more")


def hide_bytes_after_the_members(forger: Forger) -> None:
    whole = lzma.decompress(forger.path.read_bytes())
    forger.path.write_bytes(squeeze(whole + b"\0" * 512 + b"secret".ljust(512)))


def add_a_member(forger: Forger) -> None:
    forger.path.write_bytes(pack({**forger.members(), "notes.txt": b"hello"}))


def climb_out(forger: Forger) -> None:
    forger.path.write_bytes(pack({**forger.members(), "../../evil.json": b"{}"}))


def lose_a_member(forger: Forger) -> None:
    members = forger.members()
    del members["report.json"]
    forger.path.write_bytes(pack(members))


def repack(forger: Forger, change: Callable[[tarfile.TarFile], None], **kept: str) -> None:
    """As another program packs it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as file:
        for name, content in forger.members().items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1_700_000_000
            file.addfile(member, io.BytesIO(content))
        change(file)
    forger.path.write_bytes(squeeze(buffer.getvalue()))


def pack_with_times(forger: Forger) -> None:
    repack(forger, lambda file: None)


def pack_twice(forger: Forger) -> None:
    def again(file: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("report.json")
        member.size = 2
        file.addfile(member, io.BytesIO(b"{}"))

    repack(forger, again)


def pack_a_link(forger: Forger) -> None:
    def link(file: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("report.json")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(member)

    repack(forger, link)


def swap_the_answers(forger: Forger, header: bytes) -> None:
    """Another header in the place of the answers and theirs, all else as it is packed."""
    whole = lzma.decompress(forger.path.read_bytes())
    end = 512 + -(-len(forger.members()["answers.jsonl"]) // 512) * 512
    start = next(
        at for at in range(0, len(whole), 512) if whole[at:].startswith(b"answers.jsonl\0")
    )
    forger.path.write_bytes(squeeze(whole[:start] + header + whole[start + end :]))


def pack_a_sparse_file(forger: Forger) -> None:
    """As old versions of GNU's tar say that 8 GB of zeros follow, which take no room."""
    member = tarfile.TarInfo("answers.jsonl")
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[386:398], header[482], header[483:495] = bytes(12), 0, b"%011o\0" % (8 * 2**30 - 1)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    swap_the_answers(forger, bytes(header))


def pack_a_sparse_file_by_pax(forger: Forger) -> None:
    pax(
        forger,
        {
            "GNU.sparse.map": "0,0",
            "GNU.sparse.size": str(2**33),
            "GNU.sparse.name": "answers.jsonl",
        },
    )


def pack_a_sparse_map_that_is_none(forger: Forger) -> None:
    pax(forger, {"GNU.sparse.map": "a,b", "GNU.sparse.size": "9"})


def pax(forger: Forger, headers: dict[str, str]) -> None:
    member = tarfile.TarInfo("answers.jsonl")
    member.pax_headers = headers
    swap_the_answers(forger, member.tobuf(tarfile.PAX_FORMAT))


def pack_less_than_nothing(forger: Forger) -> None:
    member = tarfile.TarInfo("answers.jsonl")
    member.size = -512
    swap_the_answers(forger, member.tobuf(tarfile.GNU_FORMAT))


def pack_more_than_is_there(forger: Forger) -> None:
    member = tarfile.TarInfo("answers.jsonl")
    member.size = 2**40
    swap_the_answers(forger, member.tobuf(tarfile.GNU_FORMAT))


def put_no_tar_in(forger: Forger) -> None:
    forger.path.write_bytes(squeeze(b"hello" * 1000))


def put_no_xz_in(forger: Forger) -> None:
    forger.path.write_bytes(b"PK\3\4" + b"x" * 4000)


def rename(forger: Forger) -> None:
    forger.path.rename(path_of(forger.entries, "another"))


def put_another_format_in(forger: Forger) -> None:
    forger.text("about.json", lambda text: text.replace('"format": 1', '"format": 2'))


def change_the_training_seed(forger: Forger) -> None:
    Forger.about(trained(forger), seed=5)


def change_the_training_settings(forger: Forger) -> None:
    trained(forger).text("about.json", lambda text: text.replace('"group": 8', '"group": 64'))  # fmt: skip


def trained(forger: Forger) -> Forger:
    return forger.beside(TRAINED)


def change_the_seed(forger: Forger) -> None:
    forger.questions("test", lambda one: replace(one, heading=replace(one.heading, seed=SEED)))


def change_the_level(forger: Forger) -> None:
    forger.questions("test", lambda one: replace(one, heading=replace(one.heading, level="easy")))


def change_the_size(forger: Forger) -> None:
    forger.questions("test", lambda one: replace(one, heading=replace(one.heading, image_size=(320, 240))))  # fmt: skip


def claim_a_source(forger: Forger) -> None:
    source = Published("geoqa", 1, "of somewhere", "MIT", 1, 1, "0" * 64)
    forger.questions("test", lambda one: replace(one, heading=Heading(1, source=source)))


def change_the_questions_grader(forger: Forger) -> None:
    forger.questions("test", lambda one: replace(one, grader=99))


def questions_text(forger: Forger, change: Callable[[bytes], bytes]) -> None:
    path = forger.questions("test", lambda one: one)
    content = unsqueeze(path)
    changed = change(content)
    assert changed != content, "the forger changed nothing"
    path.write_bytes(squeeze(changed))


def say_nothing_of_the_dataset(forger: Forger) -> None:
    questions_text(forger, lambda text: re.sub(rb'"heading":\{[^}]*\}', b'"heading":{}', text))


def say_a_key_of_the_questions_twice(forger: Forger) -> None:
    questions_text(forger, lambda text: text.replace(b'"shift":', b'"shift":"hidden","shift":', 1))


def hide_text_in_the_questions(forger: Forger) -> None:
    questions_text(forger, lambda text: text.replace(b"\n", b" \n", 1))


def hide_text_after_the_answers(forger: Forger) -> None:
    forger.raw("answers.jsonl", lambda text: text + b"hidden")


def say_a_key_of_an_answer_twice(forger: Forger) -> None:
    forger.raw("answers.jsonl", lambda text: text.replace(b'"output":', b'"output":"hidden","output":', 1))  # fmt: skip


def say_a_key_of_the_run_twice(forger: Forger) -> None:
    forger.raw("run.json", lambda text: text.replace(b"{", b'{"settings": {"model": "hidden"},', 1))


def say_a_key_of_itself_twice(forger: Forger) -> None:
    forger.raw(
        "about.json", lambda text: text.replace(b'"model":', b'"model": "hidden", "model":', 1)
    )


def hide_spaces(forger: Forger) -> None:
    forger.raw("about.json", lambda text: text + b" \t " * 9)


def add_nothing_to_the_report(forger: Forger) -> None:
    entry = forger.entry()
    forger.write(replace(entry, report={**entry.report, "endorsed by nobody": None}))


def nest_deeply(forger: Forger) -> None:
    forger.raw("about.json", lambda text: text.replace(b'"stages": {}', b'"stages": {"sft": {"x": ' + b"[" * 900 + b"]" * 900 + b"}}"))  # fmt: skip


def stages_of_another_sort(forger: Forger) -> None:
    trained(forger).raw("about.json", lambda text: re.sub(rb'"sft": \{\s+"steps"[^}]*\}\s*\}', b'"sft": 5', text))  # fmt: skip


def lose_a_stage(forger: Forger) -> None:
    other = trained(forger)
    other.about(stages={"grpo": other.entry().about.stages["grpo"]})


def settings_of_another_sort(forger: Forger) -> None:
    other = trained(forger)
    experiment = dict(other.entry().about.experiment or {})
    other.about(experiment={**experiment, "grpo": {**experiment["grpo"], "group": "64"}})


def ask_nothing(forger: Forger) -> None:
    forger.run(lambda state: replace(state, data=()))


def ask_nothing_of_a_split(forger: Forger) -> None:
    forger.run(lambda state: replace(state, data=tuple(replace(one, asked=(0,)) for one in state.data)))  # fmt: skip


def ask_more_than_there_is_room_for(forger: Forger) -> None:
    """Millions of answers to list as missing; a few kilobytes more, and it would be billions."""
    entry = forger.entry()
    data = tuple(replace(one, asked=one.asked * 100_000) if one.split == "test" else one for one in entry.state.data)  # fmt: skip
    state = replace(entry.state, data=data)
    forger.write(replace(entry, state=state))


def train_a_reference(forger: Forger) -> None:
    forge_settings(trained(forger), backend="random", model="random")


def call_a_reference_a_model(forger: Forger) -> None:
    forge_settings(forger, backend="random")


def forge_settings(forger: Forger, **changes: Any) -> None:
    forger.run(lambda state: replace(state, settings={**state.settings, **changes}))


def write_more_than_was_allowed(forger: Forger) -> None:
    forge_settings(forger, backend="hf", sampling={"temperature": 0.0, "max_tokens": 5})


ODD_SETTINGS: Final[list[tuple[dict[str, Any], str]]] = [
    ({"model": ""}, "its model is called ''"),
    ({"model": "a\x1b[2Jb"}, "its model is called 'a"),
    ({"backend": "oracular"}, "its backend is 'oracular'; there are: hf, mute, "),
    *(
        ({"sampling": {"temperature": 0.5, "max_tokens": 9, "top_p": 1.0, "seed": 0, **change}}, f"its sampling is none: {said}")
        for change, said in (
            ({"temperature": -3.0}, "temperature = -3.0 is not 0 or more"),
            ({"temperature": 50.0}, "temperature = 50.0 is not 2 or less"),
            ({"max_tokens": 0.5}, "max_tokens = 0.5"),
            ({"max_tokens": 0}, "max_tokens = 0 is not 1 or more"),
            ({"top_p": 7.0}, "top_p = 7.0 is not 1 or less"),
            ({"seed": -1}, "seed = -1"),
            ({"luck": 3}, "no setting luck"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), ODD_SETTINGS, ids=lambda one: str(one)[:40])
def test_settings_that_no_evaluation_takes(forger: Forger, changes: dict[str, Any], said: str) -> None:  # fmt: skip
    entry = forger.entry()
    settings = {**entry.state.settings, **changes}
    forger.write(replace(entry, state=replace(entry.state, settings=settings)))
    found = verify(forger.entries, [NAME]).findings
    assert [one.fault for one in found] == [Fault.SETTINGS] * len(found)
    assert any(said in one.sentence for one in found), found


def train_another_model(forger: Forger) -> None:
    forge_settings(trained(forger), model="Qwen2-VL-72B")


def train_in_another_stage(forger: Forger) -> None:
    forge_settings(trained(forger), model="experiments/toy/sft/model")


def ask_a_trained_model_otherwise(forger: Forger) -> None:
    forge_settings(trained(forger), sampling={"temperature": 0.7, "top_p": 1.0, "max_tokens": 768, "seed": 0})  # fmt: skip


def ask_a_trained_model_for_answers_only(forger: Forger) -> None:
    forge_settings(trained(forger), prompt={"style": "answer", "version": 1})


def less(state: RunState) -> RunState:
    """The last question of every split was never asked, if one believes the run."""
    return replace(state, data=tuple(replace(one, asked=(one.rows - 1,)) for one in state.data))


def ask_a_trained_model_less(forger: Forger) -> None:
    trained(forger).run(less)


def all_answers(forger: Forger, change: Callable[[Answer], Answer]) -> None:
    forger.anew(lambda entry: replace(entry, answers=tuple(map(change, entry.answers))))


def finish_as_nobody_does(forger: Forger) -> None:
    all_answers(forger, lambda one: replace(one, finish="banana"))


def write_less_than_nothing(forger: Forger) -> None:
    all_answers(forger, lambda one: replace(one, tokens=-7))


def write_more_than_can_be_summed(forger: Forger) -> None:
    entry = forger.entry()
    forger.write(replace(entry, answers=tuple(replace(one, tokens=10**400) for one in entry.answers)))  # fmt: skip


def earn_money(forger: Forger) -> None:
    all_answers(forger, lambda one: replace(one, cost=-3.0))


def take_no_time(forger: Forger) -> None:
    forger.run(lambda state: replace(state, sessions=tuple(replace(one, seconds=-1.0) for one in state.sessions)))  # fmt: skip


def grade_by_a_version_to_come(forger: Forger) -> None:
    all_answers(forger, lambda one: replace(one, judged=replace(one.judged, grader=99)))
    forger.about(grader=99)


def grade_answers_by_another_version(forger: Forger) -> None:
    all_answers(forger, lambda one: replace(one, judged=replace(one.judged, grader=0)))


def tell_a_folder(forger: Forger) -> None:
    forger.run(lambda state: replace(state, data=tuple(replace(one, folder="/home/me") for one in state.data)))  # fmt: skip


def tell_a_folder_of_the_model(forger: Forger) -> None:
    forge_settings(trained(forger), model="/home/me/exp/grpo/model")


def praise(forger: Forger) -> None:
    forger.anew(lambda entry: replace(entry, report={"overlap": ["Independent audit: the best model."]}))  # fmt: skip
    entry = forger.entry()
    forger.write(replace(entry, report={**entry.report, "overlap": ["Independent audit: the best model."]}))  # fmt: skip


def share_more_than_was_asked(forger: Forger) -> None:
    """Of the form of ours, but for its counts."""
    entry = forger.entry()
    said = [f"{'/'.join(one.key)}: 21 of 20 questions show a picture of the 9 trained on" for one in entry.state.data]  # fmt: skip
    forger.write(replace(entry, report={**entry.report, "overlap": said}))


def share_more_than_can_be_read(forger: Forger) -> None:
    entry = forger.entry()
    many = f"9{',999' * 2000}"
    said = [f"{'/'.join(one.key)}: {many} of 20 questions show a picture of the 9 trained on" for one in entry.state.data]  # fmt: skip
    forger.write(replace(entry, report={**entry.report, "overlap": said}))


def reorder_answers(forger: Forger) -> None:
    forger.answers(lambda answers: answers[::-1], summed=True)


def pair_with_nothing_in_the_questions(forger: Forger) -> None:
    forger.questions("ood-dark", lambda one: replace(one, paired_with=None))


FORGERIES: list[tuple[Callable[[Forger], None], Fault, str]] = [
    (doctor_a_score, Fault.SCORE, "says correct (1), the grader wrong (0)"),
    (doctor_a_score_and_the_report, Fault.SCORE, "says correct (1), the grader wrong (0)"),
    (doctor_the_partial_credit, Fault.SCORE, "says wrong (0.9), the grader wrong (0)"),
    (doctor_the_papers_score, Fault.SCORE, "to row 3 of counting/test"),
    (doctor_the_report, Fault.SUMMARY, "splits.test.figures.accuracy.estimate = "),
    (drop_an_answer, Fault.MISSING, "answer 0 to row 7 of counting/test is missing"),
    (drop_an_answer_and_sum, Fault.MISSING, "answer 0 to row 7 of counting/test is missing"),
    (ask_less, Fault.SETTINGS, "not of this model, sampling, prompt and data"),
    (double_an_answer, Fault.DOUBLED, "answer 0 to row 5 of counting/test is there 2 times"),
    (double_an_answer_in_place_of_another, Fault.DOUBLED, "answer 0 to row 4 of counting/test is there 2"),
    (double_an_answer_in_place_of_another, Fault.MISSING, "answer 0 to row 5 of counting/test is missing"),
    (answer_what_was_not_asked, Fault.FOREIGN, "answer 0 to row 5 of counting/ood-easy was not asked"),
    (answer_to_a_terminal, Fault.FOREIGN, "answer 0 to row 5 of counting/x  [2J yyy"),
    (answer_a_row_that_is_none, Fault.FOREIGN, "answer 0 to row -1 of counting/test was not asked"),
    (alter_an_output, Fault.SCORE, "answer 0 to row 3 of counting/test says"),
    (alter_an_output_carelessly, Fault.ARCHIVE, "answers.jsonl was altered since it was entered"),
    (alter_a_gold, Fault.QUESTIONS, "was altered: its rows have the digest"),
    (alter_a_question, Fault.QUESTIONS, "was altered: its rows have the digest"),
    (drop_a_question, Fault.QUESTIONS, "was altered: its rows have the digest"),
    (swap_the_order_of_questions, Fault.QUESTIONS, "was altered: its rows have the digest"),
    (swap_pictures, Fault.SETTINGS, "not of this model, sampling, prompt and data"),
    (hide_the_shift, Fault.QUESTIONS, "counting/ood-many has shift = 'up to 9 dots in place of 5', not"),
    (lose_the_questions, Fault.QUESTIONS, "is not there"),
    (swap_the_dataset, Fault.SETTINGS, "not of this model, sampling, prompt and data"),
    (name_a_dataset_that_is_none, Fault.QUESTIONS, "no dataset has a split 'counting'/'test' with digest"),
    (name_a_split_twice, Fault.QUESTIONS, "its run names a split twice"),
    (change_the_sampling, Fault.SETTINGS, "not of this model, sampling, prompt and data"),
    (change_the_model, Fault.SETTINGS, "not of this model, sampling, prompt and data"),
    (change_the_prompt, Fault.SETTINGS, "what it said is known of version 1"),
    (change_the_model_it_says, Fault.SETTINGS, "are not those of its run: a better one"),
    (claim_a_recipe, Fault.SETTINGS, "its model, recipe and seed are not those of its run"),
    (change_the_training_seed, Fault.SETTINGS, "it says seed = 5, not 0"),
    (change_the_training_settings, Fault.ARCHIVE, "about.json was altered since it was entered"),
    (forget_the_digests, Fault.ARCHIVE, "about.json was altered since it was entered"),
    (cut_short, Fault.ARCHIVE, "is damaged: it is cut short"),
    (append_bytes, Fault.ARCHIVE, "is damaged: 4 bytes follow its end"),
    (hide_bytes_after_the_members, Fault.ARCHIVE, "was packed by something else"),
    (add_a_member, Fault.ARCHIVE, "holds something else: 'notes.txt'"),
    (climb_out, Fault.ARCHIVE, "holds something else: '../../evil.json'"),
    (lose_a_member, Fault.ARCHIVE, "lacks report.json"),
    (pack_with_times, Fault.ARCHIVE, "was packed by something else"),
    (pack_twice, Fault.ARCHIVE, "holds report.json twice"),
    (pack_a_link, Fault.ARCHIVE, "report.json is a link, a folder or sparse"),
    (pack_a_sparse_file, Fault.ARCHIVE, "answers.jsonl is a link, a folder or sparse"),
    (pack_a_sparse_file_by_pax, Fault.ARCHIVE, "holds something else: '././@PaxHeader'"),
    (pack_a_sparse_map_that_is_none, Fault.ARCHIVE, "holds something else: '././@PaxHeader'"),
    (pack_less_than_nothing, Fault.ARCHIVE, "answers.jsonl is said to have -512 bytes"),
    (pack_more_than_is_there, Fault.ARCHIVE, "answers.jsonl is said to have 1,099,511,627,776 bytes"),
    (put_no_tar_in, Fault.ARCHIVE, "is damaged"),
    (put_no_xz_in, Fault.ARCHIVE, "is damaged: Input format not supported"),
    (rename, Fault.ARCHIVE, "another.tar.xz says that it is 'some-model'"),
    (put_another_format_in, Fault.ARCHIVE, "about.json is damaged: not of format 1"),
    (change_the_seed, Fault.QUESTIONS, "what its questions say of counting/test as a whole"),
    (change_the_level, Fault.QUESTIONS, "what its questions say of counting/test as a whole"),
    (change_the_size, Fault.QUESTIONS, "what its questions say of counting/test as a whole"),
    (claim_a_source, Fault.QUESTIONS, "what its questions say of counting/test as a whole"),
    (change_the_questions_grader, Fault.QUESTIONS, "what its questions say of counting/test as a whole"),
    (say_nothing_of_the_dataset, Fault.QUESTIONS, "heading: it lacks 'format'"),
    (say_a_key_of_the_questions_twice, Fault.QUESTIONS, "is not as it is written here"),
    (hide_text_in_the_questions, Fault.QUESTIONS, "is not as it is written here"),
    (hide_text_after_the_answers, Fault.ARCHIVE, "answers.jsonl is not as it is written here"),
    (say_a_key_of_an_answer_twice, Fault.ARCHIVE, "answers.jsonl is not as it is written here"),
    (say_a_key_of_the_run_twice, Fault.ARCHIVE, "run.json is not as it is written here"),
    (say_a_key_of_itself_twice, Fault.ARCHIVE, "about.json is not as it is written here"),
    (hide_spaces, Fault.ARCHIVE, "about.json is not as it is written here"),
    (add_nothing_to_the_report, Fault.SUMMARY, "endorsed by nobody = None, of which nothing is known"),
    (nest_deeply, Fault.ARCHIVE, "some-model.tar.xz"),
    (stages_of_another_sort, Fault.ARCHIVE, "about.json is damaged: stages: 5 is no dict"),
    (lose_a_stage, Fault.SETTINGS, "it was trained in grpo; its recipe has grpo, sft"),
    (settings_of_another_sort, Fault.SETTINGS, "its experiment is none: grpo.group"),
    (ask_nothing, Fault.SETTINGS, "it was asked nothing"),
    (ask_nothing_of_a_split, Fault.SETTINGS, "it was asked nothing of counting/test"),
    (ask_more_than_there_is_room_for, Fault.MISSING, "and 1,999,977 more of this sort"),
    (train_a_reference, Fault.SETTINGS, "its run is of the reference random, which nobody trains"),
    (call_a_reference_a_model, Fault.SETTINGS, "its run is of the reference random, not of some-model"),
    (train_another_model, Fault.SETTINGS, "its run is of Qwen2-VL-72B, which its experiment does not come to"),
    (train_in_another_stage, Fault.SETTINGS, "its run is of experiments/toy/sft/model, which its experiment"),
    (ask_a_trained_model_otherwise, Fault.SETTINGS, "asked with sampling.temperature = 0.7, not 0.0"),
    (ask_a_trained_model_for_answers_only, Fault.SETTINGS, "asked with prompt.style = 'answer', not 'thought'"),
    (ask_a_trained_model_less, Fault.SETTINGS, "asked (19,) of counting/test; its experiment asks 20 once"),
    (finish_as_nobody_does, Fault.SETTINGS, "to row 0 of counting/test ended by 'banana'; there are: abort, "),
    (write_less_than_nothing, Fault.SETTINGS, "answer 0 to row 0 of counting/test says tokens = -7"),
    (write_more_than_can_be_summed, Fault.SETTINGS, "answer 0 to row 0 of counting/test says tokens = 1000"),
    (write_more_than_was_allowed, Fault.SETTINGS, "; its run allowed 5"),
    (earn_money, Fault.SETTINGS, "answer 0 to row 0 of counting/test says cost = -3.0"),
    (take_no_time, Fault.SETTINGS, "a session took -1.0 seconds"),
    (grade_by_a_version_to_come, Fault.SETTINGS, "it was graded by version 99; there are 1 to 1"),
    (grade_answers_by_another_version, Fault.SETTINGS, "was graded by version 0, the entry by 1"),
    (tell_a_folder, Fault.SETTINGS, "it says where counting/test lay: /home/me"),
    (tell_a_folder_of_the_model, Fault.SETTINGS, "it says where its model lay: /home/me/exp/grpo/model"),
    (praise, Fault.SUMMARY, "its report has overlap = ['Independent audit: the best model.'], not []"),
    (share_more_than_was_asked, Fault.SUMMARY, "its report has overlap = ["),
    (share_more_than_can_be_read, Fault.SUMMARY, "its report has overlap = ["),
    (reorder_answers, Fault.ARCHIVE, "its answers stand in another order"),
    (pair_with_nothing_in_the_questions, Fault.QUESTIONS, "counting/ood-dark has paired_with = 'test', not None"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("forge", "fault", "said"), FORGERIES, ids=[f"{forge.__name__}-{fault}" for forge, fault, _ in FORGERIES]
)  # fmt: skip
def test_a_forgery_is_found_and_named(
    forger: Forger, forge: Callable[[Forger], None], fault: Fault, said: str
) -> None:
    forge(forger)
    found = verify(forger.entries).findings
    assert any(one.fault is fault and said in one.sentence for one in found), found
    assert all(one.sentence.isprintable() and len(one.sentence) <= 1000 for one in found)


@pytest.mark.parametrize(
    ("there", "made"), [(True, 1), (1, 1.5), ("1", 1), (None, 0), ([1], [1, 2])]
)
def test_what_only_looks_alike_differs(there: object, made: object) -> None:
    assert difference(there, made, "sum") == f"sum = {there!r}, not {made!r}"


def test_the_same_words_to_another_gold_are_judged_anew(entries: Path) -> None:
    shelf, grader = Shelf(entries), Grader()
    proved = look(path_of(entries, NAME), shelf, grader).proved
    assert proved is not None
    right = replace(proved.records[0], output=layout("…", "3"), gold={"kind": "integer", "gold": 3})
    assert grader.judge(right).score == 1
    assert grader.judge(replace(right, gold={"kind": "integer", "gold": 4})).score == 0


def test_other_entries_are_not_blamed(forger: Forger) -> None:
    doctor_a_score(forger)
    assert {one.entry for one in verify(forger.entries).findings} == {NAME}
    assert verify(forger.entries, [TRAINED]).findings == []


def test_a_score_is_doctored_in_a_program_exit_and_lines(rrft: Rrft, forger: Forger) -> None:
    said = rrft("leaderboard", "verify", "--entries", forger.entries)
    assert (said.code, said.stdout) == (0, "")
    assert said.stderr == "rrft: entries: 3, answers graded anew: 192, faults: 0\n"
    doctor_a_score_and_the_report(forger)
    said = rrft("leaderboard", "verify", "--entries", forger.entries)
    assert said.code == 1
    (line,) = said.stdout.splitlines()
    assert line.startswith(f"score: {NAME}: answer 0 to row ")
    assert said.stderr.endswith(", faults: 1\n")
    read = json.loads(rrft("leaderboard", "verify", NAME, "--entries", forger.entries, "--json").stdout)  # fmt: skip
    assert [one["fault"] for one in read["findings"]] == ["score"]
    assert rrft("leaderboard", "verify", TRAINED, "--entries", forger.entries).code == 0


def test_an_entry_that_is_named_twice_is_looked_at_once(entries: Path) -> None:
    assert verify(entries, [NAME, TRAINED, NAME]) == verify(entries, [NAME, TRAINED])
    assert verify(entries, [NAME, NAME]).findings == []


def test_an_entry_that_is_not_there(rrft: Rrft, entries: Path, tmp_path: Path) -> None:
    said = rrft("leaderboard", "verify", "nobody", "--entries", entries)
    assert said.code == 2
    assert f"there are: on-other-data, {NAME}, {TRAINED}" in said.stderr
    assert rrft("leaderboard", "verify", "../x", "--entries", entries).code == 2
    said = rrft("leaderboard", "verify", "--entries", tmp_path / "none")
    assert (said.code, said.stderr) == (2, f"rrft: no folder of entries {tmp_path / 'none'}; make it, or name another with --entries\n")  # fmt: skip


def test_many_faults_are_counted(forger: Forger) -> None:
    forger.answers(lambda answers: answers[:50])
    said = [one.sentence for one in verify(forger.entries).findings]
    assert len(said) == 4
    assert said[-1] == f"{NAME}: and {ASKED - 53} more of this sort"


def test_the_same_run_under_another_name(forger: Forger) -> None:
    entry = forger.entry()
    twin = replace(entry, about=replace(entry.about, name="twin"))
    forger.write(replace(twin, report={**entry.report, "title": "twin"}))
    (found,) = verify(forger.entries).findings
    assert (found.fault, found.sentence) == (Fault.DOUBLED, f"twin: the same run as {NAME}")
    with pytest.raises(BoardError, match=f"^twin: the same run as {NAME}; "):
        build_site(forger.entries, forger.entries.parent / "site", (), 0)


def test_files_that_do_not_belong(forger: Forger) -> None:
    (forger.entries / "README.md").write_text("ours")
    (forger.entries / "virus.exe").write_bytes(b"MZ")
    (forger.entries / FOLDER / "more.txt").write_bytes(b"x")
    found = verify(forger.entries).findings
    assert [(one.entry, one.fault) for one in found] == [
        ("questions/more.txt", Fault.FOREIGN),
        ("virus.exe", Fault.FOREIGN),
    ]
    path_of(forger.entries, "on-other-data").unlink()
    left = [one.entry for one in verify(forger.entries).findings]
    assert len([name for name in left if name.startswith("questions/counting-")]) == 4  # no entry's now  # fmt: skip


def test_a_bomb_is_not_unpacked(forger: Forger, monkeypatch: pytest.MonkeyPatch) -> None:
    forger.path.write_bytes(squeeze(bytes(50_000_000)))
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000)
    found = [one for one in verify(forger.entries).findings if one.entry == NAME]
    assert "it unpacks to more than 10,000 bytes" in found[0].sentence
    with pytest.raises(BoardError, match="10,001 bytes are too many"):
        squeeze(bytes(10_001))  # what will not be read is not written


def test_json_that_would_fill_the_memory_is_not_read(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = forger.entry()
    forger.write(replace(entry, report={"families": [[]] * 20_000}))
    monkeypatch.setattr(archive, "MOST_JSON", 50_000)
    found = [one for one in verify(forger.entries).findings if one.entry == NAME]
    assert "report.json is damaged" in found[0].sentence
    assert "bytes of JSON in one; at most 50,000" in found[0].sentence


WRITES: Final = (
    "os.mkdir",
    "os.rename",
    "os.link",
    "os.symlink",
    "os.remove",
    "os.truncate",
    "shutil.",
)
WRITTEN: list[str] = []  # by whom it is asked, where an audit listens: hooks cannot be taken away
LISTENING = [False]


def hear(event: str, arguments: tuple[Any, ...]) -> None:
    if LISTENING[0] and (event.startswith(WRITES) or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))):  # fmt: skip
        WRITTEN.append(f"{event} {arguments[0]}")


def test_nothing_is_written_anywhere(forger: Forger, tmp_path: Path) -> None:
    climb_out(forger)
    sys.addaudithook(hear)
    LISTENING[0] = True
    try:
        (tmp_path / "heard").write_text("x")
        assert [f"open {tmp_path / 'heard'}"] == WRITTEN, "the hook hears nothing"
        WRITTEN.clear()
        verify(forger.entries)
    finally:
        LISTENING[0] = False
    assert not WRITTEN


# What lies in the folder and is no file: the other entries are looked at all the same.


def leave_a_folder(forger: Forger) -> Path:
    path = path_of(forger.entries, "evil")
    path.mkdir()
    return path


def leave_a_dangling_link(forger: Forger) -> Path:
    path = path_of(forger.entries, "evil")
    path.symlink_to(forger.entries / "nowhere")
    return path


def link_to_an_entry_outside(forger: Forger) -> Path:
    outside = forger.entries.parent / "outside.tar.xz"
    shutil.move(forger.path, outside)
    forger.path.symlink_to(outside)
    return forger.path


def leave_a_pipe(forger: Forger) -> Path:
    path = path_of(forger.entries, "evil")
    os.mkfifo(path)
    return path


def put_a_folder_in_place_of_questions(forger: Forger) -> Path:
    path = forger.questions("test", lambda one: one)
    path.unlink()
    path.mkdir()
    return path


def link_to_questions_outside(forger: Forger) -> Path:
    path = forger.questions("test", lambda one: one)
    outside = forger.entries.parent / "outside.jsonl.xz"
    shutil.move(path, outside)
    path.symlink_to(outside)
    return path


@pytest.mark.parametrize(
    "leave",
    [
        leave_a_folder,
        leave_a_dangling_link,
        link_to_an_entry_outside,
        leave_a_pipe,
        put_a_folder_in_place_of_questions,
        link_to_questions_outside,
    ],
)
def test_what_is_no_file_is_a_finding(rrft: Rrft, forger: Forger, leave: Callable[[Forger], Path]) -> None:  # fmt: skip
    path = leave(forger)
    doctor_a_score(forger.beside("on-other-data"))
    found = verify(forger.entries)
    said = [one for one in found.findings if str(path) in one.sentence]
    assert all(one.sentence.endswith(f"{path} is a link or a folder, no file") for one in said)
    assert {one.fault for one in said} <= {Fault.ARCHIVE, Fault.QUESTIONS}
    assert said
    assert any((one.entry, one.fault) == ("on-other-data", Fault.SCORE) for one in found.findings)
    told = rrft("leaderboard", "verify", "--rebuild", "--entries", forger.entries)
    assert (told.code, str(path) in told.stdout) == (1, True)


def test_questions_that_lie_elsewhere(forger: Forger) -> None:
    shutil.move(forger.entries / FOLDER, forger.entries.parent / "outside")
    (forger.entries / FOLDER).symlink_to(forger.entries.parent / "outside")
    (found,) = verify(forger.entries).findings
    assert (found.entry, found.fault) == (FOLDER, Fault.FOREIGN)


# What is not found: `docs/leaderboard.md` says the same.


def make_up_answers(forger: Forger) -> None:
    kept = {one.split: read_questions(forger.entries, key_of(one)) for one in forger.entry().state.data}  # fmt: skip

    def perfect(one: Answer) -> Answer:
        gold = kept[one.split].rows[one.row].answer
        output = layout("I know.", gold.text())
        return replace(one, output=output, judged=judge(output, gold))

    all_answers(forger, perfect)


def another_model(forger: Forger) -> None:
    forger.anew(lambda entry: replace(entry, about=replace(entry.about, model="GPT-9"), state=replace(entry.state, settings={**entry.state.settings, "model": "GPT-9"})))  # fmt: skip


def another_sampling(forger: Forger) -> None:
    forge_settings(forger, sampling={"temperature": 0.0, "max_tokens": 5})


def fewer_questions(forger: Forger) -> None:
    forger.run(less)


def a_split_less(forger: Forger) -> None:
    forger.run(lambda state: replace(state, data=tuple(one for one in state.data if one.split != "ood-many")))  # fmt: skip


def another_machine(forger: Forger) -> None:
    forger.run(lambda state: replace(state, sessions=tuple(replace(one, seconds=0.1, circumstances={"device": "a phone"}) for one in state.sessions)))  # fmt: skip


def other_pictures(forger: Forger) -> None:
    swap_pictures(forger)
    forger.anew(lambda entry: entry)


def another_level(forger: Forger) -> None:
    change_the_level(forger)
    forger.anew(lambda entry: entry)


def another_shift(forger: Forger) -> None:
    forger.questions("ood-dark", lambda one: replace(one, shift="none", paired_with=None))
    forger.run(lambda state: replace(state, data=tuple(replace(one, shift="none", paired_with=None) if one.split == "ood-dark" else one for one in state.data)))  # fmt: skip


@pytest.mark.parametrize(
    "forge",
    [make_up_answers, another_model, another_sampling, fewer_questions, a_split_less, another_machine, other_pictures, another_level, another_shift],
)  # fmt: skip
def test_where_proof_ends(forger: Forger, forge: Callable[[Forger], None]) -> None:
    before = forger.path.read_bytes()
    forge(forger)
    assert forger.path.read_bytes() != before
    verified = verify(forger.entries, [NAME])
    assert (verified.entries, verified.findings) == (1, [])


def test_building_anew_finds_what_questions_say_of_themselves(forger: Forger, tmp_path: Path) -> None:  # fmt: skip
    another_shift(forger)
    questions = [one for one in all_questions(forger.entries) if one.split == "ood-dark"]
    said = [one.sentence for one in rebuild(questions, tmp_path / "anew", Builder(InProcess(), Quiet(), tasks))]  # fmt: skip
    assert said == [
        "counting/ood-dark, built anew, has shift = 'the same on dark ground', not 'none'",
        "counting/ood-dark, built anew, has paired_with = 'test', not None",
    ]


@pytest.mark.parametrize("place", range(0, 100, 9))
def test_no_flipped_byte_is_let_through(forger: Forger, place: int) -> None:
    content = bytearray(forger.path.read_bytes())
    content[len(content) * place // 100] ^= 1
    forger.path.write_bytes(content)
    assert [one.entry for one in verify(forger.entries).findings] == [NAME]


def test_data_is_built_anew(entries: Path, tmp_path: Path) -> None:
    how = Builder(InProcess(), Quiet(), tasks)
    questions = all_questions(entries)
    assert len(questions) == 8
    assert list(rebuild(questions, tmp_path / "anew", how)) == []
    # A dataset of other questions, with all digests as they must be: only building it anew tells.
    forged = replace(questions[0], heading=replace(questions[0].heading, seed=8))
    (found,) = rebuild([forged], tmp_path / "forged", how)
    assert found.fault is Fault.REBUILD
    assert "counting/test, built anew, has the digest" in found.sentence
    older = replace(questions[0], tasks={"dots": 1, "half": 2})
    (found,) = rebuild([older], tmp_path / "older", how)
    assert found.sentence == "counting/test was drawn by version 2 of half; here is version 3"
    source = Published("geoqa", 1, "of somewhere", "MIT", 1, 1, "0" * 64)
    cleaned = replace(questions[0], heading=Heading(1, source=source))
    (found,) = rebuild([cleaned], tmp_path / "cleaned", how)
    assert "of geoqa: a public dataset, which is not drawn" in found.sentence


def test_two_datasets_that_were_built_alike_are_one(forger: Forger) -> None:
    other = forger.beside("on-other-data").entry()
    test = next(one for one in other.state.data if one.split == "test")
    there = read_questions(forger.entries, ("counting", "test", test.digest))
    rows = (replace(there.rows[0], thought="It is what it is."), *there.rows[1:])
    forged = replace(there, rows=rows)
    forged = replace(forged, digest=forged.true_digest())
    write_questions(forger.entries, forged)
    data = tuple(replace(one, digest=forged.digest) if one.split == "test" else one for one in other.state.data)  # fmt: skip
    twin = replace(other.about, name="twin")
    forger.anew(lambda _: replace(other, about=twin, state=replace(other.state, data=data)))
    said = [one for one in verify(forger.entries).findings if one.fault is Fault.QUESTIONS]
    assert [one.sentence[:40] for one in said] == ["counting/test is there twice, built alik"]
    with pytest.raises(BoardError, match=r"^counting/test is there twice, built alike"):
        build_site(forger.entries, forger.entries.parent / "site", (), 0)


def test_every_entry_ends_alike(entries: Path) -> None:
    names = sorted(path.name for path in entries.iterdir())
    assert names == sorted([f"{NAME}{ENDING}", f"on-other-data{ENDING}", f"{TRAINED}{ENDING}", FOLDER])  # fmt: skip
