"""`rrft eval` against a real `vllm serve` on this machine, and against one that it starts itself."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="needs the real vLLM: make test-vllm")

from reasonrft.backends.vllm import _free_port

pytestmark = pytest.mark.vllm
ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
ENVIRONMENT.pop("VLLM_ENABLE_V1_MULTIPROCESSING", None)
COMMON = ("--max-tokens", "16")


def rrft(*arguments: str | Path, expect: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "cli", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=500,
    )
    assert done.returncode == expect, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@contextmanager
def served(model: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        *(sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", str(model)),
        *("--host", "127.0.0.1", "--port", str(port), "--served-model-name", "tiny"),
        *("--dtype", "float32", "--max-model-len", "1024", "--max-num-seqs", "8"),
        *("--enforce-eager", "--limit-mm-per-prompt", '{"image": 2, "video": 0}'),
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=ENVIRONMENT, start_new_session=True
        )
    try:
        await_health(process, port, log)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def await_health(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError("the server was not ready in 5 minutes")


def outputs(run: Path) -> dict[str, str]:
    lines = (run / "records.jsonl").read_text().splitlines()
    return {record["id"]: record["output"] for record in map(json.loads, lines)}


def test_a_server_is_asked_and_its_death_outlived(model: Path, data: Path, tmp_path: Path) -> None:
    port, log = _free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}/v1"
    base = (
        "eval",
        "--model",
        "tiny",
        "--base-url",
        url,
        "--data",
        data,
        "--split",
        "test",
        *COMMON,
    )
    with served(model, port, log):
        report = rrft(*base, "--out", tmp_path / "whole")
        figures = report["families"]["counting"]["splits"]["test"]["figures"]
        assert (figures["n"], figures["failed"]) == (12, 0)
        assert figures["tokens"] > 0
        client = subprocess.Popen(
            [sys.executable, "-m", "cli", *base, "--out", tmp_path / "broken", "--concurrency", "1"],
            env=ENVIRONMENT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        records = tmp_path / "broken" / "records.jsonl"
        while not records.exists() or records.read_bytes().count(b"\n") < 3:
            assert client.poll() is None
            time.sleep(0.02)
    # The server is killed in the middle of it; the client waits for the next one.
    with served(model, port, log):
        assert client.wait(300) == 0
    assert outputs(tmp_path / "broken") == outputs(tmp_path / "whole")


def test_copies_of_a_model_run_behind_a_server_of_our_own(
    model: Path, data: Path, tmp_path: Path
) -> None:
    report = rrft(
        *("eval", "--model", model, "--backend", "vllm", "--data", data, "--split", "test"),
        *("--dtype", "float32", "--data-parallel-size", "2", "--out", tmp_path / "run", *COMMON),
        *("--engine-arg", "max_model_len=1024", "--engine-arg", "enforce_eager=true"),
        *("--engine-arg", "max_num_seqs=8"),
    )
    assert report["families"]["counting"]["splits"]["test"]["figures"]["n"] == 12
    assert report["settings"]["backend"] == "vllm"
