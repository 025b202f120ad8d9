"""What the embedded base is taught: lessons say what is there, and nobody is told a task's answer."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

import pytest

from builders.tasks.counting._words import SYNONYMS, plural_of
from evaluators import Integer, Status, grade
from reasonrft.nano.architecture import CELL
from reasonrft.nano.lessons import LESSONS, SORTS, Known, Lesson, Sort, lesson_of, numbers, teach
from reasonrft.nano.lessons._lesson import Kinds
from reasonrft.nano.lessons.pairs import NAMES
from reasonrft.nano.lessons.things import RESTATED, TOTALS, cell_of_thing, described
from reasonrft.nano.measure import POINT, Named, judge, read_told
from reasonrft.nano.sight import VALUES
from reasonrft.nano.tables import Tables
from tests.nano_data import drawn_diagrams, tables, things


@pytest.mark.parametrize("kind", ["walk", "places", "across", "total", "direct"])
def test_lessons_tell_the_truth(kind: str) -> None:
    objects = things(1)
    lesson = lesson_of("table", kind, objects, Random(3))
    if kind in {"total", "direct"}:
        verdict = grade(lesson.target, Integer(len(objects)))
        assert (verdict.status, verdict.well_formed) == (Status.CORRECT, kind == "total")
    elif kind in {"walk", "places", "across"}:
        for one in objects:
            assert described(one) in lesson.target
    if kind == "places":
        told = read_told(lesson.target)
        assert judge(objects, told) == Named(
            len(objects), len(objects), len(objects), len(told), True
        )


@pytest.mark.parametrize("kind", ["walk", "across"])
def test_things_are_named_in_their_order(kind: str) -> None:
    for index in range(6):
        objects = things(index)
        if kind == "across":
            objects = sorted(objects, key=lambda one: one["box"][0] + one["box"][2])
        target = lesson_of("table", kind, things(index), Random(index)).target
        looks = {described(one) for one in objects}
        told = re.findall("|".join(looks), target)
        assert told == [described(one) for one in objects]


def known_of(sort: Sort) -> Known:
    known: dict[Sort, Known] = {
        "table": things(2),
        "view": things(1),
        "pair": tables(0),
        "diagram": drawn_diagrams(12)[0][1],
    }
    return known[sort]


SAID = {
    word
    for values in VALUES.values()
    for value in values
    for singular in SYNONYMS.get(value, (value,))
    for word in (singular, plural_of(singular))
}
ASKS = re.compile("how many|count|number", re.IGNORECASE)
ANSWERS = re.compile("answer|that makes|that is", re.IGNORECASE)


def asks_for_a_group(lesson: Lesson) -> bool:
    """Whether a prompt asks for the number of some things, or a target tells it."""
    prompt = lesson.prompt.split("\n")[0]
    if prompt.startswith(tuple(one.partition("{0}")[0] for one in RESTATED)):
        return bool(re.search("[0-9]", lesson.target))
    if not ASKS.search(prompt) and not ANSWERS.search(lesson.target):
        return False
    if prompt in TOTALS or prompt.startswith("How many names are these: "):
        return bool(SAID & set(re.findall("[a-z]+", prompt.lower())))
    return True


@pytest.mark.parametrize("sort", SORTS)
def test_no_lesson_asks_for_the_number_of_a_group(sort: Sort) -> None:
    known, rng = known_of(sort), Random(0)
    taught = [teach(sort, known, rng) for _ in range(400)]
    assert not list(filter(asks_for_a_group, taught))


@pytest.mark.parametrize(
    ("prompt", "target"),
    [
        ("How many tiny metallic balls are there?", "2"),
        ("Count the blocks.", "2"),
        ("What number of things are red?", "2"),
        ("In plain words: How many red things are there?", "Red things. That makes 2."),
        ("Which of the things are red?", "Red things: A (red, yes), B (blue, no). That makes 1."),
        ("The first picture. How many things are large?", "1"),
        ("How many names are these: small cubes?", "That makes 1."),
    ],
)
def test_a_lesson_that_asks_for_the_number_of_a_group_is_found(prompt: str, target: str) -> None:
    assert asks_for_a_group(Lesson(prompt, target))


def test_a_question_is_restated_with_all_that_it_asks_for() -> None:
    """Attribute by attribute, in plain words and in the order of the question."""
    plain = {word: name for name, said in SYNONYMS.items() for word in said}
    values = {value for some in VALUES.values() for value in some} - {"medium", "glass"}
    objects, seen = things(2), Counter[str]()
    for seed in range(300):
        lesson = lesson_of("table", "restate", objects, Random(seed))
        # One of the wordings names both groups twice.
        text = re.sub(r"there are at least .*?\. how", "how", lesson.prompt.lower())
        for said in sorted(plain, key=len, reverse=True):
            if " " in said:
                text = text.replace(said, plain[said])
        asked, told = (
            [
                plain.get(word.removesuffix("s"), word.removesuffix("s"))
                for word in re.findall("[a-z]+", some)
            ]
            for some in (text, lesson.target.lower())
        )
        assert [one for one in asked if one in values] == [one for one in told if one in values], (
            lesson
        )
        seen.update(set(told) & values)
    assert min(seen[value] for value in values) > 5


@pytest.mark.parametrize(
    ("seed", "prompt", "target"),
    [
        (
            37,
            "In plain words: What number of tiny cubes are either gray items or tiny shiny items or both?",
            "Small cubes. Gray among these. Small metal things among these.",
        ),
        (
            14,
            "In plain words: Count the tiny things and count the tiny cyan matte spheres. What is the difference "
            "between the two numbers?",
            "Small things. Small cyan rubber spheres.",
        ),
    ],
)
def test_questions_restated(seed: int, prompt: str, target: str) -> None:
    assert lesson_of("table", "restate", things(2), Random(seed)) == Lesson(prompt, target)


def test_which_things_fit_a_phrase_is_told_of_all_and_only_those() -> None:
    objects = things(2)
    for seed in range(60):
        lesson = lesson_of("table", "which", objects, Random(seed))
        first, *others = lesson.target.removesuffix(".").split(". ")
        opening, things_told = re.split(r": (?=#1: |A: )", first)
        phrases = [
            re.sub(r".*(?:looking for|search of) |, from back to front", "", opening, flags=re.I)
        ]
        verdicts = [re.findall(r"(#\d+|[A-Z]): [\w ]+ \(([\w ]+), (yes|no)\)", things_told)]
        for other in others:
            phrase, said = other.split(": ", 1)
            phrases.append(phrase)
            verdicts.append(re.findall(r"(#\d+|[A-Z]) \(([\w ]+), (yes|no)\)", said))
        assert lesson.prompt.count("?") == len(phrases)
        labels = dict(_labelled(lesson.target, objects))
        for phrase, told in zip(phrases, verdicts, strict=True):
            values = set(phrase.lower().removesuffix(" things").removesuffix("s").split())
            assert {name: verdict for name, _, verdict in told} == {
                name: "yes" if values <= set(described(one).split()) else "no"
                for name, one in labels.items()
            }
            for name, reason, verdict in told:  # it ends in the first word that does not fit
                words = reason.split()
                assert set(words) <= set(described(labels[name]).split())
                assert set(words[:-1]) <= values
                assert (words[-1] in values) == (verdict == "yes")


def _labelled(target: str, objects: Sequence[Any]) -> list[tuple[str, Any]]:
    """The things of a walk by the labels that it gives them."""
    from builders.tasks.counting._setting import LABELS

    labels = next(one for one in LABELS if f"{one[0]}: {described(objects[0])}" in target)
    return list(zip(labels, objects, strict=False))


@pytest.mark.parametrize("kind", ["sum", "rest", "product"])
def test_calculations_are_right(kind: str) -> None:
    signs = set()
    for seed in range(60):
        lesson = lesson_of("diagram", kind, [], Random(seed))
        first, sign, second, _, result = lesson.target.replace("°", "").split()
        calculate = {"+": int.__add__, "−": int.__sub__, "·": int.__mul__, "/": int.__floordiv__}
        assert calculate[sign](int(first), int(second)) == int(result) >= 0
        assert sign != "/" or int(second) * int(result) == int(first)
        assert lesson.prompt == f"How much is {lesson.target.split(' = ')[0]}?"
        signs.add(sign)
    assert signs == {"sum": {"+", "−"}, "rest": {"−"}, "product": {"·", "/"}}[kind]


def test_x_options_and_lists_are_right() -> None:
    objects = things(1)
    for seed in range(60):
        lesson = lesson_of("diagram", "x", [], Random(seed))
        factor, multiple, x = map(int, re.findall(r"[0-9]+", lesson.target))
        assert factor * x == multiple
        assert lesson.prompt == f"{factor}x = {multiple}. What is x?"
        lesson = lesson_of("diagram", "option", [], Random(seed))
        value, *options = map(int, re.findall(r"[0-9]+", lesson.prompt))
        assert lesson.target == f"The value {value} is option {'ABCD'[options.index(value)]}."
        assert len(set(options)) == 4
        lesson = lesson_of("table", "list", objects, Random(seed))
        named = lesson.prompt.split(": ")[1].removesuffix("?").replace(" and ", ", ").split(", ")
        assert lesson.target == f"That makes {len(named)}."


# Two pictures.


@pytest.mark.parametrize("index", range(4))
def test_listed_things_are_found_where_they_are_and_nowhere_else(index: int) -> None:
    known, verdicts = tables(index), Counter[str]()
    for seed in range(40):
        lesson = lesson_of("pair", "listed", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if f"{name} picture" in lesson.prompt)
        there = [(described(one), cell_of_thing(one)) for one in known.seen[number]]
        asked = re.findall(r"\((\d), '(\w+)', '(\w+)', '(\w+)', '(\w+)'\)", lesson.prompt)
        assert len(asked) == len(known.listed)
        told = lesson.target.removesuffix(".").split(". ")
        for (name, shape, size, color, material), line in zip(asked, told, strict=True):
            thing = f"{size} {color} {material} {shape}"
            assert line.startswith(f"{name} {thing}: ")
            places = [cell for one, cell in there if one == thing]
            verdict = line.split(": ")[1]
            if verdict != "no":
                assert verdict in {f"yes, at {column} {row}" for column, row in places}
            verdicts[verdict[:3]] += 1
        found = sum(": yes" in line for line in told)
        assert found == sum((Counter(t for t, _ in there) & Counter(_looks(asked))).values())
    assert min(verdicts.values()) > 10
    assert set(verdicts) == {"yes", "no"}


def _looks(asked: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"{size} {color} {material} {shape}" for _, shape, size, color, material in asked]


def test_no_listed_thing_is_made_to_look_like_another() -> None:
    """A picture's thing of these looks would be either's."""
    cubes = [
        {"id": i, "size": size, "color": "red", "material": "metal", "shape": "cube"}
        for i, size in enumerate(VALUES["size"])
    ]
    changed = 0
    for seed in range(100):
        lesson = lesson_of("pair", "listed", Tables(([], []), cubes), Random(seed))
        told = re.findall(r"[0-9] ([a-z ]+):", lesson.target)
        assert len(told) == len(set(told)) == len(cubes)
        for one, look in zip(cubes, told, strict=True):
            changed += look != described(one)
            assert look not in {described(other) for other in cubes if other != one}
    assert changed > 20


def test_no_lesson_compares_two_pictures() -> None:
    """What is to be said of one picture does not depend on what the other shows."""
    pairs = [tables(index) for index in range(4)]
    for seed in range(80):
        known = pairs[seed % 4]
        lesson = lesson_of("pair", "listed", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if f"{name} picture" in lesson.prompt)
        alone = (known.seen[0], []) if number == 0 else ([], known.seen[1])
        assert lesson_of("pair", "listed", Tables(alone, known.listed), Random(seed)) == lesson
        lesson = lesson_of("pair", "described", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if lesson.prompt.startswith(f"The {name}"))
        for one in known.seen[number]:
            assert described(one) in lesson.target


def test_what_is_at_a_place_is_told() -> None:
    pairs, answers = [tables(index) for index in range(4)], Counter[bool]()
    for seed in range(80):
        known = pairs[seed % 4]
        lesson = lesson_of("pair", "at", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if f"{name} picture" in lesson.prompt)
        (column, row) = map(int, re.findall(r"[0-9]", lesson.prompt))
        there = [
            described(one) for one in known.seen[number] if cell_of_thing(one) == (column, row)
        ]
        assert lesson.target == f"{', '.join(there) or 'nothing'}."
        answers[bool(there)] += 1
    assert min(answers.values()) > 15


# Diagrams.


def test_lessons_about_diagrams_say_what_is_there() -> None:
    unwritten = 0
    for place, (_, reading) in enumerate(drawn_diagrams(30)):
        rng = Random(place)
        sizes = lesson_of("diagram", "sizes", reading, rng).target
        assert sorted(sizes.removesuffix(".").split(", ")) == sorted(
            f"{name} = {text}" for name, (text, _) in reading.sizes.items()
        )
        points = dict(POINT.findall(lesson_of("diagram", "points", reading, rng).target))
        assert points == {
            name: f"{int(x) // CELL + 1} {int(y) // CELL + 1}"
            for name, (x, y) in reading.points.items()
        }
        written = lesson_of("diagram", "written", reading, rng).target
        assert [one.split(" at ")[0] for one in written.split(", ")] == [
            text for text, _ in sorted(reading.written, key=lambda one: one[1])
        ]
        for _ in range(20):
            name, text = (
                lesson_of("diagram", "one", reading, rng).target.removesuffix(".").split(" = ")
            )
            known = reading.sizes.get(name)
            assert text == (known[0] if known else "none")
            # Whichever of its ends is named first.
            assert known or frozenset(name) not in map(frozenset, reading.sizes)
            unwritten += known is None
        assert lesson_of("diagram", "segments", reading, rng).target == (
            f"{', '.join(reading.segments)}."
        )
        marks = lesson_of("diagram", "marks", reading, rng).target
        assert marks == f"{', '.join(reading.marks) or 'none'}."
    assert 12 < unwritten < 250


@pytest.mark.parametrize("sort", SORTS)
def test_lessons_of_each_kind_come_in_their_shares(
    sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = Counter[str]()

    def noted(kinds: Kinds[Any]) -> Kinds[Any]:
        def note(kind: str, facts: Any, rng: Random) -> Lesson:
            came[kind] += 1
            return kinds[kind][1](facts, rng)

        return {kind: (share, partial(note, kind)) for kind, (share, _) in kinds.items()}

    kinds = [LESSONS[sort], *([] if sort == "pair" else [numbers.LESSONS])]
    monkeypatch.setitem(LESSONS, sort, noted(LESSONS[sort]))
    monkeypatch.setattr(numbers, "LESSONS", noted(numbers.LESSONS))
    known, rng = known_of(sort), Random(1)
    taught = [teach(sort, known, rng) for _ in range(600)]
    assert all(lesson.prompt and lesson.target for lesson in taught)
    assert came.keys() == {kind for some in kinds for kind in some}
    for some in kinds:
        whole, drawn = sum(share for share, _ in some.values()), sum(came[kind] for kind in some)
        for kind, (share, _) in some.items():
            expected = share / whole
            error = (expected * (1 - expected) / drawn) ** 0.5
            assert abs(came[kind] / drawn - expected) < 4 * error, kind
