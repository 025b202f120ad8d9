"""openai: a model behind a server that speaks OpenAI's protocol: vLLM, SGLang, OpenAI, Gemini, others.

A request is tried again while its patience lasts, with growing pauses, where the trouble may pass: no
connection, an answer that breaks off, 408, 409, 429 and 5xx. What the server refuses is a failure of that
one request; a wrong key or an unknown model ends the run.
"""

import base64
import os
import random
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event
from typing import Any, Final

from reasonrft.backend import (
    Ask,
    Completion,
    Failure,
    ModelError,
    Options,
    Outcome,
    Sampling,
    one_line,
)

NEEDS: Final = ("openai",)  # packages
FIRST_PAUSE: Final = 0.5  # seconds; twice as long each time
LONGEST_PAUSE: Final = 30.0
TIMEOUT: Final = 600.0  # seconds of one request: long answers of large models take minutes
PASSING: Final = (408, 409, 429)  # statuses of troubles that may pass, besides all from 500 on
FATAL: Final = (401, 403, 404)  # that any other request would meet too
NO_KEY: Final = "EMPTY"  # for servers that want none


class Server:
    """A model behind a server."""

    def __init__(self, model: str, options: Options) -> None:
        """Reach the server once; ModelError where it is not there or does not have the model."""
        import openai

        self._model = model
        self._options = options
        self._key = os.environ.get(options.api_key_env) or NO_KEY
        self._client = openai.OpenAI(
            base_url=options.base_url, api_key=self._key, max_retries=0, timeout=TIMEOUT
        )
        self._stopped = Event()
        self._check()

    def _check(self) -> None:
        import openai

        try:
            served = [one.id for one in self._client.models.list()]
        except openai.APIConnectionError as problem:
            raise ModelError(f"no server answers at {self._client.base_url}: {problem}") from None
        except openai.APIStatusError as problem:
            if problem.status_code in (401, 403):
                raise ModelError(self._told(problem)) from None
            return  # some servers have no list
        if served and not any(name.split("/")[-1] == self._model.split("/")[-1] for name in served):
            raise ModelError(
                f"{self._client.base_url} has no model {self._model!r}; it has: {', '.join(served[:20])}"
            )

    def identity(self) -> Mapping[str, Any]:
        """The model by name: a server does not say which weights it has."""
        return {"backend": "openai", "model": self._model, "request": dict(self._options.engine)}

    def circumstances(self) -> Mapping[str, Any]:
        """Where it is."""
        from importlib.metadata import version

        return {"engine": f"openai {version('openai')}", "server": str(self._client.base_url)}

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """As they come; twice as many wait as are asked at once."""
        pool = ThreadPoolExecutor(self._options.concurrency)
        waiting: dict[Future[Outcome], Ask] = {}
        try:
            while True:
                for ask in islice(asks, 2 * self._options.concurrency - len(waiting)):
                    waiting[pool.submit(self._ask, ask, sampling)] = ask
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        finally:
            self._stopped.set()  # ends the pauses
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, ask: Ask, sampling: Sampling) -> Outcome:
        """The answer to one request, tried again while patience lasts."""
        import openai

        request = self._request(ask, sampling)
        deadline = time.monotonic() + self._options.patience
        pause = FIRST_PAUSE
        while True:
            try:
                return self._completion(self._client.chat.completions.create(**request))
            except openai.APIStatusError as problem:
                reason, asked = self._told(problem), _retry_after(problem)
                if _is_fatal(problem):
                    raise ModelError(reason) from None
                if problem.status_code not in PASSING and problem.status_code < 500:
                    return Failure(reason)
            except (openai.OpenAIError, ValueError) as problem:  # no connection, or half an answer
                reason, asked = self._told(problem), 0.0
            # Jitter, so that all who were turned away do not come back at once.
            wanted = max(asked, pause * random.SystemRandom().uniform(0.5, 1.0))
            if time.monotonic() + wanted > deadline or self._stopped.wait(wanted):
                return Failure(f"{reason} (tried for {self._options.patience:g} s)")
            pause = min(2 * pause, LONGEST_PAUSE)

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

    def _completion(self, answer: Any) -> Completion:
        """What the server sent, if it is whole."""
        if not getattr(answer, "choices", None) or answer.choices[0].message is None:
            raise ValueError("the server sent no answer")
        choice, usage = answer.choices[0], answer.usage
        if choice.finish_reason is None:
            raise ValueError("the server broke off its answer")
        read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None)
        return Completion(
            choice.message.content or "",
            choice.finish_reason,
            read,
            written,
            self._cost(read, written),
        )

    def _cost(self, read: int | None, written: int | None) -> float | None:
        if self._options.prices is None or read is None or written is None:
            return None
        of_read, of_written = self._options.prices
        return round((read * of_read + written * of_written) / 1e6, 9)

    def _told(self, problem: BaseException) -> str:
        """A complaint in one line, without the key that some servers repeat."""
        return one_line(problem).replace(self._key, "…")

    def close(self) -> None:
        """Close the connections."""
        self._stopped.set()
        self._client.close()


def _is_fatal(problem: Any) -> bool:
    """Whether every other request would meet this too: no right, no such model, nothing left to spend."""
    return problem.status_code in FATAL or problem.code == "insufficient_quota"


def _retry_after(problem: Any) -> float:
    """The pause that the server asks for, in seconds."""
    try:
        return min(max(float(problem.response.headers.get("retry-after", 0)), 0.0), 60.0)
    except ValueError:  # a date
        return 0.0


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def open_backend(model: str, options: Options) -> Server:
    """The server."""
    return Server(model, options)
