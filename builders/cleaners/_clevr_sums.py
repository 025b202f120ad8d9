"""_clevr_sums: what does a question of CLEVR-Math ask for, and what does it come to on a scene?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from builders.cleaner import RefusedError
from builders.cleaners._clevr_english import LONGEST, Looks, has, looks_of, not_understood
from builders.cleaners._clevr_scene import Scene

Op = Literal["add", "subtract", "subtract-all"]
Kind = Literal["addition", "subtraction", "subtraction-to", "multi-hop", "adversarial"]

FAULTS: Final[Mapping[str, str]] = {
    "subtracts-nothing": "it subtracts 0 things, as the generator does where there are none to choose from",
    "adversarial-addition": "it adds things and asks for others: the generator mixed up what it fills in, and "
    "its answer is always 0",
    "contradiction": "it subtracts all of something, then asks how many were subtracted if some are left",
    "same-group-twice": "it subtracts the same things twice, word for word",
    "subtracts-too-many": "it subtracts more things than there are",
    "undecided": "it does not say which things are taken away, and the answer depends on it",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Things that come or go."""

    op: Op
    phrase: str
    looks: Looks
    number: int = 0  # all of them, if all are subtracted


@dataclass(frozen=True, slots=True)
class Sum:
    """A question: so many steps, then how many of something there are, or must go."""

    kind: Kind
    steps: tuple[Step, ...]
    phrase: str
    asked: Looks
    leave: int | None = None  # how many are to be left: the question is how many must go


@dataclass(frozen=True, slots=True)
class Found:
    """What a question comes to on a scene."""

    number: int
    counts: tuple[int, ...]  # of what is asked for: at first, then after each step
    gone: tuple[int, ...]  # things that come or go with each step
    tags: tuple[str, ...]

    @property
    def is_idle(self) -> bool:
        """Whether one of the steps removes what is not there."""
        return "no-op" in self.tags


# With the synonyms that the generator has for its verbs, though what was published has the first of each only.
_ADD: Final = "(?:add|introduce|insert)"
_TAKE: Final = "(?:subtract|take away|remove|withdraw)"
_TAKEN: Final = "(?:subtracted|taken away|removed|withdrawn)"
_ALL: Final = "(?:all(?: the)?|every)"
_ASKED: Final = re.compile(r"how many (?P<asked>.+) (?:are left|exist|remain|are there)")
_TO: Final = re.compile(
    rf"how many (?P<asked>.+) must be {_TAKEN} to get (?P<leave>[0-9]{{1,3}}) (?P<again>.+)"
)
_STEP: Final = re.compile(
    rf"(?:(?P<adds>{_ADD})|{_TAKE}) (?:(?P<all>{_ALL})|(?P<number>[0-9]{{1,3}})) (?P<what>[a-z ]+)"
)
_CONTRADICTION: Final = re.compile(
    rf"{_TAKE} {_ALL} .+\. how many were {_TAKEN} if there (?:are|is) [0-9]+ .+ left"
)
ADDS: Final = re.compile(rf"{_ADD} ", re.IGNORECASE)  # how a question begins that adds something
EVERYTHING: Final = frozenset({"things", "objects", "items", "thing", "object", "item"})


def read_sum(question: str) -> Sum:
    """What a question asks for.

    Raises:
        RefusedError: it is not understood, or has a fault that its words tell.
    """
    if len(question) > LONGEST:
        raise not_understood(question)
    text = " ".join(question.lower().split()).removesuffix("?").strip()
    if _CONTRADICTION.fullmatch(text):
        raise RefusedError("contradiction", repr(question))
    if to := _TO.fullmatch(text):
        looks = looks_of(to["asked"])
        if looks != looks_of(to["again"]):
            raise not_understood(question)
        return Sum("subtraction-to", (), to["asked"], looks, int(to["leave"]))
    *orders, last = text.split(". ")
    asked = _ASKED.fullmatch(last)
    if asked is None or not orders:
        raise not_understood(question)
    _check_words(question, orders, asked["asked"])
    steps = tuple(map(_step, orders))
    looks = looks_of(asked["asked"])
    return Sum(_kind(steps, looks), steps, asked["asked"], looks)


def _step(order: str) -> Step:
    match = _STEP.fullmatch(order)
    if match is None:
        raise not_understood(order)
    looks = looks_of(match["what"])
    if match["all"]:
        if match["adds"]:
            raise not_understood(order)
        return Step("subtract-all", match["what"], looks)
    return Step("add" if match["adds"] else "subtract", match["what"], looks, int(match["number"]))


def _check_words(question: str, orders: Sequence[str], asked: str) -> None:
    """Refuse the faults that the words alone tell, some of which no phrase is understood in."""
    found = [match for order in orders if (match := _STEP.fullmatch(order))]
    if any(not step["adds"] and (step["number"] or "all").strip("0") == "" for step in found):
        raise RefusedError("subtracts-nothing", repr(question))
    if any(step["adds"] and not _is_asked(step["what"], asked) for step in found):
        raise RefusedError("adversarial-addition", repr(question))
    removed = [step["what"] for step in found if step["all"]]
    if len(set(removed)) < len(removed):
        raise RefusedError("same-group-twice", repr(question))


def _is_asked(added: str, asked: str) -> bool:
    """Whether what is added is what is asked for, or everything is."""
    if added == asked or asked in EVERYTHING:
        return True
    try:
        return looks_of(added) == looks_of(asked)
    except RefusedError:
        return False


def _kind(steps: Sequence[Step], asked: Looks) -> Kind:
    """The kind as CLEVR-Math calls it; adversarial: some step is of other things than are asked for."""
    if any(_overlap(step.looks, asked) is False for step in steps):
        return "adversarial"
    if len(steps) > 1:
        return "multi-hop"
    return "addition" if steps[0].op == "add" else "subtraction"


def _overlap(one: Looks, other: Looks) -> bool | None:
    """Whether all that is named by a phrase is named by another too; None: some may be, and some not."""
    if any(one[look].isdisjoint(other[look]) for look in one.keys() & other.keys()):
        return False
    return (
        True
        if all(one.get(look, frozenset()) and one[look] <= other[look] for look in other)
        else None
    )


def answer(asked: Sum, scene: Scene) -> Found:
    """What a question comes to.

    Raises:
        RefusedError: it is impossible, or open.
    """
    there = [thing.looks for thing in scene.things]
    if asked.leave is not None:
        count = _number(there, asked.asked)
        if asked.leave > count:
            raise RefusedError(
                "subtracts-too-many", f"{count} {asked.phrase}, {asked.leave} to leave"
            )
        return Found(count - asked.leave, (count,), (), ())
    count = _number(there, asked.asked)
    counts, gone, tags = [count], [], []
    for step in asked.steps:
        chosen = [looks for looks in there if has(looks, step.looks)]
        match step.op:
            case "add":
                count += _added(step, asked)
                gone.append(step.number)
            case "subtract":
                count -= _taken(step, chosen, asked)
                gone.append(step.number)
            case "subtract-all":
                if not _number([thing.looks for thing in scene.things], step.looks):
                    tags.append("no-op")
                elif len(chosen) < _number([thing.looks for thing in scene.things], step.looks):
                    tags.append("overlap")
                there = [looks for looks in there if not has(looks, step.looks)]
                count = _number(there, asked.asked)
                gone.append(len(chosen))
        counts.append(count)
    return Found(count, tuple(counts), tuple(gone), tuple(dict.fromkeys(tags)))


def _number(there: Sequence[Mapping[str, str]], looks: Looks) -> int:
    return sum(has(thing, looks) for thing in there)


def _added(step: Step, asked: Sum) -> int:
    if len(asked.steps) > 1:
        raise not_understood(asked.phrase)
    inside = _overlap(step.looks, asked.asked)
    if inside is None:
        raise RefusedError("undecided", f"{step.number} {step.phrase}, some of them {asked.phrase}")
    return step.number if inside else 0


def _taken(step: Step, chosen: Sequence[Mapping[str, str]], asked: Sum) -> int:
    """How many of what is asked for go."""
    if len(asked.steps) > 1:
        raise not_understood(asked.phrase)
    if step.number > len(chosen):
        raise RefusedError(
            "subtracts-too-many", f"{step.number} {step.phrase}, of which there are {len(chosen)}"
        )
    inside = _number(chosen, asked.asked)
    if step.number < len(chosen) and 0 < inside < len(chosen):
        raise RefusedError(
            "undecided",
            f"{step.number} of {len(chosen)} {step.phrase}, {inside} of them {asked.phrase}",
        )
    return min(inside, step.number)


def thought(asked: Sum, found: Found) -> str:
    """The way to the answer, step by step."""
    first = found.counts[0]
    told = [f"At first there {'is' if first == 1 else 'are'} {_counted(first, asked.phrase)}."]
    if asked.leave is not None:
        told.append(f"{first} − {asked.leave} = {found.number} must go.")
    for step, gone, before, now in zip(
        asked.steps, found.gone, found.counts, found.counts[1:], strict=False
    ):
        what = f"{_counted(gone, step.phrase)} {'more' if step.op == 'add' else 'less'}"
        sign = "+" if now > before else "−"
        told.append(f"{what}: {before} {sign} {abs(now - before)} = {now}.")
    return " ".join([*told, f"So the answer is {found.number}."])


def _counted(number: int, phrase: str) -> str:
    """So many of what a phrase names, whose noun is last and is in some number of its own."""
    single = phrase.removesuffix("s")
    return f"{number} {single if number == 1 else f'{single}s'}"
