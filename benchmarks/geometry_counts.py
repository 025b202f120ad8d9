"""geometry_counts: what is counted of geometry's problems, block by block, each kept in a file when it is done."""

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from math import gcd, isclose
from pathlib import Path
from random import Random
from typing import Any, Final

from builders.engine.cluster import CODE, fingerprint
from builders.files import write_whole
from builders.registry import tasks
from builders.sample import Draft
from builders.task import Canvas, Task, Turn, draw_draft
from builders.tasks.geometry import find_angle, find_area, find_length, find_x
from builders.tasks.geometry._alone import follows_from_text
from builders.tasks.geometry._drawing import Found, Kinds, find, show
from builders.tasks.geometry._forms import LETTERS
from builders.tasks.geometry._scene import Params
from builders.tasks.geometry._theorems import HELD_OUT
from evaluators import Choice
from evaluators.quantity import constant
from evaluators.scalar import real_value

SEED: Final = 2026
SMALL: Final = Canvas(112, 112)
BLOCK: Final = 200  # problems, counted in one go
SIMPLE: Final = 6  # up to which parts and multiples are simple
IN_X: Final = re.compile(r"(\d*)x(?: ([+−] \d+))?")
# The place of the point of a fact or a size that the others are alike but for.
UNLIKE: Final[Mapping[str, int]] = {"right": 1, "angle": 1, "arc": 0, "midpoint": 0}
NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
ROOTS_AND_BELOW: Final = re.compile(r"\\sqrt\{\d+\}|\}\{\d+\}")  # of a fraction what stands below
KINDS: Final[Mapping[str, Kinds]] = {
    one.TASK.name: one.KINDS for one in (find_angle, find_length, find_area, find_x)
}


@dataclass(slots=True)
class Counts:
    """What is counted of some problems, every one of which was proved when it was drawn."""

    rows: int = 0
    seconds: float = 0.0  # of a processor
    from_text: int = 0  # that follow from what the text says: the search passes these over
    stated: int = 0  # whose answer is a number that the text states, of some other size
    held_out: int = 0  # problems that cannot be solved by the theorems of training
    depths: Counter[str] = field(default_factory=Counter)
    theorems: Counter[str] = field(default_factory=Counter)  # derivations that use each
    answers: Counter[str] = field(default_factory=Counter)  # `kind|answer`
    ranks: Counter[str] = field(default_factory=Counter)  # `kind|rank` of right options, by size
    # `kind|True` where a guesser is right, else `kind|False`: one looks at what options are to each other, one at what
    # they share with what is given.
    guessed: Counter[str] = field(default_factory=Counter)
    guessed_from_givens: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)  # `constructions|structure`
    drawings: Counter[str] = field(default_factory=Counter)  # the same with their coordinates

    def add(self, found: Found, draft: Draft) -> None:
        """Count a problem."""
        scene = draft.scene
        used = {step["theorem"] for step in scene["program"]}
        self.rows += 1
        self.from_text += follows_from_text(found.scene)
        self.stated += answer_of(draft).rstrip("°") in NUMBER.findall(draft.question)
        self.held_out += found.scene.problem.needs(HELD_OUT)
        self.depths[str(draft.depth)] += 1
        self.theorems.update(used)
        self.answers[f"{draft.kind}|{draft.answer.text()}"] += 1
        if isinstance(draft.answer, Choice):
            self.ranks[f"{draft.kind}|{rank(draft.answer)}"] += 1
            place = LETTERS.index(draft.answer.letter)
            self.guessed[f"{draft.kind}|{guess(draft.answer, expressions(draft)) == place}"] += 1
            if not expressions(draft):
                is_right = guess_from_givens(draft.answer, numbers_given(draft)) == place
                self.guessed_from_givens[f"{draft.kind}|{is_right}"] += 1
        problem, drawing = structure(draft)
        self.problems[problem] += 1
        self.drawings[drawing] += 1

    def merge(self, other: "Counts") -> None:
        """Add what was counted elsewhere."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def by_kind(self) -> dict[str, Counter[str]]:
        """How often each answer to each kind of question is right."""
        return _by_kind(self.answers)

    def ranks_by_kind(self) -> dict[str, Counter[str]]:
        """How often the right option is the smallest, the second, … of each kind with options."""
        return _by_kind(self.ranks)

    def guessed_by_kind(self) -> dict[str, Counter[str]]:
        """How often a guess by what options are to each other is right, of each kind with options."""
        return _by_kind(self.guessed)

    def guessed_from_givens_by_kind(self) -> dict[str, Counter[str]]:
        """The same by what they share with what is given; not of x."""
        return _by_kind(self.guessed_from_givens)

    def letters(self) -> Counter[str]:
        """How often each letter is right."""
        found = Counter[str]()
        for kind, answers in self.by_kind().items():
            if kind.endswith("choice"):
                found += answers
        return found


def _by_kind(found: Counter[str]) -> dict[str, Counter[str]]:
    apart: dict[str, Counter[str]] = {}
    for name, number in found.items():
        kind, _, what = name.partition("|")
        apart.setdefault(kind, Counter())[what] += number
    return apart


def answer_of(draft: Draft) -> str:
    """The answer, of a choice what is chosen."""
    answer = draft.answer
    return (
        answer.options[LETTERS.index(answer.letter)]
        if isinstance(answer, Choice)
        else answer.text()
    )


def rank(choice: Choice) -> int:
    """How many options are smaller than the right one."""
    sizes = sizes_of(choice)
    gold = sizes[LETTERS.index(choice.letter)]
    return sum(size < gold for size in sizes)


def sizes_of(choice: Choice) -> list[float]:
    """What options are worth."""
    return [float(real_value(constant(text.rstrip("°")).tree) or 0) for text in choice.options]


def expressions(draft: Draft) -> list[tuple[int, int]]:
    """The factor and the shift of all that is given in x."""
    found = (IN_X.search(one["text"]) for one in draft.scene["givens"])
    return [
        (int(one[1] or 1), int((one[2] or "0").replace("− ", "-").replace("+ ", "")))
        for one in found
        if one
    ]


def guess(choice: Choice, in_x: Sequence[tuple[int, int]]) -> int:
    """The place of the option that most others may be mistakes of; of several the first, letters being even.

    A mistake is a simple part or multiple, what is missing to 90° or 180°, what an expression comes to, the same with
    its shift left out, or with the other sign.
    """
    sizes = sizes_of(choice)

    def may_be_mistake(other: float, of: float) -> bool:
        ratio = Fraction(other / of).limit_denominator(SIMPLE)
        if (ratio.numerator <= SIMPLE and isclose(ratio * of, other)) or other + of in (90, 180):
            return bool(not in_x)
        return any(
            isclose(other, wrong)
            for factor, shift in in_x
            for size in [factor * of + shift]
            for wrong in (size, size / factor, (size + shift) / factor)
        )

    likely = [sum(may_be_mistake(other, of) for other in sizes if other != of) for of in sizes]
    return likely.index(max(likely))


def numbers_given(draft: Draft) -> list[int]:
    """The first number of each size that is given."""
    found = (NUMBER.search(one["text"]) for one in draft.scene["givens"])
    return [int(float(one[0])) for one in found if one]


def guess_from_givens(choice: Choice, given: Sequence[int]) -> int:
    """The place of the option that has the largest divisor in common with a number that is given; of several the first."""
    numbers = [NUMBER.findall(ROOTS_AND_BELOW.sub("", one)) for one in choice.options]
    divisors = [gcd(*map(int, one)) or 1 for one in numbers]
    shared = [max((gcd(one, number) for number in given), default=0) for one in divisors]
    return shared.index(max(shared))


def repeated(found: Counter[str]) -> int:
    """How many are like an earlier one, whatever else is in their figures."""
    return found.total() - len(_structures(found))


def shared(found: Counter[str], others: Counter[str]) -> int:
    """How many are like one of the others."""
    known = _structures(others)
    return sum(number for name, number in found.items() if _structure(name) in known)


def _structures(found: Counter[str]) -> set[str]:
    return set(map(_structure, found))


def _structure(name: str) -> str:
    return name.rpartition("|")[2]


def structure(draft: Draft) -> tuple[str, str]:
    """What a problem is, whatever its points are called; and that with the shape of its drawing.

    The first is the same for two problems with the same facts, givens with their values, and theorems, whatever there
    is in their figures besides, mirrored or not. It may be the same for two that differ, since it does not see which
    points of a fact belong together, nor in which order theorems come: repeats are counted rather too often. The
    second is the same for those alone that have the same coordinates too.
    """
    scene = draft.scene
    asked = draft.kind.partition("-")[0]
    relations = [
        *((fact[0], fact[1:]) for fact in scene["facts"]),
        *(
            (f"{one['kind']} {one['text']}", _points_of(one["of"], scene))
            for one in scene["givens"]
        ),
    ]
    problem = [
        *without_names(relations),
        sorted(step["theorem"] for step in scene["program"]),
        asked,
    ]
    points = sorted([round(x, 6), round(y, 6)] for x, y in scene["points"].values())
    made = f"{asked}: {' + '.join(scene['constructions'])}"
    return f"{made}|{_digest(problem)}", _digest([problem, points])


def _points_of(of: Sequence[str], scene: Mapping[str, Any]) -> list[str]:
    """Its points, without the word that says what they enclose."""
    return [one for one in of if one in scene["points"]]


def without_names(relations: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """What is said of points without their names: each point is told by what is said of it and of those beside it.

    After as many rounds as there are points none is told better by another one.
    """
    points = {point for _, of in relations for point in of}
    told = dict.fromkeys(points, "")
    for _ in points:
        said = [(name, of, _said(name, of, told)) for name, of in relations]
        told = {
            point: _digest(
                [
                    told[point],
                    sorted(
                        [name, _role(name, of, point), all_of]
                        for name, of, all_of in said
                        if point in of
                    ),
                ]
            )
            for point in points
        }
    return sorted(_digest([name, _said(name, of, told)]) for name, of in relations)


def _said(name: str, of: Sequence[str], told: Mapping[str, str]) -> list[list[str]]:
    """The points of a relation, by what is told of them and how they stand in it."""
    return sorted([_role(name, of, point), told[point]] for point in of)


def _role(name: str, of: Sequence[str], point: str) -> str:
    """Whether a point is the one that is unlike the others, as the vertex of an angle is."""
    place = UNLIKE.get(name.split()[0])
    return "unlike" if place is not None and of[place] == point else "like"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def having(split: str) -> list[Task[Any]]:
    """The tasks of geometry that have a split."""
    return [task for task in tasks().values() if task.family == "geometry" and split in task.splits]


def drawn(task: Task[Any], split: str, seed: int, index: int) -> tuple[Found, Draft]:
    """A problem, and what a build makes of it, proved."""
    problems: list[Found] = []

    def draw(params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
        problems.append(find(KINDS[task.name], params, rng, turn))
        return show(problems[0], params.hand, canvas)

    draft = draw_draft(replace(task, draw=draw), split, seed, index, SMALL)
    return problems[0], draft


def count(split: str, first: int, last: int) -> Counts:
    """The counts of some problems of a split, its tasks in turn."""
    counts, start = Counts(), time.process_time()
    all_tasks = having(split)
    for row in range(first, last):
        task = all_tasks[row % len(all_tasks)]
        counts.add(*drawn(task, split, SEED, row // len(all_tasks)))
    counts.seconds = time.process_time() - start
    return counts


Block = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where blocks are kept, and the code by which they are counted: that of the run's beginning."""

    folder: Path
    code: str

    def path(self, block: Block) -> Path:
        """The file of a block."""
        split, first, last = block
        return self.folder / f"{split}-{SEED}-{self.code}-{first}-{last}.json"


def code_now() -> str:
    """Of the code that draws problems and counts them: to be asked for when a run begins."""
    known = fingerprint()[CODE].encode() + Path(__file__).read_bytes()
    return hashlib.sha256(known).hexdigest()[:12]


def counted(split: str, rows: int, kept: Kept, workers: int) -> Iterator[tuple[int, Counts]]:
    """How many problems of a split are counted so far, and the counts, as blocks are done.

    A block that is kept from an earlier run is not counted again.
    """
    total, lacking = Counts(), []
    for first in range(0, rows, BLOCK):
        block = (split, first, min(first + BLOCK, rows))
        done = _read(kept.path(block))
        if done is None:
            lacking.append(block)
        else:
            total.merge(done)
    yield total.rows, total
    if not lacking:
        return
    with ProcessPoolExecutor(workers) as pool:
        for one in as_completed(
            [pool.submit(_count_block, kept.path(block), block) for block in lacking]
        ):
            total.merge(one.result())
            yield total.rows, total


def _count_block(path: Path, block: Block) -> Counts:
    counts = count(*block)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not `asdict`, which counts a Counter's pairs anew.
    stored = {one.name: getattr(counts, one.name) for one in fields(counts)}
    write_whole(path, json.dumps(stored).encode())
    return counts


def _read(path: Path) -> Counts | None:
    if not path.exists():
        return None
    counts, stored = Counts(), json.loads(path.read_text())
    for one in fields(counts):
        value = stored[one.name]
        setattr(counts, one.name, Counter(value) if isinstance(value, dict) else value)
    return counts
