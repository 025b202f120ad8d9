"""_english: what questions and thoughts of all families are put together with."""

from collections.abc import Sequence


def capitalized(text: str) -> str:
    """The first letter large, the others as they are (`SUVs` stay so)."""
    return text[:1].upper() + text[1:]


def joined(parts: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`; `none`."""
    if len(parts) < 2:
        return parts[0] if parts else "none"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
