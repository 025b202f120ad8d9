"""_reader_words: what does a noun phrase of a counting question name?"""

import re
from collections.abc import Callable, Mapping

from builders.scenes.vehicles import SUPER_CLASSES

# Attribute → the values that are possible; an attribute that is not there may have any value.
Looks = Mapping[str, frozenset[str]]
Nouns = Mapping[str, frozenset[str]]  # noun → shapes; an empty set: a thing of any shape

SIZES = {"large": "large", "big": "large", "small": "small", "tiny": "small"}
COLORS = {word: word for word in "gray red blue green brown purple cyan yellow".split()}
MATERIALS = {
    "rubber": "rubber",
    "matte": "rubber",
    "metal": "metal",
    "metallic": "metal",
    "shiny": "metal",
}
ADJECTIVES = {"size": SIZES, "color": COLORS, "material": MATERIALS}  # in the order of English
ADVERBIALS = {"made of rubber": "rubber", "made of metal": "metal"}
NOT_PREDICATIVE = {"rubber", "metal"}  # one says "made of rubber"; "are rubber" is no English here
SIDES = {
    "in front of": "front",
    "behind": "behind",
    **{
        words.format(side): side
        for side in ("left", "right")
        for words in ("to the {} of", "{} of", "on the {} side of")
    },
}
ANYTHING = ("thing", "object", "item")
SOLIDS = {"cube": "cube", "block": "cube", "sphere": "sphere", "ball": "sphere"}
# Models whose names alone would not say what they are.
SPOKEN = {"wagon": "station wagon", "tandem": "tandem bike", "cruiser": "cruiser motorbike"}
# "car" alone would leave a truck in doubt; a super-class may have a note, this one must.
NOTES = {"car": "trucks and vans included", "motorbike": "scooters included"}


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def _nouns(inflect: Callable[[str], str]) -> Nouns:
    """All nouns in one number."""
    nouns = {inflect(word): frozenset[str]() for word in ANYTHING}
    nouns |= {inflect(word): frozenset({shape}) for word, shape in SOLIDS.items()}
    nouns[inflect("cylinder")] = frozenset({"cylinder"})
    for name, models in SUPER_CLASSES.items():
        nouns |= {inflect(SPOKEN.get(model, model)): frozenset({model}) for model in models}
        if name in NOTES:
            nouns[f"{inflect(name)} ({NOTES[name]})"] = frozenset(models)
        if name != "car":
            nouns[inflect(name)] = frozenset(models)
    return nouns


SINGULAR = _nouns(str)
PLURAL = _nouns(_plural)
PHRASE = re.compile(
    "".join(f"(?:(?P<{kind}>{'|'.join(words)}) )?" for kind, words in ADJECTIVES.items())
    + "(?P<noun>.+)"
)


def refusal(text: str, reason: str = "not understood") -> ValueError:
    """The error that says which words cannot be answered, and why."""
    return ValueError(f"{text!r}: {reason}")


def looks_of(phrase: str, nouns: Nouns) -> Looks:
    """The attributes that a noun phrase names, such as "small red metal cubes"."""
    match = PHRASE.fullmatch(phrase)
    if match is None or match["noun"] not in nouns:
        raise refusal(phrase)
    looks = {
        kind: frozenset({words[match[kind]]}) for kind, words in ADJECTIVES.items() if match[kind]
    }
    shapes = nouns[match["noun"]]
    return {**looks, "shape": shapes} if shapes else looks


def told(looks: Looks) -> str:
    """These attributes in words, for a message."""
    return " ".join("/".join(sorted(values)) for values in looks.values()) or "thing"
