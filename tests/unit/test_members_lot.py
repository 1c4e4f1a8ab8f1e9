"""Several invoices in one file of FatturaPA: each is a document of its own, none is merged."""

import pytest

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.parse._kind import LOT, XML, kind_of
from tallysheet.parse._xml import decode
from tallysheet.parse.members import member, members_of
from tallysheet.parse.members._lot import lot_entries

AGENCY = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
SELLER = (
    "<FatturaElettronicaHeader><CedentePrestatore><DatiAnagrafici><Anagrafica>"
    "<Denominazione>Società</Denominazione></Anagrafica></DatiAnagrafici></CedentePrestatore>"
    "</FatturaElettronicaHeader>"
)


def body(number: str) -> str:
    """One invoice."""
    return (
        "<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento>"
        f"<Numero>{number}</Numero></DatiGeneraliDocumento></DatiGenerali>"
        "</FatturaElettronicaBody>"
    )


def lot(*bodies: str) -> str:
    """A file of them."""
    root = f'p:FatturaElettronica versione="FPR12" xmlns:p="{AGENCY}"'
    return f"<{root}>{SELLER}{''.join(bodies)}</p:FatturaElettronica>"


def numbers(data: bytes) -> list[tuple[str | None, str | None]]:
    """Number and seller of each invoice in *data*, by the way that a run takes."""
    drafts = [read_e_invoice(decode(member(data, one.name))) for one in members_of(data)]
    return [(draft.invoice.number, draft.invoice.seller.name) for draft in drafts]


def test_each_invoice_is_a_member_with_the_header_of_all() -> None:
    """In their order, named by it."""
    data = lot(body("1"), "\n<!-- the next -->\n", body("2"), body("3")).encode()

    assert kind_of(data) == LOT
    assert [one.name for one in members_of(data)] == ["1.xml", "2.xml", "3.xml"]
    assert numbers(data) == [("1", "Società"), ("2", "Società"), ("3", "Società")]


def test_one_invoice_is_a_document_and_no_container() -> None:
    """As nearly all of them are."""
    assert kind_of(lot(body("1")).encode()) == XML


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_goes_with_its_bytes(encoding: str) -> None:
    """Members are UTF-8, whatever the file was."""
    xml = f'<?xml version="1.0" encoding="{encoding}"?>\n' + lot(body("1"), body("2"))

    assert numbers(xml.encode(encoding)) == [("1", "Società"), ("2", "Società")]


@pytest.mark.parametrize("hide", ["<!-- {} -->", "<Causale><![CDATA[{}]]></Causale>"])
def test_a_body_that_is_no_element_is_none(hide: str) -> None:
    """Commented out, or quoted in a text."""
    hidden = hide.format(body("9"))

    assert numbers(lot(body("1"), hidden, body("2")).encode())[0][0] == "1"
    assert len(lot_entries(lot(hidden, body("1"), body("2")).encode())) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        body("1") + "<FatturaElettronicaBody>",
        "<FatturaElettronicaBody>" + body("1") + "</FatturaElettronicaBody>",
        "</FatturaElettronicaBody>" + body("1") + "<FatturaElettronicaBody>",
    ],
)
def test_bodies_that_do_not_end_where_they_should_are_refused(wrong: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(DocumentError) as caught:
        members_of(lot(wrong, body("2")).encode())

    assert caught.value.reason == "corrupt_xml"


def test_a_cut_that_went_wrong_is_no_invoice() -> None:
    """What stands around a body of another name is not well formed any more."""
    data = lot("<a>" + body("1"), body("2") + "</a>").encode()

    for one in members_of(data):
        draft = read_e_invoice(decode(member(data, one.name)))
        assert draft.invoice.number is None
