"""openai: a model behind a server that speaks OpenAI's protocol: vLLM, SGLang, OpenAI, Gemini, others.

A request is tried again while its patience lasts, with growing pauses, where the trouble may pass: no
connection, an answer that breaks off, 408, 409, 429 and 5xx. What the server refuses is a failure of that
one request; a wrong key or an unknown model ends the run, when what is under way has come. Nothing that a
server sends is believed: not its types, not its length, not that it ever ends. The key is in no text.
"""

import base64
import json
import math
import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from threading import Event
from typing import Any, Final
from urllib.parse import quote, urlsplit

from reasonrft.backend import (
    COPIES,
    Ask,
    Completion,
    Failure,
    ModelError,
    Options,
    Outcome,
    Sampling,
    one_line,
)
from reasonrft.backends._crew import Crew
from reasonrft.backends._sent import read_answer, served_models

NEEDS: Final = ("openai", "httpx2")  # packages
OF_REQUESTS: Final = ("concurrency", "patience", "timeout", "price")
# Options of the command line.
TAKES: Final = ("base_url", "api_key_env", *OF_REQUESTS, "engine_arg")
FIRST_PAUSE: Final = 0.5  # seconds; twice as long each time
LONGEST_PAUSE: Final = 30.0
GRACE: Final = 20.0  # seconds for what is under way when a run ends early
ALIKE: Final = 20  # failures, before any answer, that show that there will be none
LARGEST: Final = 64 << 20  # bytes of an answer
LONGEST_COMPLAINT: Final = 64 << 10  # bytes: of what comes without success, the rest is not read
PASSING: Final = (408, 409, 429)  # statuses of troubles that may pass, besides all from 500 on
FATAL: Final = (401, 403, 404)  # that any other request would meet too
NO_KEY: Final = "EMPTY"  # for servers that want none
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
AT_HOME: Final = ("127.0.0.1", "localhost", "::1")  # never behind a proxy


class Server:
    """A model behind a server."""

    def __init__(self, model: str, options: Options) -> None:
        """Reach the server once; ModelError where it is not there or does not have the model."""
        import openai

        self._model = model
        self._options = options
        self._key = _key_in(options.api_key_env)
        self._shown, at_home = _shown_url(options.base_url)
        self._client = openai.OpenAI(
            base_url=options.base_url,
            api_key=self._key or NO_KEY,
            max_retries=0,
            timeout=options.timeout,
            http_client=openai.DefaultHttpxClient(
                trust_env=not at_home, event_hooks={"response": [self._cut_complaint]}
            ),
        )
        self._stopped = Event()
        try:
            self._check()
        except ModelError:
            self.close()
            raise

    def _check(self) -> None:
        """Whether the server is there and has the model, as far as it says."""
        import openai

        try:
            with self._client.models.with_streaming_response.list() as answer:
                served = served_models(self._body(answer))
        except openai.APIStatusError as problem:
            if problem.status_code in (401, 403):
                raise ModelError(self._told(problem)) from None
            return  # some servers have no list
        except openai.OpenAIError as problem:
            raise ModelError(f"no server answers at {self._shown}: {self._told(problem)}") from None
        except ValueError as problem:
            reason = self._told(problem)
            raise ModelError(f"{self._shown} does not speak OpenAI's protocol: {reason}") from None
        if served and not {self._model, f"models/{self._model}"} & set(served):
            there = ", ".join(map(repr, served[:20]))
            raise ModelError(f"{self._shown} has no model {self._model!r}; it has: {there}")

    def identity(self) -> Mapping[str, Any]:
        """The model by name: a server does not say which weights it has."""
        return {"backend": "openai", "model": self._model, "request": dict(self._options.engine)}

    def circumstances(self) -> Mapping[str, Any]:
        """Where it is."""
        from importlib.metadata import version

        return {"engine": f"openai {version('openai')}", "server": self._shown}

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """As they come; twice as many wait as are asked at once."""
        crew = Crew(self._options.concurrency, lambda ask: self._ask(ask, sampling))
        end: ModelError | None = None
        failed: list[str] = []  # reasons, until there is an answer
        answered = False
        try:
            while True:
                for ask in islice(asks, 2 * self._options.concurrency - crew.waiting):
                    crew.give(ask)
                if not crew.waiting:
                    break
                told = crew.hear(GRACE if end else None)
                if told is None:
                    break
                ask, outcome = told
                if isinstance(outcome, ModelError):
                    end = end or outcome
                elif isinstance(outcome, Completion) or end is None:
                    answered = answered or isinstance(outcome, Completion)
                    failed += [] if isinstance(outcome, Completion) else [outcome.reason]
                    yield ask, outcome
                if not answered and len(failed) >= ALIKE:
                    end = end or ModelError(f"the first {ALIKE} requests all failed: {failed[-1]}")
                if end:
                    self._stopped.set()
                    asks = iter(())
        finally:
            self._stopped.set()  # ends the pauses
            crew.dismiss()
        if end:
            raise end

    def _ask(self, ask: Ask, sampling: Sampling) -> Outcome:
        """The answer to one request, tried again while patience lasts."""
        import openai

        request = self._request(ask, sampling)
        deadline = time.monotonic() + self._options.patience
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                return self._once(request)
            except openai.APIStatusError as problem:
                reason, asked = self._told(problem), _retry_after(problem)
                if _is_fatal(problem):
                    raise ModelError(reason) from None
                if problem.status_code not in PASSING and problem.status_code < 500:
                    return Failure(reason)
            except (openai.OpenAIError, ValueError) as problem:
                reason, asked = self._told(problem), 0.0  # no connection, or half an answer
            # Jitter, so that all who were turned away do not come back at once.
            wanted = max(asked, pause * random.SystemRandom().uniform(0.5, 1.0))
            if time.monotonic() + wanted > deadline or self._stopped.wait(wanted):
                return Failure(f"{reason} (tried for {self._options.patience:g} s)")
            pause = min(2 * pause, LONGEST_PAUSE)
        return Failure("not asked: the run was ended")

    def _once(self, request: Mapping[str, Any]) -> Completion:
        call: AbstractContextManager[Any] = (
            self._client.chat.completions.with_streaming_response.create(**request)
        )
        with call as answer:
            read = read_answer(self._body(answer))
        return Completion(
            self._without_key(read.text),
            read.finish,
            read.prompt_tokens,
            read.tokens,
            self._cost(read.prompt_tokens, read.tokens),
        )

    def _body(self, answer: Any) -> bytes:
        """What the server sends.

        Raises:
            ValueError: it does not end, or not in time, or breaks off.
        """
        import httpx2  # what openai speaks HTTP with; what breaks off here it passes on as it is

        deadline = time.monotonic() + self._options.timeout
        body = bytearray()
        try:
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise ValueError(f"the server sent more than {LARGEST >> 20} MB")
                if time.monotonic() > deadline:
                    raise ValueError(f"no whole answer after {self._options.timeout:g} s")
        except (httpx2.HTTPError, httpx2.StreamError) as problem:
            raise ValueError(f"the answer broke off: {problem}") from None
        return bytes(body)

    def _cut_complaint(self, answer: Any) -> None:
        """Leave the beginning of what comes without success: the library reads all of it, if it ends or not."""
        import httpx2

        if answer.is_success:
            return
        deadline = time.monotonic() + self._options.timeout
        body = bytearray()
        for part in answer.stream:
            body += part
            if len(body) > LONGEST_COMPLAINT or time.monotonic() > deadline:
                break
        answer.stream.close()
        answer.stream = httpx2.ByteStream(bytes(body[:LONGEST_COMPLAINT]))

    def _request(self, ask: Ask, sampling: Sampling) -> dict[str, Any]:
        pictures = [
            {"type": "image_url", "image_url": {"url": _data_url(png)}} for png in ask.prompt.images
        ]
        content = [*pictures, {"type": "text", "text": ask.prompt.text}]
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": "user", "content": content}],
            "max_completion_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
        }
        if sampling.temperature > 0:
            request |= {"top_p": sampling.top_p, "seed": ask.seed(sampling)}
        # What a user sets goes as it is; with null a server that does not know a field is spared it.
        known = {name: value for name, value in self._options.engine.items() if name in request}
        others = {name: value for name, value in self._options.engine.items() if name not in known}
        request = {name: value for name, value in (request | known).items() if value is not None}
        return request | ({"extra_body": others} if others else {})

    def _cost(self, read: int | None, written: int | None) -> float | None:
        if self._options.prices is None or read is None or written is None:
            return None
        of_read, of_written = self._options.prices
        return round((read * of_read + written * of_written) / 1e6, 9)

    def _told(self, problem: BaseException) -> str:
        """A complaint in one line, with its cause, without the key that some servers repeat."""
        cause = problem.__cause__
        said = f"{problem} ({cause})" if cause is not None and str(cause) else str(problem)
        return one_line(self._without_key(said) or type(problem).__name__)

    def _without_key(self, text: str) -> str:
        for spelling in _spellings(self._key):
            text = text.replace(spelling, "…")
        return text

    def close(self) -> None:
        """Ask nothing more."""
        self._stopped.set()
        self._client.close()


def _key_in(variable: str) -> str:
    """The key in a variable; empty where there is none, or no variable.

    Raises:
        ModelError: the variable's name or the key cannot be one.
    """
    if not variable:
        return ""
    if not VARIABLE.fullmatch(variable):
        raise ModelError(
            "--api-key-env names a variable, such as OPENAI_API_KEY; it is no key itself"
        )
    key = os.environ.get(variable, "")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ModelError(f"the key in {variable} holds characters that no header may")
    return key


def _spellings(key: str) -> list[str]:
    """How a key may stand in a text; a short one could be anything."""
    return list(dict.fromkeys((key, json.dumps(key)[1:-1], quote(key)))) if len(key) > 4 else []


def _shown_url(url: str | None) -> tuple[str, bool]:
    """A server's address without what may be secret, and whether it is this machine.

    Raises:
        ModelError: it is no address.
    """
    if url is None:
        return "OpenAI", False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host:
        raise ModelError(
            f"--base-url {_without_user(url)} is no server's address; it is http://HOST:PORT/v1"
        )
    shown = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
    return shown, host in AT_HOME


def _without_user(url: str) -> str:
    """What a user wrote for an address, without a name and a password in it."""
    return repr(re.sub(r"[^/]*@", "…@", url))


def _is_fatal(problem: Any) -> bool:
    """Whether every other request would meet this too: no right, no such model, nothing left to spend."""
    return problem.status_code in FATAL or problem.code == "insufficient_quota"


def _retry_after(problem: Any) -> float:
    """The pause that the server asks for, in seconds; none where it names a date, or no number."""
    try:
        asked = float(problem.response.headers.get("retry-after", 0))
    except ValueError:
        return 0.0
    return min(max(asked, 0.0), 60.0) if math.isfinite(asked) else 0.0


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def open_backend(model: str, options: Options) -> Server:
    """The server.

    Raises:
        ModelError: it is not there, or the options are another's.
    """
    if copies := set(COPIES) & options.engine.keys():
        raise ModelError(
            f"{', '.join(sorted(copies))}: a server is started with it, not asked for it"
        )
    return Server(model, options)
