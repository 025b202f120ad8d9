"""All at once: a server that fails, dies and comes back, a client killed twice; the same records in the end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.asked import build_toys, lines_of

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(port: int, faults: float, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.fake_server", str(port), str(faults), str(log)]
    process = subprocess.Popen(command, cwd=ROOT)
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    raise AssertionError("the server did not start")


def start_client(port: int, data: Path, run: Path) -> "subprocess.Popen[bytes]":
    command = [
        *(sys.executable, "-m", "cli", "eval", "--model", "toy", "--data", str(data)),
        *("--base-url", f"http://127.0.0.1:{port}/v1", "--out", str(run), "--concurrency", "4"),
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def await_records(run: Path, wanted: int, client: "subprocess.Popen[bytes]") -> None:
    path = run / "records.jsonl"
    while not path.exists() or path.read_bytes().count(b"\n") < wanted:
        assert client.poll() is None, "the client ended before it was killed"
        time.sleep(0.01)


def kill(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.thorough
def test_nothing_is_lost_whatever_breaks(tmp_path: Path) -> None:
    data = build_toys(
        tmp_path / "data", "test=60", "ood-dark=30", "ood-many=40", "ood-many-dark=20"
    )
    port, log = free_port(), tmp_path / "log"
    server = start_server(port, 0.0, log)
    assert start_client(port, data, tmp_path / "calm").wait(120) == 0
    kill(server)
    calm = lines_of(tmp_path / "calm")
    log.unlink()

    run = tmp_path / "stormy"
    server = start_server(port, 0.3, log)
    client = start_client(port, data, run)
    await_records(run, 20, client)
    kill(client)
    client = start_client(port, data, run)
    await_records(run, 45, client)
    kill(server)  # the client waits
    time.sleep(2)
    server = start_server(port, 0.3, log)
    await_records(run, 80, client)
    kill(client)
    client = start_client(port, data, run)
    assert client.wait(200) == 0
    kill(server)

    assert lines_of(run) == calm
    assert (run / "records.jsonl").read_bytes() == (
        tmp_path / "calm" / "records.jsonl"
    ).read_bytes()
    # What was answered is not asked again, but for what was on its way when the client was killed.
    assert len(log.read_text().split()) - len(calm) <= 2 * 8
