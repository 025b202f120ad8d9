"""parcel: which files of a dataset's folder go up to the Hub, and are they those that were audited?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

from builders.audit.audit import AUDIT
from builders.audit.finding import Check
from builders.audit.provers import makers
from builders.card import CARD, make_card
from builders.card_page import total
from builders.examples import EXAMPLES, look_at
from builders.files import BuildError, digest_of, write_whole
from builders.folder import check_is_folder
from builders.manifest import MANIFEST, entries_of, read_manifest
from builders.parse import read_object
from builders.registry import Load


class UnfitError(BuildError):
    """A dataset that is not fit to be published: not audited, with faults, or altered since."""

    code = 1  # a check failed


@dataclass(frozen=True, slots=True)
class Item:
    """A file that goes up."""

    path: str  # in the repository
    source: Path | bytes  # where its bytes are, or they themselves
    size: int
    sha256: str

    def git_oid(self) -> str:
        """The name that git gives to its bytes, which is what the Hub tells of a small file."""
        digest = sha1(f"blob {self.size}\0".encode(), usedforsecurity=False)
        if isinstance(self.source, bytes):
            digest.update(self.source)
        else:
            digest.update(self.source.read_bytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that goes up, in two parts: who sees the last part sees a whole dataset."""

    data: tuple[Item, ...]  # shards and their records
    last: tuple[Item, ...]  # page, pictures of it, audit, manifest

    @property
    def items(self) -> tuple[Item, ...]:
        """Both parts."""
        return self.data + self.last

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(item.size for item in self.items)


def make_parcel(folder: Path, address: str, load: Load = makers) -> Parcel:
    """What goes up of a dataset's folder, every byte of it looked at.

    Args:
        folder: Of a finished dataset; what others put there stays here.
        address: What the page says that `load_dataset` finds it by.
        load: Finds what made the rows.

    Raises:
        BuildError: there is no finished dataset.
        UnfitError: it was not audited, the audit found faults, or it was altered since.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise BuildError(f"no finished dataset in {folder}: it has no {MANIFEST}")
    known, cleaner = load(), manifest.get("source", {}).get("name")
    if cleaner and cleaner not in known:
        raise BuildError(f"{folder} was cleaned by {cleaner}, which is not known here")
    audit = audited(folder)
    if "source" not in manifest:  # of a public dataset, whose page says what proves its answers
        _check_proofs(folder, audit)
    if not total(manifest, "rows"):
        raise UnfitError(f"{folder} has no rows; there is nothing to publish")
    data = tuple(_checked(folder, told) for told in _told(manifest))
    glimpse = look_at(folder)
    page = make_card(manifest, known, glimpse, address).encode()
    last = {CARD: page, **glimpse.pictures()}
    for name in (AUDIT, MANIFEST):
        last[name] = (folder / name).read_bytes()
    return Parcel(data, tuple(_item(path, content) for path, content in last.items()))


def check_shareable(folder: Path) -> None:
    """Refuse rows of a public dataset that not everybody may pass on.

    Raises:
        BuildError: there are some; it names their licence.
    """
    manifest = read_manifest(folder)
    if manifest is None or "source" not in manifest:
        return  # ours are everybody's; that a dataset lacks is told by whoever packs it
    source = manifest["source"]
    withheld = [one for one in manifest["families"] if one not in source.get("may_be_shared", ())]
    if withheld:
        what = f"its rows of {', '.join(withheld)}, from {source['name']}"
        raise BuildError(
            f"{folder}: {what}, are not to be passed on (licence: {source['licence']}); "
            "who has the right to gives --with-permission and --private"
        )


def write_page(parcel: Parcel, folder: Path) -> None:
    """Write the page as it will be seen, and its pictures, into a new folder.

    Raises:
        BuildError: the folder is none, or holds anything.
    """
    check_is_folder(folder, "a page with its pictures")
    if folder.is_dir() and (there := sorted(path.name for path in folder.iterdir())):
        raise BuildError(f"{folder} holds something else ({there[0]}); choose another --preview")
    for item in parcel.last:
        is_of_page = item.path == CARD or item.path.startswith(f"{EXAMPLES}/")
        if is_of_page and isinstance(item.source, bytes):
            write_whole(folder / item.path, item.source)


def audited(folder: Path) -> Mapping[str, Any]:
    """What the audit of a folder came to, which is as it was then, and without a fault.

    Raises:
        UnfitError: it says which, and what to do.
    """
    path = folder / AUDIT
    if not path.exists():
        raise UnfitError(f"{folder} was not audited: `rrft audit {folder}` first")
    said = read_object(path.read_bytes())
    if said is None:
        raise UnfitError(f"{path} is damaged: `rrft audit {folder}` again")
    if said.get("passed") is not True:
        raise UnfitError(f"the audit of {folder} found faults: see {path}")
    if said.get("proved") != "all":
        proved = f"proved golds of a sample only ({said.get('proved')} of each split)"
        raise UnfitError(f"the audit of {folder} {proved}: `rrft audit {folder}` without --sample")
    for what, name in (("manifest", MANIFEST), ("card", CARD)):
        whole = folder / name
        if not whole.is_file() or said.get(what) != sha256(whole.read_bytes()).hexdigest():
            raise UnfitError(f"{whole} was altered after the audit: `rrft audit {folder}` again")
    return said


def _check_proofs(folder: Path, audit: Mapping[str, Any]) -> None:
    """Refuse rows of ours that this version of the toolkit could not prove: the page says that all are."""
    proofs = audit.get("checks", {}).get(Check.PROOFS, {})
    if proofs.get("n") != audit.get("rows"):
        why = next(iter(proofs.get("remarks", {})), "it does not say why")
        raise UnfitError(
            f"the audit of {folder} did not prove all of its golds ({why}): "
            "audit and publish it with the version of rrft that built it"
        )


def _told(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The files that a manifest tells of, with their digests."""
    for entry in entries_of(manifest):
        for shard in entry["shards"]:
            yield from (shard, shard["record"])
    if "drops" in manifest:
        yield manifest["drops"]


def _checked(folder: Path, told: Mapping[str, Any]) -> Item:
    """A file that is as the manifest tells."""
    path = folder / told["file"]
    try:
        found, size = digest_of(path), path.stat().st_size
    except FileNotFoundError:
        raise UnfitError(f"{path} is gone; `rrft build-data` makes it anew") from None
    if found != told["sha256"]:
        raise UnfitError(f"{path} is not as {MANIFEST} says; `rrft build-data` makes it anew")
    return Item(told["file"], path, size, found)


def _item(path: str, content: bytes) -> Item:
    return Item(path, content, len(content), sha256(content).hexdigest())
