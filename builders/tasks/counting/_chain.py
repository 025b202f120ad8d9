"""_chain: questions that add and remove things, then count: meaning, text and thought.

After `Remove 2 cubes` nobody knows which cubes are left. A state therefore is a tuple of pools, each
with what may be in it and how many of it are left, and a chain has an answer only where every pool
falls wholly inside or wholly outside of every phrase that comes after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

from builders.tasks._english import capitalized, joined
from builders.tasks.counting._looks import Filter, described
from builders.tasks.counting._selection import searched
from builders.tasks.counting._setting import Setting, Walk
from builders.tasks.counting._words import PLAIN, Words, choose_words

Op = Literal["add", "remove", "remove-all"]

# Verbs as an order and as a participle; {} is what is added or removed.
ADDING: Final = (
    ("add {}", "added"),
    ("put in {}", "put in"),
    ("place {} in the scene", "placed in the scene"),
    ("bring in {}", "brought in"),
    ("put {} into the scene", "put into the scene"),
)
REMOVING: Final = (
    ("remove {}", "removed"),
    ("take away {}", "taken away"),
    ("subtract {}", "subtracted"),
    ("take out {}", "taken out"),
)
ONLY_ORDERS: Final = ("get rid of {}",)  # has no participle that reads well
# What is done, as sentences of their own or as clauses; then what is asked.
TEXTS: Final = (
    "{orders} How many {group} {end}?",
    "If you {order}, how many {group} {end}?",
    "How many {group} {after} after you {order}?",
    "Imagine that you {order}. How many {group} {end}?",
    "{passives} How many {group} {end}?",
    "Suppose that {passive}. How many {group} {end}?",
)
ONE_STEP_TEXTS: Final = ("After {passive}, how many {group} {end}?",)
QUANTIFIERS: Final = ("all", "all the", "every")
LEFT_ENDS: Final = ("are left", "remain", "are still there")
NOW_ENDS: Final = ("are there now", "are there then", "are there in the end")
REACH_TEXTS: Final = (
    "How many {n} must be {removed} so that {amount} {are} left?",
    "How many {n} do you have to {remove} to leave exactly {amount}?",
    "There should be only {amount} in the end. How many {n} must be {removed}?",
    "Some {n} are {removed} until {amount} {are} left. How many {n} were {removed}?",
    "To get down to {amount}, how many {n} must you {remove}?",
    "Only {amount} {are} to stay. How many {n} have to be {removed}?",
)
# What a thought says of a step: the phrase, the labels of the things that go, the sum.
ADDED: Final = (
    "Adding {what} makes {sum}.",
    "With {what} more that is {sum}.",
    "Plus {what}: {sum}.",
)
REMOVED_SOME: Final = (
    "Removing {what} leaves {sum}.",
    "Without {what} that is {sum}.",
    "Minus {what}: {sum}.",
)
REMOVED_ALL: Final = (
    "{what} to remove: {names}, which leaves {sum}.",
    "Without the {what} ({names}) that is {sum}.",
    "Of these, {what}: {names}; {sum} without them.",
)
ENDINGS: Final = ("So the answer is {n}.", "The answer is {n}.", "That gives the answer: {n}.")


@dataclass(frozen=True, slots=True)
class Step:
    """One change: so many of a group come or go, or all of it goes (number 0)."""

    op: Op
    group: Filter
    number: int = 0

    def stored(self) -> dict[str, Any]:
        """The step of the stored program."""
        number = {} if self.op == "remove-all" else {"number": self.number}
        return {"op": self.op, **number, "group": self.group.named()}


@dataclass(frozen=True, slots=True)
class Pool:
    """Things of which `left` are still there, it does not matter which."""

    kinds: tuple[Filter, ...]
    left: int
    members: tuple[int, ...] = ()  # indices in the scene
    added: int = 0  # members that the question put in

    def inside(self, group: Filter) -> bool | None:
        """Whether all that may be in the pool is among what the phrase names; None: undecided."""
        verdicts = {kind.within(group) for kind in self.kinds}
        return verdicts.pop() if len(verdicts) == 1 else None

    def told(self, walk: Walk) -> str:
        """`A`, `the 3 added`, `2 of (A, B, C)`."""
        members = [label for i, label in walk.labels.items() if i in self.members]
        whole = joined([*members, *([f"the {self.added} added"] if self.added else [])])
        is_whole = self.left == len(self.members) + self.added
        return whole if is_whole else f"{self.left} of ({whole})"


State = tuple[Pool, ...]


def opening(setting: Setting) -> State:
    """Every thing a pool of its own."""
    return tuple(Pool((described(look),), 1, (i,)) for i, look in enumerate(setting.looks))


def part(state: State, group: Filter) -> tuple[State, State] | None:
    """The pools inside and outside of a phrase; None where it cuts through a pool."""
    inside: list[Pool] = []
    outside: list[Pool] = []
    for pool in state:
        verdict = pool.inside(group)
        if verdict is None:
            return None
        (inside if verdict else outside).append(pool)
    return tuple(inside), tuple(outside)


def number_in(state: State) -> int:
    """How many things there are."""
    return sum(pool.left for pool in state)


def after(state: State, step: Step) -> State | None:
    """The state after a step; None where the step is impossible, undecided or changes nothing."""
    if step.op == "add":
        return (*state, Pool((step.group,), step.number, added=step.number))
    parts = part(state, step.group)
    if parts is None:
        return None
    inside, outside = parts
    if step.op == "remove-all":
        return outside if inside else None
    if not 0 < step.number <= number_in(inside):
        return None
    rest = Pool(
        tuple(dict.fromkeys(kind for pool in inside for kind in pool.kinds)),
        number_in(inside) - step.number,
        tuple(member for pool in inside for member in pool.members),
        sum(pool.added for pool in inside),
    )
    return (*outside, rest) if rest.left else outside


@dataclass(frozen=True, slots=True)
class Chain:
    """How many of a group there are after the steps."""

    steps: tuple[Step, ...]
    group: Filter

    def states(self, setting: Setting) -> list[State] | None:
        """What of the group is there before the first step and after each; None: no answer."""
        state = opening(setting)
        seen = []
        for step in (None, *self.steps):
            changed = after(state, step) if step else state
            parts = part(changed, self.group) if changed is not None else None
            if changed is None or parts is None:
                return None
            state = changed
            seen.append(parts[0])
        return seen

    def answer(self, setting: Setting) -> int | None:
        """The count; None where the steps leave it open or one of them removes nothing."""
        states = self.states(setting)
        return number_in(states[-1]) if states else None

    def program(self) -> list[dict[str, Any]]:
        """The steps, in order."""
        asked = {"op": "filter", "group": self.group.named()}
        return [*(step.stored() for step in self.steps), asked, {"op": "count"}]

    def text(self, rng: Random) -> str:
        """The question in English."""
        words = choose_words(rng)
        orders, passives = _orders(self.steps, words, rng), _passives(self.steps, words, rng)
        adds = any(step.op == "add" for step in self.steps)
        end = rng.choice(NOW_ENDS if adds else LEFT_ENDS)
        texts = (*TEXTS, *ONE_STEP_TEXTS) if len(self.steps) == 1 else TEXTS
        return rng.choice(texts).format(
            order=_in_turn(orders),
            orders=_sentences(orders, rng),
            passive=_in_turn(passives),
            passives=_sentences(passives, rng),
            group=words.plural(self.group),
            end=end,
            after="are there" if adds else end,
        )

    def thought(self, setting: Setting, walk: Walk, rng: Random) -> str:
        """The way to the answer: what of the group is there at first, then after each step."""
        states = self.states(setting)
        assert states is not None  # a question is asked only where it has an answer
        said = [searched(self.group, setting, walk, rng)]
        said.append(f"That is {number_in(states[0])} at first.")
        for step, before, now in zip(self.steps, states, states[1:], strict=False):
            said.append(_told(step, self.group, before, number_in(now), walk, rng))
        return " ".join([*said, rng.choice(ENDINGS).format(n=number_in(states[-1]))])


def _told(step: Step, group: Filter, before: State, now: int, walk: Walk, rng: Random) -> str:
    """What a step does to the number of the group's things."""
    changed = step.group.and_also(group)
    if changed is None:
        doing = "Adding" if step.op == "add" else "Removing"
        theirs, ours = PLAIN.plural(step.group), PLAIN.plural(group)
        return f"{doing} {theirs} leaves the {ours} as they are: still {now}."
    count = number_in(before)
    if step.op == "add":
        amount = PLAIN.amount(step.number, step.group)
        return rng.choice(ADDED).format(what=amount, sum=f"{count} + {step.number} = {now}")
    sum_told = f"{count} − {count - now} = {now}"
    if step.op == "remove":
        amount = PLAIN.amount(step.number, step.group)
        return rng.choice(REMOVED_SOME).format(what=amount, sum=sum_told)
    gone = _names([pool for pool in before if pool.inside(changed)], walk)
    told = rng.choice(REMOVED_ALL).format(what=PLAIN.plural(changed), names=gone, sum=sum_told)
    return capitalized(told)


def _names(pools: Sequence[Pool], walk: Walk) -> str:
    """Single things in the order of the walk, then what was added or is uncertain."""
    single = [pool for pool in pools if len(pool.members) == 1 and not pool.added]
    names = [label for i, label in walk.labels.items() if (i,) in [pool.members for pool in single]]
    return joined([*names, *(pool.told(walk) for pool in pools if pool not in single)])


def _orders(steps: Sequence[Step], words: Words, rng: Random) -> list[str]:
    """`remove all cubes`, `add 2 balls`."""
    removing = rng.choice((*(order for order, _ in REMOVING), *ONLY_ORDERS))
    adding = rng.choice(ADDING)[0]
    quantifier = rng.choice(QUANTIFIERS)
    return [
        (adding if step.op == "add" else removing).format(_what(step, words, quantifier)[0])
        for step in steps
    ]


def _passives(steps: Sequence[Step], words: Words, rng: Random) -> list[str]:
    """`all cubes are removed`, `1 ball is added`."""
    removed = rng.choice(REMOVING)[1]
    added = rng.choice(ADDING)[1]
    quantifier = rng.choice(QUANTIFIERS)
    clauses = []
    for step in steps:
        what, is_one = _what(step, words, quantifier)
        verb = added if step.op == "add" else removed
        clauses.append(f"{what} {'is' if is_one else 'are'} {verb}")
    return clauses


def _what(step: Step, words: Words, quantifier: str) -> tuple[str, bool]:
    """What comes or goes, and whether it is grammatically one."""
    if step.op != "remove-all":
        return words.amount(step.number, step.group), step.number == 1
    is_one = quantifier == "every"
    return f"{quantifier} {(words.singular if is_one else words.plural)(step.group)}", is_one


def _in_turn(clauses: Sequence[str]) -> str:
    """`a`, `a and then b`, `a, then b and then c`."""
    return " and then ".join(filter(None, (", then ".join(clauses[:-1]), clauses[-1])))


def _sentences(clauses: Sequence[str], rng: Random) -> str:
    """`A. B.`, `First a. Then b.` or one sentence."""
    said = (
        [*clauses],
        [f"{'then' if i else 'first'} {clause}" for i, clause in enumerate(clauses)],
        [_in_turn(clauses)],
    )
    chosen = rng.choice(said) if len(clauses) > 1 else said[0]
    return " ".join(f"{capitalized(clause)}." for clause in chosen)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of a group must go for so many to be left."""

    group: Filter
    leave: int

    def answer(self, setting: Setting) -> int | None:
        """The difference; None where there are not more than shall be left."""
        more = len(setting.among(self.group)) - self.leave
        return more if more > 0 else None

    def program(self) -> list[dict[str, Any]]:
        """The steps, in order."""
        group = {"op": "filter", "group": self.group.named()}
        return [group, {"op": "leave", "number": self.leave}, {"op": "difference"}]

    def text(self, rng: Random) -> str:
        """The question in English."""
        words = choose_words(rng)
        remove, removed = rng.choice(REMOVING)
        return capitalized(
            rng.choice(REACH_TEXTS).format(
                n=words.plural(self.group),
                amount=words.amount(self.leave, self.group),
                are="is" if self.leave == 1 else "are",
                remove=remove.format("").strip(),
                removed=removed,
            )
        )

    def thought(self, setting: Setting, walk: Walk, rng: Random) -> str:
        """The way to the answer, from the things one by one."""
        number = len(setting.among(self.group))
        answer = number - self.leave
        return " ".join(
            [
                searched(self.group, setting, walk, rng),
                f"That is {number}, and {self.leave} shall be left: {number} − {self.leave} = {answer}.",
                rng.choice(ENDINGS).format(n=answer),
            ]
        )
