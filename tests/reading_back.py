"""What was written, read back."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def files_of(folder: Path) -> dict[str, str]:
    """The digest of every file below a folder."""
    return {name: sha256(content).hexdigest() for name, content in contents(folder).items()}


def data_of(page: Path) -> dict[str, Any]:
    """What a page's script reads."""
    data: dict[str, Any] = json.loads(raw_data(page.read_text(encoding="utf-8")))
    return data


def raw_data(html: str) -> str:
    """The same as it stands in the page."""
    found = re.search(r'id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return found[1]
