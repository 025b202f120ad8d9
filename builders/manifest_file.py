"""manifest_file: what must a manifest that is read from a disk say, and how is it told what it lacks?"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from builders.task import Family, Level

Count = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern="^[a-z0-9-]+$")]  # of a split
# In the dataset's folder, wherever the manifest is from.
File = Annotated[
    str, Field(pattern=r"^(drops\.jsonl|(data|digests)/[a-z0-9-]+/[a-z0-9-]+\.(parquet|jsonl))$")
]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Record(_Part):
    file: File
    sha256: Sha256


class _Shard(_Record):
    rows: Count  # of a public dataset's records all may be dropped
    bytes: Some
    record: _Record


class _Kind(_Part):
    n: Some
    blind: Share
    best_constant: str
    distinct: Some
    answers: Annotated[dict[str, Some], Field(min_length=1)]


class _Split(_Part):
    rows: Count
    records: Some | None = None
    bytes: Some
    shift: str
    paired_with: str | None
    tasks: Annotated[dict[str, int], Field(min_length=1)]
    grader: int
    digest: Sha256
    drops: dict[str, Some] = Field(default_factory=dict)
    written_with: dict[str, list[str]] = Field(default_factory=dict)
    blind: Share
    kinds: dict[str, dict[str, _Kind]]
    shards: list[_Shard]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        rows = sum(shard.rows for shard in self.shards)
        if rows != self.rows:
            raise ValueError(f"its shards have {rows:,} rows, not {self.rows:,}")
        dropped = sum(self.drops.values())
        if rows + dropped != (rows if self.records is None else self.records):
            raise ValueError(
                f"{rows:,} rows and {dropped:,} drops are not its {self.records} records"
            )
        return self


class _Source(_Part):
    name: str
    version: Some
    published: str
    licence: str
    may_be_shared: list[str] = Field(default_factory=list)
    files: Some
    bytes: Count
    sha256: Sha256
    pictures: bool = True
    passed_over: list[str] = Field(default_factory=list)


class _Drawn(_Part):
    format: int
    seed: Count
    image_size: Annotated[list[Some], Field(min_length=2, max_length=2)]
    level: Level = "usual"
    families: dict[Family, dict[Name, _Split]]


class _Cleaned(_Part):
    format: int
    source: _Source
    drops: _Record
    families: dict[Family, dict[Name, _Split]]


def fault_of(manifest: Any) -> str | None:
    """What is wrong with a manifest, the first thing of it; None: nothing."""
    kind = _Cleaned if isinstance(manifest, dict) and "source" in manifest else _Drawn
    try:
        kind.model_validate(manifest)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        return f"{where}: {first['msg']}"
    return None
