"""_selection: questions that count a selection of things, or compare two: meaning, text and thought."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

from builders.tasks._english import capitalized
from builders.tasks.counting._looks import EVERYTHING, Filter
from builders.tasks.counting._setting import Members, Setting, Walk, reasoned
from builders.tasks.counting._words import PLAIN, Words, choose_words

Join = Literal["both", "either"]

PLAIN_TEXTS: Final = (
    "How many {n} are there?",
    "How many {n} are there in the picture?",
    "How many {n} can you see?",
    "What is the number of {n} in the picture?",
    "Count the {n}. How many are there?",
    "How many {n} does the picture show?",
)
CONDITION_TEXTS: Final = (
    "How many {n} are {c}?",
    "What number of {n} are {c}?",
    "How many {n} in the picture are {c}?",
    "Count the {n} that are {c}. How many are there?",
    "What is the number of {n} that are {c}?",
    "How many {n} can you see that are {c}?",
)
BOTH_TEXTS: Final = ("both {0} and {1}", "{0} and also {1}", "{0} and at the same time {1}")
EITHER_TEXTS: Final = ("{0}, {1}, or both", "{0} or {1} (or both)", "either {0} or {1} or both")
EXCLUSIVE_TEXTS: Final = ("{0} or {1}", "either {0} or {1}")  # `red or blue`: never both
# True whichever way round, and for equal numbers too, so that the wording tells nothing.
COMPARE_TEXTS: Final = (
    "What is the difference between the number of {a} and the number of {b}?",
    "By how much do the number of {a} and the number of {b} differ?",
    "Count the {a} and count the {b}. What is the difference between the two numbers?",
)
# Said of the larger number first; equal numbers are provided for in words.
OUTNUMBER_TEXTS: Final = (
    "How many more {a} than {b} are there (0 if there are as many of both)?",
    "By how many do the {a} outnumber the {b} (0 if they are equally many)?",
    "There are at least as many {a} as {b}. How many more {a} than {b} are there?",
)
HEADS: Final = {"both": "Of these, {0}", "either": "{0} among these"}  # of a condition
ENDINGS: Final = (
    "That makes {n}, so the answer is {n}.",
    "Counting them gives {n}, so the answer is {n}.",
    "These are {n} in all, so the answer is {n}.",
    "The count is {n}. The answer is {n}.",
)


@dataclass(frozen=True, slots=True)
class Related:
    """To stand in a relation to the one thing that the reference names."""

    relation: str
    reference: Filter

    def among(self, setting: Setting) -> Members:
        """The things that stand so."""
        (reference,) = setting.among(self.reference)
        return setting.sides[self.relation, reference].sure

    def asked(self, before: Members, setting: Setting) -> Members:
        """Of which things it is asked: not of the reference."""
        return before - setting.among(self.reference)

    def said(self, words: Words) -> str:
        """`to the left of the small red cube`."""
        return f"{words.word(self.relation)} the {words.singular(self.reference)}"

    def step(self) -> dict[str, Any]:
        """Its step in the stored program."""
        return {"op": "relate", "relation": self.relation, "reference": self.reference.named()}


@dataclass(frozen=True, slots=True)
class Fits:
    """To be among what a phrase names."""

    group: Filter

    def among(self, setting: Setting) -> Members:
        """The things that are so."""
        return setting.among(self.group)

    def asked(self, before: Members, _setting: Setting) -> Members:
        """Of which things it is asked: of all."""
        return before

    def said(self, words: Words) -> str:
        """`red`, `made of metal`, `cubes`."""
        return words.predicate(self.group)

    def step(self) -> dict[str, Any]:
        """Its step in the stored program."""
        return {"op": "filter", "group": self.group.named()}


Condition = Related | Fits


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a group meet all conditions, or at least one of them."""

    group: Filter
    conditions: tuple[Condition, ...] = ()
    join: Join = "both"

    def parts(self, setting: Setting) -> tuple[Members, ...]:
        """Those of the group that meet each condition."""
        group = setting.among(self.group)
        return tuple(group & one.among(setting) for one in self.conditions)

    def members(self, setting: Setting) -> Members:
        """What is counted; what meets two conditions is counted once."""
        parts = self.parts(setting)
        if self.join == "either":
            return frozenset[int]().union(*parts)
        return setting.among(self.group).intersection(*parts)

    def answer(self, setting: Setting) -> int:
        """The count."""
        return len(self.members(setting))

    def program(self) -> list[dict[str, Any]]:
        """The steps, in order; the join takes the sets before it."""
        steps = [{"op": "filter", "group": self.group.named()}]
        steps += [one.step() for one in self.conditions]
        if len(self.conditions) > 1:
            steps.append({"op": self.join})
        return [*steps, {"op": "count"}]

    def text(self, rng: Random) -> str:
        """The question in English."""
        words = choose_words(rng)
        if not self.conditions:
            return rng.choice(PLAIN_TEXTS).format(n=words.plural(self.group))
        clause = self._clause(words, rng)
        return rng.choice(CONDITION_TEXTS).format(n=words.plural(self.group), c=clause)

    def _clause(self, words: Words, rng: Random) -> str:
        said = _alike([one.said(words) for one in self.conditions], self.conditions, words)
        if len(said) == 1:
            return said[0]
        if self.join == "both":
            return rng.choice(BOTH_TEXTS).format(*said)
        texts = EXCLUSIVE_TEXTS if _exclude_each_other(self.conditions) else EITHER_TEXTS
        return rng.choice(texts).format(*said)

    def thought(self, setting: Setting, walk: Walk, rng: Random) -> str:
        """The way to the answer, from the things one by one."""
        if self.group == EVERYTHING and self.conditions:
            first = walk.told(setting.looks, rng)
        else:
            first = searched(self.group, setting, walk, rng)
        end = rng.choice(ENDINGS).format(n=self.answer(setting))
        return " ".join([first, *self._told(setting, walk), end])

    def _told(self, setting: Setting, walk: Walk) -> list[str]:
        """The conditions: each narrows what the one before left, or all are put together."""
        left = setting.among(self.group)
        told: list[str] = []
        for one in self.conditions:
            asked, phrase = one.asked(left, setting), _phrased(one, setting, walk)
            members = asked & one.among(setting)
            is_first = self.group == EVERYTHING and (self.join == "either" or not told)
            head = phrase if is_first else HEADS[self.join].format(phrase)
            verdicts = walk.numbered(members, asked)
            if isinstance(one, Fits):
                verdicts = reasoned(verdicts, one.group, setting.looks)
            told.append(f"{capitalized(head)}: {walk.checked(verdicts)}.")
            left = left if self.join == "either" else members
        if self.join == "either":
            told.append(f"Together, each once: {walk.names(self.members(setting))}.")
        return told


@dataclass(frozen=True, slots=True)
class Compare:
    """By how many one group is larger than another, or as large."""

    larger: Filter
    smaller: Filter
    is_turned: bool = False  # the smaller group is asked of first, and thought of first

    @property
    def asked(self) -> tuple[Filter, Filter]:
        """Both groups in the order of the question."""
        return (self.smaller, self.larger) if self.is_turned else (self.larger, self.smaller)

    def answer(self, setting: Setting) -> int:
        """The difference of the counts."""
        return len(setting.among(self.larger)) - len(setting.among(self.smaller))

    def program(self) -> list[dict[str, Any]]:
        """The steps, in order; the difference takes the two sets before it."""
        return [
            {"op": "filter", "group": self.larger.named()},
            {"op": "filter", "group": self.smaller.named()},
            {"op": "difference"},
        ]

    def text(self, rng: Random) -> str:
        """The question in English; turned, its wording has no direction."""
        words = choose_words(rng)
        texts = COMPARE_TEXTS if self.is_turned else (*COMPARE_TEXTS, *OUTNUMBER_TEXTS)
        first, second = map(words.plural, self.asked)
        return rng.choice(texts).format(a=first, b=second)

    def thought(self, setting: Setting, walk: Walk, rng: Random) -> str:
        """The way to the answer, from the things one by one."""
        larger, smaller = setting.among(self.larger), setting.among(self.smaller)
        first, second = self.asked
        verdicts = reasoned(walk.numbered(setting.among(second)), second, setting.looks)
        answer = self.answer(setting)
        return " ".join(
            [
                searched(first, setting, walk, rng),
                f"{capitalized(PLAIN.plural(second))}: {walk.checked(verdicts)}.",
                f"{len(larger)} − {len(smaller)} = {answer}, so the answer is {answer}.",
            ]
        )


def searched(group: Filter, setting: Setting, walk: Walk, rng: Random) -> str:
    """All things, those of a group numbered."""
    verdicts = reasoned(walk.numbered(setting.among(group)), group, setting.looks)
    return walk.searched(group, verdicts, setting.looks, rng)


def _phrased(condition: Condition, setting: Setting, walk: Walk) -> str:
    """The condition in plain words; after a reference, which of the things it is."""
    if isinstance(condition, Fits):
        return condition.said(PLAIN)
    reference = walk.names(setting.among(condition.reference))
    return f"{condition.said(PLAIN)} ({reference})"


def _alike(said: list[str], conditions: Sequence[Condition], words: Words) -> list[str]:
    """Two filters are both said as adjectives or both as nouns: never `red or cubes`."""
    groups = [one.group for one in conditions if isinstance(one, Fits)]
    nouns = [words.plural(group) for group in groups]
    if len(groups) < 2 or not any(noun in said for noun in nouns):
        return said
    return nouns


def _exclude_each_other(conditions: Sequence[Condition]) -> bool:
    groups = [one.group for one in conditions if isinstance(one, Fits)]
    return len(groups) == 2 and groups[0].within(groups[1]) is False
