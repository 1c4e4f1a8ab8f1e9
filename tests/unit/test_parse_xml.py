"""XML is decoded as it asks for, within reason, and known by its root element."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse import _xml
from tallysheet.parse._xml import decode, is_e_invoice, root_of

UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
ITALY = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1."
ZUGFERD1 = "urn:ferd:CrossIndustryDocument:invoice:1p0"


def declared(encoding: str) -> str:
    """XML that names an encoding."""
    return f"<?xml version='1.0' encoding='{encoding}'?><a>Müller</a>"


@pytest.mark.parametrize(
    ("claimed", "actual"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("ISO-8859-1", "iso-8859-1"),
        ("windows-1252", "windows-1252"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-be"),
        pytest.param("UTF-16", "utf-8", id="claims UTF-16 in readable bytes"),
        pytest.param("punycode", "utf-8", id="claims a codec that takes quadratic time"),
    ],
)
def test_text_comes_out_of_any_honest_encoding(claimed: str, actual: str) -> None:
    """The byte order mark counts first, then the declaration, then UTF-8."""
    assert decode(declared(claimed).encode(actual)) == declared(claimed)


def test_bytes_that_are_not_what_they_claim_are_corrupt() -> None:
    """The place is said, and nothing is guessed."""
    with pytest.raises(DocumentError, match="byte 42") as caught:
        decode(declared("UTF-8").encode("iso-8859-1"))

    assert caught.value.reason == "corrupt_xml"


def test_xml_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is decoded."""
    monkeypatch.setattr(_xml, "MOST_BYTES", 10)

    with pytest.raises(DocumentError) as caught:
        decode(b"<a>12345678</a>")

    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "xml",
    [
        f'<Invoice xmlns="{UBL}"/>',
        f'\ufeff<?xml version="1.0"?>\n<!-- a > b -->\n<ubl:Invoice xmlns:ubl="{UBL}">',
        f'<CreditNote xmlns="{UBL.replace("Invoice", "CreditNote")}">',
        f'<rsm:CrossIndustryInvoice xmlns:a="b" xmlns:rsm="{CII}">',
        f"<rsm:CrossIndustryDocument xmlns:rsm='{ZUGFERD1}'>",
        f'<p:FatturaElettronica versione="FPA12" xmlns:p="{ITALY}2">',
        f'<FatturaElettronicaSemplificata xmlns="{ITALY}0">',
        f'<FatturaElettronica xmlns="{ITALY.replace("it/docs", "it/ docs")}2">',
        f'<!DOCTYPE x:Invoice [<!ENTITY a "b">]><x:Invoice xmlns:x="{UBL}">',
    ],
)
def test_e_invoices_are_known_by_their_root(xml: str) -> None:
    """In every syntax; one with a document type goes to the reader that refuses it."""
    assert is_e_invoice(xml)


@pytest.mark.parametrize(
    ("xml", "root"),
    [
        ('<Invoice xmlns="urn:something:else"/>', "Invoice"),
        ('<p:FatturaElettronica xmlns:p="http://elsewhere">', "FatturaElettronica"),
        (
            '<rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm="urn:un:unece">',
            "SCRDMCCBDACIOMessageStructure",
        ),
        ("<!-- never closed", ""),
        ("no XML", ""),
        ("", ""),
    ],
)
def test_other_xml_is_none(xml: str, root: str) -> None:
    """An order, another country's format, or nothing at all."""
    assert not is_e_invoice(xml)
    assert root_of(xml) == root


@given(st.text(alphabet="<?!->x: \n"))
def test_no_prolog_confuses(xml: str) -> None:
    """Whatever stands there, the search for a root ends."""
    assert isinstance(root_of(xml), str)
