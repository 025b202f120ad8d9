"""_mortal: how does a process end with the one that began it? As a script: PARENT COMMAND...

A script and not a function after the fork, where a process of many threads may do little. It runs
isolated (`python -I`): the modules beside it are named as packages are. A process of a launcher that
knows nothing of this arms itself.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # of Linux's prctl; outlives the exec


def end_with(parent: int) -> None:
    """Have Linux end this process with its parent; elsewhere there is no such thing."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it has died already
            sys.exit(1)


def bound(command: Sequence[str]) -> list[str]:
    """The same command, but it ends with this process."""
    return [sys.executable, "-I", __file__, str(os.getpid()), *command]


def main() -> None:
    """Become the command, which ends with its parent."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    end_with(parent)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
