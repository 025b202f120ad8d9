"""_reader: what is the answer to a counting question, read from its English and the objects alone?

It shares no code with what writes the questions and never reads a stored answer, so that a fault
there shows up here as a disagreement. It reads a small English and refuses the rest: a sentence
that is outside it, or that could be understood in two ways, raises ValueError.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builders.tasks.counting._reader_words import (
    ADJECTIVES,
    ADVERBIALS,
    NOT_PREDICATIVE,
    PLURAL,
    SIDES,
    SINGULAR,
    Looks,
    looks_of,
    refusal,
    told,
)
from evaluators import Integer


@dataclass(frozen=True, slots=True)
class Thing:
    """Something on the table."""

    looks: Looks
    place: tuple[float, float] | None = None  # ground coordinates; None: added, no one said where


@dataclass(frozen=True, slots=True)
class Table:
    """A scene as the reader knows it."""

    things: tuple[Thing, ...]
    directions: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Group:
    """What a change is about: "3 red cubes", "every ball"."""

    looks: Looks
    amount: int | None  # None: all of them
    singular: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One thing done to the table."""

    adds: bool
    group: Group


Test = Callable[[Thing], bool]


def _fits(thing: Thing, wanted: Looks) -> bool:
    """Whether the thing surely has these attributes; refuses where one cannot know."""
    unsure = False
    for kind, allowed in wanted.items():
        possible = thing.looks.get(kind)
        if possible is not None and possible.isdisjoint(allowed):
            return False
        unsure = unsure or possible is None or not possible <= allowed
    if unsure:
        raise refusal(told(wanted), f"unknown of what was added as {told(thing.looks)!r}")
    return True


def _count(things: Iterable[Thing], phrase: str) -> int:
    looks = looks_of(phrase, PLURAL)
    return len([thing for thing in things if _fits(thing, looks)])


# What follows "How many cubes are".

RELATED = re.compile(rf"(?P<relation>{'|'.join(SIDES)}) the (?P<other>.+)")


def _related(relation: str, reference: str, table: Table) -> Test:
    """Whether a thing stands so to the one thing that the reference names."""
    looks = looks_of(reference, SINGULAR)
    found = [thing for thing in table.things if _fits(thing, looks)]
    if len(found) != 1:
        raise refusal(f"the {reference}", f"names {len(found)} things, not one")
    origin = found[0].place
    dx, dy = table.directions[relation]

    def test(thing: Thing) -> bool:
        if thing.place is None or origin is None:
            raise refusal(f"{relation} the {reference}", "no one said where a thing was added")
        return (thing.place[0] - origin[0]) * dx + (thing.place[1] - origin[1]) * dy > 0

    return test


def _predicate(text: str, table: Table) -> Test:
    """What "are <text>" says of a thing."""
    if match := RELATED.fullmatch(text):
        return _related(SIDES[match["relation"]], match["other"], table)
    if text in ADVERBIALS:
        looks: Looks = {"material": frozenset({ADVERBIALS[text]})}
    else:
        found = [kind for kind, words in ADJECTIVES.items() if text in words]
        if found and text not in NOT_PREDICATIVE:
            looks = {found[0]: frozenset({ADJECTIVES[found[0]][text]})}
        else:
            looks = looks_of(text, PLURAL)
    return lambda thing: _fits(thing, looks)


def _either(held: Sequence[bool]) -> bool:
    """A bare "or", which does not say what of a thing that is both."""
    if all(held):
        raise refusal("or", "a thing is both, and the question does not say whether it counts")
    return any(held)


def _pattern(template: str) -> re.Pattern[str]:
    """A template with <slots>, none of which spans two sentences or cuts a note in brackets."""
    return re.compile(re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>(?:\([^)]*\)|[^(.])+?)", template))


JOINS: tuple[tuple[re.Pattern[str], Callable[[Sequence[bool]], bool]], ...] = (
    (_pattern("both <p> and <q>"), all),
    (_pattern("<p> and also <q>"), all),
    (_pattern("<p> and at the same time <q>"), all),
    (_pattern("either <p> or <q> or both"), any),
    (_pattern("<p>, <q>, or both"), any),
    (_pattern(r"<p> or <q> \(or both\)"), any),
    (_pattern("either <p> or <q>"), _either),
    (_pattern("<p> or <q>"), _either),
)


def _clause(text: str, table: Table) -> Test:
    for pattern, join in JOINS:
        if match := pattern.fullmatch(text):
            tests = [_predicate(match[slot], table) for slot in "pq"]
            return lambda thing: join([test(thing) for test in tests])
    return _predicate(text, table)


# What is done to the table, as an order or in the passive.

ADDING = r"add <g>|put in <g>|place <g> in the scene|bring in <g>|put <g> into the scene"
ADDED = "added|put in|placed in the scene|brought in|put into the scene"
REMOVING = "remove|take away|subtract|take out|get rid of"
REMOVED = "removed|taken away|subtracted|taken out"
# Pattern of the sentence, and whether it adds.
ORDERS = (
    *((_pattern(order), True) for order in ADDING.split("|")),
    (_pattern(f"(?:{REMOVING}) <g>"), False),
)
PASSIVES = (
    (_pattern(f"<g> (?P<be>is|are) (?:{ADDED})"), True),
    (_pattern(f"<g> (?P<be>is|are) (?:{REMOVED})"), False),
)
MANNERS = {"orders": ORDERS, "passives": PASSIVES, "sentences": (*ORDERS, *PASSIVES)}
GROUP = re.compile(r"(?P<all>all(?: the)?|every|[1-9][0-9]*) (?P<phrase>.+)")
CUTS = re.compile(r"\. then |\. |, then | and then ")


def _group(text: str) -> Group:
    match = GROUP.fullmatch(text)
    if match is None:
        raise refusal(text)
    singular = match["all"] in ("1", "every")
    looks = looks_of(match["phrase"], SINGULAR if singular else PLURAL)
    return Group(looks, int(match["all"]) if match["all"].isdecimal() else None, singular)


def _change(sentence: str, manners: Iterable[tuple[re.Pattern[str], bool]]) -> Change:
    for pattern, adds in manners:
        if match := pattern.fullmatch(sentence):
            group = _group(match["g"])
            be = match.groupdict().get("be")
            if be not in (None, "is" if group.singular else "are"):
                raise refusal(sentence, f"{be!r} does not agree with its subject")
            return Change(adds, group)
    raise refusal(sentence)


def _removed(things: list[Thing], group: Group, later: Sequence[Looks]) -> list[Thing]:
    """The things without those taken away.

    "2 cubes" does not say which: refused unless all the cubes are alike in what comes later.
    """
    chosen = [index for index, thing in enumerate(things) if _fits(thing, group.looks)]
    amount = len(chosen) if group.amount is None else group.amount
    if amount > len(chosen):
        raise refusal(told(group.looks), f"{amount} taken away of {len(chosen)}")
    if amount < len(chosen):
        alike = {tuple(_fits(things[index], looks) for looks in later) for index in chosen}
        if len(alike) > 1:
            raise refusal(told(group.looks), "it matters which are taken away")
    gone = set(chosen[:amount])
    return [thing for index, thing in enumerate(things) if index not in gone]


def _left(changes: Sequence[Change], asked: str, table: Table) -> int:
    """How many of what is asked for there are after the changes, done one by one."""
    things = list(table.things)
    for step, change in enumerate(changes, start=1):
        if change.adds:
            if change.group.amount is None:
                raise refusal(told(change.group.looks), "all are added, which is no number")
            things += [Thing(change.group.looks)] * change.group.amount
        else:
            later = [other.group.looks for other in changes[step:] if not other.adds]
            things = _removed(things, change.group, [*later, looks_of(asked, PLURAL)])
    return _count(things, asked)


# Whole questions: each answers from the slots of its pattern.

Slots = Mapping[str, str]


def _counted(slots: Slots, table: Table) -> int:
    looks = looks_of(slots["n"], PLURAL)
    found = [thing for thing in table.things if _fits(thing, looks)]
    if "c" in slots:
        test = _clause(slots["c"], table)
        found = [thing for thing in found if test(thing)]
    return len(found)


def _difference(slots: Slots, table: Table) -> int:
    return abs(_count(table.things, slots["a"]) - _count(table.things, slots["b"]))


def _excess(slots: Slots, table: Table) -> int:
    """How many more; refused where there are fewer, as the question says otherwise."""
    more = _count(table.things, slots["a"]) - _count(table.things, slots["b"])
    if more < 0:
        raise refusal(slots["a"], f"fewer than the {slots['b']}")
    return more


def _to_take_away(slots: Slots, table: Table) -> int:
    goal = _group(slots["goal"])
    if goal.amount is None or goal.looks != looks_of(slots["n"], PLURAL):
        raise refusal(slots["goal"], f"no number of {slots['n']}")
    if goal.singular != (slots.get("be", "is" if goal.singular else "are") == "is"):
        raise refusal(slots["goal"], f"{slots['be']!r} does not agree with its subject")
    surplus = _counted(slots, table) - goal.amount
    if surplus < 1:
        raise refusal(slots["goal"], "there are no more, so nothing is to be taken away")
    return surplus


def _changed(slots: Slots, table: Table) -> int:
    manner = next(name for name in MANNERS if name in slots)
    changes = [_change(part, MANNERS[manner]) for part in CUTS.split(slots[manner])]
    return _left(changes, slots["n"], table)


Answer = Callable[[Slots, Table], int]

END = "(?:are left|remain|are still there|are there (?:now|then|in the end))"
# Tried in this order, each on the whole question in small letters.
FORMS: tuple[tuple[re.Pattern[str], Answer], ...] = tuple(
    (_pattern(template), answer)
    for answer, templates in (
        (
            _to_take_away,
            (
                rf"how many <n> must be (?:{REMOVED}) so that <goal> (?P<be>is|are) left\?",
                rf"how many <n> do you have to (?:{REMOVING}) to leave exactly <goal>\?",
                rf"there should be only <goal> in the end\. how many <n> must be (?:{REMOVED})\?",
                rf"some <n> are (?:{REMOVED}) until <goal> (?P<be>is|are) left\. "
                rf"how many (?P=n) were (?:{REMOVED})\?",
                rf"to get down to <goal>, how many <n> must you (?:{REMOVING})\?",
                rf"only <goal> (?P<be>is|are) to stay\. how many <n> have to be (?:{REMOVED})\?",
            ),
        ),
        (
            _difference,
            (
                r"what is the difference between the number of <a> and the number of <b>\?",
                r"by how much do the number of <a> and the number of <b> differ\?",
                r"count the <a> and count the <b>\. "
                r"what is the difference between the two numbers\?",
            ),
        ),
        (
            _excess,
            (
                r"how many more <a> than <b> are there \(0 if there are as many of both\)\?",
                r"by how many do the <a> outnumber the <b> \(0 if they are equally many\)\?",
                r"there are at least as many <a> as <b>\. "
                r"how many more (?P=a) than (?P=b) are there\?",
            ),
        ),
        (
            _changed,
            (
                rf"if you <orders>, how many <n> {END}\?",
                rf"after <passives>, how many <n> {END}\?",
                rf"how many <n> (?:{END}|are there) after you <orders>\?",
                rf"imagine that you <orders>\. how many <n> {END}\?",
                rf"suppose that <passives>\. how many <n> {END}\?",
                rf"(?:first )?(?P<sentences>.+)\. how many <n> {END}\?",
            ),
        ),
        (
            _counted,
            (
                r"count the <n> that are <c>\. how many are there\?",
                r"what is the number of <n> that are <c>\?",
                r"how many <n> can you see that are <c>\?",
                r"what number of <n> are <c>\?",
                r"how many <n> are there(?: in the picture)?\?",
                r"how many <n> can you see\?",
                r"what is the number of <n> in the picture\?",
                r"count the <n>\. how many are there\?",
                r"how many <n> does the picture show\?",
                r"how many <n>(?: in the picture)? are <c>\?",
            ),
        ),
    )
    for template in templates
)

UNCAPITALIZED = re.compile(r"(?:^|[.?] )[a-z]")


def _answer(question: str, table: Table) -> int:
    if UNCAPITALIZED.search(question):
        raise refusal(question, "a sentence starts with a small letter")
    text = question.lower()
    for pattern, answer in FORMS:
        if match := pattern.fullmatch(text):
            return answer(match.groupdict(), table)
    raise refusal(question)


def solve(question: str, scene: Mapping[str, Any]) -> Integer:
    """The answer, from the question's words and the scene's objects."""
    things = tuple(
        Thing(
            {kind: frozenset({row[kind]}) for kind in (*ADJECTIVES, "shape")},
            (row["x"], row["y"]),
        )
        for row in scene["objects"]
    )
    try:
        return Integer(_answer(question, Table(things, scene["directions"])))
    except ValueError as fault:
        raise ValueError(f"cannot answer {question!r}: {fault}") from fault
