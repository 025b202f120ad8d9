"""card_page: what does a dataset's page say under its head, for those who read it?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from builders.cleaner import Cleaner
from builders.examples import Glimpse, picture_paths
from builders.sample import Sample

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
    "`manifest.json` has the digests of all files, and `digests/` those of every sample: text and scene",
    "are the same wherever it is built, pixels on the same kind of CPU. The versions that count:",
)


def drawn_page(manifest: Mapping[str, Any], glimpse: Glimpse | None, address: str) -> Iterator[str]:
    """The page of a dataset of ours."""
    yield "# Visual reasoning whose every answer is proved"
    yield ""
    yield "Generated samples: a picture, a question, the answer, and a thought that leads to it. Each answer passed"
    yield "its own grader, and was derived a second time from the stored scene, before it was written."
    yield f"{total(manifest, 'rows'):,} rows, {_megabytes(total(manifest, 'bytes'))} MB."
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
    yield from _citation(manifest)


def total(manifest: Mapping[str, Any], what: str) -> int:
    """Of all splits together."""
    return sum(entry[what] for entry in _entries(manifest))


def _entries(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the manifest says of each split of each family."""
    return [entry for splits in manifest["families"].values() for entry in splits.values()]


def _held(manifest: Mapping[str, Any], glimpse: Glimpse | None, address: str) -> Iterator[str]:
    """How it is loaded, what its rows look like, and what is in each split."""
    first = next(iter(manifest["families"]))
    here = "  # DIR: this folder" if address == HERE else ""
    yield "```python"
    yield "import datasets"
    yield ""
    yield f'datasets.load_dataset("{address}", "{first}"){here}'
    yield "```"
    if glimpse:
        yield ""
        yield "`audit.json` tells what was looked at in all of this before it was published; nothing was wrong."
        yield from _examples(glimpse)
    for family, splits in manifest["families"].items():
        yield from _family(family, splits)
        if glimpse:
            yield from _lengths(family, splits, glimpse)


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
    """The words of an example, as they are."""
    text = f"{example.question}\n\n{example.thought}\n\n{example.answer}"
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    yield fence
    yield text
    yield fence


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
    yield "Blind: the share that is right with the best constant answer to all questions of a kind. By kind:"
    yield ""
    yield "| split | task | kind | n | answers | best constant | reaches |"
    yield "|---|---|---|---:|---|---|---:|"
    for split, entry in splits.items():
        for task, kinds in entry["kinds"].items():
            for kind, one in kinds.items():
                cells = f"`{split}` | {task} | {kind} | {one['n']:,} | {_span(one)}"
                yield f"| {cells} | {_cell(one['best_constant'])} | {one['blind']:.1%} |"


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
    answers = list(map(_cell, kind["answers"]))
    if kind["distinct"] > len(answers):
        return f"{kind['distinct']:,} different"
    return ", ".join(answers) if len(answers) <= 4 else f"{answers[0]} … {answers[-1]}"


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
        yield f"| `{reason}` | {counts}{_cell(cleaner.reasons[reason])} |"


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
    entries = _entries(manifest)
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
    entries = _entries(manifest)
    return sorted(
        {f"{task} {version}" for one in entries for task, version in one["tasks"].items()}
    )


def _citation(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Citation"
    yield ""
    yield "The paper whose families these are, and the toolkit that made the files."
    yield ""
    yield "```bibtex"
    yield CITATION.replace("TASKS", ", ".join(_tasks(manifest)))
    yield "```"
