"""The backend in vLLM, as far as it can be tested without an engine."""

import json
import signal
import subprocess
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from reasonrft import children
from reasonrft.backend import ModelError, Options
from reasonrft.backends import vllm
from tests.fake_server import Handler

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")


def flags(options: Options) -> str:
    return " ".join(vllm._serve_command("a-model", 5000, options))


def test_what_a_model_brings_is_neither_run_nor_mixed_in_unless_asked_for() -> None:
    for_engine = vllm._arguments(Options())
    assert for_engine["trust_remote_code"] is False
    assert for_engine["generation_config"] == "vllm"
    assert "--no-trust-remote-code" in flags(Options())
    assert "--generation-config vllm" in flags(Options())
    trusted = Options(trust_remote_code=True)
    assert vllm._arguments(trusted)["trust_remote_code"] is True
    assert " --trust-remote-code" in flags(trusted)


def test_a_users_arguments_reach_the_server() -> None:
    own = {
        "enable_prefix_caching": False,
        "enforce_eager": True,
        "seed": 7,
        "swap_space": 0,
        "hf_overrides": {"a": 1},
        "revision": None,
    }
    written = flags(Options(engine=own))
    for wanted in (
        *("--no-enable-prefix-caching", "--enforce-eager", "--seed 7", "--swap-space 0"),
        '--hf-overrides {"a": 1}',
    ):
        assert wanted in written
    assert "--revision" not in written


def test_another_precision_is_another_model() -> None:
    engine = object.__new__(vllm.Engine)
    engine._name, engine._weights, engine._options = "a-model", "abc", Options()
    config = SimpleNamespace(model_config=SimpleNamespace(dtype="torch.bfloat16"))
    engine._engine = SimpleNamespace(llm_engine=SimpleNamespace(vllm_config=config))
    assert engine.identity()["dtype"] == "bfloat16"  # what `auto` became
    server = object.__new__(vllm.OwnServer)
    server._name, server._weights, server._options = "a-model", "abc", Options(dtype="float16")
    assert server.identity()["dtype"] == "float16"


def test_the_server_is_given_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("OPENAI_API_KEY", "VLLM_API_KEY", "MY_SECRET")
    for name in (*secrets, "HF_TOKEN"):
        monkeypatch.setenv(name, "sk-secret")
    tell = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
    command = [sys.executable, "-c", tell, str(tmp_path / "seen")]
    assert children.begin(command, children.without_keys("MY_SECRET")).wait(30) == 0
    seen = json.loads((tmp_path / "seen").read_text())
    assert not seen.keys() & set(secrets)
    assert seen["HF_TOKEN"] == "sk-secret"  # for models that are not open to all
    assert seen["PATH"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux ends it")
def test_the_server_ends_with_us_even_if_we_are_killed() -> None:
    code = (
        "import sys, time; from reasonrft.children import begin, without_keys\n"
        f"begin({SLEEPER!r}, without_keys(), sys.stderr); time.sleep(60)"
    )
    ours = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, cwd=Path(__file__).parent.parent
    )
    assert ours.stderr is not None
    assert ours.stderr.readline() == b"up\n"  # of the server, which shares the pipe
    ours.send_signal(signal.SIGKILL)
    ours.communicate(timeout=20)  # comes to the pipe's end only when the server is gone too


def test_a_proxy_is_not_asked_for_our_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "SECONDS_TO_START", 5.0)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    process = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        try:
            children.await_server(process, f"http://127.0.0.1:{server.server_port}/health")
        finally:
            server.shutdown()
            process.kill()
            process.wait()


def test_a_server_that_ends_is_not_waited_for() -> None:
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(ModelError, match=r"ended before it answered \(exit code 3\)"):
        children.await_server(process, f"http://127.0.0.1:{vllm._free_port()}/health")
