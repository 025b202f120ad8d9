"""_placing: where things stand before and after their edits, all of them clear to see.

Each keeps free all the places that it ever stands in, at its larger size: whatever the order of the
edits, no two overlap.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from builders.scenes.sight import COARSE, MEASURED, Clarity
from builders.scenes.vectors import Vector
from builders.tasks.transformation._comparison import Way, compare, way_out
from builders.tasks.transformation._stage import EYES, Studio, View, unclear
from evaluators.world import (
    DIRECTIONS,
    GAP,
    GRID,
    RADIUS,
    STEP,
    VISIBLE,
    Edit,
    Place,
    Scene,
    is_out_of_sight,
)

MOVES: Final = 50  # of what is not clear to see in one placing
TRIES: Final = 150  # places for one thing
# Of the square: who sees a thing in it up to 3 units off may take a side for the nearest over which two
# steps do not lead, so nothing leaves from there.
MIDDLE: Final = 6
# By its radius, how high a thing's middle is, and half of what it takes up of the picture from below upwards.
CENTRE: Final = 0.9
TALL: Final = 1.2


def _sight(eye: Vector) -> tuple[float, float, float, float]:
    """The direction on the ground to a camera, and its slope: sine and cosine."""
    x, y, z = eye
    ground, away = math.hypot(x, y), math.hypot(x, y, z)
    return x / ground, y / ground, z / away, ground / away


SIGHTS: Final = {view: _sight(eye) for view, eye in EYES.items()}


@dataclass(frozen=True, slots=True)
class Role:
    """What happens to a thing."""

    starts_seen: bool  # in the first picture
    ends_seen: bool  # in the second
    looks: Mapping[str, str] = field(default_factory=dict)  # that are edited, with their new values
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Both scenes, by ids."""

    before: Scene
    after: Scene

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The program."""
        return compare(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Stand:
    """The places of a thing, before and after, and what it keeps free around them."""

    start: Place
    end: Place
    radius: int

    def is_clear_of(self, other: "Stand") -> bool:
        """Whether none of both things' places are too near to each other."""
        apart = (self.radius + other.radius + GAP) ** 2
        for x, y in (self.start, self.end):
            for a, b in (other.start, other.end):
                if (x - a) ** 2 + (y - b) ** 2 < apart:
                    return False
        return True


def arrange(
    looks: Scene, roles: Sequence[Role], studio: Studio, least: Clarity, rng: Random
) -> Problem | None:
    """The things in places where all that is in sight is clear to see; None where chance finds none.

    What is not clear is moved until it is: whole scenes placed anew would hardly ever be. Where by a
    rule of thumb one thing hides too much of another is no place to be tried: so a crowd is found in
    far fewer pictures, though what is found is looked at in all of them as before.
    """
    most = 1.0 - least.share
    stands: dict[int, Stand] = {}
    for _ in range(MOVES):
        if not _settle(stands, looks, roles, most, rng):
            return None
        problem = _problem(looks, roles, stands)
        hidden = next(filter(None, _unclear(problem, studio, least)), None)
        if hidden is None:
            return problem
        for number in hidden:
            del stands[number]
    return None


def _unclear(problem: Problem, studio: Studio, least: Clarity) -> Iterator[frozenset[int]]:
    """What is not clear to see, picture by picture: to mend one before looking at the next is faster.

    All views of all problems: those of paired splits are the same ones.
    """
    for canvas in (COARSE, MEASURED):
        yield unclear(problem.before, studio, "center", least, canvas)
        for view in EYES:
            yield unclear(problem.after, studio, view, least, canvas)


def _settle(
    stands: dict[int, Stand], looks: Scene, roles: Sequence[Role], most: float, rng: Random
) -> bool:
    """Find places for all that have none: what needs most room first, as it finds none among others."""
    radii = {
        number: max(RADIUS[thing.size], RADIUS[roles[number].looks.get("size", thing.size)])
        for number, thing in enumerate(looks)
        if number not in stands
    }
    for number in sorted(radii, key=lambda one: (roles[one].way is None, -radii[one])):
        stand = _find(roles[number], radii[number], tuple(stands.values()), most, rng)
        if stand is None:
            return False
        stands[number] = stand
    return True


def _find(
    role: Role, radius: int, others: Sequence[Stand], most: float, rng: Random
) -> Stand | None:
    """A place for a thing; none where more than `most` of it or of another would be hidden."""
    reach = VISIBLE if role.starts_seen else GRID
    for _ in range(TRIES):
        start = (rng.randint(-reach, reach), rng.randint(-reach, reach))
        stand = Stand(start, _end(start, role.way), radius)
        if (
            _suits(stand, role)
            and all(stand.is_clear_of(other) for other in others)
            and not any(_is_hidden(stand, other, most) for other in others)
        ):
            return stand
    return None


def _is_hidden(one: Stand, other: Stand, most: float) -> bool:
    """Whether one of two things hides about more than `most` of the other in any picture."""
    for view, a, b in _together(one, other):
        if _overlap((a, one.radius), (b, other.radius), view) > most:
            return True
    return False


def _together(one: Stand, other: Stand) -> Iterator[tuple[View, Place, Place]]:
    """The pictures that both are in, with their places there."""
    if not is_out_of_sight(one.start) and not is_out_of_sight(other.start):
        yield "center", one.start, other.start
    if not is_out_of_sight(one.end) and not is_out_of_sight(other.end):
        for view in EYES:
            yield view, one.end, other.end


def _overlap(one: tuple[Place, int], other: tuple[Place, int], view: View) -> float:
    """How much of the thing behind the one before it covers, were both boxes and seen from afar."""
    ((a, b), radius), ((c, d), other_radius) = one, other
    x, y, slope, level = SIGHTS[view]
    across = radius + other_radius - abs((a - c) * y - (b - d) * x)
    if across <= 0.0:
        return 0.0
    nearer = (a - c) * x + (b - d) * y
    higher = CENTRE * (radius - other_radius) * level - nearer * slope
    up = radius + other_radius - abs(higher) / TALL
    behind, least = (other_radius if nearer > 0 else radius), min(radius, other_radius)
    return min(2.0 * least, across) * max(0.0, min(2.0 * least, up)) / (2.0 * behind) ** 2


def _end(start: Place, way: Way | None) -> Place:
    if way is None:
        return start
    direction, steps = way
    dx, dy = DIRECTIONS[direction]
    return start[0] + STEP * steps * dx, start[1] + STEP * steps * dy


def _suits(stand: Stand, role: Role) -> bool:
    """Whether a thing is in sight when it shall be, and leaves by the way that counts."""
    if max(map(abs, stand.end)) > GRID:
        return False
    seen = not is_out_of_sight(stand.start), not is_out_of_sight(stand.end)
    if seen != (role.starts_seen, role.ends_seen):
        return False
    leaves = role.starts_seen and not role.ends_seen
    return not leaves or (max(map(abs, stand.start)) > MIDDLE and way_out(stand.start) == role.way)


def _problem(looks: Scene, roles: Sequence[Role], stands: Mapping[int, Stand]) -> Problem:
    things = [(thing, roles[number], stands[number]) for number, thing in enumerate(looks)]
    return Problem(
        tuple(replace(thing, position=stand.start) for thing, _, stand in things),
        tuple(replace(thing, **role.looks, position=stand.end) for thing, role, stand in things),
    )
