"""extras: how are the packages had that only a part of the toolkit needs?"""


def install(extra: str = "") -> str:
    """What to type for an extra of `pyproject.toml`; none: for what all of it needs. No registry has the toolkit."""
    what = f"'.[{extra}]'" if extra else "."
    return f"pip install -e {what} in the checkout"
