"""A Hub for tests: what `huggingface_hub` and `datasets` ask of the real one, on the loopback, over LFS.

It keeps repositories as git does: branches of commits, each a tree of blobs. What is asked for is written
down, with the headers, so that a test can see what was sent and what was not.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

WRITER, READER = "hf_secretOfTheWriter", "hf_secretOfTheReader"
TOKENS: dict[str, dict[str, Any]] = {
    WRITER: {"name": "ann", "type": "user", "orgs": [{"name": "lab"}], "write": {"ann", "lab"}},
    READER: {"name": "bob", "type": "user", "orgs": [], "write": set()},
}
SMALL = 10_000  # bytes up to which a text goes into the commit itself


@dataclass(frozen=True)
class Blob:
    content: bytes
    lfs: bool

    @property
    def oid(self) -> str:
        return sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Commit:
    id: str
    title: str
    files: Mapping[str, Blob]


@dataclass
class Repo:
    private: bool
    branches: dict[str, list[Commit]]
    tags: dict[str, str] = field(default_factory=dict)

    def at(self, revision: str) -> list[Commit]:
        """The history up to a branch or a commit."""
        if revision in self.branches:
            return self.branches[revision]
        for commits in self.branches.values():
            for number, commit in enumerate(commits, 1):
                if commit.id == revision:
                    return commits[:number]
        raise LookupError(revision)


@dataclass
class Hub:
    """What the server knows, and what shall go wrong."""

    repos: dict[str, Repo] = field(default_factory=dict)
    store: dict[str, bytes] = field(default_factory=dict)  # large files by SHA-256
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    puts: int = 0  # large files that came whole
    stall_at: int | None = None  # the put that never ends
    stalled: threading.Event = field(default_factory=threading.Event)
    fail: dict[str, int] = field(default_factory=dict)  # part of a path: status
    url: str = ""

    def files(self, repo: str, branch: str = "main") -> dict[str, bytes]:
        files = self.repos[repo].branches[branch][-1].files
        return {path: blob.content for path, blob in files.items() if path != ".gitattributes"}

    def create(self, name: str, files: Mapping[str, bytes], *, private: bool = False) -> Repo:
        repo = Repo(private, {"main": []})
        self.repos[name] = repo
        self.append(repo, "main", "initial commit", {".gitattributes": Blob(b"*.parquet\n", False)})
        if files:
            blobs = {path: Blob(content, False) for path, content in files.items()}
            self.append(repo, "main", "files", blobs)
        return repo

    def append(self, repo: Repo, branch: str, title: str, new: Mapping[str, Blob]) -> Commit:
        commits = repo.branches[branch]
        files = {**(commits[-1].files if commits else {}), **new}
        text = json.dumps([title, [commit.id for commit in commits], sorted(files)])
        commits.append(Commit(sha1(text.encode()).hexdigest(), title, files))
        return commits[-1]


class RefusedError(Exception):
    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(status)
        self.status, self.code, self.message = status, code, message


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self._answer("GET")

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.requests.append((method, self.path, headers))
        try:
            self._fail(parts.path)
            for verbs, pattern, name in ROUTES:
                if method in verbs.split() and (found := re.fullmatch(pattern, parts.path)):
                    values = {key: unquote(value or "") for key, value in found.groupdict().items()}
                    getattr(self, name)(**values)
                    return
            raise RefusedError(404, message=f"the fake has no {method} {parts.path}")
        except RefusedError as refused:
            self._refuse(refused)
        except ConnectionError:
            self.close_connection = True

    def _fail(self, path: str) -> None:
        for part, status in self.hub.fail.items():
            if part in path:
                raise RefusedError(status)

    def _refuse(self, refused: RefusedError) -> None:
        self.close_connection = True  # what was sent is not read
        told = {"x-error-code": refused.code, "x-error-message": refused.message}
        # Said as well, lest the client ask the next thing on it.
        headers = {name: text for name, text in told.items() if text} | {"connection": "close"}
        body = json.dumps({"error": refused.message}).encode()
        self._send(refused.status, body, headers)

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"content-type": "application/json"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _user(self) -> dict[str, Any] | None:
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if token and token not in TOKENS:
            raise RefusedError(401, message="Invalid credentials in Authorization header")
        return TOKENS.get(token)

    def _may_write(self, name: str) -> None:
        user = self._user()
        if user is None:
            raise RefusedError(401)
        if name.partition("/")[0] not in user["write"]:
            raise RefusedError(403, message="You don't have the rights")

    def _repo(self, name: str) -> Repo:
        repo, user = self.hub.repos.get(name), self._user()
        if repo is None or (
            repo.private and (user is None or name.partition("/")[0] not in user["write"])
        ):
            raise RefusedError(404 if user else 401, "RepoNotFound", "Repository not found")
        return repo

    def _commit(self, name: str, revision: str) -> Commit:
        try:
            return self._repo(name).at(revision)[-1]
        except LookupError:
            raise RefusedError(404, "RevisionNotFound", "Invalid rev id") from None

    # What is asked for.

    def whoami(self) -> None:
        user = self._user()
        if user is None:
            raise RefusedError(401)
        self._json({name: value for name, value in user.items() if name != "write"})

    def create_repo(self) -> None:
        asked = json.loads(self._body())
        assert asked["type"] == "dataset"
        user = self._user() or {}
        name = f"{asked.get('organization') or user['name']}/{asked['name']}"
        self._may_write(name)
        if name in self.hub.repos:
            raise RefusedError(409, message="You already created this dataset repo")
        self.hub.create(name, {}, private=asked.get("visibility") == "private")
        self._json({"url": f"{self.hub.url}/datasets/{name}", "name": name, "id": name})

    def info(self, repo: str, revision: str = "main") -> None:
        commit = self._commit(repo, revision or "main")
        self._json({
            "id": repo, "author": repo.partition("/")[0], "sha": commit.id,
            "private": self.hub.repos[repo].private, "gated": False, "disabled": False,
            "tags": [], "downloads": 0, "likes": 0, "createdAt": "2026-01-01T00:00:00.000Z",
            "lastModified": "2026-01-01T00:00:00.000Z",
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        })  # fmt: skip

    def refs(self, repo: str) -> None:
        there = self._repo(repo)
        self._json({
            "branches": [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": commits[-1].id}
                         for name, commits in there.branches.items()],
            "tags": [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": target}
                     for name, target in there.tags.items()],
            "converts": [],
        })  # fmt: skip

    def commits(self, repo: str, revision: str) -> None:
        date = "2026-01-01T00:00:00.000Z"
        self._json([
            {"id": commit.id, "title": commit.title, "message": "", "authors": [], "date": date}
            for commit in reversed(self._repo(repo).at(revision))
        ])  # fmt: skip

    def make_branch(self, repo: str, branch: str) -> None:
        self._may_write(repo)
        start = json.loads(self._body()).get("startingPoint") or "main"
        there = self._repo(repo)
        if branch in there.branches:
            raise RefusedError(409, message="Reference already exists")
        there.branches[branch] = list(there.at(start))
        self._json({})

    def tree(self, repo: str, revision: str, below: str = "") -> None:
        files = self._commit(repo, revision).files
        prefix = f"{below}/" if below else ""
        inside = {path: blob for path, blob in files.items() if path.startswith(prefix)}
        if prefix and not inside:
            raise RefusedError(404, "EntryNotFound", "Entry not found")
        recursive = self.query.get("recursive", "false").lower() == "true"
        folders = {
            "/".join(path.split("/")[:depth])
            for path in inside
            for depth in range(1, path.count("/") + 1)
        }
        entries = [
            {"type": "directory", "path": path, "oid": sha1(path.encode()).hexdigest(), "size": 0}
            for path in sorted(folders)
            if path.startswith(prefix) and path != below
        ] + [_entry(path, blob) for path, blob in sorted(inside.items())]
        shown = [one for one in entries if recursive or "/" not in one["path"][len(prefix) :]]
        self._page(shown)

    def _page(self, entries: list[dict[str, Any]], most: int = 7) -> None:
        """Few entries a page, so that pages are turned in tests."""
        start = int(self.query.get("cursor", 0))
        headers = {"content-type": "application/json"}
        if start + most < len(entries):
            base = f"{self.hub.url}{urlsplit(self.path).path}"
            asked = "&".join(f"{k}={v}" for k, v in {**self.query, "cursor": start + most}.items())
            headers["link"] = f'<{base}?{asked}>; rel="next"'
        self._send(200, json.dumps(entries[start : start + most]).encode(), headers)

    def paths_info(self, repo: str, revision: str) -> None:
        body = self._body().decode()
        form = "json" in (self.headers.get("content-type") or "")
        paths = json.loads(body)["paths"] if form else parse_qs(body)["paths"]
        files = self._commit(repo, revision).files
        found = [_entry(path, files[path]) for path in paths if path in files]
        for path in paths:
            if any(name.startswith(f"{path}/") for name in files):
                found.append({"type": "directory", "path": path, "oid": "0" * 40, "size": 0})
        self._json(found)

    def validate(self) -> None:
        content = json.loads(self._body())["content"]
        assert content.startswith("---\n")
        self._json({"errors": [], "warnings": []})

    def preupload(self, repo: str, revision: str) -> None:
        self._may_write(repo)
        files = self._commit(repo, revision).files
        told = []
        for asked in json.loads(self._body())["files"]:
            path = asked["path"]
            is_text = b"\0" not in base64.b64decode(asked["sample"])
            mode = "regular" if is_text and asked["size"] <= SMALL else "lfs"
            there = files.get(path)
            oid = there and (there.sha256 if there.lfs else there.oid)
            told.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._json({"files": told})

    def lfs_batch(self, repo: str) -> None:
        self._may_write(repo)
        objects: list[dict[str, Any]] = []
        for asked in json.loads(self._body())["objects"]:
            one = {"oid": asked["oid"], "size": asked["size"]}
            if asked["oid"] not in self.hub.store:
                upload = {"href": f"{self.hub.url}/store/{asked['oid']}"}
                one["actions"] = {"upload": upload, "verify": {"href": f"{self.hub.url}/verify"}}
            objects.append(one)
        self._json({"transfer": "basic", "objects": objects})

    def put(self, oid: str) -> None:
        if self.hub.stall_at is not None and self.hub.puts >= self.hub.stall_at:
            self.hub.stalled.set()
            self.rfile.read(100)
            threading.Event().wait(0.5)
            raise ConnectionError
        content = self._body()
        if sha256(content).hexdigest() != oid:
            raise RefusedError(400, message="not the content of that name")
        self.hub.store[oid] = content
        self.hub.puts += 1
        self._send(200, b"", {})

    def verify(self) -> None:
        asked = json.loads(self._body())
        if len(self.hub.store.get(asked["oid"], b"")) != asked["size"]:
            raise RefusedError(404)
        self._json({})

    def commit(self, repo: str, revision: str) -> None:
        self._may_write(repo)
        header, *operations = map(json.loads, self._body().splitlines())
        new = {}
        for operation in operations:
            value = operation["value"]
            if operation["key"] == "file":
                new[value["path"]] = Blob(base64.b64decode(value["content"]), lfs=False)
            else:
                assert operation["key"] == "lfsFile"
                new[value["path"]] = Blob(self.hub.store[value["oid"]], lfs=True)
        there = self._repo(repo)
        if revision not in there.branches:
            raise RefusedError(404, "RevisionNotFound", "Invalid rev id")
        made = self.hub.append(there, revision, header["value"]["summary"], new)
        url = f"{self.hub.url}/datasets/{repo}/commit/{made.id}"
        self._json({"success": True, "commitOid": made.id, "commitUrl": url, "hookOutput": ""})

    def resolve(self, repo: str, revision: str, path: str) -> None:
        commit = self._commit(repo, revision)
        if path not in commit.files:
            raise RefusedError(404, "EntryNotFound", "Entry not found")
        blob = commit.files[path]
        etag = f'"{blob.sha256 if blob.lfs else blob.oid}"'
        content, status = blob.content, 200
        headers = {"etag": etag, "x-repo-commit": commit.id, "accept-ranges": "bytes"}
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range") or ""):
            first, last = int(asked[1]), int(asked[2] or len(content) - 1)
            status, whole = 206, len(content)
            content = content[first : last + 1]
            headers["content-range"] = f"bytes {first}-{first + len(content) - 1}/{whole}"
        self._send(status, content, headers)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _entry(path: str, blob: Blob) -> dict[str, Any]:
    entry = {"type": "file", "path": path, "oid": blob.oid, "size": len(blob.content)}
    if blob.lfs:
        entry["lfs"] = {"oid": blob.sha256, "size": len(blob.content), "pointerSize": 130}
    return entry


REPO = r"(?P<repo>[^/]+/[^/]+)"
AT = r"/(?P<revision>[^/]+)"
ROUTES = [
    ("GET", "/api/whoami-v2", "whoami"),
    ("POST", "/api/repos/create", "create_repo"),
    ("POST", "/api/validate-yaml", "validate"),
    ("GET", f"/api/datasets/{REPO}", "info"),
    ("GET", f"/api/datasets/{REPO}/revision{AT}", "info"),
    ("GET", f"/api/datasets/{REPO}/refs", "refs"),
    ("GET", f"/api/datasets/{REPO}/commits{AT}", "commits"),
    ("POST", f"/api/datasets/{REPO}/branch/(?P<branch>[^/]+)", "make_branch"),
    ("GET", f"/api/datasets/{REPO}/tree{AT}(?:/(?P<below>.+))?", "tree"),
    ("POST", f"/api/datasets/{REPO}/paths-info{AT}", "paths_info"),
    ("POST", f"/api/datasets/{REPO}/preupload{AT}", "preupload"),
    ("POST", f"/api/datasets/{REPO}/commit{AT}", "commit"),
    ("POST", f"/datasets/{REPO}\\.git/info/lfs/objects/batch", "lfs_batch"),
    ("PUT", "/store/(?P<oid>[0-9a-f]{64})", "put"),
    ("POST", "/verify", "verify"),
    ("GET HEAD", f"/datasets/{REPO}/resolve{AT}/(?P<path>.+)", "resolve"),
]


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A Hub that answers while the block lasts."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfOneHub", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()
