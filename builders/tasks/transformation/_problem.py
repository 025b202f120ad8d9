"""_problem: how a problem is found: what is changed is dealt first, then things and places to fit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal

from builders.scenes.sight import Clarity
from builders.scenes.tabletop import PAIRED_COLORS
from builders.task import Turn
from builders.tasks.transformation._comparison import WAYS, Way, place_of
from builders.tasks.transformation._placing import Problem, Role, arrange
from builders.tasks.transformation._reader import Seen, explain
from builders.tasks.transformation._stage import Studio, View, in_sight
from evaluators.world import LOOKS, Scene, Thing

# By which of CoGenT's pairings what is edited ends; what is not may have any colour.
Pairing = Literal["trained", "swapped"]
ATTRIBUTES: Final = (*LOOKS, "position")

CASTS: Final = 2000  # of what is edited on which thing, tried for one sample
PATIENCE: Final = 8  # of them that cannot be, before an edit gets another value
PLACINGS: Final = 12  # of the things of one cast
LOOK_TRIES: Final = 60

# TRANCE asks for 150 pixels of what is edited, which a far small cube has hardly more of.
CLEAR: Final = Clarity(pixels=120, share=0.65)


@dataclass(frozen=True, slots=True)
class Params:
    """What a split varies."""

    things: int = 10
    seen: tuple[int, int] = (1, 10)  # in the first picture, at least and at most
    edits: tuple[int, int] = (1, 4)
    pairing: Pairing = "trained"
    view: View = "center"  # of the second picture
    near: float = 1.0  # the cameras' distance, as a part of TRANCE's
    clarity: Clarity = CLEAR


@dataclass(frozen=True, slots=True)
class Dealt:
    """An edit before it is known which thing it is of."""

    attribute: str
    value: str | Way


@dataclass(frozen=True, slots=True)
class Deal:
    """What a sample's turn says that it shall be."""

    edits: tuple[Dealt, ...]
    seen: int
    first_id: int  # of the thing that takes the first edit


def deal(params: Params, turn: Turn, rng: Random) -> Deal:
    """What the turn says: numbers of edits, of things in sight, kinds of edit, values and ids take turns."""
    number, turn = turn.among(range(params.edits[0], params.edits[1] + 1))
    seen, _ = _branch(turn, "seen").among(range(params.seen[0], params.seen[1] + 1))
    first_id, _ = _branch(turn, "id").among(range(params.things))
    edits: list[Dealt] = []
    for place in range(number):
        is_paired = params.pairing == "swapped" and not edits
        kinds = ("color", "shape") if is_paired else ATTRIBUTES
        kind, kind_turn = _branch(turn, f"edit {place}").among(kinds)
        if sum(edit.attribute == kind for edit in edits) == seen:
            # So few things in sight cannot take so many edits of a kind.
            free = [k for k in kinds if all(edit.attribute != k for edit in edits)]
            kind = rng.choice(free or ["position"])
        edits.append(Dealt(kind, kind_turn.among(_values(kind, is_paired=is_paired))[0]))
    return Deal(tuple(edits), seen, first_id)


def _branch(turn: Turn, name: str) -> Turn:
    """The same turn in an order of its own."""
    return Turn(f"{turn.stream}/{name}", turn.index)


def _values(kind: str, *, is_paired: bool) -> Sequence[str | Way]:
    if kind == "position":
        return tuple(WAYS.values())
    return tuple(PAIRED_COLORS["swapped"]) if is_paired and kind == "shape" else LOOKS[kind]


@dataclass(frozen=True, slots=True)
class Cast:
    """The roles of all things, those in sight at first before the others."""

    roles: tuple[Role, ...]
    first: int  # which of them takes the first edit


def cast(things: int, dealt: Deal, rng: Random) -> Cast | None:
    """Things for the edits; None where chance finds none for one of them."""
    roles = [Role(i < dealt.seen, i < dealt.seen) for i in range(things)]
    first = 0
    # Moves come first: what leaves takes no other edit, for nobody would see it.
    order = sorted(range(len(dealt.edits)), key=lambda i: dealt.edits[i].attribute != "position")
    for place in order:
        changed = _changes(roles, dealt.edits[place])
        if not changed:
            return None
        number, role = rng.choice(rng.choice(changed))
        roles[number] = role
        first = number if place == 0 else first
    return Cast(tuple(roles), first) if any(role.ends_seen for role in roles) else None


def _changes(roles: Sequence[Role], edit: Dealt) -> list[list[tuple[int, Role]]]:
    """The things that can take an edit, with their roles then; moves within, out and in apart."""
    if isinstance(edit.value, str):
        altered = [
            (number, replace(role, looks={**role.looks, edit.attribute: edit.value}))
            for number, role in enumerate(roles)
            if role.ends_seen and edit.attribute not in role.looks
        ]
        return [altered] if altered else []
    direction, _ = edit.value
    still = [(number, role) for number, role in enumerate(roles) if role.way is None]
    within = [(number, replace(role, way=edit.value)) for number, role in still if role.ends_seen]
    # Over the nearest side: never aslant.
    out = [] if "_" in direction else [(n, replace(role, ends_seen=False)) for n, role in within]
    back = [
        (number, replace(role, way=edit.value, ends_seen=True))
        for number, role in still
        if not role.starts_seen
    ]
    return [changes for changes in (within, out, back) if changes]


def dress(roles: Sequence[Role], pairing: Pairing, first: int, rng: Random) -> Scene | None:
    """Looks before the edits, no two alike, so that each edit changes something; None: chance has none."""
    things: list[Thing] = []
    for number, role in enumerate(roles):
        for _ in range(LOOK_TRIES):
            looks = {
                look: rng.choice([value for value in values if value != role.looks.get(look)])
                for look, values in LOOKS.items()
            }
            thing = Thing(**looks, position=None)
            must = pairing == "swapped" and number == first
            if thing not in things and _keeps_to(pairing, looks, role.looks, must=must):
                things.append(thing)
                break
        else:
            return None
    return tuple(things)


def _keeps_to(
    pairing: Pairing, looks: Mapping[str, str], edited: Mapping[str, str], *, must: bool
) -> bool:
    """Whether the colour and shape that edits bring about are a pair of this pairing, or of neither."""
    if not {"color", "shape"} & edited.keys():
        return True
    after = {**looks, **edited}
    colors = PAIRED_COLORS[pairing].get(after["shape"])
    return not must if colors is None else after["color"] in colors


def find(params: Params, dealt: Deal, studio: Studio, rng: Random) -> Problem | None:
    """A problem whose things are clear to see in all views, and which has one shortest program."""
    failed = 0
    for _ in range(CASTS):
        parts = cast(params.things, dealt, rng)
        looks = dress(parts.roles, params.pairing, parts.first, rng) if parts else None
        if parts is None or looks is None:
            failed += 1
            dealt = _other_value(dealt, params.pairing, rng) if failed % PATIENCE == 0 else dealt
            continue
        ids = deal_ids(params.things, parts.first, dealt.first_id, rng)
        roles = [parts.roles[i] for i in ids]
        scene = tuple(looks[i] for i in ids)
        for _ in range(PLACINGS):
            problem = arrange(scene, roles, studio, params.clarity, rng)
            if problem is not None and _is_plain(problem):
                return problem
    return None


def _other_value(dealt: Deal, pairing: Pairing, rng: Random) -> Deal:
    """The deal with another value of one edit: three things that become cubes cannot all be red."""
    edits = list(dealt.edits)
    place = rng.randrange(pairing == "swapped", len(edits)) if len(edits) > 1 else 0
    attribute = edits[place].attribute
    edits[place] = Dealt(
        attribute, rng.choice(_values(attribute, is_paired=place == 0 and pairing == "swapped"))
    )
    return replace(dealt, edits=tuple(edits))


def deal_ids(things: int, first: int, first_id: int, rng: Random) -> list[int]:
    """Which thing gets each id: by chance, but for the thing of the first edit."""
    others = [i for i in range(things) if i != first]
    rng.shuffle(others)
    return [*others[:first_id], first, *others[first_id:]]


def _is_plain(problem: Problem) -> bool:
    """Whether whoever sees both pictures finds one shortest program, and that is ours."""
    started = [_seen(thing) for thing in problem.before]
    try:
        found = explain(started, [_seen(problem.after[i]) for i in in_sight(problem.after)])
    except ValueError:
        return False
    edits = problem.edits
    return len(found) == len(edits) and all(any(edit in alike for alike in found) for edit in edits)


def _seen(thing: Thing) -> Seen:
    return Seen((thing.shape, thing.size, thing.color, thing.material), place_of(thing))
