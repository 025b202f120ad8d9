"""terminal: what does `rrft` show in a terminal of some width?"""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# One after the other in one process, whose start takes longest. Between them a line that nobody writes.
BETWEEN = "\x1e"
COMMANDS = f"""
import json, sys
from cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["rrft", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    print({BETWEEN!r}, flush=True)
"""


def shown_in_terminal(
    width: int, *commands: Sequence[str | Path], folder: Path = ROOT
) -> list[list[str]]:
    """The lines that a terminal shows of each command, without colours and blanks at the end."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-c", COMMANDS, json.dumps(commands, default=str)],
        stdin=writer, stdout=writer, stderr=subprocess.DEVNULL, cwd=folder,
        env={**known, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(writer)
    shown = b"".join(iter(lambda: read_terminal(reader), b""))
    os.close(reader)
    assert process.wait() == 0, shown
    *each, after = COLOURS.sub("", shown.decode()).replace("\r", "").split(f"{BETWEEN}\n")
    assert (len(each), after) == (len(commands), "")
    return [[fitted(line, width) for line in one.splitlines()] for one in each]


def fitted(line: str, width: int) -> str:
    assert len(line) <= width
    return line.rstrip()


def read_terminal(descriptor: int) -> bytes:
    """What comes next; nothing at the end."""
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # how the end of a terminal is told
        return b""
