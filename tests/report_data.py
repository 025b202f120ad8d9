"""Runs of a model that answers by a rule, on toy datasets of three families, for the tests of the report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from builders.dataset import build
from builders.engine import InProcess
from builders.plan import Request, make_plans
from builders.registry import Tasks
from builders.sample import Draft, Sample
from builders.task import Canvas, Split, Task, Turn
from evaluators import AnyAnswer, Program, layout
from evaluators.world import Edit
from reasonrft.backend import Ask, Completion, Failure, Outcome, Sampling
from reasonrft.evaluate import Manner, evaluate
from reasonrft.questions import choose_sources
from reasonrft.record import Record
from reasonrft.run import read_run, write_records
from tests import toy_task
from tests.quiet import Quiet

Write = Callable[[Ask], Outcome]
# What may not become markup, a script or a request, wherever it stands.
HOSTILE = (
    "</script><script>taken = 1</script><img src=x onerror='taken = 1'>"
    "<!-- &lt;b&gt; ![x](http://example.org/x.png) | `` \u2028 \\"
)


HOSTILE_MODEL = f"{HOSTILE}\r# taken\n- taken {'long' * 50}"
# What of it a model may be called in an entry.
HOSTILE_NAME = "".join(filter(str.isprintable, HOSTILE_MODEL))
FAMILIES = ("counting", "geometry", "transformation")


def draw_edits(params: toy_task.Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """A colour to be changed, two pictures: a task whose answers are programs."""
    draft = toy_task.draw_dots(params, rng, turn, canvas)
    edit = Edit("color", rng.randint(0, 3), rng.choice(["red", "blue", "green"]))
    return replace(
        draft,
        images=draft.images * 2,
        question="What was changed?",
        answer=Program((edit,)),
        thought=f"One colour is another: {edit.text()}",
        kind="edits",
        scene={"object": edit.object, "value": edit.value},
    )


def solve_edits(_question: str, scene: Mapping[str, Any]) -> AnyAnswer:
    return Program((Edit("color", scene["object"], scene["value"]),))


EDITS = Task(
    name="edits",
    family="transformation",
    version=1,
    summary="What was changed?",
    splits={"test": Split(toy_task.Params()), "ood-many": Split(toy_task.Params(most=9), "more dots")},
    draw=draw_edits,
    solve=solve_edits,
    blind_bound=0.9,
)  # fmt: skip


@cache
def tasks() -> Tasks:
    return {**toy_task.tasks(), "edits": EDITS}


def write_data(
    folder: Path, family: str = "counting", sizes: Sequence[str] = ("test=24", "ood=16")
) -> Path:
    """A dataset of toy tasks, every split but the one for training."""
    asked = Request(family, ("id,ood",), sizes=sizes, image_size="64x48")
    build(make_plans(asked, tasks()), folder, InProcess(), Quiet(), tasks)
    return folder


def write_families(folder: Path) -> list[Path]:
    """Datasets of three families."""
    return [write_data(folder / family, family) for family in FAMILIES]


@dataclass
class Scripted:
    """A model that writes what a function says."""

    write: Write
    model: str = "toy model"
    about: Mapping[str, Any] = field(default_factory=dict)
    backend: str = "openai"  # which it says that it is

    def identity(self) -> Mapping[str, Any]:
        return {"backend": self.backend, "model": self.model}

    def circumstances(self) -> Mapping[str, Any]:
        return self.about

    def answer(self, asks: Iterator[Ask], _sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        for ask in asks:
            yield ask, self.write(ask)

    def close(self) -> None:
        pass


def make_run(
    folder: Path,
    data: Sequence[Path],
    model: Scripted,
    manner: Manner | None = None,
    *,
    draws: int = 1,
    splits: str = "id,ood",
) -> Path:
    """The folder of a finished run, without its report."""
    manner = manner or Manner(Sampling(temperature=float(draws > 1)), draws=draws)
    evaluate(folder, model, choose_sources(data, None, (splits,), None), manner, Quiet())
    return folder


def right(ask: Ask) -> Outcome:
    return Completion(layout(ask.sample.thought, ask.sample.answer), "stop", 50, 20)


def other_than(sample: Sample) -> str:
    """A wrong answer: another number, letter or program."""
    if sample.task == EDITS.name:
        return "change_size(1, 'large')"
    return {"1": "12", "A": "B"}.get(sample.answer, "A" if sample.answer == "B" else "1")


def mixed(ask: Ask) -> Outcome:
    """Right, wrong, right to a lenient reader only, unread, cut off, failed: one after the other."""
    gold = ask.sample.answer
    wrong = other_than(ask.sample)
    outcomes: tuple[Outcome, ...] = (
        right(ask),
        Completion(layout(f"Perhaps {HOSTILE}", wrong), "stop", 50, 30),
        right(ask),
        Completion(f"The answer is {gold}.", "stop", 50, 5),
        right(ask),
        Completion(layout("zebra", "two, or three"), "stop", 50, 9),
        right(ask),
        Completion("word " * 20_000, "length", 50, 1024),
        Failure(f"refused: {HOSTILE}"),
    )
    return outcomes[(ask.row + 2 * ask.draw) % len(outcomes)]


def change_records(folder: Path, change: Callable[[Record], Record]) -> None:
    """Rewrite the answers of a run."""
    _, records = read_run(folder)
    write_records(folder, [change(record) for record in records])


def make_hostile_run(folder: Path, data: Sequence[Path]) -> Path:
    """A run with a text that would be markup wherever somebody else's text can stand."""
    about = {"engine": f"{HOSTILE}\n\n# taken"}
    make_run(folder, data, Scripted(mixed, HOSTILE_MODEL, about))
    change_records(
        folder,
        lambda one: replace(
            one,
            id=f"{HOSTILE}/{one.row}",
            kind=f"{one.kind} {HOSTILE}",
            task=f"{one.task} {HOSTILE}",
            question=HOSTILE,
        ),
    )
    return folder
