"""What the tests of cleaners share: records cleaned, and proved as the framework does."""

import json
from dataclasses import replace
from pathlib import Path

from PIL import Image

from builders.clean import source_plans
from builders.cleaner import Cleaner, Drop, RefusedError
from builders.repeats import REPEATS
from builders.sample import Draft, Dropped
from builders.source_pictures import PICTURES
from builders.task import ends_in, to_json
from evaluators import Status, grade, layout


def cleaned(cleaner: Cleaner, source: Path) -> dict[str, Draft | Drop]:
    """What each record becomes, by its id."""
    made: dict[str, Draft | Drop] = {}
    for record in cleaner.records(source):
        assert record.id not in made
        assert record.place
        try:
            draft = cleaner.clean(record)
            if isinstance(draft, Draft):
                draft = replace(draft, images=cleaner.pictures(source, record))
            made[record.id] = draft
        except RefusedError as refused:
            made[record.id] = refused.drop
    return made


def reasons(cleaner: Cleaner, source: Path) -> dict[str, str | None]:
    """Why each record is dropped, each for a reason that is told of; None: it is kept, its gold holds."""
    found: dict[str, str | None] = {}
    for name, one in cleaned(cleaner, source).items():
        if isinstance(one, Drop):
            assert one.reason in cleaner.reasons
            assert one.detail
            assert "\n" not in one.detail
        else:
            check_row(cleaner, one)
        found[name] = one.reason if isinstance(one, Drop) else None
    return found


def told(cleaner: Cleaner, source: Path, *, pictures: bool = True) -> dict[str, str | None]:
    """Why each record is dropped, by split and id, where those that repeat others are told of too; None: it is a row."""
    known = {cleaner.name: cleaner}
    found: dict[str, str | None] = {}
    for plan in source_plans(cleaner.name, source, ["all"], known, pictures=pictures):
        for one in plan.make(range(plan.rows), lambda: known):
            if isinstance(one, Dropped):
                found[f"{one.split}/{one.id}"] = one.reason
            else:
                found[one.sample.id.removeprefix(f"{cleaner.name}/")] = None
    return found


def untested(cleaner: Cleaner, file: str) -> set[str]:
    """The reasons of a cleaner that its tests do not name; those that all have are tested for all."""
    text = Path(file).read_text()
    own = cleaner.reasons.keys() - PICTURES.keys() - REPEATS.keys()
    return {reason for reason in own if f'"{reason}"' not in text}


def check_row(cleaner: Cleaner, draft: Draft) -> None:
    """A row is graded right on its own gold, its thought ends in it, and it is solved from its scene."""
    gold = draft.answer.text()
    verdict = grade(layout(draft.thought, gold), draft.answer)
    assert (verdict.status, verdict.score) == (Status.CORRECT, 1)
    assert not draft.thought or ends_in(draft.thought, gold)
    assert draft.images
    assert all(image.mode == "RGB" for image in draft.images)
    solved = cleaner.solve and cleaner.solve(draft.question, json.loads(to_json(draft.scene)))
    score = draft.answer.score(solved.text()) if solved else None
    assert solved is None or (score is not None and score.value == 1)


def draw(path: Path, colour: str | int = "red") -> None:
    """A small picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 3), colour).save(path)
