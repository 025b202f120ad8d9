"""The Ray engine, on a real cluster of several nodes: the same bytes, and nothing is lost with a node."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if find_spec("ray") is None:  # to import it takes every process of the quick tests seconds
    pytest.skip("needs ray", allow_module_level=True)

from builders.dataset import build
from builders.engine import RayCluster, Tell, WorkError, cluster, make_engine
from builders.files import BuildError
from builders.plan import Request, make_plans
from tests import toy_task
from tests.asked import build_asked
from tests.quiet import Quiet
from tests.reading_back import files_of
from tests.test_engine import refuse, square, stumble

# Ray leaves sockets and processes to the end of this one.
pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore")]
ROOT = Path(__file__).parent.parent
SIZES = ("train=300", "test=60")
ASKED = Request("counting", ("train", "test"), sizes=SIZES, image_size="64x48", seed=5)
BUILD = [
    *("build-data", "--family", "counting", "--split", "train,test"),
    *("--image-size", "64x48", "--seed", "5", "--size", ",".join(SIZES)),
]
SECONDS = "0.004"  # that a draw takes, for a shard to last some time


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A cluster whose head works not, and whose two other nodes have a processor each."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("TOY_SECONDS", SECONDS)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        memory = 100 * 1024 * 1024
        made = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "object_store_memory": memory, "include_dashboard": False},
        )  # fmt: skip
        made.memory, made.processes = memory, processes_of(made.head_node)
        for _ in range(2):
            join(made)
    yield made
    made.shutdown()
    for process in made.processes:
        process.wait(30)


def join(nodes: Any) -> None:
    """A node more, of one processor."""
    node = nodes.add_node(num_cpus=1, object_store_memory=nodes.memory)
    nodes.processes += processes_of(node)


def processes_of(node: Any) -> list["subprocess.Popen[bytes]"]:
    """The processes of a node, which Ray does not wait for when it has ended them."""
    return [one.process for several in node.all_processes.values() for one in several]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process builds."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    return build_asked(folder, ASKED)


@pytest.fixture(scope="module")
def engine(nodes: Any) -> Iterator[RayCluster]:
    """With a connection that lasts, lest each test start workers of its own."""
    import ray

    ray.init(nodes.address, log_to_driver=False, logging_level=logging.ERROR)
    yield RayCluster(nodes.address)
    ray.shutdown()


def test_a_cluster_builds_what_one_process_does(nodes: Any, whole: Path, tmp_path: Path) -> None:
    plans, engine = make_plans(ASKED, toy_task.tasks()), RayCluster(nodes.address)
    before = signal.getsignal(signal.SIGTERM)
    built = build(plans, tmp_path / "data", engine, Quiet(), toy_task.tasks)
    assert signal.getsignal(signal.SIGTERM) is before
    assert built.drawn == 360
    assert files_of(tmp_path / "data") == files_of(whole)


def test_a_killed_build_on_a_cluster_is_gone_on_with(
    nodes: Any, whole: Path, tmp_path: Path
) -> None:
    """By the real command, whose process is the one that is killed."""
    out = tmp_path / "data"
    command = [
        *(sys.executable, "-m", "tests.toy_cli", *BUILD, "--out", out),
        *("--engine", "ray", "--address", nodes.address),
    ]
    first = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 300
    while not list(out.glob("digests/*/*.jsonl")):
        assert time.monotonic() < deadline and first.poll() is None
        time.sleep(0.01)
    first.kill()
    first.wait()
    assert not (out / "manifest.json").exists()
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 0, second.stderr
    assert " were there" in second.stderr
    assert files_of(out) == files_of(whole)


class Killer(Quiet):
    """Kills a node when the first shard is finished, and lets another one join."""

    def __init__(self, nodes: Any) -> None:
        self.nodes, self.rows, self.killed = nodes, 0, False

    def advance(self, rows: int) -> None:
        self.rows += rows
        if not self.killed:
            self.killed = True
            self.nodes.remove_node(
                sorted(self.nodes.worker_nodes, key=str)[0], allow_graceful=False
            )
            join(self.nodes)


@pytest.mark.parametrize("where", ["folder", "url"])
def test_a_node_that_dies_takes_nothing_with_it(
    nodes: Any, engine: RayCluster, whole: Path, tmp_path: Path, where: str
) -> None:
    killer, plans = Killer(nodes), make_plans(ASKED, toy_task.tasks())
    out = tmp_path / "data"
    build(plans, out if where == "folder" else f"local://{out}", engine, killer, toy_task.tasks)
    assert killer.killed and killer.rows == 360
    assert files_of(out) == files_of(whole)


# The engine by itself.


def test_every_job_is_done_once_and_told_of(engine: RayCluster) -> None:
    told: list[int] = []
    assert sorted(engine.run(square, range(7), told.append)) == [0, 1, 4, 9, 16, 25, 36]
    assert sum(told) == sum(range(7)) + 7
    assert list(engine.run(square, [], told.append)) == []


def die_on_three(job: int, tell: Tell, *, folder: Path, deaths: int) -> int:
    """Job 3 takes its process with it, so many times."""
    tell(5)
    if job == 3:
        attempt = len(list(folder.iterdir()))
        (folder / str(attempt)).touch()
        if attempt < deaths:
            os.kill(os.getpid(), signal.SIGKILL)
    return job


def test_the_job_of_a_dead_worker_is_done_again(engine: RayCluster, tmp_path: Path) -> None:
    work = partial(die_on_three, folder=tmp_path, deaths=2)
    told: list[int] = []
    assert sorted(engine.run(work, range(6), told.append)) == list(range(6))
    assert told == [5] * 6  # what the dead had told is not counted
    assert len(list(tmp_path.iterdir())) == 3


def test_a_job_that_kills_all_its_workers_is_named(engine: RayCluster, tmp_path: Path) -> None:
    work = partial(die_on_three, folder=tmp_path, deaths=99)
    told = r"^3: its workers or their nodes were lost 5 times, the last time by WorkerCrashedError$"
    with pytest.raises(BuildError, match=told):
        list(engine.run(work, [3], lambda rows: None))
    assert len(list(tmp_path.iterdir())) == cluster.ATTEMPTS_ON_NODES


def test_a_bug_keeps_its_traceback_and_a_problem_its_line(engine: RayCluster) -> None:
    with pytest.raises(WorkError) as caught:
        list(engine.run(stumble, range(5), lambda rows: None))
    assert "2 and 5" in str(caught.value) and "in sample dots/train/17" in str(caught.value)
    with pytest.raises(BuildError, match=r"^no room for 4$"):
        list(engine.run(refuse, [4], lambda rows: None))


def note(job: int, tell: Tell, *, folder: Path) -> int:
    (folder / str(job)).touch()
    return job


@pytest.mark.parametrize("most", [None, 1])
def test_few_tasks_are_out(engine: RayCluster, tmp_path: Path, most: int | None) -> None:
    """Nothing more is given out while nobody asks for results."""
    import ray

    few = replace(engine, most=most)
    # A node that was killed counts until the others have noticed.
    bound = most or 2 * int(ray.cluster_resources()["CPU"])
    with closing(few.run(partial(note, folder=tmp_path), range(30), lambda rows: None)) as results:
        next(results)
        time.sleep(1)
        assert 1 <= len(list(tmp_path.iterdir())) <= bound


def test_a_node_with_other_code_is_refused(
    engine: RayCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {**cluster.fingerprint(), "the toolkit's code": "other"}
    monkeypatch.setattr(cluster, "fingerprint", lambda: here)
    with pytest.raises(
        BuildError, match=r"^node \S+ has the toolkit's code [0-9a-f]{12}, not other$"
    ):
        list(engine.run(square, range(3), lambda rows: None))


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        BuildError, match=r"needs the package ray: pip install -e '\.\[ray\]' in the checkout$"
    ):
        list(RayCluster().run(square, [1], lambda rows: None))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:99999", "no-such-host.invalid:6379"])
def test_an_address_where_nobody_listens_is_told_at_once(address: str) -> None:
    import ray

    ray.shutdown()  # of a test before; none after needs it
    with pytest.raises(BuildError, match=f"^no Ray cluster at {address}: "):
        list(RayCluster(address).run(square, [1], lambda rows: None))


@pytest.mark.parametrize(
    ("address", "variable", "asked"),
    [
        (None, None, ("local", 3)),  # never the one that somebody has on this machine
        (None, "head:6379", (None, None)),
        ("auto", None, ("auto", None)),
    ],
)
def test_which_cluster_is_asked_for_and_what_it_may_want(
    monkeypatch: pytest.MonkeyPatch,
    address: str | None,
    variable: str | None,
    asked: tuple[str | None, int | None],
) -> None:
    import ray

    calls = []

    def init(where: str | None, **others: Any) -> None:
        calls.append((where, others.get("num_cpus")))
        raise ConnectionError("Failed to\nconnect")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if variable:
        monkeypatch.setenv("RAY_ADDRESS", variable)
    told = "Failed to connect; if it wants a token, set RAY_AUTH_MODE=token$"
    with pytest.raises(BuildError, match=told):
        list(RayCluster(address, 3).run(square, [1], print))
    assert calls == [asked]
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    with pytest.raises(BuildError, match=r"Failed to connect$"):
        list(RayCluster(address, 3).run(square, [1], print))


def test_it_is_found_by_name() -> None:
    assert make_engine("ray", 3, "host:6379") == RayCluster("host:6379", 3)
    assert make_engine("ray") == RayCluster()
