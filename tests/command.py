"""The command line in this process: what it prints, and how it ends."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import cli


class Said(NamedTuple):
    code: int
    stdout: str
    stderr: str


class Rrft:
    """`rrft` with some arguments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Said:
        self._monkeypatch.setattr(sys, "argv", ["rrft", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Said(int(end.value.code or 0), *self._capsys.readouterr())
