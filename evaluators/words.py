"""words: the words that may stand around a value, each with what it means there.

A word that is in none of these tables makes the text unreadable: nothing is guessed.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement; two of one dimension differ by the ratio of their factors."""

    dimension: str
    factor: Fraction = Fraction(1)  # in the dimension's base unit
    pi_power: int = 0  # of pi in the factor: a radian is 180/pi degrees


ANY: Final = "any"  # the dimension of `5 units` and `5 square units`: as good as none


def _table() -> dict[str, Unit]:
    rows = {
        "length": "1/1000 mm millimeter millimetre 毫米 | 1/100 cm centimeter centimetre 厘米"
        " | 1/10 dm decimeter decimetre 分米 | 1 m meter metre 米 | 1000 km kilometer kilometre 千米 公里"
        " | 127/5000 in inch inches | 381/1250 ft foot feet | 1143/1250 yd yard"
        " | 201168/125 mi mile",
        "mass": "1/1000000 mg milligram | 1/1000 g gram | 1 kg kilogram 千克 | 1000 t ton tonne"
        " | 45359237/100000000 lb lbs pound | 45359237/1600000000 oz ounce",
        "time": "1/1000 ms millisecond | 1 s sec second 秒 | 60 min mins minute 分钟"
        " | 3600 h hr hrs hour 小时 | 86400 day 天 | 604800 week | 2629746 month | 31556952 year yr yrs",
        "length^3": "1/1000000 ml mL milliliter millilitre | 1/1000 L liter litre 升",
        "angle": "1 ° degree deg degs 度",
        "percent": "1/100 % percent pct",
        "celsius": "1 celsius",
        "fahrenheit": "1 fahrenheit",
        "kelvin": "1 K kelvin",
        "dollar": "1 dollar usd USD | 1/100 cent",
        "euro": "1 euro EUR",
        "yuan": "1 yuan 元",
        "length/time": "1397/3125 mph | 5/18 kph kmh",
        ANY: "1 unit 单位 u",
    }
    table = {}
    for dimension, row in rows.items():
        for group in row.split(" | "):
            factor, *names = group.split()
            for name in names:
                table[name] = Unit(dimension, Fraction(factor))
    radian = Unit("angle", Fraction(180), pi_power=-1)
    return table | {"radian": radian, "rad": radian, "rads": radian}


UNITS: Final = _table()
UNIT_POWERS: Final = {
    "square": 2,
    "sq": 2,
    "squared": 2,
    "平方": 2,
    "cubic": 3,
    "cu": 3,
    "cubed": 3,
    "立方": 3,
}

ADJECTIVES: Final = frozenset(
    "gray grey red blue green brown purple yellow cyan orange black white pink golden silver"
    " rubber metal glass matte shiny metallic small medium large big tiny little"
    " articulated school double regular mountain road utility tandem decker sports"
    " different distinct total other more remaining visible such".split()
)
NOUNS: Final = frozenset(
    "object thing item cube sphere ball cylinder block shape vehicle car truck bus plane airplane"
    " aeroplane jet bike bicycle motorcycle motorbike suv wagon minivan sedan scooter cruiser"
    " chopper biplane airliner fighter dirtbike triangle square circle side angle person people"
    " children men women sheep fish dice mice".split()
)
# Words in -s that are no counted things: `5 times`, `5 dozens` and `5 is` are not 5 of something.
NOT_NOUNS: Final = frozenset(
    "times plus minus less dozens hundreds thousands millions billions trillions scores tens pairs"
    " halves thirds quarters fifths sixths sevenths eighths ninths tenths percents perhaps always"
    " unless versus plusminus cross guess across alas thus does equals cosines sines radians rads"
    " ones twos threes fours fives sixes sevens eights nines doubles triples negatives opposites inverses factorials"
    " guesses lies sometimes kilos degrees others factors powers roots squares this lakhs crores couples fourths".split()
)
# What may follow the value to the end of the text: `5 cubes are left in the image`.
TAIL: Final = frozenset(
    "left remain remains remaining in total all altogether overall the this image picture scene figure"
    " diagram photo there are is visible now of them shown exist exists old long wide tall high apart"
    " away each per".split()
)
# What may begin a phrase about a counted or measured thing: `252 ways to choose the team`.
PREPOSITIONS: Final = frozenset(
    "in on at to for from behind beside near under above inside within".split()
)
NEGATIONS: Final = frozenset(
    "not no never none neither nor wrong incorrect false except without unless if cannot cant isnt"
    " instead maybe perhaps either between but"
    " could might possibly probably fake opposite guess hardly barely scarcely nobody half twice double triple less more fewer least most than bound over under"
    " impossible doubt lambda def return print import eval exec".split()
)
JOINS: Final = frozenset({"and", "or"})
OR: Final = frozenset({"or", "ie"})
TO: Final = frozenset({"to"})
PER: Final = frozenset({"per"})
IS: Final = frozenset(
    "is are equals equal was were be becomes gives count counted see contains shows has have reads"
    " gets costs measures totals at takes lasts weighs earns earned pays reaches".split()
)
ARTICLES: Final = frozenset("the a an this that these each its our".split())
BEFORE_NUMBER: Final = frozenset("of for in to than from and with".split())
EXACTLY: Final = frozenset("exactly only just therefore thus then simply".split())
FILLERS: Final = tuple(
    phrase.split()
    for phrase in "a total of|total of|at|the point|point|a length of|length|an area of|area|a measure of".split(
        "|"
    )
)
WHICH: Final = frozenset({"which", "that"})
ABOUT: Final = frozenset("approximately approx about roughly around".split())
SCALES: Final = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
}
PARTS: Final = {  # two thirds, seven halves
    **{
        word: part
        for part, word in enumerate(
            "half third quarter fifth sixth seventh eighth ninth tenth".split(), start=2
        )
    },
    **{
        word + "s": part
        for part, word in enumerate(
            "third quarter fifth sixth seventh eighth ninth tenth".split(), start=3
        )
    },
    "halves": 2,
    "fourth": 4,
    "fourths": 4,
}
NUMBERS: Final = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {
    word: 10 * tens
    for tens, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
}


# What a remark in brackets may consist of: `4.70 (to two decimals)`, `5 (all visible objects)`.
HARMLESS: Final = frozenset(
    "to one two three decimal decimals place places rounded nearest tenth hundredth whole number the a as in simplest"
    " form exact value total all visible objects counted final answer by option choice given required units".split()
)


def spelled_number(spelled: str) -> int | None:
    """The value of a number in words, `one hundred and five`; None where the words make no number."""
    total, part, smallest = 0, 0, 10**12  # part: what stands before the next thousand or million
    room = 10**12  # the next word must be worth less than this
    for word in spelled.lower().replace("-", " ").replace(" and ", " ").split():
        if word in NUMBERS:
            value = NUMBERS[word]
            if value >= room or (value == 0 and (total or part)):
                return None
            part, room = part + value, 10 if value >= 20 else 0
        elif word == "hundred" and 0 < part < 10:
            part, room = part * 100, 100
        elif word in SCALES and word != "hundred" and part and SCALES[word] < smallest:
            smallest = SCALES[word]
            total, part, room = total + part * smallest, 0, 10**12
        else:
            return None
    return total + part


def unit_named(word: str) -> Unit | None:
    """The unit of this name or of its singular."""
    found = UNITS.get(word) or UNITS.get(word.lower() if len(word) > 2 else word)
    if found is None and len(word) > 3 and word.endswith("s"):
        found = UNITS.get(word[:-1].lower())
    return found


def is_counted(word: str) -> bool:
    """Whether the word names a thing that is counted: a declared noun, or any other plural."""
    word = word.lower()
    if word.endswith(("ths", "illions")):  # hundredths, quintillions
        return False
    if (
        word in NOUNS
        or word.removesuffix("s") in NOUNS
        or word in ("buses", "boxes")
        or word.startswith("个")
    ):
        return True
    return (
        len(word) > 3 and word.endswith("s") and not word.endswith("ss") and word not in NOT_NOUNS
    )
