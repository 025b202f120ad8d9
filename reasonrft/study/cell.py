"""cell: one experiment of a study in a process of its own: `python -m reasonrft.study.cell FILE RUN`.

It is what `rrft train FILE --out RUN` does.
"""

import sys
from pathlib import Path

from builders.files import ExpectedError
from builders.stop import stoppable
from reasonrft.config_file import read_config
from reasonrft.exam import tell
from reasonrft.pipeline import run_experiment


def main() -> None:
    """Do what is missing of the experiment that the command line names."""
    file, run = map(Path, sys.argv[1:])
    try:
        with stoppable(f"stopped; the same command goes on in {run}"):
            run_experiment(read_config(file), run, tell)
    except ExpectedError as problem:
        tell(str(problem))
        sys.exit(problem.code)


if __name__ == "__main__":
    main()
