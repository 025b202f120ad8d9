"""_words: how filters, amounts, relations and predicates are said in English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from builders.tasks.counting._looks import Filter

THINGS: Final = ("thing", "object", "item")
SYNONYMS: Final[Mapping[str, Sequence[str]]] = {
    "large": ("large", "big"),
    "small": ("small", "tiny"),
    "rubber": ("rubber", "matte"),
    "metal": ("metal", "metallic", "shiny"),
    "cube": ("cube", "block"),
    "sphere": ("sphere", "ball"),
    # Models whose own names are short forms.
    "suv": ("SUV",),
    "wagon": ("station wagon",),
    "cruiser": ("cruiser motorbike",),
    "tandem": ("tandem bike",),
    "left": ("to the left of", "left of", "on the left side of"),
    "right": ("to the right of", "right of", "on the right side of"),
    "front": ("in front of",),
    "behind": ("behind",),
}
MATTER: Final = ("rubber", "metal")  # nouns: a thing is made of them; `matte` and `shiny` it is
# Super-CLEVR's super-classes hold what many would not call so, and the phrase tells.
NOTES: Final[Mapping[str, str]] = {
    "car": " (trucks and vans included)",
    "motorbike": " (scooters included)",
}


@dataclass(frozen=True, slots=True)
class Words:
    """One choice among synonyms, kept through a question."""

    thing: str
    synonyms: Mapping[str, str]
    notes: Mapping[str, str]  # after a noun that needs one

    def singular(self, group: Filter) -> str:
        """`small red cube`."""
        return self._phrase(group, self._noun(group))

    def plural(self, group: Filter) -> str:
        """`small red cubes`."""
        return self._phrase(group, plural_of(self._noun(group)))

    def amount(self, number: int, group: Filter) -> str:
        """`1 small red cube`, `2 small red cubes`."""
        return f"{number} {self.singular(group) if number == 1 else self.plural(group)}"

    def predicate(self, group: Filter) -> str:
        """What things of the group are: `red`, `made of metal`, `cubes`, `small red things`."""
        named = group.named()
        if len(named) != 1 or group.shape:
            return self.plural(group)
        (word,) = map(self.word, named.values())
        return f"made of {word}" if word in MATTER else word

    def word(self, canonical: str) -> str:
        """The chosen synonym, of a relation too: `left` is said as `to the left of`."""
        return self.synonyms.get(canonical, canonical)

    def _noun(self, group: Filter) -> str:
        return self.word(group.shape) if group.shape else self.thing

    def _phrase(self, group: Filter, noun: str) -> str:
        adjectives = (group.size, group.color, group.material)
        said = [*(self.word(value) for value in adjectives if value), noun]
        return " ".join(said) + self.notes.get(group.shape or "", "")


# The words of thoughts: the first of each, and no notes.
PLAIN: Final = Words("thing", {name: said[0] for name, said in SYNONYMS.items()}, {})


def choose_words(rng: Random) -> Words:
    """One synonym for each word."""
    synonyms = {word: rng.choice(said) for word, said in SYNONYMS.items()}
    return Words(rng.choice(THINGS), synonyms, NOTES)


def plural_of(noun: str) -> str:
    """`school buses`, `bodies`, `cubes`."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"
