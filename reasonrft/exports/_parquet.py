"""_parquet: the features of rows whose pictures are in their file, as `datasets` reads them."""

from typing import Any, Final

TEXT: Final = {"dtype": "string", "_type": "Value"}
PICTURES: Final = {"feature": {"_type": "Image"}, "_type": "List"}
CHAT: Final = {"feature": {"role": TEXT, "content": TEXT}, "_type": "List"}


def embedded(images: tuple[bytes, ...]) -> list[dict[str, Any]]:
    """Pictures as a Parquet file holds them."""
    return [{"bytes": image, "path": None} for image in images]
