"""reading: where in a model's response the answer stands, by one of two policies.

`strict` is the layout `<think>…</think><answer>…</answer>`: only an answer block outside the thought
counts. `lenient` is for models that were never taught the layout: the last answer block, else the
last `\\boxed{}`, else the sentence that states the final answer. Both are linear in the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evaluators.notation import closing_brace

MAX_BLOCKS: Final = 8  # different answer blocks; more are a list of guesses
TAIL: Final = 4_000  # characters of the end in which a lenient reading looks for a sentence


class Reading(StrEnum):
    """Where an answer may stand."""

    STRICT = "strict"
    LENIENT = "lenient"

    @property
    def other(self) -> "Reading":
        """The policy that a report shows beside this one."""
        return Reading.LENIENT if self is Reading.STRICT else Reading.STRICT


@dataclass(frozen=True, slots=True)
class Found:
    """What a response offers as its answer."""

    well_formed: bool
    claims: tuple[
        tuple[str, ...], ...
    ]  # statements that must all agree; each a text or its variants


_TAG = re.compile(r"</?(?:think|answer)>")
_ANY_CASE_TAG = re.compile(r"< ?/? ?(?:think|answer) ?>", re.IGNORECASE)


def find(response: str, reading: Reading) -> Found:
    """What the response offers as its answer."""
    layout = _parse(response, _TAG)
    if reading is Reading.STRICT:
        return Found(layout.well_formed, _claims(layout.blocks))
    loose = _parse(response, _ANY_CASE_TAG)
    blocks = loose.blocks or (() if loose.thought_closed else _last_block(response))
    return Found(layout.well_formed, _claims(blocks) if blocks else _stated(loose.outside.rstrip()))


@dataclass(frozen=True, slots=True)
class _Layout:
    blocks: tuple[str, ...]  # the answer blocks outside the thought
    outside: str  # the text outside the thought
    well_formed: bool
    thought_closed: bool  # no thought was left open


def _parse(response: str, tag: re.Pattern[str]) -> _Layout:
    """One pass over the tags: a thought hides all that it holds, an answer is opened and closed."""
    tags = [
        (match.group().strip("< >").replace(" ", "").lower(), match)
        for match in tag.finditer(response)
    ]
    names = [name for name, _ in tags]
    # A prompt may have opened the thought already: then the response only closes it.
    thinking = "/think" in names and "think" not in names[: names.index("/think")]
    order = ["/think", *names] if thinking else names
    blocks: list[str] = []
    outside: list[str] = []
    start: int | None = None
    resumed = 0
    for name, match in tags:
        if thinking:
            if name == "/think":
                thinking, resumed = False, match.end()
        elif name == "think":
            thinking = True
            outside.append(response[resumed : match.start()])
        elif name in ("answer", "/answer"):
            if start is not None:  # closed, or opened again: either way something was claimed
                blocks.append(response[start : match.start()])
            start = match.end() if name == "answer" else None
    if not thinking:
        outside.append(response[resumed:])
    kept = order == ["think", "/think", "answer", "/answer"] and _only_layout(
        response, [m for _, m in tags]
    )
    return _Layout(tuple(blocks), "\n".join(outside), kept, not thinking)


def _only_layout(response: str, tags: list[re.Match[str]]) -> bool:
    """Whether nothing but white space stands around and between the two blocks."""
    around = (
        response[: tags[0].start()],
        response[tags[1].end() : tags[2].start()],
        response[tags[3].end() :],
    )
    return not any(text.strip() for text in around)


def _last_block(response: str) -> tuple[str, ...]:
    """The block that ends a response whose thought was never closed."""
    match = re.search(r"<answer>([^<]{1,2000})</answer>\s*$", response[-2_100:], re.IGNORECASE)
    return (match.group(1),) if match else ()


def _claims(blocks: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The different blocks, the last one last; an empty block claims nothing but still contradicts."""
    different = dict.fromkeys(
        " ".join(block.split()) if len(block) < 2_000 else block for block in reversed(blocks)
    )
    if len(different) > MAX_BLOCKS:
        return ()
    return tuple((block,) for block in reversed(different))


_CUE = re.compile(
    r"(?:\b(?:final |correct |right |best )?(?:answer|option|choice)(?: (?:option|choice|letter))?"
    r"(?: to the (?:question|problem))?(?:\*\*)?"
    r" ?(?:is|are|would be|should be|must be|will be|=|:|：)+(?:\*\*)? ?(?:therefore|thus|simply|just|clearly)?[ :]*)"
    r"|####|答案(?:是|为|：|:)?|故选|应选|所以选|因此选",
    re.IGNORECASE,
)


def _stated(text: str) -> tuple[tuple[str, ...], ...]:
    """What the free text states: its boxes, else its final sentence."""
    boxes = _boxes(text)
    if boxes:
        return ((boxes,),)
    tail = text[-TAIL:]
    if len(text) > TAIL:
        tail = tail.partition("\n")[2] or tail
    paragraph = tail.rpartition("\n\n")[2]
    cues = list(_CUE.finditer(paragraph)) or list(_CUE.finditer(tail))[-1:]
    source = paragraph if _CUE.search(paragraph) else tail
    claims = [tuple(_fragments(source[cue.end() :])) for cue in cues]
    claims = [claim for claim in claims if claim]
    if claims:
        return tuple(claims)
    sentences = tuple(_last_sentences(tail))
    return (sentences,) if sentences else ()


def _boxes(text: str) -> str:
    r"""The last `\boxed{…}`, with those that stand in the same line before it."""
    last = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if last < 0:
        return ""
    line = max(text.rfind("\n", 0, last) + 1, last - 1_000)
    found: list[str] = []
    after = line
    for match in re.finditer(r"\\(?:boxed|fbox)\{", text[line:]):
        closing = closing_brace(text[: line + match.end() + 2_000], line + match.end() - 1)
        if closing < 0:
            continue
        if not _JOINER.fullmatch(text[after : line + match.start()]):
            found = []  # prose between: a step on the way, or a correction
        found.append(text[line + match.end() : closing])
        after = closing + 1
    return ", ".join(dict.fromkeys(found))


_JOINER = re.compile(r"[\s$,;.()]*(?:(?:and|or|\\text\{ ?(?:and|or) ?\})[\s$]*)?", re.IGNORECASE)


def _fragments(text: str) -> Iterator[str]:
    """What follows a cue: its line, then its sentence, then its clause."""
    line = _unbolded(text.lstrip(" *:\n").partition("\n")[0])
    clause = re.split(r"[,;] (?:because|since|as|which|so)\b|, ", line, maxsplit=1)[0]
    yield from dict.fromkeys(
        part for part in (line, _SENTENCE_END.split(line, maxsplit=1)[0], clause) if part
    )


# The dot of `A. 8` or `3.5` ends nothing.
_SENTENCE_END = re.compile(r"(?<![ (*][A-Z])(?<!^[A-Z])[.!?](?=\s|$)|。")
_CONSEQUENCE = re.compile(
    r", (?:and )?(?:so|therefore|thus|hence|then|giving|we get) ", re.IGNORECASE
)
_NO_TEXT = re.compile(r"[\s$\\\[\]()*`#_-]*")


def _last_sentences(text: str) -> Iterator[str]:
    """The end of the text as its answer: the last line that says something, and its last sentence."""
    lines = [line for line in text.splitlines() if not _NO_TEXT.fullmatch(line)]
    if not lines:
        return
    line = re.sub(r"^\s*(?:[-*>#]+\s+)?", "", lines[-1]).rstrip()
    sentences = [part.strip() for part in _SENTENCE_END.split(line) if part.strip()]
    yield from dict.fromkeys([line, *sentences[-1:]])
    if sentences and len(parts := _CONSEQUENCE.split(sentences[-1])) > 1:
        yield parts[-1]
    bold = re.findall(r"\*\*([^*\n]{1,200})\*\*", line)
    if bold:
        yield ", ".join(dict.fromkeys(bold))


def _unbolded(line: str) -> str:
    """The line without a mark whose partner stands outside it."""
    return (line.replace("**", "") if line.count("**") % 2 else line).strip(" *")
