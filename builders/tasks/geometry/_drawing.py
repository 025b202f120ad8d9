"""_drawing: how a geometry sample is drawn: a figure, a problem on it, its words and its picture.

The depth of a sample is the number of theorems that the shortest derivation uses, reading a mark not
counted. Kinds, depths, constructions, and letters and ranks of right options take turns, depths and
constructions as far as a few figures show such problems; those of few figures have fewer turns, by lot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any, Final, Literal

from builders.sample import Draft
from builders.scenes.figures.catalogue import construct
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.layout import Layout, lay_out
from builders.scenes.figures.looks import Hand, Look, other_look, plain_look, textbook_look
from builders.scenes.figures.measure import Kind, Quantity, to_json
from builders.scenes.figures.picture import paint
from builders.scenes.figures.surds import Surd
from builders.task import Canvas, Split, Turn
from builders.tasks.geometry._alone import follows_from_text
from builders.tasks.geometry._engine import Known, study
from builders.tasks.geometry._forms import EASY_LARGEST, LARGEST, PLACES, Form, Place, suits
from builders.tasks.geometry._problem import MOST_GIVENS, Extent, Search, is_drawn
from builders.tasks.geometry._question import UNKNOWN
from builders.tasks.geometry._scene import Params, Scene
from builders.tasks.geometry._sides import side_of
from builders.tasks.geometry._theorems import THEOREMS, TRAINED
from builders.tasks.geometry._turns import most_of_turns, share_of_turns
from builders.tasks.geometry._unknown import Hunt
from builders.tasks.geometry._wording import worded, worded_in_x
from evaluators import Choice

PROPOSALS: Final = 3_000  # constructions tried for one sample, or passed over by lot
FIGURES: Final = 200  # passed over for one, where they are of another side: each takes under 1 ms
QUESTIONS: Final = 3  # tried on each figure
LOYAL: Final = 3  # tries before these with the construction whose turn it is
FEWEST_OF_DEEP: Final = 3  # theorems: no split that is trained on begins with so many
# Of figures, the share on which an answer may be asked for that too many have.
COMMON_SHARE: Final = 0.2
# Of figures, the share on which a problem may have so few givens, by their number and the depth: there are few such
# problems, and they would come again and again.
PLAIN_SHARE: Final[Mapping[Extent, float]] = {
    (1, 1): 0.0005, (1, 2): 0.002, (1, 3): 0.002, (2, 1): 0.008, (2, 2): 0.018, (2, 3): 0.018,
    (1, 4): 0.05, (1, 5): 0.05, (1, 6): 0.05, (2, 4): 0.3, (2, 5): 0.3, (2, 6): 0.3,
}  # fmt: skip
LARGEST_ARC: Final = 160  # degrees that may be asked for: of two arcs between two points it is clearly the smaller one
COMMON: Final = frozenset({30, 45, 60, 90, 120})  # degrees
# As every hand draws it at the level `easy`; shares of the picture's shorter side.
EASY_LETTER, EASY_LINE = 0.12, 0.012
EASY: Final = Params(depths=(1, 2), additions=(0,), easy=True)

SPLITS: Final[Mapping[str, Split[Params]]] = {
    "train": Split(Params(sides=("train",)), easy=replace(EASY, sides=("train",))),
    "val": Split(Params(sides=("val",)), easy=replace(EASY, sides=("val",))),
    "test": Split(Params(), easy=EASY),
    "ood-depth": Split(
        Params(depths=(4, 5, 6), additions=(2, 2, 3)),
        easy=replace(EASY, depths=(3, 4), additions=(0, 1)),
        shift="derivations of 4 to 6 theorems in place of 1 to 3, so figures with up to 3 additions in place of "
        "up to 2, oftener of one or two numbers, x only in figures of angles; easy: 3 or 4 theorems in place of 1 or 2, an addition in place "
        "of none where it fits, nothing about x",
    ),
    "ood-style": Split(
        Params(hand="other"),
        easy=replace(EASY, hand="other"),
        shift="the problems of test, drawn by another hand: wobbling lines of other widths, colours, "
        "letters, turned round",
        paired_with="test",
    ),
    "ood-textbook": Split(
        Params(hand="textbook"),
        shift="figures as schoolbooks print them: all sizes are in the picture alone, so areas, perimeters "
        "and radii are never given; what a label can show is asked for as x, and what marks can show is not told",
    ),
    "ood-theorem": Split(
        # Its constructions have few sizes, and `val` begins with none of them: it takes the figures of two sides.
        Params(held_out=True, sides=("val", "test")),
        shift="problems that cannot be solved without the theorems of secants, crossing chords, tangent "
        "and chord, or of sines and cosines, which training never uses; their figures begin otherwise than those of training",
    ),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """A question kind."""

    form: Form
    asks: tuple[Kind | Literal["x"], ...]
    bases: tuple[str, ...]  # constructions to begin with
    held_out: tuple[str, ...]  # the same, for problems that need theorems not trained on
    deep: tuple[str, ...] = ()  # the same, for long derivations, where most of `bases` have none

    def suited(self, params: Params) -> tuple[str, ...]:
        """The constructions to begin with in a split."""
        if params.held_out:
            return self.held_out
        is_deep = min(params.depths) >= FEWEST_OF_DEEP
        return self.deep if is_deep and self.deep else self.bases


Kinds = Mapping[str, Sort]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for in a problem."""

    base: str  # the construction that its figure begins with
    additions: int  # that are added to it, as far as they fit
    depths: Sequence[int]
    place: Place  # of the right option
    lot: float = 0.0  # from 0 to 1: figures with a smaller share of turns are passed over


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, and how each hand would draw it: all of a sample but its pixels."""

    kind: str
    scene: Scene
    looks: Mapping[Hand, Look]
    seed: int  # of what a hand does by chance

    def laid(self, hand: Hand, canvas: Canvas) -> Layout:
        """Its picture by a hand, ready to be painted."""
        drawing = self.scene.telling.drawing
        return lay_out(drawing, self.looks[hand], canvas.width, canvas.height, self.seed)


def draw(kinds: Kinds, params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """A sample of the kind whose turn it is."""
    return show(find(kinds, params, rng, turn), params.hand, canvas)


def find(kinds: Kinds, params: Params, rng: Random, turn: Turn) -> Found:
    """A problem of the kind whose turn it is, clear to read in small and in usual pictures."""
    kind, turn = turn.among(list(kinds))
    sort = kinds[kind]
    place, turn = turn.among(PLACES, lambda one: one.letter)
    depth, turn = turn.among(params.depths)
    bases = sort.suited(params)
    base, _ = turn.among(bases)
    lot = _lot(params, rng)
    seed = rng.getrandbits(32)
    # All looks are drawn whichever is used: `ood-style` has the very problems of `test`.
    looks: dict[Hand, Look] = {
        "plain": plain_look(rng),
        "textbook": textbook_look(rng),
        "other": other_look(rng),
    }
    if params.easy:
        looks = {hand: in_large_letters(look) for hand, look in looks.items()}
    # Those in which labels find the least room come first.
    hands: tuple[Hand, ...] = ("textbook",) if params.hand == "textbook" else ("other", "plain")
    for wish in _wishes(Wish(base, 0, (depth,), place, lot), bases, params, rng):
        for scene in proposed(sort, params, wish, rng):
            found = Found(kind, scene, looks, seed)
            is_clean = all(found.laid(*one).is_clean for one in product(hands, params.clear_in))
            if is_clean and not follows_from_text(scene):
                return found
    raise LookupError(f"no problem in {PROPOSALS} tries: {kind}, {base}, {params}")


def in_large_letters(look: Look) -> Look:
    """A look as it is at the level `easy`."""
    return replace(look, letter=EASY_LETTER, line=EASY_LINE)


def _wishes(wish: Wish, bases: Sequence[str], params: Params, rng: Random) -> Iterator[Wish]:
    """What is looked for, one after the other: what has its turn some times, any construction as often, then anything."""
    for _ in range(LOYAL):
        yield replace(wish, additions=rng.choice(params.additions))
    for turn in range(PROPOSALS):
        yield Wish(
            rng.choice(bases),
            rng.choice(params.additions),
            wish.depths if turn < LOYAL else params.depths,
            wish.place,
            _lot(params, rng),
        )


def _lot(params: Params, rng: Random) -> float:
    """A lot for a wish; at the level `easy` nothing is passed over."""
    return 0.0 if params.easy else rng.random()


def show(found: Found, hand: Hand, canvas: Canvas) -> Draft:
    """The sample as a hand draws it."""
    scene, layout = found.scene, found.laid(hand, canvas)
    return Draft(
        images=(paint(layout, found.looks[hand]),),
        question=scene.question,
        answer=scene.asked.answer,
        thought=scene.thought,
        kind=found.kind,
        depth=scene.depth,
        scene=_stored(scene, layout, canvas),
    )


def proposed(kind: Sort, params: Params, wish: Wish, rng: Random) -> Iterator[Scene]:
    """Problems of the kind on a new figure, with their words."""
    figure = _figure(wish, params, rng)
    if figure is None:
        return
    if kind.asks == (UNKNOWN,):
        yield from _in_x(figure, kind.form, params, wish, rng)
    else:
        yield from _of_a_size(figure, kind, params, wish, rng)


def _in_x(figure: Figure, form: Form, params: Params, wish: Wish, rng: Random) -> Iterator[Scene]:
    hunt = Hunt(
        _studied(figure, params),
        wish.depths,
        rng,
        held_out=params.held_out,
        visible_only=params.textbook,
        easy=params.easy,
    )
    for _ in range(QUESTIONS):
        unknown = hunt.seek()
        if unknown is None:
            return
        yield from filter(None, [worded_in_x(unknown, form, params, wish.place, rng)])


def _of_a_size(
    figure: Figure, kind: Sort, params: Params, wish: Wish, rng: Random
) -> Iterator[Scene]:
    extents = _extents(figure, wish.depths, params, rng)
    if not extents:
        return
    may_be_common = rng.random() < COMMON_SHARE

    def wanted(quantity: Quantity, value: Surd) -> bool:
        return (
            is_wanted(quantity, value, kind)
            and value.value <= (EASY_LARGEST if params.easy else LARGEST)
            and can_be_asked(quantity, figure)
            and (may_be_common or not is_common(quantity, value))
        )

    search = Search(
        _studied(figure, params),
        wanted,
        extents,
        rng,
        held_out=params.held_out,
        visible_only=params.textbook,
    )
    for _ in range(QUESTIONS):
        problem = search.seek()
        if problem is None:
            return
        yield from filter(None, [worded(problem, kind.form, params, wish.place, rng)])


def _studied(figure: Figure, params: Params) -> Known:
    return study(figure, THEOREMS if params.held_out else TRAINED)


def _figure(wish: Wish, params: Params, rng: Random) -> Figure | None:
    """A new figure of the split's sides; None where none was found, or the lot is against it."""
    if wish.lot >= most_of_turns(wish.base):
        return None
    for _ in range(FIGURES):
        try:
            figure = construct(wish.base, wish.additions, rng)
        except UnsuitableError:
            return None
        if wish.lot >= share_of_turns(wish.base, len(figure.made) - 1):
            return None
        if side_of(figure.points) in params.sides:
            return figure
    return None


def _extents(figure: Figure, depths: Sequence[int], params: Params, rng: Random) -> set[Extent]:
    """How many givens, of how many steps, a problem on a figure may have; of few givens by lot.

    No problem needs more givens than the figure has sizes that are free: where the lot is against so few, it need not
    be looked at.
    """
    most = min(MOST_GIVENS, figure.free)
    return {
        extent
        for extent in product(range(1, most + 1), depths)
        if params.easy or rng.random() < PLAIN_SHARE.get(extent, 1)
    }


def is_common(quantity: Quantity, value: Surd) -> bool:
    """Whether too many problems have this answer."""
    return quantity.is_angular and value.whole() in COMMON


def is_wanted(quantity: Quantity, value: Surd, kind: Sort) -> bool:
    """Whether a kind of question may have this answer: degrees are whole in every form."""
    is_whole = not quantity.is_angular or value.whole() is not None
    return quantity.kind in kind.asks and is_whole and suits(value, kind.form)


def can_be_asked(quantity: Quantity, figure: Figure) -> bool:
    """Whether a question may ask for it."""
    of = quantity.of
    if not is_drawn(quantity, figure):
        return False
    match quantity.kind:
        case "angle":
            return quantity not in figure.rights()
        case "arc" | "arc length":
            return bool(figure.size(Quantity("arc", of)) < LARGEST_ARC)
        case "area" | "perimeter":
            return of[0] in ("polygon", "circle", "sector") or " ".join(of) in figure.nouns
        case _:
            return True


def _stored(scene: Scene, layout: Layout, canvas: Canvas) -> dict[str, Any]:
    figure, drawing = scene.figure, scene.telling.drawing
    options = scene.asked.answer.options if isinstance(scene.asked.answer, Choice) else ()
    return {
        **to_json(drawing.plane),
        "canvas": [canvas.width, canvas.height],
        "objects": [
            {"name": point, "x": round(x, 2), "y": round(y, 2)}
            for point, (x, y) in layout.pixels.items()
        ],
        "written": [{"text": text.text, "box": list(layout.box_of(text))} for text in layout.texts],
        "lines": [list(line) for line in figure.lines],
        "circles": {centre: list(there) for centre, there in figure.circles.items()},
        "shaded": list(drawing.shaded),
        "facts": [[fact.kind, *fact.of] for fact in scene.facts],
        "labels": [_sized(*one) for one in drawing.labels],
        "givens": [_sized(*one) for one in scene.givens],
        "options": list(options),
        "constructions": list(figure.made),
        "program": [
            {"theorem": instance.rule.name, "found": found} for instance, found in scene.steps
        ],
    }


def _sized(quantity: Quantity, text: str) -> dict[str, Any]:
    return {"kind": quantity.kind, "of": list(quantity.of), "text": text}
