"""The backend for servers: what it sends, what it bears, what it gives up, and what it never says."""

import gc
import json
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reasonrft.backend import Ask, Completion, Failure, ModelError, Options, Outcome, Sampling
from reasonrft.backends import openai as backend_module
from reasonrft.backends._sent import read_answer
from reasonrft.backends.openai import Server
from reasonrft.prompt import make_prompt
from tests.asked import build_toys, sources_of
from tests.command import Rrft
from tests.fake_server import KEY, Handler, answer_to, make_server

# Of clients whose server hangs, and of servers whose client has gone.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> list[Ask]:
    (source,) = sources_of(build_toys(tmp_path_factory.mktemp("toys")), "test")
    samples = enumerate(source.samples())
    return [Ask(sample, make_prompt(sample), row) for row, sample in samples]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend_module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(backend_module, "GRACE", 2.0)
    monkeypatch.setattr(backend_module, "LONGEST_PAUSE", 0.01)


@pytest.fixture(autouse=True, scope="module")
def no_socket_is_left() -> Iterator[None]:
    """To another file's tests, which would complain of it. Once: after other files it takes seconds."""
    yield
    gc.collect()


class Running:
    """A server in this process, and what it was sent."""

    def __init__(self, **settings: Any) -> None:
        self.requests: list[dict[str, Any]] = []
        self.most_at_once = 0
        running, self._lock, self._now = self, threading.Lock(), 0

        class Watched(Handler):
            def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
                with running._lock:
                    running._now += 1
                    running.most_at_once = max(running.most_at_once, running._now)
                try:
                    super().do_POST()
                finally:
                    with running._lock:
                        running._now -= 1

            def _send(self, status: int, body: Any, headers: Any = None) -> None:
                if status == 200 and "choices" in body:
                    time.sleep(0.002)
                super()._send(status, body, headers)

        for name, value in settings.items():
            setattr(Watched, name, value)
        self.server: ThreadingHTTPServer = make_server(0)
        self.server.RequestHandlerClass = Watched
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"


@pytest.fixture
def running() -> Iterator[Any]:
    started: list[Running] = []

    def start(**settings: Any) -> Running:
        started.append(Running(**settings))
        return started[-1]

    yield start
    for one in started:
        one.server.shutdown()
        one.server.server_close()


def outcomes(
    url: str, asks: list[Ask], sampling: Sampling | None = None, **options: Any
) -> dict[int, Outcome]:
    backend = Server("toy", Options(base_url=url, **options))
    try:
        found = {ask.row: one for ask, one in backend.answer(iter(asks), sampling or Sampling())}
    finally:
        backend.close()
    assert set(found) == {ask.row for ask in asks}
    return found


def expected(ask: Ask, sampling: Sampling | None = None) -> str:
    pictures = [
        {"type": "image_url", "image_url": {"url": backend_module._data_url(png)}}
        for png in ask.prompt.images
    ]
    content = [*pictures, {"type": "text", "text": ask.prompt.text}]
    chosen = sampling or Sampling()
    return answer_to(
        {
            "messages": [{"content": content}],
            "temperature": chosen.temperature,
            "seed": ask.seed(chosen),
        }
    )


def test_every_question_is_answered_with_its_own_pictures(running: Any, asks: list[Ask]) -> None:
    found = outcomes(running().url, asks)
    assert {ask.row: found[ask.row] for ask in asks} == {
        ask.row: Completion(expected(ask), "stop", 100, 20, None) for ask in asks
    }


def test_sampling_sends_a_seed_of_its_own_for_each(running: Any, asks: list[Ask]) -> None:
    sampling = Sampling(temperature=0.8, seed=4)
    found = outcomes(running().url, asks, sampling)
    assert {row: one.text for row, one in found.items() if isinstance(one, Completion)} == {
        ask.row: expected(ask, sampling) for ask in asks
    }


def test_faults_are_borne(running: Any, asks: list[Ask]) -> None:
    found = outcomes(running(faults=0.5).url, asks)
    assert all(found[ask.row] == Completion(expected(ask), "stop", 100, 20) for ask in asks)


def test_a_refused_request_fails_alone_and_at_once(running: Any, asks: list[Ask]) -> None:
    start = time.monotonic()
    found = outcomes(running(failing="In which half").url, asks)
    assert time.monotonic() - start < 20
    refused = {ask.row for ask in asks if ask.sample.task == "half"}
    assert {row for row, one in found.items() if isinstance(one, Failure)} == refused
    assert all(
        "this picture is refused" in one.reason
        for one in found.values()
        if isinstance(one, Failure)
    )


def test_patience_ends(running: Any, asks: list[Ask]) -> None:
    found = outcomes(running(faults=1.0).url, asks[:4], patience=0.2)
    assert all(
        isinstance(one, Failure) and "tried for 0.2 s" in one.reason for one in found.values()
    )


def test_concurrency_is_kept_to(running: Any, asks: list[Ask]) -> None:
    server = running()
    outcomes(server.url, asks, concurrency=3)
    assert 1 < server.most_at_once <= 3


def test_questions_are_taken_as_there_is_room(running: Any, asks: list[Ask]) -> None:
    taken = 0

    def endless() -> Iterator[Ask]:
        nonlocal taken
        for ask in asks:
            taken += 1
            yield ask

    backend = Server("toy", Options(base_url=running().url, concurrency=2))
    answers = backend.answer(endless(), Sampling())
    next(answers)
    assert taken <= 5
    answers.close()  # type: ignore[attr-defined]  # a generator
    backend.close()


def test_a_wrong_key_ends_the_run_and_is_not_told(
    running: Any, asks: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "wrong")
    with pytest.raises(ModelError, match="bad key") as refused:
        outcomes(running().url, asks, api_key_env="MY_KEY")
    assert "wrong" not in str(refused.value)


def test_a_key_that_a_server_repeats_is_not_told(
    running: Any, asks: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def angry(handler: Any) -> None:
        handler.rfile.read(int(handler.headers["content-length"]))
        handler._send(400, {"error": {"message": f"you sent {handler.headers['authorization']}"}})

    found = outcomes(running(do_POST=angry).url, asks[:3])
    reasons = " ".join(one.reason for one in found.values() if isinstance(one, Failure))
    assert reasons.count("you sent Bearer …") == 3
    assert KEY not in reasons


def test_an_unknown_model_is_refused_before_anything_is_asked(running: Any) -> None:
    with pytest.raises(ModelError, match=r"has no model 'other'; it has: 'toy'"):
        Server("other", Options(base_url=running().url))


def test_no_server_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no server answers at http://127\.0\.0\.1:9/"):
        Server("toy", Options(base_url="http://127.0.0.1:9/v1"))


def test_tokens_have_their_price(running: Any, asks: list[Ask]) -> None:
    found = outcomes(running().url, asks[:2], prices=(2.5, 10.0))
    costs = [one.cost for one in found.values() if isinstance(one, Completion)]
    assert costs == [pytest.approx((100 * 2.5 + 20 * 10) / 1e6)] * 2


def test_fields_of_a_request_are_the_users_to_set(asks: list[Ask]) -> None:
    backend = Server.__new__(Server)
    backend._model = "toy"
    backend._options = Options(engine={"temperature": None, "reasoning_effort": "low"})
    request = backend._request(asks[0], Sampling())
    assert "temperature" not in request
    assert request["extra_body"] == {"reasoning_effort": "low"}
    assert request["max_completion_tokens"] == 1024


# A server that does not obey the protocol.


def sends(body: bytes | str, status: int = 200, **headers: str) -> Any:
    """An answer to each question, as it is."""
    content = body.encode() if isinstance(body, str) else body

    def send(handler: Any) -> None:
        handler.rfile.read(int(handler.headers.get("content-length") or 0))
        handler.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return send


def with_message(content: Any, **more: Any) -> str:
    choice = {"message": {"content": content}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice | more.pop("choice", {})], **more})


@pytest.mark.parametrize(
    ("body", "text", "tokens"),
    [
        (with_message("5"), "5", None),
        (with_message(None), "", None),
        (with_message([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "ab", None),
        (with_message("5", usage=None), "5", None),
        (with_message("5", usage={"completion_tokens": 7}), "5", 7),
        (with_message("5", usage=[1]), "5", None),
        (with_message("5", usage={"completion_tokens": "many"}), "5", None),
        (with_message("5", usage={"completion_tokens": True}), "5", None),
        (with_message("5", usage={"completion_tokens": -1}), "5", None),
        (with_message("5", usage={"completion_tokens": 10**30}), "5", None),
        (with_message("\ud800 </script>"), "\ud800 </script>", None),
    ],
)
def test_odd_answers_are_answers(body: str, text: str, tokens: int | None) -> None:
    read = read_answer(body.encode())
    assert (read.text, read.tokens) == (text, tokens)


BROKEN = [
    "",
    "null",
    "[]",
    "7",
    "<html>",
    '{"choices": []}',
    '{"choices": {}}',
    '{"choices": "x"}',
    '{"choices": ["x"]}',
    '{"choices": [{"message": "x", "finish_reason": "stop"}]}',
    '{"choices": [{"message": {}, "finish_reason": "stop"}]}',
    with_message(7),
    with_message({"text": "5"}),
    with_message([{"type": "image"}]),
    with_message("5", choice={"finish_reason": None}),
    with_message("5", choice={"finish_reason": 3}),
    "[" * 100_000,
    "1" * 10_000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_answer_fails_and_ends_nothing(
    running: Any, asks: list[Ask], body: bytes | str
) -> None:
    found = outcomes(running(do_POST=sends(body)).url, asks[:2], patience=0.02)
    reasons = [one.reason for one in found.values() if isinstance(one, Failure)]
    assert len(reasons) == 2
    assert all("\n" not in reason and len(reason) < 400 for reason in reasons)


def test_an_error_in_a_good_answer_is_told(running: Any, asks: list[Ask]) -> None:
    body = json.dumps({"error": {"message": "the model is being loaded"}})
    (one,) = outcomes(running(do_POST=sends(body)).url, asks[:1], patience=0.02).values()
    assert isinstance(one, Failure)
    assert "the server sent no answer: the model is being loaded" in one.reason


MODELS = ["<html>", b"\xff", "[]", '{"data": "x"}', '{"data": {"id": "toy"}}', "[" * 100_000]


@pytest.mark.parametrize("body", MODELS, ids=range(len(MODELS)))
def test_what_lists_no_models_is_no_server(running: Any, body: bytes | str) -> None:
    with pytest.raises(ModelError, match="does not speak OpenAI's protocol") as refused:
        Server("toy", Options(base_url=running(do_GET=sends(body)).url))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    ['{"data": []}', '{"data": [null, "toy", {"id": null}]}', '{"data": [{"id": "models/toy"}]}'],
)
def test_lists_that_say_little_are_borne(running: Any, asks: list[Ask], body: str) -> None:
    assert len(outcomes(running(do_GET=sends(body)).url, asks[:2])) == 2


@pytest.mark.parametrize("url", ["http://[::", "127.0.0.1:8000", "file:///etc/passwd", "http://"])
def test_no_address_is_refused(url: str) -> None:
    with pytest.raises(ModelError, match=re.escape(f"--base-url {url!r} is no server's address")):
        Server("toy", Options(base_url=url))


def test_a_dripping_answer_ends_by_the_clock(running: Any, asks: list[Ask]) -> None:
    def drip(handler: Any) -> None:
        handler.rfile.read(int(handler.headers["content-length"]))
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        try:
            for _ in range(500):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    start = time.monotonic()
    found = outcomes(running(do_POST=drip).url, asks[:1], patience=0.1, timeout=0.5)
    assert time.monotonic() - start < 15
    assert isinstance(found[asks[0].row], Failure)


def test_an_endless_answer_is_given_up(
    running: Any, asks: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend_module, "LARGEST", 1000)
    (one,) = outcomes(running(do_POST=sends("x" * 5000)).url, asks[:1], patience=0.02).values()
    assert isinstance(one, Failure)
    assert "the server sent more than" in one.reason


@pytest.mark.parametrize("status", [302, 400, 503])
def test_an_endless_complaint_is_cut(running: Any, asks: list[Ask], status: int) -> None:
    sent = 0

    def complain(handler: Any) -> None:
        nonlocal sent
        handler.rfile.read(int(handler.headers["content-length"]))
        handler.send_response(status)
        handler.send_header("location", "/v1/elsewhere")
        handler.end_headers()
        handler.close_connection = True
        try:
            while sent < 64 << 20:
                sent += handler.wfile.write(b"no " * 10_000)
        except OSError:
            pass

    (one,) = outcomes(running(do_POST=complain).url, asks[:1], patience=0).values()
    assert isinstance(one, Failure) and len(one.reason) < 400
    assert sent < 32 << 20, "no more than lies in buffers"


# How long it waits.


def pauses_of(
    asks: list[Ask], monkeypatch: pytest.MonkeyPatch, url: str, chance: float, patience: float = 100
) -> list[float]:
    """The pauses before an answer, none of them really taken; the chance is the jitter's."""
    monkeypatch.setattr(backend_module, "FIRST_PAUSE", 0.5)
    monkeypatch.setattr(backend_module, "LONGEST_PAUSE", 30.0)
    monkeypatch.setattr(
        random.SystemRandom,
        "uniform",
        lambda _self, low, high: low + chance * (high - low),
    )
    backend = Server("toy", Options(base_url=url, patience=patience))
    taken: list[float] = []

    def wait(seconds: float) -> bool:
        taken.append(seconds)
        return False

    monkeypatch.setattr(backend._stopped, "wait", wait)
    backend._ask(asks[0], Sampling())
    backend.close()
    return taken


def refusing(times: int, status: int, **headers: str) -> Any:
    left = [times]

    def answer(handler: Any) -> None:
        left[0] -= 1
        good = json.dumps({"choices": [{"message": {"content": "5"}, "finish_reason": "stop"}]})
        (sends(good) if left[0] < 0 else sends("{}", status, **headers))(handler)

    return answer


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_pauses_grow_to_a_limit_with_jitter(
    running: Any, asks: list[Ask], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    longest = pauses_of(asks, monkeypatch, running(do_POST=refusing(9, status)).url, 1.0)
    assert longest == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    shortest = pauses_of(asks, monkeypatch, running(do_POST=refusing(4, status)).url, 0.0)
    assert shortest == [0.25, 0.5, 1, 2]


@pytest.mark.parametrize(
    ("asked", "pause"),
    [("7", 7.0), ("900", 60.0), ("nan", 0.5), ("inf", 0.5), ("-3", 0.5), ("Wed, 21 Oct", 0.5)],
)
def test_a_server_may_ask_for_a_longer_pause(
    running: Any, asks: list[Ask], monkeypatch: pytest.MonkeyPatch, asked: str, pause: float
) -> None:
    server = running(do_POST=refusing(1, 429, retry_after=asked))
    assert pauses_of(asks, monkeypatch, server.url, 1.0) == [pause]


# When it ends.


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, {"message": "no"}),
        (403, {"message": "no"}),
        (404, {"message": "no"}),
        (429, {"message": "no", "code": "insufficient_quota"}),
    ],
)
def test_the_end_of_a_run_loses_no_answer_under_way(
    running: Any, asks: list[Ask], status: int, error: dict[str, str]
) -> None:
    seen = [0]
    lock = threading.Lock()

    def answer(handler: Any) -> None:
        with lock:
            seen[0] += 1
            mine = seen[0]
        if mine == 3:
            sends(json.dumps({"error": error}), status)(handler)
            return
        time.sleep(0.3)
        sends(with_message("5"))(handler)

    backend = Server("toy", Options(base_url=running(do_POST=answer).url, concurrency=8))
    kept: list[Ask] = []
    answers = backend.answer(iter(asks), Sampling())
    with pytest.raises(ModelError, match="no"):
        kept.extend(ask for ask, _ in answers)
    backend.close()
    assert len(kept) == seen[0] - 1 >= 2
    assert seen[0] <= 10  # nothing new is asked


def test_a_server_that_refuses_everything_ends_the_run(running: Any, asks: list[Ask]) -> None:
    body = json.dumps({"error": {"message": "unknown field max_completion_tokens"}})
    backend = Server("toy", Options(base_url=running(do_POST=sends(body, 400)).url, concurrency=2))
    answers = backend.answer(iter(asks), Sampling())
    with pytest.raises(ModelError, match=r"the first 20 requests all failed: .*unknown field"):
        list(answers)
    backend.close()


# What is never told.


@pytest.mark.parametrize("key", ["sk-é", "sk-\n", "a b"])
def test_a_key_that_no_header_may_hold_is_refused(
    running: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ModelError, match="the key in OPENAI_API_KEY holds characters") as refused:
        Server("toy", Options(base_url=running().url))
    assert key not in str(refused.value)


def test_a_key_in_place_of_its_variable_is_not_repeated(running: Any) -> None:
    with pytest.raises(ModelError, match="--api-key-env names a variable") as refused:
        Server("toy", Options(base_url=running().url, api_key_env="sk-proj-1"))
    assert "sk-proj-1" not in str(refused.value)


SECRET = "sk-verysecret0123456789"


def test_secrets_are_in_no_file_and_no_stream(
    running: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rrft: Rrft
) -> None:
    """Even if the server repeats them in answers and in long complaints."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    data = build_toys(tmp_path / "data", "test=8")
    turns = [0]

    def echo(handler: Any) -> None:
        turns[0] += 1
        if turns[0] % 2:
            sends(with_message(f"<answer>{handler.headers['authorization']}</answer>"))(handler)
        else:
            sends(json.dumps({"error": {"message": "x" * 290 + SECRET}}), 400)(handler)

    url = f"{running(do_POST=echo).url}?api_key=hidden-too"
    said = rrft(
        "eval", "--model", "toy", "--base-url", url, "--data", data, "--out", tmp_path / "run"
    )
    assert said.code == 1  # some answers could not be had
    written = "".join(path.read_text() for path in (tmp_path / "run").iterdir())
    assert "Bearer \\u2026" in written
    for text in (written, said.stdout, said.stderr):
        for secret in (SECRET[:12], "hidden-too"):
            assert secret not in text


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    shown = backend_module._shown_url("https://me:word@api.example.org:8443/v1?key=x#y")
    assert shown == ("https://api.example.org:8443/v1", False)
    assert backend_module._shown_url("http://localhost:8000/v1") == (
        "http://localhost:8000/v1",
        True,
    )


HANGING = """
import sys, time
sys.path.insert(0, {root!r})
from tests.test_openai import Running
def hang(handler):
    time.sleep(600)
print(Running(do_POST=hang).url, flush=True)
time.sleep(600)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_whose_server_hangs_stops_at_once(tmp_path: Path, number: signal.Signals) -> None:
    data = build_toys(tmp_path / "data", "test=8")
    root = Path(__file__).parent.parent
    command = [sys.executable, "-c", HANGING.format(root=str(root))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        client = subprocess.Popen(
            [sys.executable, "-m", "cli", "eval", "--model", "toy", "--base-url", url,
             "--data", data, "--split", "test", "--out", tmp_path / "run"],
            cwd=root, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not (tmp_path / "run" / "records.jsonl").exists():
            assert client.poll() is None
            time.sleep(0.05)
        time.sleep(1)
        client.send_signal(number)
        start = time.monotonic()
        try:
            _, stderr = client.communicate(timeout=30)
        finally:
            client.kill()
            server.kill()
    assert time.monotonic() - start < 10
    assert client.returncode == 128 + number
    assert "rrft: stopped; the same command goes on" in stderr
    assert "Traceback" not in stderr
