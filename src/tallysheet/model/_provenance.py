"""How a result came about: with what, out of what, at which price, in which time."""

from datetime import datetime

from pydantic import Field

from tallysheet.model._invoice import Term


class Provenance(Term):
    """What a person who doubts a result would ask. Empty in results of before there was one."""

    tallysheet: str = Field(default="", description="The version that made the result")
    read_at: datetime | None = Field(
        default=None, description="When it was read, by that machine's clock, in UTC"
    )
    prompt: int | None = Field(
        default=None, description="The version of what a model was told; none without a model"
    )
    schema_hash: str | None = Field(
        default=None,
        description="The first 16 digits of the SHA-256 of the JSON Schema that a model's answer"
        " had to follow; none without a model",
    )
    prices: dict[str, tuple[float, float]] = Field(
        default={},
        description="US dollars a million tokens in and out, by model, as its answers were"
        " counted; a model that is missing is free, or nobody knows its price",
    )
    recalled: int = Field(
        default=0, description="Answers that came out of the cache, for nothing", ge=0
    )
    recalled_usd: float = Field(
        default=0.0, description="What those had cost when they were given, in US dollars"
    )
    seconds: dict[str, float] = Field(
        default={},
        description="Seconds by stage, waiting included, up to the validation: `fetch` (absent"
        " where the bytes were at hand), `parse`, `extract`, and `second` where a second model"
        " was asked",
    )
    pages: int = Field(default=0, description="Pages that were read; none of an XML file")
    ocr_pages: int = Field(default=0, description="Pages with words that OCR read")
    ocr_score: float | None = Field(
        default=None, description="How sure OCR is of its words on the mean, from 0 to 1"
    )
    picture: str | None = Field(
        default=None,
        description="How the first page looks, where it is a scan or a photo: 64 bits as"
        " hexadecimal digits, few of which differ between pictures of one page",
    )
    hidden_words: int = Field(
        default=0, description="Words that nobody can see on the pages, left out of everything"
    )
