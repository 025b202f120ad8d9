"""Made-up entries of a leaderboard, and a forger who alters them with more or less care."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Self

from evaluators import layout
from leaderboards import archive
from leaderboards.add import add_run
from leaderboards.archive import pack, squeeze, unpack, unsqueeze
from leaderboards.entry import (
    ABOUT,
    MEMBERS,
    Answer,
    Entry,
    digest_of_keys,
    heads_of,
    key_of,
    path_of,
    read_entry,
    records_of,
    seal,
    write_entry,
)
from leaderboards.questions import Questions, file_of, read_questions
from leaderboards.summary import as_stored, report_on
from reasonrft.backend import Ask, Completion, Outcome, Sampling
from reasonrft.config import RunConfig
from reasonrft.config_file import make_config
from reasonrft.evaluate import Manner
from reasonrft.portions import style_of
from reasonrft.report.experiment import write_experiment_report
from reasonrft.report.write import write_report
from reasonrft.run import RunState
from tests.experiment_data import healthy_training, write_stage
from tests.report_data import Scripted, Write, make_run, other_than, right

# As fast as it goes: to be as small as they can, 60 ms a file go to clear memory.
archive.PRESET = 0  # type: ignore[misc]
SIZES = ("test=20", "ood=20")


def skilled(share: float, seed: int = 0, shifted: float = 0.7) -> Write:
    """A model that is right so often, less out of domain; what is easy is easy for all of them."""

    def write(ask: Ask) -> Outcome:
        chance = 0.8 * Random(ask.sample.id).random() + 0.2 * Random(f"{ask.sample.id}{seed}").random()  # fmt: skip
        if chance < share * (shifted if ask.sample.split.startswith("ood-") else 1.0):
            return right(ask)
        return Completion(layout("I guess.", other_than(ask.sample)), "stop", 50, 12)

    return write


def finished_run(folder: Path, data: Sequence[Path], model: Scripted, splits: str = "id,ood") -> Path:  # fmt: skip
    make_run(folder, data, model, splits=splits)
    write_report(folder)
    return folder


def settings(recipe: str = "reason-rft", seed: int = 0, rows: int | None = None) -> RunConfig:
    part = "" if rows is None else f"-{rows}-rows"
    stored = {
        "name": f"toy-{recipe}{part}", "recipe": recipe, "seed": seed, "eval": {"base": False},
        "data": {} if rows is None else {"rows": rows},
    }  # fmt: skip
    return make_config(stored, (), "")


def finished_experiment(run: Path, data: Sequence[Path], config: RunConfig, write: Write) -> Path:
    run.mkdir(parents=True)
    stored = {"format": 1, "rrft": "0.1.0", "config": config.model_dump(mode="json")}
    (run / "experiment.json").write_text(json.dumps(stored))
    stages = config.stages
    model = str(run / stages[-1] / "model") if stages else config.model.path
    asked = Sampling(max_tokens=config.eval.max_tokens)
    make_run(run / "eval", data, Scripted(write, model), Manner(asked, style_of(config.recipe)))
    (run / "eval" / "done.json").write_text('{"answers": 1}\n')
    journals = healthy_training(config.seed)
    for stage in config.stages:
        write_stage(run / stage, config, stage, journals[stage])
    write_experiment_report(run)
    return run


def made_up_board(folder: Path, data: Sequence[Path]) -> Path:
    """A folder of entries: recipes and seeds, and a model as it was found."""
    entries = folder / "entries"
    for recipe, share in (("zero-shot", 0.1), ("cot-sft", 0.6), ("reason-rft", 0.95)):
        for seed in range(2):
            config = settings(recipe, seed)
            run = folder / f"{recipe}-{seed}"
            add_run(finished_experiment(run, data, config, skilled(share, seed)), entries)
    model = Scripted(skilled(0.6, 7, 0.95), "some/vision-model")
    add_run(finished_run(folder / "found", data[:1], model), entries)
    return entries


def as_text(value: Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


class Forger:
    """Alters copies of entries."""

    def __init__(self, entries: Path, folder: Path, name: str) -> None:
        self.entries = shutil.copytree(entries, folder)
        self.name = name
        self.path = path_of(folder, name)

    def beside(self, name: str) -> Self:
        """The same for another entry of the folder."""
        other = copy(self)
        other.name, other.path = name, path_of(self.entries, name)
        return other

    def entry(self) -> Entry:
        return read_entry(self.path)

    def write(self, entry: Entry) -> None:
        """Careful: every digest is that of what is there now."""
        write_entry(self.entries, seal(entry))

    def answers(self, change: Callable[[list[Answer]], list[Answer]], *, summed: bool = False) -> None:  # fmt: skip
        """Other answers; `summed`: with the report that they come to."""
        entry = self.entry()
        entry = replace(entry, answers=tuple(change(list(entry.answers))))
        if summed:
            kept = {key_of(one): read_questions(self.entries, key_of(one)) for one in entry.state.data}  # fmt: skip
            entry = replace(entry, report=as_stored(report_on(entry, records_of(entry, kept))))
        self.write(entry)

    def anew(self, change: Callable[[Entry], Entry]) -> None:
        """Thorough: another entry, with all that follows from it: keys, digests of its questions, report."""
        entry = change(self.entry())
        wanted = set(entry.wanted())
        answers = tuple(one for one in entry.answers if one.place in wanted)
        kept = {key_of(one): read_questions(self.entries, key_of(one)) for one in entry.state.data}
        entry = replace(entry, answers=answers)
        records = records_of(entry, kept)
        about = replace(entry.about, questions=heads_of(entry.state, kept), keys=digest_of_keys(records))  # fmt: skip
        self.write(replace(entry, about=about, report=as_stored(report_on(entry, records))))

    def run(self, change: Callable[[RunState], RunState]) -> None:
        """Another run, with all that follows from it."""
        self.anew(lambda entry: replace(entry, state=change(entry.state)))

    def raw(self, member: str, change: Callable[[bytes], bytes]) -> None:
        """Other bytes of a member, with its digest, whatever they say."""
        members = self.members()
        about = {**json.loads(members[ABOUT]), "sha256": {}}
        members[ABOUT] = as_text(about)
        members[member] = change(members[member])
        said = as_text(json.loads(members[ABOUT]))
        parts = {**members, ABOUT: said}
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
        sealed = as_text({"sha256": digests})[2:-3]
        members[ABOUT] = members[ABOUT].replace(b' "sha256": {}', sealed)
        self.path.write_bytes(pack(members))

    def one(self, change: Callable[[Answer], Answer], place: int = 3, *, summed: bool = False) -> None:  # fmt: skip
        def changed(answers: list[Answer]) -> list[Answer]:
            answers[place] = change(answers[place])
            return answers

        self.answers(changed, summed=summed)

    def text(self, member: str, change: Callable[[str], str]) -> None:
        """Careless: a member is another, and nothing else is."""
        members = unpack(self.path, MEMBERS)
        changed = change(members[member].decode())
        assert changed != members[member].decode(), "the forger changed nothing"
        self.path.write_bytes(pack({**members, member: changed.encode()}))

    def about(self, **changes: Any) -> None:
        """What it says of itself, with the digests of that."""
        entry = self.entry()
        self.write(replace(entry, about=replace(entry.about, **changes)))

    def questions(self, split: str, change: Callable[[Questions], Questions]) -> Path:
        """Other questions under the same name."""
        (asked,) = (one for one in self.entry().state.data if one.split == split)
        path = file_of(self.entries, key_of(asked))
        changed = change(Questions.from_bytes(unsqueeze(path)))
        path.write_bytes(squeeze(changed.to_bytes()))
        return path

    def members(self) -> dict[str, bytes]:
        return unpack(self.path, MEMBERS)
