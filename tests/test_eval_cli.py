"""`rrft eval`, `report`, `regrade`: what they take, choose, refuse and print."""

import json
from pathlib import Path

import pytest

from builders import registry
from builders.engine import InProcess
from builders.progress import WorkProgress
from reasonrft import benchmark, models
from reasonrft.backend import ModelError, Options
from reasonrft.evaluate import Manner
from reasonrft.evaluation import Request, read_options, run_evaluation, slug
from reasonrft.models import backend_names, choose_backend
from tests import toy_task
from tests.asked import build_toys, lines_of
from tests.command import Rrft


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_toys(tmp_path_factory.mktemp("toys"))


def test_an_evaluation_prints_its_numbers_and_where_its_report_is(
    rrft: Rrft, data: Path, tmp_path: Path
) -> None:
    said = rrft("eval", "--model", "oracle", "--data", data, "--out", tmp_path / "run")
    assert said.code == 0
    assert said.stdout.count("100.0% (") >= 4
    assert "In domain: 100.0%" in said.stdout
    assert said.stderr.startswith("rrft: backend oracle: a reference without a model\n")
    assert said.stderr.endswith(f"rrft: the report is {tmp_path / 'run' / 'report.html'}\n")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"run.json", "records.jsonl", "report.json", "report.md", "report.html"}


def test_a_foreign_dataset_neither_commands_the_terminal_nor_ends_in_a_traceback(
    rrft: Rrft, tmp_path: Path
) -> None:
    data = build_toys(tmp_path / "toys", "test=4", split="id")
    ask = ("eval", "--model", "oracle", "--data", data, "--out", tmp_path / "run")
    path = data / "manifest.json"
    manifest = json.loads(path.read_text())
    entry = manifest["families"]["counting"]["test"]
    told = {**entry, "kinds": {task: {} for task in entry["kinds"]}}
    path.write_text(json.dumps({**manifest, "families": {"counting": {"test": told}}}))
    said = rrft(*ask)
    assert said.code == 2 and "of which manifest.json tells nothing" in said.stderr
    path.write_text(json.dumps({**manifest, "families": {"\x1b]0;taken\x07": {}}}))
    said = rrft(*ask)
    assert said.code == 2 and "\\u001b]0;taken\\u0007" in said.stderr
    assert "\x1b" not in said.stderr
    (shard,) = entry["shards"]
    told = {**entry, "shards": [{**shard, "record": {**shard["record"], "file": "/proc/kcore"}}]}
    path.write_text(json.dumps({**manifest, "families": {"counting": {"test": told}}}))
    said = rrft(*ask)
    assert said.code == 2 and "shards.0.record.file: String should match" in said.stderr


def test_a_program_reads_json(rrft: Rrft, data: Path, tmp_path: Path) -> None:
    said = rrft("eval", "--model", "prior", "--data", data, "--out", tmp_path / "r", "--json")
    report = json.loads(said.stdout)
    assert report == json.loads((tmp_path / "r" / "report.json").read_text())
    assert set(report["families"]["counting"]["splits"]) == {
        *("test", "ood-dark", "ood-many", "ood-many-dark"),
    }


def test_the_run_lies_by_the_models_name(
    rrft: Rrft, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert rrft("eval", "--model", "mute", "--data", data, "--limit", "5").code == 0
    assert len(lines_of(tmp_path / "results" / "mute")) == 20
    again = rrft("eval", "--model", "mute", "--data", data, "--limit", "5")
    assert "0 answers in 0.0 s, 20 were there" in again.stderr
    assert slug("Qwen/Qwen2-VL-2B-Instruct") == "Qwen2-VL-2B-Instruct"
    assert slug("/models/my run:3/") == "my-run-3"
    assert slug("..") == "model"
    assert slug("experiments/mine/grpo/model") == "mine-grpo"
    assert slug("/models/base/model/") == slug("model") == "model"


def test_report_and_regrade_need_no_model(rrft: Rrft, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    rrft("eval", "--model", "oracle", "--data", data, "--out", run, "--split", "test")
    written = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    assert rrft("report", run).code == 0
    assert (run / "report.html").read_bytes() == written
    said = rrft("regrade", run, "--json")
    assert json.loads(said.stdout) == {"records": 40, "changed": {}, "grader": 1}
    assert "unchanged" in rrft("regrade", run).stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--model", "oracle", "--backend", "gpt"), "no backend 'gpt'; there are: auto, hf, mute,"),
        (("--model", "oracle", "--split", "tset"), "no split 'tset'; there are: test, ood-dark,"),
        (("--model", "oracle", "--family", "algebra"), "no family 'algebra' in"),
        (("--model", "oracle", "--prompt", "poem"), "no prompt 'poem'; there are: thought, answer"),
        (("--model", "m", "--price", "cheap"), "no price 'cheap'; it is IN,OUT"),
        *(
            (("--model", "oracle", "--price", price), f"no price '{price}'; it is IN,OUT")
            for price in ("nan,1", "1,-2", "inf,1", "1", "1,2,3", "")
        ),
        (("--model", "oracle", "--engine-arg", "x=NaN"), "'x=NaN': NaN is no finite number"),
        (("--model", "oracle", "--engine-arg", 'x={"y":-1e999}'), "-1e999 is no finite number"),
        *(
            (("--model", "oracle", "--engine-arg", f"{name}=1"), f"{name} follows from the other")
            for name in ("model", "messages", "stream", "n")
        ),
        (("--model", "oracle", "--out", ""), "'--out': a folder has a name"),
        (("--model", "oracle", "--engine-arg", "x"), "no engine argument 'x'; it is KEY=VALUE"),
        (("--model", "no-such-model"), "no model 'no-such-model': it is no folder"),
        *(
            (("--model", name), f"no model {name!r}: there is no such folder, and a name of the")
            for name in ("./none", "none/", "/none/such", "a/b/c", "a b/c", "a/b--c", "", " ")
        ),
        (("--model", "none", "--backend", "hf"), "no model 'none': there is no such folder"),
        (("--model", "m", "--base-url", "nowhere"), "'nowhere' is no server's address; it is http"),
        (("--model", "m", "--base-url", "ftp://me:secret@x/v1"), "'ftp://…@x/v1' is no server's"),
        (
            ("--model", "nano", "--backend", "hf", "--engine-arg", "a=1"),
            "--engine-arg is of no use to backend hf; it takes --batch-size, --dtype, --revision,",
        ),
        (("--model", "nano", "--revision", "v2"), "is of a model of the Hub, and nano is a folder"),
        (("--model", "oracle", "--dtype", "auto"), "--dtype is of no use to backend oracle, which"),
        (
            ("--model", "oracle", "--temperature", "1"),
            "--temperature is of no use to backend oracle, which",
        ),
        (("--model", "random", "--seed", "1"), "--seed is of no use to backend random, which"),
        (
            ("--model", "nano", "--seed", "1"),
            "--seed is of no use at temperature 0, which draws nothing; set",
        ),
        (
            ("--model", "nano", "--top-p", "0.5"),
            "--top-p is of no use at temperature 0, which draws",
        ),
        (("--model", "foo", "--backend", "oracle"), "and --model is 'foo': say --model oracle"),
        (("--model", "oracle", "--limit", "0"), "--limit"),
        (("--model", "oracle", "--temperature", "-1"), "--temperature"),
        (("--model", "m", "--timeout", "inf"), "'--timeout': 'inf' is not 86400 or less"),
        (("--model", "oracle", "--data", "/nowhere"), "no dataset in /nowhere"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    rrft: Rrft,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    place = () if "--data" in arguments else ("--data", data)
    out = () if "--out" in arguments else ("--out", tmp_path / "run")
    said = rrft("eval", *arguments, *place, *out)
    assert said.code == 2
    (line,) = [one for one in said.stderr.splitlines() if not one.startswith("rrft: backend")]
    assert reason in line
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_none_is_one_line(rrft: Rrft, tmp_path: Path) -> None:
    for command in ("report", "regrade"):
        said = rrft(command, tmp_path)
        assert (said.code, said.stderr) == (2, f"rrft: no run in {tmp_path}: it has no run.json\n")


def test_without_a_split_what_there_is_to_test_on_is_asked(rrft: Rrft, tmp_path: Path) -> None:
    train, test = (
        build_toys(tmp_path / name, f"{name}=40", split=name) for name in ("train", "test")
    )
    run = tmp_path / "run"
    said = rrft("eval", "--model", "oracle", "--data", train, "--out", run)
    told = f"rrft: {train} has no test and no ood- split, only train: name one with --split"
    assert (said.code, said.stderr.splitlines()[-1]) == (2, told)
    assert not run.exists()
    said = rrft("eval", "--model", "oracle", "--data", train, "--out", run, "--split", "ood")
    assert said.stderr.splitlines()[-1] == "rrft: no split 'ood'; there are: train (or all)"
    assert rrft("eval", "--model", "oracle", "--data", test, "--out", run).code == 0
    assert len(lines_of(run)) == 40


def test_a_damaged_run_is_told_without_an_option_that_there_is_not(
    rrft: Rrft, tmp_path: Path
) -> None:
    (tmp_path / "run.json").write_text("{")
    for arguments in (("report", tmp_path), ("compare", tmp_path, tmp_path.parent)):
        said = rrft(*arguments)
        assert said.code == 2
        assert said.stderr.endswith("; mend it, or begin anew in another folder\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", ""),
        ("audit", ".", "--against", ""),
        ("export", "", "--format", "rl", "--out", "new"),
        ("view", ""),
        ("view", ".", "--out", ""),
        ("publish", "", "--repo", "a/b"),
        ("report", ""),
        ("regrade", " "),
        ("compare", ".", ""),
        ("eval", "--model", "oracle", "--data", ""),
        ("train", "nano-quickstart", "--data", "", "--dry-run"),
        ("train", "nano-quickstart", "--out", "", "--dry-run"),
        ("quickstart", "--out", ""),
    ],
)
def test_an_empty_name_is_not_the_current_folder(rrft: Rrft, arguments: tuple[str, ...]) -> None:
    said = rrft(*arguments)
    assert said.code == 2
    assert ": a folder has a name (see rrft " in said.stderr


def test_a_seed_that_training_cannot_take_is_refused_before_anything_is_done(
    rrft: Rrft, tmp_path: Path
) -> None:
    said = rrft("quickstart", "--seed", "4294967296", "--out", tmp_path / "new")
    told = "rrft: --seed 4294967296: seed = 4294967296 is not 4294967295 or less\n"
    assert (said.code, said.stderr) == (2, told)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", ["report", "regrade", "audit", "view", "compare"])
def test_a_folder_that_is_none_is_named(rrft: Rrft, tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for name, told in ((file, "is a file"), (tmp_path / "none", "does not exist")):
        said = rrft(command, name)
        assert said.code == 2
        assert f": folder {str(name)!r} {told} (see rrft {command} --help)\n" in said.stderr


# Which backend.


def test_every_backend_says_what_it_needs() -> None:
    assert backend_names() == ["hf", "mute", "openai", "oracle", "prior", "random", "vllm"]
    assert {name: models._needs(name) for name in backend_names()} == {
        **dict.fromkeys(("mute", "oracle", "prior", "random"), ()),
        "hf": ("torch", "transformers"),
        "openai": ("openai", "httpx2"),
        "vllm": ("vllm",),
    }


def test_auto_chooses_by_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: set[str] = set()
    monkeypatch.setattr(models, "find_spec", lambda name: None if name in missing else object())
    monkeypatch.setattr(models, "_vllm_can_run", lambda: True)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server = Options(base_url="http://127.0.0.1:1/v1")
    assert choose_backend("oracle", "auto", Options()).name == "oracle"
    assert choose_backend("any", "auto", server).name == "openai"
    assert choose_backend(str(tmp_path), "auto", Options()).name == "vllm"
    assert choose_backend("org/name", "auto", Options()).name == "vllm"
    missing.add("vllm")
    assert choose_backend("org/name", "auto", Options()).name == "hf"
    missing.add("transformers")
    with pytest.raises(ModelError, match=r"pip install -e '\.\[vllm\]'"):
        choose_backend("org/name", "auto", Options())
    with pytest.raises(ModelError, match=r"hf needs transformers: pip install -e '\.\[train\]'"):
        models.open_backend("hf", "org/name", Options())
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    assert choose_backend("gpt-9", "auto", Options()).name == "openai"
    assert "sk-x" not in choose_backend("gpt-9", "auto", Options()).reason


def test_engine_arguments_are_json_or_text() -> None:
    options = read_options(
        price="2.5,10",
        parallel=(4, 1),
        engine_args=["max-model-len=4096", "quantization=fp8", "enforce_eager=true", "top_k=null"],
        base_url=None,
    )
    assert options.engine == {
        "max_model_len": 4096,
        "quantization": "fp8",
        "enforce_eager": True,
        "top_k": None,
        "tensor_parallel_size": 4,
    }
    assert options.prices == (2.5, 10.0)


@pytest.mark.parametrize("name", ["[/x]", "[bold]", "m\udcff"])
def test_a_models_name_is_no_markup(
    rrft: Rrft, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # the bar is drawn
    monkeypatch.setattr("builders.progress.SECONDS_BETWEEN_LINES", -1)
    # A name of this kind is a server's; to a program any backend answers for it.
    request = Request(name, "mute", data=(data,), limit=2)
    run_evaluation(request, Options(), Manner(), tmp_path / "run", print)
    for as_json in ((), ("--json",)):
        said = rrft("report", tmp_path / "run", *as_json)
        assert said.code == 0, said.stderr
    monkeypatch.delenv("FORCE_COLOR")
    with WorkProgress(name) as progress:  # a log has a line
        progress.start(2, 0)
        progress.advance(1)


# The benchmark.


def test_without_data_the_benchmark_is_built_once_into_the_cache(
    rrft: Rrft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "tasks", toy_task.tasks)
    # In this process: others would find the real tasks.
    monkeypatch.setattr(benchmark, "make_engine", lambda _name: InProcess())
    monkeypatch.chdir(tmp_path)
    said = rrft("eval", "--model", "oracle", "--split", "ood-many", "--limit", "4", "--json")
    assert said.code == 0, said.stderr
    families = json.loads(said.stdout)["families"]
    assert set(families) == {"counting", "geometry"}
    folders = sorted((tmp_path / "cache" / "reason-rft" / "rrft-bench-v1").iterdir())
    assert [folder.name.split("-")[0] for folder in folders] == ["counting", "geometry"]
    before = {path: path.stat().st_mtime_ns for path in folders[0].rglob("*.parquet")}
    assert before
    assert "rrft: building rrft-bench v1 once: 1,000 questions of counting, a" in said.stderr
    assert "(--data FOLDER asks those of another dataset)\n" in said.stderr
    again = rrft("eval", "--model", "mute", "--split", "ood-many", "--limit", "4")
    assert again.code == 0
    assert "building" not in again.stderr
    assert {path: path.stat().st_mtime_ns for path in folders[0].rglob("*.parquet")} == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--model", "no/such", "--backend", "hf"), "no/such"),
        (("--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--patience", "0"), "127.0.0.1:9"),
        (("--model", "oracle", "--out", "taken"), "taken holds something else (notes.txt)"),
        (("--model", "oracle", "--out", "notes.txt"), "notes.txt is a file; a run is a folder"),
        (("--model", "oracle", "--out", "run"), "run is a run with backend = mute, not oracle"),
        (("--model", "oracle", "--out", "run", "--split", "tset"), "no split 'tset'"),
    ],
)
def test_what_is_refused_is_refused_before_the_benchmark_is_built(
    rrft: Rrft,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # or it asks five times
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    for path in (tmp_path / "taken" / "notes.txt", tmp_path / "notes.txt"):
        path.write_text("mine")
    assert rrft("eval", "--model", "mute", "--data", data, "--out", "run").code == 0
    said = rrft("eval", *arguments)
    assert said.code == 2
    assert reason in said.stderr.splitlines()[-1]
    assert not (tmp_path / "cache").exists()


def test_another_version_of_a_task_is_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    tasks = toy_task.tasks()
    changed = {**tasks, "dots": replace(tasks["dots"], version=9)}
    assert benchmark._folder("counting", tasks) != benchmark._folder("counting", changed)
    assert benchmark._folder("geometry", tasks) == benchmark._folder("geometry", changed)


def test_the_benchmark_never_shares_a_sample_with_usual_training_data() -> None:
    plans = benchmark.benchmark_plans(None, ["id,ood"], registry.tasks())
    for family, of in plans.items():
        assert {plan.seed for plan in of} == {benchmark.SEED}
        assert all(plan.rows >= 600 for plan in of), family
        assert "train" not in {plan.split for plan in of}
