"""What no question of ours may look like: the faults that filled-in templates have."""

import re
from typing import Final

# Things that questions count. Verbs end in s as well ("1 cube remains"), hence a list.
NOUNS: Final = (
    "block|cube|sphere|ball|cylinder|thing|object|item|shape|dot|step|change|edit|move|"
    "car|truck|van|bike|bicycle|motorbike|plane|aeroplane|vehicle|"
    "point|line|side|angle|triangle|circle|degree|unit"
)
LINKS: Final = "and|or|to|if|then"  # a number does not reach over them
VOWEL_SOUND: Final = r"(?:(?!one\b|uni|us[ae]|eu)[aeiou]|hour|8|1[18]\b|[AEFHILMNORSX]\b|SUV)"
FAULTS: Final = {
    "begins with no capital": r"\A[^A-Z0-9]",
    "ends in no full stop and no question mark": r"[^.?]\Z",
    "has spaces where none belong": r"\A\s|\s\Z|[ \t]{2}|\s[.,;:?!]|\( | \)",
    # An underscore is one unless it joins two words, as in the names of functions.
    "has a mark of a template": r"[{}<>]|(?<![a-z])_|_(?![a-z])|\[\]|\bNone\b|\bnan\b",
    "begins a sentence in lower case": r"[a-z][.?!] [a-z]",
    "says a word twice": r"(?i)\b(?!that\b)([a-z]+) \1\b",
    "has 1 of many": rf"\b(?:1|one|every|each) (?:(?!(?:{LINKS}|{NOUNS})\b)[\w-]+ ){{0,4}}(?:{NOUNS})s\b",
    "changes nothing": r"(?i)\b(?:add|remove|subtract|take away|put in|take out) 0\b",
    # Within a sentence a capital A is a point's name.
    "has a where an belongs": rf"(?:\ba|(?:\A|[.?!] )A) (?:{VOWEL_SOUND})",
    "has an where a belongs": rf"\b[aA]n (?!{VOWEL_SOUND})",
}


def faults(text: str) -> list[str]:
    """What is wrong with a question."""
    return [fault for fault, pattern in FAULTS.items() if re.search(pattern, text)]
