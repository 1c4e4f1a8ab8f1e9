"""A second reading changes nothing, and says what else the page may say."""

from datetime import date
from typing import Any

import pytest

from drawn import drawn
from tallysheet.extract._second import doubts_of_second, seconded, taken_over, unasked
from tallysheet.model import Citation, Invoice, Result, Second, Severity
from tallysheet.results import Written, decoded, write
from tallysheet.testing import Inline

TODAY = date(2026, 3, 1)
GROSS = ("totals.gross",)
FIELDS = ("number", "seller.name", "totals.net", "totals.tax", "totals.gross", "totals.due")
PAGE = drawn(
    """
Acme Trading GmbH
Invoice number   RE-17
Paper            90.00
Ink              10.00
Net total       100.00
VAT 19 %         19.00
Gross total     119.00
"""
)


def first(**totals: str) -> Invoice:
    """What was read first, of these totals."""
    said = {"number": "RE-17", "seller": {"name": "Acme"}, "totals": totals}
    return Invoice.model_validate(said)


def second(*uncited: str, **read: Any) -> Second:
    """What was read then; of all but *uncited* it is known where it stands."""
    where = Citation(page=2, text="so", method="words", score=0.9)
    cited = {path: where for path in FIELDS if path not in uncited}
    invoice = Invoice.model_validate(read)
    return Second(source="openai:b", fields=FIELDS, invoice=invoice, citations=cited, prompt=3)


def test_what_was_read_twice_the_same_is_told_and_is_no_finding() -> None:
    """In whatever dress; credit notes are printed with either sign."""
    ours = first(net="100.00", gross="119.00")
    theirs = second(number="re 17", totals={"net": "-100.0", "gross": "119.00"})

    assert seconded(ours, theirs) == {"number": True, "totals.net": True, "totals.gross": True}
    assert list(doubts_of_second(ours, {}, theirs)) == []


def test_another_value_is_an_error_that_shows_both_and_where_each_stands() -> None:
    """A person can see it, and take the right one over."""
    ours = first(net="90.00")
    at = {"totals.net": Citation(page=1, text="90.00", method="label", score=0.8)}
    theirs = second(totals={"net": "100.00"})

    (told,) = doubts_of_second(ours, at, theirs)

    assert seconded(ours, theirs) == {"totals.net": False}
    assert (told.code, told.severity, told.fields) == (
        "second.net",
        Severity.ERROR,
        ("totals.net",),
    )
    assert told.message == (
        "openai:b, asked once more, read 100.00 as the net total (page 2: “so”), "
        "and the first reading has 90.00 (page 1: “90.00”)."
    )


def test_a_value_that_was_not_there_is_a_warning() -> None:
    """It is missed only where it is required, and then that is an error of its own."""
    (told,) = doubts_of_second(first(), {}, second(totals={"tax": "19.00"}))

    assert (told.code, told.severity) == ("second.tax", Severity.WARNING)
    assert "read 19.00 as the VAT total (page 2: “so”)" in told.message
    assert "does not have" in told.message


def test_a_value_that_stands_nowhere_counts_nothing() -> None:
    """Neither for the first reading nor against it; nor does one that nobody asked for."""
    ours = first(net="100.00", tax="19.00")
    same = second("totals.net", totals={"net": "100.00"})
    other = second("totals.tax", totals={"tax": "18.00"}, currency="EUR")

    for theirs in (same, other, None):
        assert seconded(ours, theirs) == {}
        assert list(doubts_of_second(ours, {}, theirs)) == []


@pytest.mark.parametrize(("name", "told"), [("Acme Trading GmbH", []), ("Evil Corp", [False])])
def test_of_a_name_that_is_only_longer_nothing_is_said(name: str, told: list[bool]) -> None:
    """Another name is another seller."""
    theirs = second(seller={"name": name})

    assert list(seconded(first(), theirs).values()) == told
    assert len(list(doubts_of_second(first(), {}, theirs))) == len(told)


def test_an_account_and_what_nobody_has_a_name_for_are_told_as_well() -> None:
    """By their paths, where people have no word for them."""
    where = Citation(page=1, text="so", method="words", score=0.9)
    read = {
        "payment": {"accounts": [{"iban": "DE89370400440532013000"}]},
        "purchase_order": "PO-2",
    }
    asked = ("payment.accounts[0].iban", "purchase_order")
    theirs = Second(
        source="b",
        fields=asked,
        invoice=Invoice.model_validate(read),
        citations=dict.fromkeys(asked, where),
        prompt=3,
    )
    ours = Invoice.model_validate(
        {"payment": {"accounts": [{"iban": "GB33BUKB20201555555555"}]}, "purchase_order": "PO-1"}
    )

    account, order = doubts_of_second(ours, {}, theirs)

    assert (account.code, order.code) == ("second.iban", "second.purchase_order")
    assert "as the account" in account.message
    assert "as the purchase_order" in order.message


def test_that_nobody_could_be_asked_is_a_warning() -> None:
    """It says who, and why."""
    told = unasked("openai:b", "It cannot be reached.", ("totals.net",))

    assert (told.code, told.severity) == ("second.unasked", Severity.WARNING)
    assert "openai:b" in told.message
    assert told.message.endswith("It cannot be reached.")


async def written(
    invoice: Invoice,
    theirs: Second | None = None,
    *,
    source: str = "rules",
    required: tuple[str, ...] = ("number", "totals.gross"),
    below: float = 0.0,
    again: bool = True,
) -> Written:
    """The result of a first reading of `PAGE`, and of a second one."""
    result = Result(document="a.pdf", sha256="ab", source=source, invoice=invoice, second=theirs)
    return await write(
        result,
        PAGE,
        required=required,
        today=TODAY,
        offload=Inline(),
        review_below=below,
        again=again,
    )


def asked(**totals: str) -> Second:
    """What a model answers about the amounts, with one quote of its own making."""
    quotes = {"totals.tax": Citation(page=1, text="VAT 19 % 7.00", method="quote", score=0.0)}
    read = Invoice.model_validate({"number": "X-1", "totals": totals})
    return Second(source="openai:b", fields=FIELDS[2:], invoice=read, citations=quotes, prompt=3)


async def test_what_failed_is_told_with_the_pages_it_stands_on() -> None:
    """Nothing where nothing failed, of an e-invoice, or where nobody wants to know."""
    wrong = first(net="90.00", tax="19.00", gross="119.00")

    failed = await written(wrong)
    fine = await written(first(net="100.00", tax="19.00", gross="119.00"))
    exact = await written(wrong, source="e-invoice")
    unasked = await written(wrong, again=False)

    assert (set(failed.failed), failed.pages) == ({*FIELDS[2:]}, [])  # nobody knows where due is
    assert failed.shown.needs_review
    assert [list(one.failed) for one in (fine, exact, unasked)] == [[], [], []]


async def test_a_second_reading_is_cited_in_the_words_and_never_mends_the_first() -> None:
    """It is right here, and the document still goes to a person, who is told so."""
    wrong = first(net="90.00", tax="19.00", gross="119.00")
    theirs = asked(net="100.00", tax="7.00", gross="119.00")

    done = await written(wrong, theirs)

    after = decoded(done.data)
    assert after.invoice == wrong
    assert after.second is not None
    assert after.second.invoice.number is None  # nobody asked
    assert {path: one.text for path, one in after.second.citations.items()} == {
        "totals.net": "100.00",
        "totals.gross": "119.00",
    }
    codes = {finding.code for finding in after.findings}
    assert {"sum.gross", "second.net"} <= codes
    assert not {"second.tax", "second.number"} & codes  # made up, and not asked for
    assert done.shown.needs_review


async def test_what_was_only_doubtful_may_be_done_if_two_read_the_same() -> None:
    """There was no other reason to look at it; another reading makes it no less doubtful."""
    fine = first(net="100.00", tax="19.00", gross="119.00")
    asked_for: dict[str, Any] = {"fields": ("totals.gross",), "source": "b", "prompt": 3}
    same = Second(invoice=first(gross="119.00"), **asked_for)
    other = Second(invoice=first(gross="100.00"), **asked_for)
    sure = decoded((await written(fine, required=GROSS)).data).confidence["totals.gross"]
    asks = {"required": GROSS, "below": sure + 0.001}

    once = await written(fine, **asks)
    twice = await written(fine, same, **asks)
    differs = await written(fine, other, **asks)

    assert (once.shown.code, once.pages) == ("unsure.totals.gross", [])
    assert "totals.gross" in once.failed
    assert not twice.shown.needs_review
    assert differs.shown.needs_review


async def test_what_its_values_would_mend_is_told() -> None:
    """Only where nothing else would break by it: then a person knows what to look at."""
    wrong = first(net="90.00", tax="19.00", gross="119.00")
    no_account = first(net="100.00", tax="19.00", gross="119.00")

    mends = decoded((await written(wrong, asked(net="100.00"))).data)
    breaks = decoded((await written(wrong, asked(net="100.00", gross="10.00"))).data)
    other = decoded((await written(no_account, asked(net="90.00"))).data)

    (told,) = (finding for finding in mends.findings if finding.code == "second.fits")
    assert told.severity is Severity.INFO
    assert told.fields == ("totals.net",)
    assert told.message.endswith("would not have failed: sum.gross.")
    for after in (breaks, other):
        assert "second.fits" not in {finding.code for finding in after.findings}


@pytest.mark.parametrize("accounts", [[], [{"iban": "GB33BUKB20201555555555", "name": "Acme"}]])
def test_values_are_taken_over_where_they_belong(accounts: list[dict[str, str]]) -> None:
    """Those that stand on the page, and nothing else; what was there beside them stays."""
    iban = "payment.accounts[0].iban"
    where = Citation(page=1, text="so", method="words", score=0.9)
    theirs = Second(
        source="b",
        fields=(iban, "totals.net", "totals.tax"),
        invoice=Invoice.model_validate(
            {"payment": {"accounts": [{"iban": "DE1"}]}, "totals": {"net": "1", "tax": "2"}}
        ),
        citations={iban: where, "totals.net": where},
        prompt=3,
    )
    ours = Invoice.model_validate({"number": "RE-17", "payment": {"accounts": accounts}})

    after = taken_over(ours, theirs)

    assert after.payment.accounts[0].iban == "DE1"
    assert after.payment.accounts[0].name == ("Acme" if accounts else None)
    assert (after.number, after.totals.net, after.totals.tax) == ("RE-17", 1, None)
    assert taken_over(ours, None) == ours


async def test_whatever_failed_has_failed_still_where_both_read_the_same() -> None:
    """What does not add up does not add up on the page; that is for a person to see."""
    wrong = first(net="90.00", tax="19.00", gross="119.00")

    once = await written(wrong)
    twice = await written(wrong, asked(net="90.00", tax="19.00", gross="119.00"))

    before, after = decoded(once.data), decoded(twice.data)
    assert [f for f in after.findings if f.severity is Severity.ERROR] == [
        f for f in before.findings if f.severity is Severity.ERROR
    ]
    assert twice.shown == once.shown
    assert after.confidence["number"] == before.confidence["number"]
