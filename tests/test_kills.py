"""kill -9 at random moments: whatever is left, the same command comes to the same bytes."""

import shutil
import signal
import time
from pathlib import Path
from random import Random

import pytest

from tests.reading_back import files_of
from tests.test_dataset import BUILD, make, toy_rrft

KILLS = 10
MOST = 3  # shards that a build finishes before it is killed
LONGEST = 0.2  # seconds from the last of them until then
SECONDS = "0.004"  # that a draw takes: a shard takes longer than that


@pytest.mark.thorough
def test_ten_kills_at_random_moments_change_no_byte(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "data"
    make(whole)
    command: list[str | Path] = [*BUILD, "--out", out, "--workers", "2"]
    chance, kills, kept = Random(8), 0, []
    while kills < KILLS:
        left = set(out.glob("data/*/*.partial"))  # by the kill before
        build = toy_rrft(*command, TOY_SECONDS=SECONDS)
        while build.poll() is None and not set(out.glob("data/*/*.partial")) - left:
            time.sleep(0.002)
        wanted = len(finished(out)) + chance.randint(0, MOST)
        while build.poll() is None and len(finished(out)) < wanted:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, LONGEST))
        build.kill()
        _, stderr = build.communicate()
        if build.returncode != -signal.SIGKILL:  # it was done before: the same again from nothing
            assert build.returncode == 0, stderr
            assert files_of(out) == files_of(whole)
            shutil.rmtree(out)
            continue
        kills += 1
        kept.append(len(finished(out)))
    make(out)
    assert files_of(out) == files_of(whole)
    assert len(set(kept)) > 2, f"all kills came at the same moment: {kept}"


def finished(out: Path) -> list[Path]:
    """The digests of the shards that are whole."""
    return list(out.glob("digests/*/*.jsonl"))
