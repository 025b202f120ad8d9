"""terminal: what does `rrft` show in a terminal of some width?"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).parents[1]
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def shown_in_terminal(
    width: int, *arguments: str | Path, module: str = "cli", folder: Path = ROOT
) -> list[str]:
    """The lines that a terminal shows, without colours and blanks at the end."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdin=writer, stdout=writer, stderr=subprocess.DEVNULL, cwd=folder,
        env={**known, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(writer)
    shown = b"".join(iter(lambda: read_terminal(reader), b""))
    os.close(reader)
    assert process.wait() == 0, shown
    lines = COLOURS.sub("", shown.decode()).replace("\r", "").splitlines()
    assert all(len(line) <= width for line in lines)
    return [line.rstrip() for line in lines]


def read_terminal(descriptor: int) -> bytes:
    """What comes next; nothing at the end."""
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # how the end of a terminal is told
        return b""
