"""card: what does a dataset's page say: README.md, whose head tells `datasets` and the Hub's viewer what is there.

A build writes it from the manifest alone, so that it is the same in whatever order splits were built, and a
lost one is written again without a row being read. What only the rows tell, examples with their pictures and
lengths, is put in when the dataset is published.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from builders.card_page import HERE, LICENCE, cleaned_page, drawn_page, total
from builders.examples import Glimpse
from builders.registry import Known
from builders.shard import FEATURES

CARD: Final = "README.md"
# The second line, by which a page is known that no other hand has changed: the digest is of all others.
SEAL: Final = "# Written by rrft build-data; SHA-256 of all other lines: "
HEAD: Final = """---
license: {license}
task_categories:
- visual-question-answering
language:
- en
tags:
- visual-reasoning
{more}pretty_name: {name}
"""
MADE: Final = """- synthetic
annotations_creators:
- machine-generated
source_datasets:
- original
"""  # what the head of a dataset of ours says more
# As the Hub calls them.
HUB_LICENCES: Final[Mapping[str, str]] = {
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
}
# The Hub's own names for how large a dataset is, and up to how many rows each is meant.
SIZES: Final = {
    "n<1K": 1_000,
    "1K<n<10K": 10_000,
    "10K<n<100K": 100_000,
    "100K<n<1M": 1_000_000,
    "1M<n<10M": 10_000_000,
    "10M<n<100M": 100_000_000,
    "100M<n<1B": 1_000_000_000,
}


def make_card(
    manifest: Mapping[str, Any],
    known: Known,
    glimpse: Glimpse | None = None,
    address: str = HERE,
) -> str:
    """The README of a dataset.

    Args:
        manifest: What the dataset holds.
        known: What made its rows; the sentences on drops are the cleaner's.
        glimpse: What only its rows tell; None: the page does without.
        address: What `load_dataset` shall find it by.
    """
    if "source" in manifest:
        name = manifest["source"]["name"]
        terms = HUB_LICENCES.get(manifest["source"]["licence"], "other")
        head = HEAD.format(license=terms, more="", name=f"{name}, cleaned")
        told = cleaned_page(manifest, known[name], glimpse, address)
    else:
        head = HEAD.format(license=LICENCE, more=MADE, name="Reason-RFT, built anew")
        told = drawn_page(manifest, glimpse, address)
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
    yield "size_categories:"
    yield f"- {_size(total(manifest, 'rows'))}"
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
        size = sum(entry["bytes"] for entry in splits.values())
        yield f"  download_size: {size}"
        yield f"  dataset_size: {size}"


def _size(rows: int) -> str:
    return next(name for name, most in SIZES.items() if rows < most)


def _feature(feature: Mapping[str, Any]) -> str:
    if feature["_type"] == "Sequence":
        return _feature(feature["feature"]).replace("dtype:", "sequence:")
    return f"dtype: {feature.get('dtype', 'image')}"
