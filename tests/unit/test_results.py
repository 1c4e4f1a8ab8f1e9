"""From a reading to its result, on the way through a child and back."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from tallysheet.errors import ConfigError
from tallysheet.model import (
    Citation,
    Finding,
    Invoice,
    Known,
    Page,
    Parsed,
    Result,
    Severity,
    Standard,
    Totals,
    Word,
)
from tallysheet.ports import Worked
from tallysheet.results import Shown, decoded, encoded, write, write_bytes
from tallysheet.testing import Inline
from tallysheet.validate import marks_of, require_known

WORDS = (
    Word("Invoice", 50, 50, 95, 62),
    Word("A-17", 100, 50, 140, 62),
    Word("119,00", 145, 50, 190, 62),
)
PARSED = Parsed("application/pdf", (Page(1, 595, 842, WORDS),), xml="<never/>" * 1000)
TODAY = date(2026, 3, 1)
NOTICED = Finding(code="page.number", severity=Severity.ERROR, message="They differ.")


def read(source: str = "rules", **fields: object) -> Result:
    """What was read off `PARSED`."""
    invoice = Invoice(number="A-17", totals=Totals(gross=Decimal("119.00")))
    return Result(document="a\u2028.pdf", sha256="ab", source=source, invoice=invoice, **fields)


async def written(result: Result, *required: str) -> tuple[Result, Shown]:
    """The result as it comes out, and what a record shows of it."""
    done = await write(result, PARSED, required=required, today=TODAY, offload=Inline())
    again = Result.model_validate_json(done.data)
    assert done.data == encoded(again)
    return again, done.shown


@pytest.mark.parametrize(
    ("owner", "number", "scores", "severity"),
    [
        ("seller", "ES892423896", (0.98,), Severity.ERROR),  # a B on the paper
        ("seller", "ES892423896", (), Severity.WARNING),
        ("buyer", "ES892423896", (0.98,), Severity.WARNING),
        ("seller", "ESB92423896", (0.98,), None),
    ],
)
async def test_a_sellers_vat_number_that_ocr_read_and_that_fails_its_check_goes_to_a_person(
    owner: str, number: str, scores: tuple[float, ...], severity: Severity | None
) -> None:
    """Printed letters are taken as they stand: too many numbers that are in use fail it."""
    parsed = Parsed(
        "application/pdf", (Page(1, 595, 842, (Word(number, 50, 50, 95, 62),), scores=scores),)
    )
    invoice = Invoice.model_validate({owner: {"vat_id": number}})
    result = Result(document="a.pdf", sha256="ab", source="rules", invoice=invoice)

    done = await write(result, parsed, required=(), today=TODAY, offload=Inline())

    after = decoded(done.data)
    assert after.citations[f"{owner}.vat_id"].page == 1
    found = [one.severity for one in after.findings if one.code == "vat_id.check"]
    assert found == ([severity] if severity else [])
    assert done.shown.needs_review == (severity is Severity.ERROR)


async def test_a_result_comes_back_cited_and_validated_and_is_else_unchanged() -> None:
    """Values are those of the reading, places those of the words."""
    before = read(cost_usd=0.25, attempts=2, tokens_in=7, warnings=("Blurred.",))

    after, shown = await written(before, "number")

    assert {path: one.text for path, one in after.citations.items()} == {
        "number": "A-17",
        "totals.gross": "119,00",
    }
    assert after.findings == ()
    assert shown == Shown(needs_review=False)
    assert after.model_copy(update={"citations": {}, "confidence": {}}) == before


@pytest.mark.parametrize(("source", "looks"), [("rules", "5a" * 8), ("e-invoice", "")])
async def test_the_marks_of_a_picture_say_how_its_first_page_looks(source: str, looks: str) -> None:
    """An e-invoice is read off its XML, whatever is shown around it."""
    pages = (Page(1, 595, 842, WORDS, likeness="5a" * 8), Page(2, 595, 842, likeness="ff" * 8))
    parsed = Parsed("application/pdf", pages)

    done = await write(read(source), parsed, required=(), today=TODAY, offload=Inline())

    assert done.marks == marks_of(decoded(done.data).invoice, Known())._replace(picture=looks)


async def test_the_first_error_is_what_a_record_shows() -> None:
    """What the extractor noticed itself counts like what validation finds."""
    missing, shown = await written(read(), "due_date")
    noticed, told = await written(read(findings=(NOTICED,)))

    assert [finding.code for finding in missing.findings] == ["missing.due_date"]
    assert (shown.needs_review, shown.code) == (True, "missing.due_date")
    assert noticed.findings == (NOTICED,)
    assert told == Shown(True, "page.number", "They differ.")


async def test_what_is_only_odd_is_shown_nowhere() -> None:
    """A warning sends nobody to the document."""
    odd = Finding(code="date.past", severity=Severity.WARNING, message="It is old.")

    assert Shown.of([odd]) == Shown(needs_review=False)


async def test_an_e_invoice_cites_its_xml_alone() -> None:
    """The pages around it are no evidence for what it says."""
    citation = Citation(text="A-17", method="e-invoice", score=1)

    after, _ = await written(read("e-invoice", citations={"number": citation}))

    assert after.citations == {"number": citation}


class Weighed(Inline):
    """An offload that notes how much crosses the pipe."""

    sent_bytes = 0

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Note it, and run it."""
        self.sent_bytes += len(data)
        return await super().run(work, data)


async def test_only_words_go_back_to_a_child() -> None:
    """Pictures and XML, which can be large, stay where they are."""
    offload = Weighed()

    await write(read(), PARSED, required=(), today=TODAY, offload=offload)

    assert offload.sent_bytes < 600


async def test_an_e_invoice_is_held_to_the_standard_that_it_follows() -> None:
    """No one else is."""
    standard = Standard(syntax="UBL", profile="XRechnung", version="3.0")

    bound, _ = await written(read("e-invoice", standard=standard))
    free, _ = await written(read("e-invoice"))

    assert bound.standard == standard
    assert "seller.unnumbered" in {one.code for one in bound.findings}
    assert "seller.unnumbered" not in {one.code for one in free.findings}


@pytest.mark.parametrize(("source", "codes"), [("rules", []), ("openai:small", ["rules.gross"])])
def test_a_model_is_held_against_the_rules(source, codes) -> None:
    """Rules are not, since they would only repeat themselves."""
    lines = ("Invoice number: A-17", "Total due: 119.00 EUR", "Coffee 100.00")
    words = tuple(
        Word(text, 50 + 70 * column, 50 + 20 * row, 100 + 70 * column, 62 + 20 * row)
        for row, line in enumerate(lines)
        for column, text in enumerate(line.split())
    )
    parsed = Parsed("application/pdf", (Page(1, 595, 842, words),))
    result = read(source).model_copy(
        update={"invoice": Invoice(number="A-17", totals=Totals(gross=Decimal("100.00")))}
    )
    told = b'[["number"], "2026-03-01", 0.0, [], [], false]'

    head, _, data = write_bytes(
        b"\n".join((told, result.model_dump_json(exclude_unset=True).encode(), parsed.to_bytes()))
    ).partition(b"\n")

    found = Result.model_validate_json(data).findings
    assert [finding.code for finding in found if finding.severity is Severity.ERROR] == codes
    assert json.loads(head)[0] is bool(codes)


def test_a_required_field_that_does_not_exist_is_told_at_once() -> None:
    """Before any document is read, and with the way to write it."""
    require_known(("number", "lines[0].amount"))

    with pytest.raises(ConfigError, match=r"'totals.groß' is not a field"):
        require_known(("number", "totals.groß"))


def test_a_result_of_a_newer_version_is_still_read() -> None:
    """What is not known of it is passed over, wherever it stands; what is wrong is not."""
    result = read(findings=(NOTICED,))
    newer = json.loads(encoded(result))
    newer["weather"] = "fine"
    newer["invoice"]["mood"] = {"of": "the seller"}
    newer["findings"][0]["since"] = 3

    assert decoded(json.dumps(newer).encode()) == result
    with pytest.raises(ValueError, match="sha256"):
        decoded(b'{"document": "a.pdf"}')
