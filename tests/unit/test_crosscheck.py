"""The e-invoice of a hybrid PDF against its pages: a contradiction is told, a gap is not one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import drawn
from tallysheet.errors import DocumentError
from tallysheet.extract._crosscheck import crosschecked, read_bytes, to_read
from tallysheet.model import Draft, Finding, Invoice, Page, Parsed, Severity, Standard

ENGLISH = """Invoice number: RE-2024/17
Invoice date: 5 March 2024
Net amount   1,000.00 EUR
VAT 19%   190.00 EUR
Total   1,190.00 EUR
IBAN: DE89 3704 0044 0532 0130 00"""

GERMAN = """Rechnungsnummer: RE-2024/17
Rechnungsdatum: 05.03.2024
Nettobetrag   1.000,00 €
zzgl. 19% MwSt.   190,00 €
Gesamtbetrag   1.190,00 €
IBAN: DE89370400440532013000"""

FRENCH = """Facture n° RE-2024/17
Date de facture : 05/03/2024
Total HT   1 000,00 €
TVA 19 %   190,00 €
Net à payer   1 190,00 €
IBAN DE89 3704 0044 0532 0130 00"""

OUR_IBAN = "DE89370400440532013000"
THEIR_IBAN = "FR7630006000011234567890189"


def e_invoice(number: str = "RE-2024/17", iban: str | None = OUR_IBAN, **totals: str) -> Draft:
    """What the XML says, such that it fits the pages above."""
    sums = {"net": "1000.00", "tax": "190.00", "gross": "1190.00", "due": "1190.00"} | totals
    return Draft(
        invoice=Invoice.model_validate(
            {
                "number": number,
                "issue_date": date(2024, 3, 5),
                "currency": "EUR",
                "totals": {name: Decimal(sum_) for name, sum_ in sums.items()},
                "payment": {"accounts": [{"iban": iban}] if iban else []},
            }
        )
    )


def found(draft: Draft, page: str) -> dict[str, Severity]:
    """What the page *page* has to say against *draft*."""
    return {one.code: one.severity for one in crosschecked(draft, drawn(page)).findings}


@pytest.mark.parametrize("page", [ENGLISH, GERMAN, FRENCH], ids=["English", "German", "French"])
def test_a_page_that_says_the_same_is_no_finding(page: str) -> None:
    """However dates, amounts and accounts are written there."""
    assert found(e_invoice(), page) == {}


@pytest.mark.parametrize("page", [ENGLISH, GERMAN, FRENCH], ids=["English", "German", "French"])
def test_another_total_on_the_page_is_an_error(page: str) -> None:
    """Who approves the page would pay something else."""
    draft = e_invoice(net="9000.00", tax="1710.00", gross="10710.00", due="10710.00")

    assert found(draft, page)["page.gross"] is Severity.ERROR


def test_the_total_must_be_what_the_page_calls_so() -> None:
    """The figure of the e-invoice may stand in small print: it is still another total."""
    page = ENGLISH + "\nOur fleet has driven 11,900.00 km this year"

    codes = found(e_invoice(net="10000.00", tax="1900.00", gross="11900.00", due="11900.00"), page)

    assert codes["page.gross"] is Severity.ERROR


@pytest.mark.parametrize("gross", ["1190.00", "1190.03"])
def test_a_total_that_the_page_rounds_is_either(gross: str) -> None:
    """An e-invoice has the one before (BT-112), and the page the one that is paid."""
    page = GERMAN.replace("190,00", "190,03").replace("1.190,03", "1.190,00")
    page = page.replace("Gesamtbetrag", "Rundung: -0,03 EUR\nZu zahlen")
    draft = e_invoice(tax="190.03", gross=gross, due="1190.00")

    assert "-0,03" in page
    assert "page.gross" not in found(draft, page)
    assert found(e_invoice(tax="190.03", gross="1190.09"), page)["page.gross"] is Severity.ERROR


def test_nobody_is_to_pay_more_than_the_page_shows() -> None:
    """The page prints no amount due, so its total is one; a part of it may have been paid."""
    assert found(e_invoice(due="9190.00"), GERMAN) == {"page.due": Severity.ERROR}
    assert found(e_invoice(due="190.55"), GERMAN) == {"page.due": Severity.WARNING}


def test_a_date_beside_a_plain_label_counts() -> None:
    """Most invoices say no more than Date; one without any label is a guess."""
    page = GERMAN.replace("Rechnungsdatum", "Datum").replace("05.03.2024", "01.12.2023")
    bare = GERMAN.replace("Rechnungsdatum: 05.03.2024", "01.12.2023")

    assert found(e_invoice(), page) == {"page.issue_date": Severity.ERROR}
    assert found(e_invoice(), bare) == {"page.issue_date": Severity.WARNING}


def test_another_account_on_the_page_is_an_error() -> None:
    """It says which one the page names."""
    (finding,) = crosschecked(e_invoice(iban=THEIR_IBAN), drawn(ENGLISH)).findings

    assert (finding.code, finding.severity) == ("page.iban", Severity.ERROR)
    assert finding.fields == ("payment.accounts[0].iban",)
    assert THEIR_IBAN in finding.message
    assert OUR_IBAN in finding.message


def test_each_account_must_be_on_the_page() -> None:
    """A second one that nobody sees is as dangerous as the first; they come in their order."""
    ibans = [OUR_IBAN, THEIR_IBAN, "GB82WEST12345698765432", "BE68539007547034"]
    accounts = {"payment": {"accounts": [{"iban": iban} for iban in ibans]}}
    invoice = Invoice.model_validate(e_invoice().invoice.model_dump() | accounts)

    findings = crosschecked(Draft(invoice=invoice), drawn(ENGLISH)).findings

    assert {one.code for one in findings} == {"page.iban"}
    assert [one.fields for one in findings] == [
        (f"payment.accounts[{at}].iban",) for at in (1, 2, 3)
    ]


def test_an_account_on_a_page_without_any_is_no_contradiction() -> None:
    """Pages may leave it to the e-invoice; a local account number may be written in any way."""
    bare = ENGLISH.rpartition("\n")[0]

    assert found(e_invoice(iban=THEIR_IBAN), bare) == {}
    assert found(e_invoice(iban="37040044 532013000"), ENGLISH) == {}


def test_another_number_or_date_beside_its_label_is_an_error() -> None:
    """The XML of one invoice in the PDF of another."""
    other = ENGLISH.replace("RE-2024/17", "RE-2023/99").replace("5 March 2024", "1 December 2023")

    codes = found(e_invoice(), other)

    assert codes == {"page.number": Severity.ERROR, "page.issue_date": Severity.ERROR}


def test_a_number_that_is_a_part_of_the_other_is_a_warning() -> None:
    """Some print it without year or branch; a longer number is another one."""
    assert found(e_invoice(number="RE-2024/17-3"), ENGLISH)["page.number"] is Severity.WARNING
    assert found(e_invoice(number="RE-2024/171"), ENGLISH)["page.number"] is Severity.ERROR


def test_a_value_that_the_page_leaves_out_is_a_warning() -> None:
    """There is nothing that contradicts it."""
    unlabelled = ENGLISH.partition("\n")[2]

    assert found(e_invoice(), unlabelled) == {"page.unseen": Severity.WARNING}


def test_a_credit_note_may_be_printed_with_either_sign() -> None:
    """The e-invoice has no sign, the page often has one."""
    page = GERMAN.replace("1.000,00", "-1.000,00").replace("190,00", "-190,00")
    page = page.replace("1.-190,00", "-1.190,00").replace("Rechnungsnummer", "Gutschrift Nr.")

    assert found(e_invoice(), page) == {}
    assert found(e_invoice(), page.replace("Gutschrift Nr.", "Rechnung Nr.")) == {}


def test_nothing_need_not_be_written() -> None:
    """No VAT, nothing left to pay."""
    page = "Invoice number: RE-2024/17\nInvoice date: 5 March 2024\nTotal   1,000.00 EUR"

    assert found(e_invoice(tax="0.00", gross="1000.00", due="0.00", iban=None), page) == {}
    assert found(e_invoice(paid="1190.00", due="0.00"), GERMAN) == {}


def test_pages_that_are_pictures_are_not_compared_and_that_is_said() -> None:
    """Worth knowing, no reason for a review."""
    picture = Parsed("application/pdf", (Page(1, 595, 842),))

    (finding,) = crosschecked(e_invoice(), picture).findings

    assert (finding.code, finding.severity) == ("page.unread", Severity.INFO)


def test_an_xml_file_has_no_pages_to_compare() -> None:
    """It is the invoice, all of it."""
    assert crosschecked(e_invoice(), Parsed("application/xml", xml="<a/>")).findings == ()


def test_what_the_extractor_noticed_before_is_kept() -> None:
    """The pages only add to it."""
    before = Finding(code="a", severity=Severity.INFO, message="A.")
    draft = e_invoice(number="RE-2023/99").model_copy(update={"findings": (before,)})

    assert [one.code for one in crosschecked(draft, drawn(ENGLISH)).findings] == [
        "a",
        "page.number",
    ]


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_number_makes_a_printable_sentence(number: str, printed: str) -> None:
    """Neither the XML nor the page can smuggle a control code into a terminal."""
    draft = e_invoice(number=number)

    for one in crosschecked(draft, drawn(f"Invoice number: {printed}\n{ENGLISH}")).findings:
        assert one.message.isprintable()


UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
XML = f'<Invoice xmlns="{UBL}"><CustomizationID>urn:x</CustomizationID><ID>Ä-1</ID></Invoice>'


def test_bytes_in_and_a_draft_as_json_out_for_a_child_process() -> None:
    """XML and pages cross the pipe together, line breaks and all."""
    parsed = drawn(ENGLISH)

    draft = Draft.model_validate_json(read_bytes(to_read(parsed, XML.replace("><", ">\n<"))))

    assert draft.invoice.number == "Ä-1"
    assert draft.citations["number"].method == "e-invoice"
    assert draft.standard == Standard(syntax="UBL", identifier="urn:x")
    assert [one.code for one in draft.findings] == ["page.number"]


def test_an_xml_file_crosses_the_pipe_alone() -> None:
    """There are no pages behind it."""
    parsed = Parsed("application/xml", xml=XML)

    assert Draft.model_validate_json(read_bytes(to_read(parsed, XML))).findings == ()


def test_half_a_character_is_refused_by_the_reader_not_by_the_pipe() -> None:
    """It arrives as a question mark, which is well-formed."""
    parsed = replace(drawn(ENGLISH), xml=None)

    draft = Draft.model_validate_json(read_bytes(to_read(parsed, XML.replace("Ä", "\ud800"))))

    assert draft.invoice.number == "?-1"
    with pytest.raises(DocumentError):
        read_bytes(to_read(parsed, "no XML"))
