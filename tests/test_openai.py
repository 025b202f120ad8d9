"""The backend for servers: what it sends, what it bears, what it gives up, and what it never says."""

import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reasonrft.backend import Ask, Completion, Failure, ModelError, Options, Outcome, Sampling
from reasonrft.backends import openai as backend_module
from reasonrft.backends.openai import Server
from reasonrft.prompt import make_prompt
from tests.asked import build_toys, sources_of
from tests.fake_server import KEY, Handler, answer_to, make_server


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> list[Ask]:
    (source,) = sources_of(build_toys(tmp_path_factory.mktemp("toys")), "test")
    samples = enumerate(source.samples())
    return [Ask(sample, make_prompt(sample), row) for row, sample in samples]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend_module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(backend_module, "LONGEST_PAUSE", 0.01)


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
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

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
    with pytest.raises(ModelError, match=r"has no model 'other'; it has: toy"):
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
