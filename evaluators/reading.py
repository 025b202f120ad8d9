"""reading: where in a model's response the answer stands, by one of two policies.

`strict` is the layout `<think>…</think><answer>…</answer>`: only an answer block outside the thought
counts. `lenient` is for models that were never taught the layout: the last answer block, else the
last `\\boxed{}`, else the sentence that states the final answer. Both are linear in the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evaluators.notation import MAX_LENGTH, closing_brace
from evaluators.tags import TAIL, Block, parse_layout

MAX_BLOCKS: Final = 8  # different answer blocks; more are a list of guesses


class Reading(StrEnum):
    """Where an answer may stand."""

    STRICT = "strict"
    LENIENT = "lenient"

    @property
    def other(self) -> "Reading":
        """The policy that a report shows beside this one."""
        return Reading.LENIENT if self is Reading.STRICT else Reading.STRICT


Statements = tuple[tuple[str, ...], ...]  # each a text, or its variants from whole to part


@dataclass(frozen=True, slots=True)
class Found:
    """What a response offers as its answer."""

    well_formed: bool
    claims: Statements  # that must all agree
    remarks: Statements = ()  # later statements that must agree too, where they are any


_END_OF_TEXT = re.compile(r"(?:\s*(?:</s>|<\|[a-z_]{2,20}\|>|<eos>|<end_of_turn>))+\s*$")


def find(response: str, reading: Reading) -> Found:
    """What the response offers as its answer."""
    response = response[:-200] + _END_OF_TEXT.sub("", response[-200:])
    layout = parse_layout(response)
    if reading is Reading.STRICT:
        return Found(layout.well_formed, _claims([block.text for block in layout.blocks]))
    loose = parse_layout(response, any_case=True)
    blocks = [] if _is_taken_back(loose.after) else _uncorrected(loose.blocks)
    if not blocks and not loose.thought_closed:
        blocks = _last_block(response)
    if loose.blocks and not blocks:
        return Found(layout.well_formed, ())
    if not blocks:
        return Found(layout.well_formed, *_stated(loose.outside.rstrip()))
    claims = tuple(_with_statement(claim[0]) for claim in _claims(blocks))
    return Found(layout.well_formed, claims, _stated(loose.after)[0])


def _with_statement(block: str) -> tuple[str, ...]:
    """A block, or what the prose in it states."""
    statements, _ = _stated(block)
    return (block, *statements[0]) if len(statements) == 1 else (block,)


def _last_block(response: str) -> list[str]:
    """The block that ends a response whose thought was never closed."""
    match = re.search(r"<answer>([^<]{1,2000})</answer>\s*$", response[-2_100:], re.IGNORECASE)
    return [match.group(1)] if match else []


_CORRECTION = re.compile(
    r"\b(?:wait|actually|correction|corrected|sorry|oops|hold on|let me re\w*|scratch that|on reflection|alternatively|i mean|hmm|i missed|i made|my mistake|on second thought|recounted|i recount)\b|不对",
    re.IGNORECASE,
)


def _uncorrected(blocks: tuple[Block, ...]) -> list[str]:
    """The texts of the blocks since the last correction."""
    kept: list[str] = []
    for block in blocks:
        if _CORRECTION.search(block.lead):
            kept = []
        kept.append(block.text)
    return kept


def _claims(blocks: Sequence[str]) -> Statements:
    """The different blocks, the last one last; an empty block claims nothing but still contradicts."""
    different = dict.fromkeys(
        " ".join(block.split()) if len(block) <= MAX_LENGTH else block for block in reversed(blocks)
    )
    if len(different) > MAX_BLOCKS:
        return ()
    return tuple((block,) for block in reversed(different))


_CUE = re.compile(
    r"(?:\b(?:final |correct |right |best )?(?:answer|option|choice)(?: (?:option|choice|letter))?"
    r"(?: to the (?:question|problem))?(?:\*\*)?"
    r" ?(?:is|are|would be|should be|must be|will be|=|:|：)+(?:\*\*)? ?(?:therefore|thus|simply|just|clearly)?[ :]*)"
    r"|####|\"(?:final_)?answer\" ?: ?\"?|(?:答案|选项)(?:是|为|：|:)*|(?:故|应|所以|因此|,|，) ?选择?(?:：|:)?",
    re.IGNORECASE,
)


def _stated(text: str) -> tuple[Statements, Statements]:
    """What the free text states: its boxes, else its final sentence; and what it goes on to say."""
    boxes, rest = _boxes(text)
    if boxes:
        return ((boxes,),), _ending(rest)
    tail = text[-TAIL:]
    if len(text) > TAIL:
        tail = tail.partition("\n")[2] or tail
    claims, rest = _cued(tail)
    if claims:
        return tuple(claims), _ending(rest)
    return _ending(tail), ()


def _ending(text: str) -> Statements:
    """The sentence that ends a text, as a statement; none where it says nothing."""
    sentences = tuple(_last_sentences(text[-TAIL:]))
    return (sentences,) if sentences else ()


def _cued(text: str) -> tuple[list[tuple[str, ...]], str]:
    """What follows `the answer is`: all such statements of the last paragraph, else the last of all; and the rest."""
    paragraph = text.rpartition("\n\n")[2]
    cues = list(_CUE.finditer(paragraph))
    if not cues:
        paragraph, cues = text, list(_CUE.finditer(text))[-1:]
    claims: list[tuple[str, ...]] = []
    before = 0
    for cue in cues:
        lead, rest = paragraph[before : cue.start()], paragraph[cue.end() :]
        if _CORRECTION.search(lead):
            claims = []
        before = cue.end()
        line = (
            paragraph[: cue.start()].rpartition("\n")[2] + cue.group() + rest.partition("\n")[0]
        ).strip()
        fragments = (*_fragments(rest), line)
        if rest.strip() and not _is_denied(lead, rest):
            claims.append(fragments)
    rest = paragraph[before:]
    if cues and (not claims or _is_taken_back(rest)):
        return [("",)], ""
    # The claim itself is the line behind the cue, up to its first full stop.
    line, _, more = rest.lstrip(" *:\n").partition("\n")
    return claims, "".join(_SENTENCE_END.split(line, maxsplit=1)[1:]) + "\n" + more


_RETRACTION = re.compile(
    r"\b(?:this|that|it|which) (?:is|was) (?:wrong|incorrect|false)\b|^\W*(?:or|(?:is|was) (?:wrong|incorrect|false))\b"
    r"|[.!?]\s+(?:or|no)\b|^[^.!?\n]*\b(?:though|although|but|however)\b[^.!?\n]*(?:\d|\b[A-J]\b)",
    re.IGNORECASE,
)


def _is_taken_back(rest: str) -> bool:
    """Whether the text behind a claim corrects it, denies it or offers another."""
    return bool(_CORRECTION.search(rest) or _RETRACTION.search(rest))


_DOUBT_BEFORE = re.compile(
    r"\b(?:wrong|incorrect|false|fake|twice|half|impossible|doubt|if|unless|suppose|assume|claims?|claimed|thought|think|guess|said|says|not|cannot|can't|isn't)"
    r"\b[^.!?\n]*$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"\b(?:but|however|which|this|that)\b[^.!?\n]{0,40}\b(?:wrong|incorrect|false|contradiction|mistake|impossible)\b",
    re.IGNORECASE,
)


def _is_denied(lead: str, rest: str) -> bool:
    """Whether the sentence around a cue takes it back: `I doubt that the answer is 5`."""
    return bool(_DOUBT_BEFORE.search(lead[-300:]) or _DENIED_AFTER.search(rest[:300]))


def _boxes(text: str) -> tuple[str, str]:
    r"""The last `\boxed{…}`, with those that are joined to it, `\boxed{3} or \boxed{5}`; and the rest."""
    last = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if last < 0:
        return "", ""
    line = text[max(text.rfind("\n", 0, last) + 1, last - 1_000) : last + MAX_LENGTH]
    found: list[str] = []
    after = 0
    for match in re.finditer(r"\\(?:boxed|fbox)\{", line):
        closing = closing_brace(line, match.end() - 1)
        if closing < 0 or match.start() < after:
            continue
        if not _JOINER.fullmatch(line, after, match.start()):
            found = []  # prose between: a step on the way, or a correction
        found.append("" if _NOT.search(line, after, match.start()) else line[match.end() : closing])
        after = closing + 1
    if _is_taken_back(line[after:]):
        return "?", ""  # a box, but no answer
    return ", ".join(dict.fromkeys(found)), line[after:]


_NOT = re.compile(
    r"\b(?:not|never|isn't)[\s$]*$|\b(?:cannot|can't|could not|is not|definitely not|never|nobody|refuse|doubt|impossible)\b[^.!?,;\n]*$",
    re.IGNORECASE,
)
_JOINER = re.compile(r"[\s$,;.()]*(?:(?:and|or|\\text\{ ?(?:and|or) ?\})[\s$]*)?", re.IGNORECASE)


def _fragments(text: str) -> Iterator[str]:
    """What follows a cue: its line, then its sentence, then its clause, then the letter before prose."""
    line = _unbolded(text.lstrip(" *:\n").partition("\n")[0])
    line = re.sub(r"\"[ ,}]*$", "", line)  # the end of `"answer": "B"}`
    if line.endswith("?"):
        return
    clause = _REASON.split(line, maxsplit=1)[0]
    letter = re.match(r"[A-J](?=\. [A-Z][a-z]+ [a-zA-Z]+ )", line)
    parts = (
        line,
        _SENTENCE_END.split(line, maxsplit=1)[0],
        clause,
        letter.group() if letter else "",
    )
    yield from dict.fromkeys(part for part in parts if part)


# The dot of `A. 8` or `3.5` ends nothing.
_SENTENCE_END = re.compile(r"(?<![ (*][A-Z])(?<!^[A-Z])[.!?](?=\s|$)|。")
_CONSEQUENCE = re.compile(
    r", (?:and )?(?:so|therefore|thus|hence|then|giving|we get) "
    r"|\s*(?:\\Rightarrow|\\implies|\\Longrightarrow|\\therefore|[⇒⟹∴])\s*",
    re.IGNORECASE,
)
_REASON = re.compile(r"[,;] (?:because|since|as|which|so|where|given)\b| (?:because|since)\b")
_BECAUSE = re.compile(r"[,;] (?:because|since|as)\b(?!.*\b(?:option|choice|answer)\b)")
_NO_TEXT = re.compile(r"[\s$\\\[\]()*`#_-]*")
_OPTION = re.compile(r"\W*([A-J])[.:)、]")


def _last_sentences(text: str) -> Iterator[str]:
    """The end of the text as its answer: the last line that says something, and its last sentence."""
    lines = [line for line in text.splitlines() if not _NO_TEXT.fullmatch(line)]
    labels = [match.group(1) for line in lines[-2:] if (match := _OPTION.match(line))]
    if not lines or len(set(labels)) == 2:  # two options in a row are the question's, not an answer
        return
    line = re.sub(r"^\s*(?:[-*>#]+\s+(?=.*[A-Za-z]{3}))?", "", lines[-1]).rstrip()
    if line.endswith("?"):  # a question answers nothing
        return
    sentences = [part.strip() for part in _SENTENCE_END.split(line) if part.strip()]
    variants = [line, *sentences[-1:]]
    if sentences:
        variants += _CONSEQUENCE.split(sentences[-1])[1:][-1:]
        variants += _BECAUSE.split(sentences[-1], maxsplit=1)[:1]
        numbers = [sentence for sentence in sentences if any(map(str.isdecimal, sentence))]
        # `∠CED = 140°. This matches option D.`; a text cut off says nothing yet.
        if line[-1] in ".!。)*":
            variants += numbers[-1:]
    bold = re.findall(r"\*\*([^*\n]{1,200})\*\*", line)
    yield from dict.fromkeys([*variants, ", ".join(dict.fromkeys(bold))] if bold else variants)


def _unbolded(line: str) -> str:
    """The line without a mark whose partner stands outside it."""
    return (line.replace("**", "") if line.count("**") % 2 else line).strip(" *")
