"""An experiment by one command: real processes, the embedded model, killed and started again."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from builders.files import ExpectedError
from reasonrft import exam
from reasonrft.backend import ModelError
from reasonrft.config_file import make_config
from reasonrft.experiment import Experiment
from reasonrft.pipeline import Part, PartError, parts_of, picture_limits, run_experiment, run_part
from reasonrft.readiness import check_ready
from reasonrft.run import OWN
from tests.command import Rrft
from tests.processes import processes_about

# Of a model in a folder each command would first count the parameters, for which it loads torch.
RUN = """
recipe = "reason-rft"
[model]
path = "nano"
[data]
level = "easy"
image_size = "64x48"
sizes = { train = 16, test = 4, ood = 4 }
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


@pytest.mark.thorough
def test_one_command_trains_evaluates_and_reports_however_often_it_is_killed(
    tmp_path: Path, rrft: Rrft
) -> None:
    file, out = tmp_path / "toy.toml", tmp_path / "run"
    file.write_text(RUN)
    train = ("train", str(file), "--out", str(out))
    command = [sys.executable, "-m", "cli", *train]
    killed_in_the_middle_of_sft(command, out)  # and begun again at once
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert processes_about(out) == []
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
    again = rrft(*train)
    assert again.code == 0
    assert again.stderr.count("done before") == 5
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.safetensors")} == before
    refused = rrft(*train, "--set", "grpo.beta=0.3")
    assert refused.code == 2
    assert refused.stderr == (
        f"rrft: {out} was begun with grpo.beta = 0.04, not 0.3; choose another --out, or delete it\n"
    )


def killed_in_the_middle_of_sft(train: list[str], out: Path) -> None:
    log = out / "sft" / "log.jsonl"
    with subprocess.Popen(train, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while not log.exists() or len(log.read_text().splitlines()) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert not (out / "sft" / "done.json").exists()


def part(code: str, *, server: str | None = None, url: str = "") -> Part:
    beside = None if server is None else ["env", sys.executable, "-c", server]
    return Part("a part", [sys.executable, "-c", code], Path("nowhere"), beside, url)


def run(one: Part) -> None:
    run_part(one, lambda _: None)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise SystemExit(3)", r"^a part did not end \(exit code 3\); the same command goes on$"),
        ("raise SystemExit(2)", r"^a part did not end \(exit code 2\)$"),  # it was asked wrongly
        ("import os; os.kill(os.getpid(), 9)", r"^a part did not end \(killed by SIGKILL\);"),
    ],
)
def test_a_part_that_fails_is_told(code: str, told: str) -> None:
    run(part("pass"))
    with pytest.raises(PartError, match=told):
        run(part(code))


IGNORES = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); {more}print(1, flush=True); time.sleep(99)"
STOPPED = """
import signal, sys
from builders.stop import stoppable
from reasonrft import children
from tests.test_pipeline import part, run
children.SECONDS_TO_END = 999
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a script's `rrft train … &`
with stoppable("stopped"):
    run(part(sys.argv[1]))
"""


@pytest.mark.parametrize("listens", [True, False])
def test_a_part_ends_with_a_command_that_is_told_to(*, listens: bool) -> None:
    more = "" if listens else "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    command = [sys.executable, "-c", STOPPED, IGNORES.format(more=more)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # the part is at work
        process.terminate()
        if not listens:
            time.sleep(1)
            process.terminate()  # it is told again
        process.communicate(timeout=60)  # a part left behind would hold the pipe open
    assert process.returncode == 1


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
    run(part(ASK.format(url=url), server=SERVER.format(port=port), url=url))
    with pytest.raises(PartError, match="a part did not end"):
        run(part(ASK.format(url=url)))
    with pytest.raises(ModelError, match=r"server ended before it answered \(exit code 7\)"):
        run(part("pass", server="raise SystemExit(7)", url=url))


NO_HTTP = """
import socket
with socket.create_server(("127.0.0.1", {port})) as server:
    while True:
        asked, _ = server.accept()
        asked.recv(1000); asked.sendall(b"220 mail.example\\r\\n\\r\\n"); asked.close()
"""


@pytest.mark.parametrize("there", [SERVER, NO_HTTP])
def test_what_answers_in_the_servers_place_is_not_taken_for_it(there: str) -> None:
    from reasonrft.backends.vllm import _free_port

    url = f"http://127.0.0.1:{(port := _free_port())}"
    with subprocess.Popen([sys.executable, "-c", there.format(port=port)]) as other:
        try:
            until = time.monotonic() + 60
            while not _listens(port):
                assert time.monotonic() < until
                time.sleep(0.05)
            with pytest.raises(PartError, match=f"^something answers at {url} already"):
                run(part("pass", server="raise SystemExit(7)", url=url))
        finally:
            other.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_an_experiment_without_gpus_sees_none(tmp_path: Path) -> None:
    for gpus, environment in ((0, {"CUDA_VISIBLE_DEVICES": ""}), (1, {})):
        config = make_config({"name": "toy", "hardware": {"gpus": gpus}}, [], "toy.toml")
        for one in parts_of(Experiment(tmp_path, config)):
            assert one.environment == environment, one.name
    seen = "import os; raise SystemExit(os.environ['CUDA_VISIBLE_DEVICES'] != '')"
    told = part(seen)
    run(Part(told.name, told.command, told.done, environment={"CUDA_VISIBLE_DEVICES": ""}))


def test_several_machines_are_told_what_to_run(tmp_path: Path) -> None:
    config = make_config({"name": "toy", "hardware": {"nodes": 2, "gpus": 4}}, [], "toy.toml")
    parts = list(parts_of(Experiment(tmp_path, config)))
    assert [bool(one.elsewhere) for one in parts] == [False, True, True, False]
    told = parts[1].elsewhere
    assert told.startswith(
        f"stage 1 (SFT) runs on 2 machines that share {tmp_path}: run on machine 0"
    )
    assert "--machine_rank 0" in told
    assert "--machine_rank 1" in told
    assert "\n" not in told
    assert told.endswith("after it, this same command goes on")


def test_limits_of_pictures_are_what_the_processor_takes(tmp_path: Path) -> None:
    asked, none, here = {"max_pixels": 99}, str(tmp_path / "none"), str(tmp_path)
    assert picture_limits({}, [here]) == {}
    assert picture_limits(asked, [none]) == {"longest_edge": 99}
    stored = {"min_pixels": 7, "max_pixels": 8}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(stored))
    expected = {"shortest_edge": 7, "longest_edge": 99}
    assert picture_limits(asked, [none, here]) == expected
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps({"size": {"shortest_edge": 7, "longest_edge": 8}})
    )
    assert picture_limits(asked, [here]) == expected
    newer = {"image_processor": {"min_pixels": 5, "max_pixels": 6}}
    (tmp_path / "processor_config.json").write_text(json.dumps(newer))
    assert picture_limits(asked, [here]) == {"shortest_edge": 5, "longest_edge": 99}
    (tmp_path / "processor_config.json").unlink()
    line = server_line_of(tmp_path, "model.max_pixels=99")  # which has other fewest ones
    told = json.loads(line[line.index("--mm-processor-kwargs") + 1])
    assert told == {"size": {"shortest_edge": 3136, "longest_edge": 99}}


def server_line_of(model: Path, change: str) -> list[str]:
    from reasonrft.config_file import read_config
    from reasonrft.named_runs import find_run

    changes = [change, f"model.path={json.dumps(str(model))}"]
    config = read_config(find_run("qwen2-vl-2b-reason-rft"), changes)
    (server,) = [one.server for one in parts_of(Experiment(model / "run", config)) if one.server]
    return list(server)


def test_an_evaluation_is_done_when_all_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = Experiment(tmp_path, make_config({"name": "toy"}, [], "toy.toml"))
    assert next(iter(parts_of(experiment))).done == tmp_path / "base" / "done.json"
    answered, failed = SimpleNamespace(output="4"), SimpleNamespace(output=None)
    for records in ([answered, failed], [answered]):
        monkeypatch.setattr(
            exam, "read_run", lambda _, found=records: (SimpleNamespace(wanted=2), found)
        )
        with pytest.raises(exam.ExamError, match="1 of 2 answers could not be had"):
            exam.finish(tmp_path)
        assert not (tmp_path / "done.json").exists()
    monkeypatch.setattr(exam, "read_run", lambda _: (SimpleNamespace(wanted=1), [answered]))
    exam.finish(tmp_path)
    assert (tmp_path / "done.json").exists()
    assert "done.json" in OWN


@pytest.mark.parametrize(
    ("changes", "lacking", "told"),
    [
        (["eval.backend=vllm"], "vllm", "eval.backend = vllm needs vllm, which is not installed"),
        (['report_to=["wandb"]'], "wandb", "report_to wandb needs wandb, which is not installed"),
        (["recipe=zero-shot", "model.path=nope"], "", "^no model 'nope': it is no folder"),
        (["model.path=./nope"], "", r"^no model '\./nope': there is no such folder"),
        (
            ["model.path=nobody/nothing"],
            "",
            "^nobody/nothing is not in the Hub's local cache, and ",
        ),
        (["data.stage_1=9999999"], "", "data.stage_1 = 9999999 leaves no rows"),
        (["data.splits=train"], "", "data.splits = 'train' has nothing to test on; there are: "),
        (
            ["hardware.gpus=2", "hardware.strategy=zero3"],
            "deepspeed",
            "hardware.strategy = zero3 needs deepspeed, which is not installed",
        ),
        (
            ["model.attention=flash_attention_2"],
            "flash-attn",
            "model.attention = flash_attention_2 needs flash-attn, which is not installed",
        ),
    ],
)
def test_what_cannot_end_well_is_refused_before_data_are_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: list[str], lacking: str, told: str
) -> None:
    monkeypatch.setattr("reasonrft.readiness.is_installed", lambda name: name != lacking)
    config = make_config({"name": "toy", "data": {"stage_1": 8}}, changes, "toy.toml")
    with pytest.raises(ExpectedError, match=told):
        run_experiment(config, tmp_path / "run", print)
    assert not (tmp_path / "run").exists()


def test_that_no_gpu_is_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasonrft.readiness.is_installed", lambda _: True)
    monkeypatch.setattr("reasonrft.readiness.has_gpu", lambda: False)
    said: list[str] = []

    def check(gpus: int, nodes: int) -> None:
        hardware = {"gpus": gpus, "nodes": nodes}
        table = {"name": "toy", "data": {"stage_1": 8}, "hardware": hardware}
        check_ready(make_config(table, [], "toy.toml"), tmp_path, said.append)

    for gpus, nodes in ((0, 1), (1, 1), (2, 2)):
        check(gpus, nodes)
    assert said == [
        f"hardware.gpus = {gpus}, and no GPU is here: the processor is used" for gpus in (1, 2)
    ]
    with pytest.raises(ExpectedError, match=r"^hardware\.gpus = 2, and no GPU is here: hardware"):
        check(gpus=2, nodes=1)


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
    from reasonrft.config_file import read_config
    from reasonrft.named_runs import find_run

    config = read_config(find_run("qwen2-vl-2b-reason-rft"))
    (grpo,) = [one for one in parts_of(Experiment(tmp_path, config)) if "GRPO" in one.name]
    assert grpo.server is not None
    assert str(tmp_path / "sft" / "model") in grpo.server
    assert grpo.url == config.grpo.rollout.server
