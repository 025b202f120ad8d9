"""card: what does a dataset's page say: README.md, whose head tells `datasets` and the Hub's viewer what is there.

A build writes it from the manifest alone, so that it is the same in whatever order splits were built, and a
lost one is written again without a row being read. What only the rows tell, examples with their pictures and
lengths, is put in when the dataset is published.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from builders.examples import Glimpse, picture_paths
from builders.sample import Sample
from builders.shard import FEATURES

CARD: Final = "README.md"
# The second line, by which a page is known that no other hand has changed: the digest is of all others.
SEAL: Final = "# Written by rrft build-data; SHA-256 of all other lines: "
HERE: Final = "DIR"  # how a page names the folder that it lies in
LICENCE: Final = "apache-2.0"
HEAD: Final = f"""---
license: {LICENCE}
task_categories:
- visual-question-answering
language:
- en
annotations_creators:
- machine-generated
source_datasets:
- original
tags:
- visual-reasoning
- synthetic
pretty_name: Reason-RFT, built anew
"""
# The Hub's own names for how large a dataset is, and up to how many rows each is meant.
SIZES: Final = {
    "n<1K": 1_000,
    "1K<n<10K": 10_000,
    "10K<n<100K": 100_000,
    "100K<n<1M": 1_000_000,
    "1M<n<10M": 10_000_000,
    "10M<n<100M": 100_000_000,
}
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


def make_card(
    manifest: Mapping[str, Any], glimpse: Glimpse | None = None, address: str = HERE
) -> str:
    """The README of a dataset.

    Args:
        manifest: What the dataset holds.
        glimpse: What only its rows tell; None: the page does without.
        address: What `load_dataset` shall find it by.
    """
    head = HEAD + "\n".join(_yaml(manifest))
    page = "\n".join([head, "---", "", *_page(manifest, glimpse, address)]) + "\n"
    first, others = page.split("\n", 1)
    return f"{first}\n{_seal(page.encode())}\n{others}"


def is_card(content: bytes) -> bool:
    """Whether a README is as `make_card` made it, of this version or another."""
    first, _, rest = content.partition(b"\n")
    seal, _, others = rest.partition(b"\n")
    return seal == _seal(first + b"\n" + others).encode()


def _seal(page: bytes) -> str:
    return SEAL + sha256(page).hexdigest()


def hub_name(split: str) -> str:
    """A split's name for `load_dataset`, which takes word characters only."""
    return split.replace("-", "_")


def _yaml(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "size_categories:"
    yield f"- {_size(_sum(manifest, 'rows'))}"
    yield "configs:"
    for family, splits in manifest["families"].items():
        yield f"- config_name: {family}"
        yield "  data_files:"
        for split, entry in splits.items():
            # All characters but the number's, lest ood-vehicles take ood-vehicles-math's files too.
            pattern = f"data/{family}/{split}-?????-of-{len(entry['shards']):05}.parquet"
            yield f"  - split: {hub_name(split)}"
            yield f"    path: {pattern}"
    yield "dataset_info:"
    for family, splits in manifest["families"].items():
        yield f"- config_name: {family}"
        yield "  features:"
        for name, feature in FEATURES.items():
            yield f"  - name: {name}"
            yield f"    {_feature(feature)}"
        yield "  splits:"
        for split, entry in splits.items():
            yield f"  - name: {hub_name(split)}"
            yield f"    num_bytes: {entry['bytes']}"
            yield f"    num_examples: {entry['rows']}"
        size = sum(entry["bytes"] for entry in splits.values())
        yield f"  download_size: {size}"
        yield f"  dataset_size: {size}"


def _size(rows: int) -> str:
    return next(name for name, most in SIZES.items() if rows < most)


def _sum(manifest: Mapping[str, Any], what: str) -> int:
    return sum(entry[what] for entry in _entries(manifest))


def _entries(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the manifest says of each split of each family."""
    return [entry for splits in manifest["families"].values() for entry in splits.values()]


def _feature(feature: Mapping[str, Any]) -> str:
    if feature["_type"] == "Sequence":
        return _feature(feature["feature"]).replace("dtype:", "sequence:")
    return f"dtype: {feature.get('dtype', 'image')}"


def _page(manifest: Mapping[str, Any], glimpse: Glimpse | None, address: str) -> Iterator[str]:
    first = next(iter(manifest["families"]))
    yield "# Visual reasoning whose every answer is proved"
    yield ""
    yield "Generated samples: a picture, a question, the answer, and a thought that leads to it. Each answer passed"
    yield "its own grader, and was derived a second time from the stored scene, before it was written."
    yield f"{_sum(manifest, 'rows'):,} rows, {_megabytes(_sum(manifest, 'bytes'))} MB."
    yield ""
    yield "```python"
    yield "import datasets"
    yield ""
    here = "  # DIR: this folder" if address == HERE else ""
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
    yield from _proofs(manifest)
    yield from _rebuild(manifest)
    yield from _licence()
    yield from _citation(manifest)


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
        one = glimpse.lengths[family, split]
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
    yield "`manifest.json` has the digests of all files, and `digests/` those of every sample: text and scene"
    yield "are the same wherever it is built, pixels on the same kind of CPU. The versions that count:"
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


def _licence() -> Iterator[str]:
    yield ""
    yield "## Licence"
    yield ""
    yield f"Questions, thoughts, pictures and scenes are generated, from no other dataset's rows: {LICENCE}."


def _citation(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Citation"
    yield ""
    yield "The families and their splits follow the paper; the samples are this toolkit's own."
    yield ""
    yield "```bibtex"
    yield CITATION.replace("TASKS", ", ".join(_tasks(manifest)))
    yield "```"
