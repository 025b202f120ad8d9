"""An experiment by one command: real processes, a real (tiny) model, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reasonrft.config import make_config
from reasonrft.experiment import Experiment
from reasonrft.pipeline import Part, PartError, parts_of, run_part

RUN = """
recipe = "reason-rft"
[model]
path = "{model}"
[data]
level = "easy"
image_size = "64x48"
sizes = {{ train = 16, test = 4, ood = 4 }}
splits = "test,ood-pairing"
stage_1 = 8
[sft]
steps = 6
batch_size = 2
accumulate = 1
warmup_steps = 0
learning_rate = 1e-3
save_every = 2
log_every = 1
[grpo]
steps = 2
prompts = 1
group = 2
accumulate = 1
max_tokens = 8
log_every = 1
[eval]
backend = "hf"
max_tokens = 8
between = true
[hardware]
gpus = 0
"""


def command(file: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "cli", "train", str(file), "--out", str(out), *more]


@pytest.mark.slow
def test_one_command_trains_evaluates_and_reports_however_often_it_is_killed(
    tmp_path: Path,
) -> None:
    from tests.tiny_model import save_tiny_model

    file, out = tmp_path / "toy.toml", tmp_path / "run"
    file.write_text(RUN.format(model=save_tiny_model(tmp_path / "model")))
    killed_in_the_middle_of_sft(command(file, out), out)
    done = subprocess.run(command(file, out), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "evaluation of the model before training: done before" in done.stderr
    assert "sft goes on after step" in done.stderr
    for name in ("base", "eval-sft", "eval"):
        records = (out / name / "records.jsonl").read_text().splitlines()
        assert len(records) == 8
    report = json.loads((out / "report.json").read_text())
    assert set(report["families"]["counting"]["splits"]) == {"test", "ood-pairing"}
    log = [json.loads(line) for line in (out / "sft" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [1, 2, 3, 4, 5, 6]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.safetensors")}
    again = subprocess.run(command(file, out), capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert again.stderr.count("done before") == 5
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.safetensors")} == before
    refused = subprocess.run(
        command(file, out, "--set", "grpo.beta=0.3"), capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert refused.stderr == (
        f"rrft: {out} was begun with grpo.beta = 0.04, not 0.3; choose another --out, or delete it\n"
    )


def killed_in_the_middle_of_sft(train: list[str], out: Path) -> None:
    """Nothing of it runs on."""
    log = out / "sft" / "log.jsonl"
    with subprocess.Popen(train, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while not log.exists() or len(log.read_text().splitlines()) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while running := _processes_about(out):
        assert time.monotonic() < until, running
        time.sleep(0.1)
    assert not (out / "sft" / "done.json").exists()


def _processes_about(out: Path) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(out) in line and int(folder.name) != os.getpid():
            found.append(line)
    return found


def part(code: str, *, server: str | None = None, url: str = "") -> Part:
    beside = None if server is None else ["env", sys.executable, "-c", server]
    return Part("a part", [sys.executable, "-c", code], Path("nowhere"), beside, url)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise SystemExit(3)", r"^a part did not end \(exit code 3\); the same command goes on$"),
        ("import os; os.kill(os.getpid(), 9)", r"^a part did not end \(killed by SIGKILL\);"),
    ],
)
def test_a_part_that_fails_is_told(code: str, told: str) -> None:
    run_part(part("pass"))
    with pytest.raises(PartError, match=told):
        run_part(part(code))


SERVER = """
import http.server, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", {port}), Answers).serve_forever()
"""
ASK = "import urllib.request; urllib.request.urlopen('{url}/health')"


def test_a_server_runs_beside_its_part_and_no_longer() -> None:
    from reasonrft.backends.vllm import _free_port

    url = f"http://127.0.0.1:{(port := _free_port())}"
    run_part(part(ASK.format(url=url), server=SERVER.format(port=port), url=url))
    with pytest.raises(PartError, match="a part did not end"):
        run_part(part(ASK.format(url=url)))
    with pytest.raises(PartError, match=r"server ended before it answered \(exit code 7\)"):
        run_part(part("pass", server="raise SystemExit(7)", url=url))


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ("zero-shot", ["evaluation of the model"]),
        ("ans-sft", ["before training", "stage 1 (SFT)", "at the end"]),
        ("reason-rft-zero", ["before training", "stage 2 (GRPO)", "at the end"]),
        ("reason-rft", ["before training", "stage 1", "after stage 1", "stage 2", "at the end"]),
    ],
)
def test_the_parts_of_each_recipe(tmp_path: Path, recipe: str, names: list[str]) -> None:
    changes = [f"recipe={recipe}", "eval.between=true"]
    experiment = Experiment(tmp_path, make_config({"name": "toy"}, changes, "toy.toml"))
    parts = [one.name for one in parts_of(experiment)]
    assert len(parts) == len(names)
    assert all(name in whole for name, whole in zip(names, parts, strict=True)), parts


def test_rollouts_on_gpus_of_their_own_have_their_server(tmp_path: Path) -> None:
    from reasonrft.config import read_config
    from reasonrft.named_runs import find_run

    config = read_config(find_run("qwen2-vl-2b-reason-rft"))
    (grpo,) = [one for one in parts_of(Experiment(tmp_path, config)) if "GRPO" in one.name]
    assert grpo.server is not None
    assert str(tmp_path / "sft" / "model") in grpo.server
    assert grpo.url == config.grpo.rollout.server
