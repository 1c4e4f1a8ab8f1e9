"""Where wrong values stand: the right pages are drawn, and the true value is found on them."""

import asyncio
from base64 import b64decode

from samples import mix
from tallysheet.evaluate import Looks, Truth, score
from tallysheet.evaluate._regions import looks_of
from tallysheet.model import Citation, Invoice, Record, Result, Status
from tallysheet.ports import ABSENT
from tallysheet.store import MemoryStore
from tallysheet.testing import Inline

(LONG,) = mix(1, 5, kinds=["long"], lines=(120, 120))
"""An invoice of several pages, with its totals on the last one."""


def looks(data: bytes, *, citation: Citation | None = None) -> Looks:
    """What is shown of a document with *data*, whose gross total was read wrong."""
    assert LONG.truth is not None
    said = Result(
        document="a.pdf",
        sha256="",
        source="rules",
        invoice=Invoice.model_validate({"totals": {"gross": "1.23"}}),
        citations={"totals.gross": citation} if citation else {},
    )
    truths = {"a.pdf": Truth("a.pdf", {"totals.gross": LONG.truth.totals.gross})}
    (one,) = score(truths, [("a.pdf", Record(status=Status.DONE), said)]).documents

    async def drawn() -> Looks:
        store = MemoryStore()
        await store.put("a.pdf", data, expect=ABSENT)
        return await looks_of(one, source=store, offload=Inline())

    return asyncio.run(drawn())


def test_the_page_with_the_true_value_is_drawn() -> None:
    """Nobody has to look for it: it is found among the words, on whatever page it stands."""
    found = looks(LONG.data)

    page, box = found.places["totals.gross"]
    assert page > 1
    assert list(found.sheets) == [page]
    assert 0 <= box.x0 < box.x1 <= found.sheets[page].width
    assert 0 <= box.y0 < box.y1 <= found.sheets[page].height
    assert b64decode(found.sheets[page].data).startswith(b"\xff\xd8\xff")


def test_the_page_with_what_was_read_is_drawn_too() -> None:
    """Where the two stand on two pages, both are shown."""
    found = looks(LONG.data, citation=Citation(page=1, text="1,23", method="label", score=0.9))

    page, _ = found.places["totals.gross"]
    assert sorted(found.sheets) == [1, page]


def test_a_document_that_cannot_be_drawn_says_why() -> None:
    """A broken file takes nothing down: the report goes on without its picture."""
    found = looks(LONG.data[:1000])

    assert not found.sheets
    assert "damaged" in found.trouble
