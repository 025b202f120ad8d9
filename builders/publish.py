"""publish: how does a dataset get to the Hub, whole or to be gone on with, and what is said when it cannot?

The repository is the only state. Files go up in batches, each one commit; a batch that a kill cut short is
sent again, less the large files of it that the Hub has. What is up with the same bytes is left alone, and
the page and the manifest go last, so that whoever sees them sees a whole dataset.
"""

import logging
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builders.card import CARD, is_card
from builders.dataset import Progress
from builders.files import BuildError
from builders.folder import alone, check_is_folder
from builders.parcel import Item, Parcel, check_shareable, make_parcel

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

MAIN: Final = "main"
OF_THE_HUB: Final = ".gitattributes"  # what a new repository has
# The Hub lets an hour have some hundred commits, so they are not small; one that is lost is not much.
MOST_FILES_OF_A_COMMIT: Final = 100
MOST_BYTES_OF_A_COMMIT: Final = 1_000_000_000
NAME: Final = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9])?", re.ASCII)
REVISION: Final = re.compile(r"[A-Za-z0-9_](?:[\w./-]{0,198}[\w-])?", re.ASCII)
COMMIT: Final = re.compile(r"[0-9a-f]{40}")
NO_TOKEN: Final = "no token of the Hub: `hf auth login`, or set HF_TOKEN"
GO_ON: Final = "the same command goes on"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a dataset goes."""

    repo: str  # ORG/NAME
    revision: str = MAIN  # a branch
    private: bool = False  # where the repository is new
    permitted: bool = False  # whoever publishes has the right to pass on what anybody may not


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to."""

    url: str
    sent: int  # files; the others were up already


def read_target(repo: str, revision: str, *, private: bool, permitted: bool = False) -> Target:
    """Where a dataset shall go.

    Raises:
        BuildError: the names are none that the Hub takes, or what is permitted would be public.
    """
    if permitted and not private:
        raise BuildError("--with-permission goes with --private")
    parts = repo.split("/")
    if len(parts) != 2 or not all(map(NAME.fullmatch, parts)) or re.search(r"--|\.\.", repo):
        rule = "it is ORG/NAME, each of letters, digits and single - _ . between them"
        raise BuildError(f"no repository name {repo!r}; {rule}")
    if COMMIT.fullmatch(revision):
        raise BuildError(f"revision {revision!r} is a commit; what can be written to is a branch")
    if not REVISION.fullmatch(revision) or re.search(r"\.\.|//|\.lock(/|$)|^refs/", revision):
        raise BuildError(f"no revision {revision!r}; it is the name of a branch, such as v1.0")
    return Target(repo, revision, private, permitted)


@contextmanager
def packed(folder: Path, target: Target) -> Iterator[Parcel]:
    """What goes up; nobody builds in the folder meanwhile.

    Raises:
        BuildError: there is no finished dataset, or none that may be published.
    """
    check_is_folder(folder, "a dataset")
    if not folder.is_dir():
        raise BuildError(f"there is no folder {folder}")
    with alone(folder):
        if not target.permitted:
            check_shareable(folder)
        yield make_parcel(folder, target.repo)


def send(parcel: Parcel, target: Target, progress: Progress) -> Published:
    """Send what the Hub has not, and see that all is there.

    Raises:
        BuildError: there is no token, no right, no network, or the repository holds something else.
    """
    hub = _Hub(target)
    there = hub.open()
    hub.refuse_others(there, parcel)
    data, last = (_missing(items, there) for items in (parcel.data, parcel.last))
    progress.start(len(parcel.items), len(parcel.items) - len(data) - len(last))
    for batch in _batches(data):
        hub.commit(batch, "Add rows")
        progress.advance(len(batch))
    if last:
        hub.commit(last, "Add the page and the manifest")
        progress.advance(len(last))
    if lost := _missing(parcel.items, hub.files()):
        raise BuildError(f"{target.repo}: {lost[0].path} is not as it was sent; {GO_ON}")
    return Published(hub.url(), len(data) + len(last))


def _missing(items: Sequence[Item], there: "dict[str, RepoFile]") -> list[Item]:
    return [item for item in items if not _is_same(item, there.get(item.path))]


def _is_same(item: Item, there: "RepoFile | None") -> bool:
    """Whether a file on the Hub has the bytes of one that goes up."""
    if there is None or there.size != item.size:
        return False
    if there.lfs is not None:
        return bool(there.lfs.sha256 == item.sha256)
    return bool(there.blob_id == item.git_oid())


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (
            len(batch) == MOST_FILES_OF_A_COMMIT or size + item.size > MOST_BYTES_OF_A_COMMIT
        ):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch


class _Hub:
    """A repository, as it is written to."""

    def __init__(self, target: Target) -> None:
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.utils.tqdm import disable_progress_bars

        disable_progress_bars()  # there is one of ours
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # what fails is told once
        token = get_token()
        if not token:
            raise BuildError(NO_TOKEN)
        self._target = target
        self._api = HfApi(token=token)
        self._where: dict[str, Any] = {"repo_id": target.repo, "repo_type": "dataset"}

    def url(self) -> str:
        """Where people see it."""
        branch = "" if self._target.revision == MAIN else f"/tree/{self._target.revision}"
        return f"{self._api.endpoint}/datasets/{self._target.repo}{branch}"

    def open(self) -> "dict[str, RepoFile]":
        """The files that are there; the repository and the branch are made where there are none."""
        with self._told():
            self._api.whoami()
        with self._told():
            is_there = self._api.repo_exists(**self._where)
        if is_there:
            self._check_visibility()
        else:
            with self._told():
                self._api.create_repo(**self._where, private=self._target.private)
        if self._target.revision != MAIN:
            self._make_branch()
        return self.files()

    def _check_visibility(self) -> None:
        with self._told():
            is_private = self._api.repo_info(**self._where).private
        if self._target.private and not is_private:
            raise BuildError(f"{self._target.repo} is there and public; leave out --private")

    def _make_branch(self) -> None:
        """Make the branch where it is not there, from the first commit: other branches' files are not in it."""
        with self._told():
            refs = self._api.list_repo_refs(**self._where)
        revision = self._target.revision
        if revision in {tag.name for tag in refs.tags}:
            raise BuildError(f"{self._target.repo}: {revision} is a tag; --revision is a branch")
        if revision not in {branch.name for branch in refs.branches}:
            with self._told():
                first = self._api.list_repo_commits(**self._where)[-1].commit_id
            with self._told():
                self._api.create_branch(**self._where, branch=revision, revision=first)

    def files(self) -> "dict[str, RepoFile]":
        """The files of the branch by their paths."""
        from huggingface_hub.hf_api import RepoFile

        where = {**self._where, "revision": self._target.revision}
        with self._told():
            found = list(self._api.list_repo_tree(**where, recursive=True))
        return {one.path: one for one in found if isinstance(one, RepoFile)}

    def refuse_others(self, there: "dict[str, RepoFile]", parcel: Parcel) -> None:
        """Refuse a repository that holds anything but a part of what goes up, or an older page of it."""
        ours = {item.path for item in parcel.items}
        if foreign := sorted(there.keys() - ours - {OF_THE_HUB}):
            raise self._holds_other(foreign[0])
        for item in parcel.data:
            if item.path in there and not _is_same(item, there[item.path]):
                raise self._holds_other(item.path)
        if CARD in there and not is_card(self._read(CARD)):
            raise self._holds_other(CARD)

    def _holds_other(self, path: str) -> BuildError:
        branch = "" if self._target.revision == MAIN else f" at {self._target.revision}"
        held = f"{self._target.repo}{branch} holds something else ({path})"
        return BuildError(f"{held}; choose another --repo, or a new --revision")

    def _read(self, path: str) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            where = {**self._where, "revision": self._target.revision}
            with self._told():
                found = self._api.hf_hub_download(**where, filename=path, local_dir=folder)
            return Path(found).read_bytes()

    def commit(self, items: Sequence[Item], message: str) -> None:
        """Send files, and make them part of the branch all at once."""
        from huggingface_hub import CommitOperationAdd

        operations = [
            CommitOperationAdd(path_in_repo=item.path, path_or_fileobj=item.source)
            for item in items
        ]
        where = {**self._where, "revision": self._target.revision}
        with self._told():
            self._api.create_commit(**where, operations=operations, commit_message=message)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A call of the library: what goes wrong in it is told in one line, in which no token can be."""
        # Of httpx or of httpx2, as the library's version has it.
        from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

        try:
            yield
        except (HTTPError, OSError, RuntimeError, ValueError) as problem:
            raise BuildError(self._sentence(problem)) from None

    def _sentence(self, problem: BaseException) -> str:
        from huggingface_hub.errors import OfflineModeIsEnabled

        chain = list(_causes(problem))
        status = next((code for one in chain if (code := _status(one))), None)
        repo, hub = self._target.repo, self._api.endpoint
        if status is not None:
            return _refusal(status, repo, hub)
        if any(isinstance(one, OfflineModeIsEnabled) for one in chain):
            return f"{hub} is not asked: HF_HUB_OFFLINE is set"
        names = {type(one).__name__ for one in chain}
        if isinstance(problem, ValueError):
            return f"{hub} does not take {repo}: {type(problem).__name__}"
        return f"{hub} cannot be reached ({', '.join(sorted(names))}); {GO_ON}"


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__


def _status(problem: BaseException) -> int | None:
    """The HTTP status that the Hub answered with."""
    response = getattr(problem, "response", None)
    return getattr(response, "status_code", None)


def _refusal(status: int, repo: str, hub: str) -> str:
    """What an HTTP status means to whoever publishes."""
    organization = repo.partition("/")[0]
    meanings = {
        401: f"{hub} does not know this token (401): `hf auth login`, or set another HF_TOKEN",
        402: f"{hub} wants {organization} to pay for this (402)",
        403: f"this token may not write to {repo} (403): it needs the right to write, and a part in {organization}",
        404: f"{hub} has no {organization}, or this token may not see {repo} (404)",
        409: f"{repo} is being changed by somebody else (409); {GO_ON}",
        413: f"{hub} finds {repo} too large (413)",
        429: f"{hub} asks to wait (429); later {GO_ON}",
    }
    if status in meanings:
        return meanings[status]
    if status >= 500:
        return f"{hub} is in trouble ({status}); later {GO_ON}"
    return f"{hub} refuses {repo} ({status})"
