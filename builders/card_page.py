"""card_page: what does a dataset's page say under its head, for those who read it?"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from builders.cleaner import Cleaner
from builders.examples import Glimpse, picture_paths
from builders.manifest import entries_of
from builders.sample import Sample
from evaluators.choice import LETTERS

HERE: Final = "DIR"  # how a page names the folder that it lies in
LICENCE: Final = "apache-2.0"  # of what is drawn
PROOFS: Final[Mapping[str, str]] = {
    "counting": """The picture is rendered from a scene of solids, and the scene is stored with the mask of each thing.
A reader that knows the English question and the stored things, and not how the question was made, counts anew.
Each thing shows enough of itself to be counted.""",
    "geometry": """The figure is constructed, the theorems are chained forward over exact values, and every value on the
way is measured on the coordinates. Then what the question asks for is found from its words and measured in the
stored figure, without the derivation.""",
    "transformation": """A solver that shares no code with the generator reads the list of things and what both
pictures show, and must find the program of edits, and no other that is as short. Programs are graded by
executing them: what ends in the same visible scene is right.""",
}
COLUMNS: Final[Mapping[str, str]] = {
    "id": "TASK/SPLIT/NUMBER; in paired splits the same number is the same problem",
    "family": "the name of the configuration",
    "task": "what is asked for",
    "kind": "of question, within the task: blind baselines are those of each",
    "split": "as in the tables here",
    "images": "PNG: one, or one before and one after",
    "question": "with no instruction on how to answer",
    "answer": "the right answer as text; of a multiple choice its letter",
    "gold": "the same as JSON, with all that grades an answer: kind, options, tolerance, a program's first scene",
    "options": "of a multiple choice, A first; else none",
    "thought": "reasoning that ends in the answer; may be empty where the rows are of a public dataset",
    "depth": "steps of reasoning",
    "scene": "JSON: what the answer is derived from",
}
DEPTHS: Final[Mapping[str, str]] = {  # what a step is, in rows of ours
    "counting": "filters, relations, unions and changes of the question's program, and the count",
    "geometry": "theorems of the shortest derivation",
    "transformation": "edits",
}
GRADED: Final = """```python
import json

from evaluators import answer_from_json, grade  # of the toolkit

grade("<think>…</think><answer>4</answer>", answer_from_json(json.loads(row["gold"]))).score
```"""
WIDEST: Final = 100  # characters of a line in a block of text, which pages do not break
LONGEST: Final = 40  # characters of an answer in a table: programs are longer
FEW: Final = 4  # answers that are told one by one
CITATION: Final = """@inproceedings{tan2025reasonrft,
  title     = {Reason-RFT: Reinforcement Fine-Tuning for Visual Reasoning of Vision Language Models},
  author    = {Huajie Tan and Yuheng Ji and Xiaoshuai Hao and Xiansheng Chen and Pengwei Wang and
               Zhongyuan Wang and Shanghang Zhang},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {38},
  year      = {2025},
  note      = {arXiv:2503.20752}
}

@software{reasonrfttoolkit,
  title = {reason-rft: proved datasets, one grader and training for visual reasoning},
  note  = {Tasks: TASKS}
}"""
DIGESTS_TOLD: Final = (
    "The same versions make the same samples: text and scene anywhere, pixels on the same kind of CPU. With the same",
    "libraries the files are the same, byte by byte. `manifest.json` has their digests, and `digests/` those of every",
    "sample. The versions that count:",
)


def drawn_page(manifest: Mapping[str, Any], glimpse: Glimpse | None, address: str) -> Iterator[str]:
    """The page of a dataset of ours."""
    yield "# Visual reasoning whose every answer is proved"
    yield ""
    yield "Generated samples: a picture, a question, the answer, and a thought that leads to it. Each answer passed"
    yield "its own grader, and was derived a second time from the stored scene, before it was written."
    width, height = manifest["image_size"]
    level = f", level {manifest['level']}" if "level" in manifest else ""
    size = f"{total(manifest, 'rows'):,} rows, {_megabytes(total(manifest, 'bytes'))} MB"
    yield f"{size}; pictures of {width} × {height} pixels{level}."
    yield ""
    yield from _held(manifest, glimpse, address)
    yield from _proofs(manifest)
    yield from _rebuild(manifest)
    yield ""
    yield "## Licence"
    yield ""
    yield f"Questions, thoughts, pictures and scenes are generated, from no other dataset's rows: {LICENCE}."
    yield from _citation(manifest)


def cleaned_page(
    manifest: Mapping[str, Any], cleaner: Cleaner, glimpse: Glimpse | None, address: str
) -> Iterator[str]:
    """The page of a public dataset."""
    source = manifest["source"]
    yield f"# {source['name']}, cleaned"
    yield ""
    yield f"{cleaner.summary} From {source['published']}, read from {source['files']:,} files of {source['bytes']:,} bytes;"
    yield f"what `sha256sum` prints of them has the SHA-256 `{source['sha256']}`."
    yield ""
    yield f"**Licence:** {source['licence']}. Each row carries its own under `licence` in `scene`."
    yield ""
    yield _proof(cleaner)
    yield ""
    no_pictures = "" if source.get("pictures", True) else " --no-pictures"
    if no_pictures:
        yield "**Texts alone:** its rows were made without their pictures, which their questions are about."
        yield ""
    yield from _held(manifest, glimpse, address)
    yield from _drops(manifest, cleaner)
    yield ""
    yield "## To clean it again"
    yield ""
    yield "```"
    names = ",".join(split for splits in manifest["families"].values() for split in splits)
    yield f"rrft build-data --from {source['name']} --source SOURCE --split {names}{no_pictures} --out {HERE}"
    yield "```"
    yield ""
    yield from DIGESTS_TOLD
    yield f"{_versions(manifest)}."
    yield from _citation(manifest, cleaner.paper)


def total(manifest: Mapping[str, Any], what: str) -> int:
    """Of all splits together."""
    return sum(entry[what] for entry in entries_of(manifest))


def _held(manifest: Mapping[str, Any], glimpse: Glimpse | None, address: str) -> Iterator[str]:
    """How it is loaded, what its rows look like, and what is in each split."""
    first = next(iter(manifest["families"]))
    here = "  # DIR: this folder" if address == HERE else ""
    yield "```python"
    yield "import datasets"
    yield ""
    yield f'datasets.load_dataset("{address}", "{first}"){here}'
    yield "```"
    yield from _columns(manifest)
    if glimpse:
        yield ""
        yield "`audit.json` tells what was looked at in all of this before it was published; nothing was wrong."
        yield from _examples(glimpse)
    for family, splits in manifest["families"].items():
        yield from _family(family, splits)
        if glimpse:
            yield from _lengths(family, splits, glimpse)


def _columns(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Columns"
    yield ""
    yield "| column | what it holds |"
    yield "|---|---|"
    steps = "" if "source" in manifest else _steps(manifest["families"])
    for name, what in COLUMNS.items():
        yield f"| `{name}` | {what}{steps if name == 'depth' else ''} |"
    yield ""
    yield "What a model wrote about a row is graded so, from 0 to 1:"
    yield ""
    yield GRADED


def _steps(families: Iterable[str]) -> str:
    return ": " + "; ".join(f"in {family}, {DEPTHS[family]}" for family in families)


def _examples(glimpse: Glimpse) -> Iterator[str]:
    yield ""
    yield "## Examples"
    for example in glimpse.examples:
        yield ""
        yield f"### {example.task}: {example.kind}"
        yield ""
        yield " ".join(f"![{example.id}]({path})" for path in picture_paths(example))
        yield ""
        yield from _told(example)


def _told(example: Sample) -> Iterator[str]:
    """The words of an example; long lines are broken."""
    options = zip(LETTERS, example.options, strict=False)
    question = "\n".join([example.question, *(f"{letter}. {text}" for letter, text in options)])
    told = {"Question": question, "Thought": example.thought, "Answer": example.answer}
    parts = (f"{name}:\n{_broken(words)}" for name, words in told.items() if words)
    text = "\n\n".join(parts)
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    yield fence
    yield text
    yield fence


def _broken(text: str) -> str:
    """Text in lines that are not too long; words stay whole."""
    lines = (
        textwrap.fill(line, WIDEST, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )
    return "\n".join(lines)


def _family(family: str, splits: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {family}"
    yield ""
    yield "For `load_dataset` a split's name has `_` for `-`. A paired split shows its partner's problems anew."
    yield ""
    yield "| split | rows | MB | blind | differs from training |"
    yield "|---|---:|---:|---:|---|"
    for split, entry in splits.items():
        paired = f" (paired with `{entry['paired_with']}`)" if entry["paired_with"] else ""
        numbers = f"{entry['rows']:,} | {_megabytes(entry['bytes'])} | {entry['blind']:.1%}"
        yield f"| `{split}` | {numbers} | {entry['shift'] or '–'}{paired} |"
    yield ""
    yield "Blind: the share that is right with the best constant answer to all questions of a kind."
    yield ""
    yield "<details>"
    yield "<summary>Answers and blind baseline of each kind</summary>"
    yield ""
    yield "| split | task | kind | n | answers | best constant | reaches |"
    yield "|---|---|---|---:|---|---|---:|"
    for split, entry in splits.items():
        for task, kinds in entry["kinds"].items():
            for kind, one in kinds.items():
                cells = f"`{split}` | {task} | {kind} | {one['n']:,} | {_span(one)}"
                yield f"| {cells} | {_short(one['best_constant'])} | {one['blind']:.1%} |"
    yield ""
    yield "</details>"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"


def _lengths(family: str, splits: Iterable[str], glimpse: Glimpse) -> Iterator[str]:
    yield ""
    yield "| split | depth | words of a question | words of a thought |"
    yield "|---|---:|---:|---:|"
    for split in splits:
        one = glimpse.lengths.get((family, split))
        if one is None:  # it has no rows
            continue
        least, greatest = one.depths
        yield f"| `{split}` | {least} to {greatest} | {one.question:.1f} | {one.thought:.1f} |"


def _span(kind: Mapping[str, Any]) -> str:
    """All answers of a kind, if they are few and short; the least and the greatest, if they are whole numbers."""
    answers = list(kind["answers"])
    all_told = len(answers) == kind["distinct"]
    if all_told and len(answers) <= FEW and max(map(len, answers)) <= LONGEST:
        return ", ".join(map(_cell, answers))
    if all_told and all(one.isascii() and one.isdigit() for one in answers):
        return f"{answers[0]} … {answers[-1]}"
    return f"{kind['distinct']:,} different"


def _short(answer: str) -> str:
    line = " ".join(answer.split())
    return _cell(line if len(line) <= LONGEST else f"{line[:LONGEST]}…")


def _cell(text: str) -> str:
    """Text that a table of Markdown shows as it is."""
    line = " ".join(text.split())
    return "".join("\\" + letter if letter in "\\|*_`<$[" else letter for letter in line)


def _proofs(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## How each answer is proved"
    for family in manifest["families"]:
        yield ""
        yield f"**{family}.** {PROOFS[family]}"


def _proof(cleaner: Cleaner) -> str:
    if cleaner.solve is None:
        return "Each answer passed its own grader; nothing that is stored derives it a second time."
    return (
        "Each answer passed its own grader, and was derived a second time from the stored scene, "
        "but for rows whose scene does not tell it."
    )


def _drops(manifest: Mapping[str, Any], cleaner: Cleaner) -> Iterator[str]:
    """Every record is a row, or is counted here."""
    yield ""
    yield "## What was dropped"
    yield ""
    yield f"Records are rows or in `{manifest['drops']['file']}`, with a reason each; no others are left out."
    yield ""
    splits = {
        split: one for family in manifest["families"].values() for split, one in family.items()
    }
    yield "| reason | " + "".join(f"`{split}` | " for split in splits) + "what it is |"
    yield "|---|" + "---:|" * len(splits) + "---|"
    yield "| records | " + "".join(f"{one['records']:,} | " for one in splits.values()) + "|"
    yield "| rows | " + "".join(f"{one['rows']:,} | " for one in splits.values()) + "|"
    for reason in sorted({reason for one in splits.values() for reason in one["drops"]}):
        counts = "".join(f"{one['drops'].get(reason, 0):,} | " for one in splits.values())
        yield f"| `{reason}` | {counts}{_cell(cleaner.reasons.get(reason, ''))} |"


def _rebuild(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## To build it again"
    yield ""
    yield "```"
    width, height = manifest["image_size"]
    level = f" --level {manifest['level']}" if "level" in manifest else ""
    for family, splits in manifest["families"].items():
        sizes = ",".join(f"{split}={entry['rows']}" for split, entry in splits.items())
        yield f"rrft build-data --family {family} --split {','.join(splits)} --size {sizes} \\"
        yield f"  --seed {manifest['seed']} --image-size {width}x{height}{level} --out {HERE}"
    yield "```"
    yield ""
    yield from DIGESTS_TOLD
    yield f"{_versions(manifest)}."


def _versions(manifest: Mapping[str, Any]) -> str:
    """Of all that the bytes depend on."""
    entries = entries_of(manifest)
    graders = {f"grader {entry['grader']}" for entry in entries}
    libraries = {
        f"{library} {version}"
        for entry in entries
        for library, versions in entry.get("written_with", {}).items()
        for version in versions
    }
    return ", ".join([*_tasks(manifest), *sorted(graders), *sorted(libraries)])


def _tasks(manifest: Mapping[str, Any]) -> list[str]:
    """The tasks with their versions."""
    entries = entries_of(manifest)
    return sorted(
        {f"{task} {version}" for one in entries for task, version in one["tasks"].items()}
    )


def _citation(manifest: Mapping[str, Any], paper: str = "") -> Iterator[str]:
    yield ""
    yield "## Citation"
    yield ""
    if paper:
        yield f"Where the rows are from: {paper}."
        yield ""
    yield "The paper whose families these are, and the toolkit that made the files."
    yield ""
    yield "```bibtex"
    yield CITATION.replace("TASKS", ", ".join(_tasks(manifest)))
    yield "```"
