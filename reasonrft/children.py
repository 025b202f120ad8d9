"""children: processes that end with this one: begun, told to stop, and, where they are servers, waited for."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import IO, Any, Final

from reasonrft.backend import ModelError
from reasonrft.backends import _mortal

SECONDS_TO_END: Final = 30.0  # for a process that is told to stop to keep what it has
SECONDS_TO_START: Final = 1800.0  # for a server to load a large model
Child = subprocess.Popen[bytes]


def begin(
    command: Sequence[str], environment: Mapping[str, str], output: IO[Any] | None = None
) -> Child:
    """A process that ends with this one.

    Args:
        command: What it runs.
        environment: All of it.
        output: Where what it says goes; none: where this process's goes.
    """
    return subprocess.Popen(_mortal.bound(command), env=environment, stdout=output, stderr=output)


def without_keys(*names: str) -> dict[str, str]:
    """This process's environment as a server of ours gets it.

    A user's keys, those in variables of these names too, are none of its business, and VLLM_API_KEY would make it
    ask for one.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name not in names and not name.endswith("API_KEY")
    }


def end(process: Child) -> None:
    """Tell a process to stop, and let it keep what it has.

    SIGINT would not do: what a script starts in the background ignores it.
    """
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
    except KeyboardInterrupt:  # told twice: there is no time to keep anything
        process.kill()
        raise


def await_server(server: Child, url: str) -> None:
    """Wait until a server is well.

    Raises:
        ModelError: it ends before, or takes too long.
    """
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if server.poll() is not None:
            raise ModelError(
                f"the vLLM server ended before it answered (exit code {server.returncode})"
            )
        if answers(url):
            return
        time.sleep(0.5)
    raise ModelError(f"the vLLM server does not answer at {url} after {SECONDS_TO_START:.0f} s")


def answers(url: str, *, any_answer: bool = False) -> bool:
    """Whether a server is there and well; or there at all."""
    # A proxy that the environment names knows nothing of this machine.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5):
            return True
    except (urllib.error.HTTPError, HTTPException):  # what is no server of ours may speak anything
        return any_answer
    except OSError:
        return False
