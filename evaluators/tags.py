"""tags: the layout `<think>…</think><answer>…</answer>` of a response, in one pass over its tags.

A thought hides all that it holds, wherever it was opened: by the response, or by the prompt. An
answer is a block that is opened and closed outside of every thought.
"""

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

MAX_TAGS: Final = 1_000  # a response with more is spam, and answers nothing
# Characters of free text, counted from its end, in which anything is looked for.
TAIL: Final = 4_000


@dataclass(frozen=True, slots=True)
class Block:
    """An answer block, and the end of the text between it and the tag before it."""

    text: str
    lead: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a response."""

    blocks: tuple[Block, ...] = ()  # the answer blocks outside the thought
    outside: str = ""  # the text outside the thought
    after: str = ""  # the text behind the last block
    well_formed: bool = False  # exactly the layout, and nothing else
    thought_closed: bool = True  # no thought was left open


_TAG = re.compile(r"</?(?:think|answer)>")
_ANY_CASE_TAG = re.compile(r"< ?/? ?(?:think|answer) ?>", re.IGNORECASE)


def parse_layout(response: str, *, any_case: bool = False) -> Layout:
    """The layout of a response; an empty one for tag spam."""
    pattern = _ANY_CASE_TAG if any_case else _TAG
    tags = list(islice(pattern.finditer(response), MAX_TAGS + 1))
    if len(tags) > MAX_TAGS:
        return Layout()
    scan = _Scan(response)
    for tag in tags:
        scan.meet(tag.group().strip("< >").replace(" ", "").lower(), tag.start(), tag.end())
    return scan.layout(_is_well_formed(response, tags))


def _is_well_formed(response: str, tags: list[re.Match[str]]) -> bool:
    """Whether the two blocks stand there with nothing but white space around and between them."""
    if [tag.group() for tag in tags] != ["<think>", "</think>", "<answer>", "</answer>"]:
        return False
    between = response[tags[1].end() : tags[2].start()]
    return not (
        response[: tags[0].start()].strip() or between.strip() or response[tags[3].end() :].strip()
    )


@dataclass(slots=True)
class _Scan:
    """What is known of the response up to the last tag."""

    response: str
    blocks: list[Block] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    thinking: bool = False
    resumed: int = 0  # where the text outside the thought goes on
    before: int = 0  # the end of the last tag outside the thought
    start: int = -1  # of the answer that is open
    lead: str = ""
    hidden: int = 0  # blocks that a later end of a thought has taken in
    thought_met: bool = False

    def meet(self, tag: str, start: int, end: int) -> None:
        """Take in the next tag."""
        if tag == "/think":
            if not self.thinking and not self.thought_met:  # a thought that the prompt had opened
                self.blocks, self.outside, self.start = [], [], -1
            self.hidden = len(self.blocks)
            self.thinking, self.resumed, self.before = False, end, end
        elif self.thinking:
            return
        elif tag == "think":
            self.thinking = self.thought_met = True
            self.outside.append(self.response[self.resumed : start])
        else:
            self.meet_answer(tag, start, end)

    def meet_answer(self, tag: str, start: int, end: int) -> None:
        if self.start >= 0:  # closed, or opened again: either way something was claimed
            self.blocks.append(Block(self.response[self.start : start], self.lead))
        self.lead = self.response[max(self.before, start - TAIL) : start]
        self.start, self.before = (end if tag == "answer" else -1), end

    def layout(self, well_formed: bool) -> Layout:  # noqa: FBT001 (a field of the result)
        if not self.thinking:
            self.outside.append(self.response[self.resumed :])
        # Of an answer that is not closed nobody knows what it would have been; one that the end of an
        # outer thought follows was no answer.
        known = self.start < 0 and self.hidden < len(self.blocks)
        blocks = tuple(self.blocks) if known else ()
        after = self.response[self.before :][:TAIL]
        return Layout(blocks, "\n".join(self.outside), after, well_formed, not self.thinking)
