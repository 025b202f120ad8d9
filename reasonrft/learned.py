"""learned: are the data that an experiment learns from still those that it began with?"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builders.files import ExpectedError, write_whole
from builders.parse import read_object
from builders.plan import TRAIN
from reasonrft.experiment import Experiment
from reasonrft.families import named
from reasonrft.questions import choose_sources

DATA: Final = "data.json"  # in an experiment's folder: the digest of each family's `train`


class DataError(ExpectedError):
    """Data that an experiment cannot go on with."""


def hold_data(experiment: Experiment) -> None:
    """Keep what is learned from when the first stage starts, and refuse other data from then on.

    Raises:
        DataError: the data have changed.
        BuildError: a folder is no finished dataset.
    """
    wanted = named(experiment.config.data.family)
    sources = choose_sources(experiment.data, wanted, [TRAIN], None)
    now = {source.family: source.identity().digest for source in sources}
    path = experiment.folder / DATA
    before = _read(path)
    if before is None:
        if os.environ.get("RANK", "0") == "0":  # one of several processes is enough
            write_whole(path, (json.dumps(now, indent=1) + "\n").encode())
        return
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        raise DataError(
            f"the data have changed since {experiment.folder} learned from them: {TRAIN} of "
            f"{', '.join(changed)}; bring the old ones back, or choose another --out"
        )


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        stored = read_object(path.read_bytes())
    except FileNotFoundError:
        return None
    if stored is None:
        raise DataError(
            f"{path} cannot be read: it is no JSON object; mend it, or begin anew in another folder"
        )
    return stored
