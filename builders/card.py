"""card: what does a dataset's page say: README.md, whose head tells `datasets` where the splits are."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from builders.cleaner import Cleaner
from builders.registry import Known
from builders.shard import FEATURES

CARD: Final = "README.md"
# The second line, by which a page is known that no other hand has changed: the digest is of all others.
SEAL: Final = "# Written by rrft build-data; SHA-256 of all other lines: "
HEAD = """---
license: {license}
task_categories:
- visual-question-answering
language:
- en
tags:
- visual-reasoning
{more}pretty_name: {name}
"""


# As the Hub calls them.
HUB_LICENCES: Final[Mapping[str, str]] = {
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
}
DIGESTS_TOLD: Final = (
    "`manifest.json` has the digests of all files, and `digests/` those of every sample: text and scene",
    "are the same wherever it is built, pixels on the same kind of CPU.",
)


def make_card(manifest: Mapping[str, Any], known: Known) -> str:
    """The README of a dataset, from its manifest; the sentences on drops are the cleaner's."""
    if "source" in manifest:
        name = manifest["source"]["name"]
        terms = HUB_LICENCES.get(manifest["source"]["licence"], "other")
        head = HEAD.format(license=terms, more="", name=f"{name}, cleaned")
        told = _cleaned(manifest, known[name])
    else:
        more = "- synthetic\n"
        head = HEAD.format(license="apache-2.0", more=more, name="Reason-RFT, built anew")
        told = _page(manifest)
    page = "\n".join([head + "\n".join(_yaml(manifest)), "---", "", *told]) + "\n"
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
    # A split all of whose records were dropped is no split for `load_dataset`.
    families = {
        family: {split: entry for split, entry in splits.items() if entry["rows"]}
        for family, splits in manifest["families"].items()
    }
    yield "configs:"
    for family, splits in families.items():
        yield f"- config_name: {family}"
        yield "  data_files:"
        for split, entry in splits.items():
            # All characters but the number's, lest ood-vehicles take ood-vehicles-math's files too.
            pattern = f"data/{family}/{split}-?????-of-{len(entry['shards']):05}.parquet"
            yield f"  - split: {hub_name(split)}"
            yield f"    path: {pattern}"
    yield "dataset_info:"
    for family, splits in families.items():
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


def _feature(feature: Mapping[str, Any]) -> str:
    if feature["_type"] == "Sequence":
        return _feature(feature["feature"]).replace("dtype:", "sequence:")
    return f"dtype: {feature.get('dtype', 'image')}"


def _page(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "# Visual reasoning whose every answer is proved"
    yield ""
    yield "Generated samples: a picture, a question, the answer, and a thought that leads to it. Each answer passed"
    yield "its own grader, and was derived a second time from the stored scene, before it was written."
    yield ""
    yield from _loading(manifest)
    for family, splits in manifest["families"].items():
        yield from _family(family, splits)
    yield from _rebuild(manifest)


def _loading(manifest: Mapping[str, Any]) -> Iterator[str]:
    first = next(iter(manifest["families"]))
    yield "```python"
    yield "import datasets"
    yield ""
    yield f'datasets.load_dataset("DIR", "{first}")  # DIR: this folder'
    yield "```"


def _cleaned(manifest: Mapping[str, Any], cleaner: Cleaner) -> Iterator[str]:
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
    yield from _loading(manifest)
    for family, splits in manifest["families"].items():
        yield from _family(family, splits)
    yield from _drops(manifest, cleaner)
    yield ""
    yield "## To clean it again"
    yield ""
    yield "```"
    names = ",".join(split for splits in manifest["families"].values() for split in splits)
    yield f"rrft build-data --from {source['name']} --source SOURCE --split {names} --out DIR"
    yield "```"
    yield ""
    yield from DIGESTS_TOLD


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


def _family(family: str, splits: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {family}"
    yield ""
    yield "For `load_dataset` a split's name has `_` for `-`. A paired split shows its partner's problems anew."
    yield ""
    yield "| split | rows | blind | differs from training |"
    yield "|---|---:|---:|---|"
    for split, entry in splits.items():
        paired = f" (paired with `{entry['paired_with']}`)" if entry["paired_with"] else ""
        yield f"| `{split}` | {entry['rows']:,} | {entry['blind']:.1%} | {entry['shift'] or '–'}{paired} |"
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


def _span(kind: Mapping[str, Any]) -> str:
    answers = list(map(_cell, kind["answers"]))
    if kind["distinct"] > len(answers):
        return f"{kind['distinct']:,} different"
    return ", ".join(answers) if len(answers) <= 4 else f"{answers[0]} … {answers[-1]}"


def _cell(text: str) -> str:
    """Text that a table of Markdown shows as it is."""
    return "".join("\\" + letter if letter in "\\|*_`<$[" else letter for letter in text)


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
        yield f"  --seed {manifest['seed']} --image-size {width}x{height}{level} --out DIR"
    yield "```"
    yield ""
    yield from DIGESTS_TOLD
