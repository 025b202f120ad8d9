"""processes: which processes of this machine work at something?"""

import os
from pathlib import Path


def processes_about(folder: Path) -> list[str]:
    """The command lines that name a folder, but for this process's own."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and int(process.name) != os.getpid():
            found.append(line)
    return found
