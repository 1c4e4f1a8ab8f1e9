"""Syntax, profile and version of an e-invoice, by the identifier that it carries."""

import pytest

from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.model import Standard

UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
ZUGFERD1 = "urn:ferd:CrossIndustryDocument:invoice:1p0"
ITALY = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1"
EN = "urn:cen.eu:en16931:2017"
KOSIT = "urn:xeinkauf.de:kosit"

IDENTIFIERS = [
    (EN, "EN 16931", "2017"),
    (f"{EN}#compliant#{KOSIT}:xrechnung_3.0", "XRechnung", "3.0"),
    (f"{EN}#compliant#urn:xoev-de:kosit:standard:xrechnung_1.2", "XRechnung", "1.2"),
    (
        f"{EN}#compliant#{KOSIT}:xrechnung_3.0#conformant#{KOSIT}:extension:xrechnung_3.0",
        "XRechnung Extension",
        "3.0",
    ),
    (f"{EN}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", "Peppol BIS Billing", "3.0"),
    (
        f"{EN}#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0",
        "Peppol BIS Self-Billing",
        "3.0",
    ),
    ("urn:peppol:pint:billing-1@aunz-1", "Peppol PINT", "1"),
    (f"{EN}#compliant#urn:fdc:nen.nl:nlcius:v1.0", "NLCIUS", "1.0"),
    (f"{EN}#compliant#urn:efactura.mfinante.ro:CIUS-RO:1.0.1", "CIUS-RO", "1.0.1"),
    ("urn:factur-x.eu:1p0:minimum", "Factur-X MINIMUM", "1.0"),
    ("urn:factur-x.eu:1p0:basicwl", "Factur-X BASIC WL", "1.0"),
    (f"{EN}:compliant:factur-x.eu:1p0:basic", "Factur-X BASIC", "1.0"),
    (f"{EN}#conformant#urn:factur-x.eu:1p0:extended", "Factur-X EXTENDED", "1.0"),
    (f"{EN}#compliant#urn:zugferd.de:2p0:basic", "ZUGFeRD BASIC", "2.0"),
    ("urn:ferd:CrossIndustryDocument:invoice:1p0:comfort", "ZUGFeRD COMFORT", "1.0"),
    (
        "urn:www.cenbii.eu:transaction:biitrns010:ver2.0:extended:urn:www.peppol.eu:bis:peppol4a:ver2.0",
        "Peppol BIS 4A",
        "2.0",
    ),
    ("urn:www.simplerinvoicing.org:si-ubl:invoice:ver1.0.x", "SI-UBL", "1.0"),
    ("urn:example.org:something-else_1.0", None, None),
    pytest.param("1.0", None, None, id="a version alone, as in e-FFF of Belgium"),
]


@pytest.mark.parametrize(("identifier", "profile", "version"), IDENTIFIERS)
def test_a_profile_is_known_by_its_identifier(
    identifier: str, profile: str | None, version: str | None
) -> None:
    """The last part that is known counts; what nobody knows is handed on as it is."""
    xml = f'<Invoice xmlns="{UBL}"><CustomizationID> {identifier}\n</CustomizationID></Invoice>'

    assert read_e_invoice(xml).standard == Standard(
        syntax="UBL", profile=profile, version=version, identifier=identifier
    )


def context(name: str, identifier: str) -> str:
    """Where the syntaxes of UN/CEFACT have it."""
    parameter = "GuidelineSpecifiedDocumentContextParameter"
    return f"<{name}><{parameter}><ID>{identifier}</ID></{parameter}></{name}>"


DOCUMENTS = [
    (
        f'<CrossIndustryInvoice xmlns="{CII}">{context("ExchangedDocumentContext", EN)}'
        "</CrossIndustryInvoice>",
        ("CII", "EN 16931", "2017"),
    ),
    (
        f'<CrossIndustryDocument xmlns="{ZUGFERD1}">'
        f"{context('SpecifiedExchangedDocumentContext', f'{ZUGFERD1}:basic')}"
        "</CrossIndustryDocument>",
        ("ZUGFeRD 1", "ZUGFeRD BASIC", "1.0"),
    ),
    (
        f'<FatturaElettronica versione="FPR12" xmlns="{ITALY}.2"/>',
        ("FatturaPA", "FatturaPA FPR", "1.2"),
    ),
    (
        f'<FatturaElettronicaSemplificata versione="FSM10" xmlns="{ITALY}.0"/>',
        ("FatturaPA", "FatturaPA FSM", "1.0"),
    ),
    (f'<FatturaElettronica versione="1.1" xmlns="{ITALY}.1"/>', ("FatturaPA", "FatturaPA", "1.1")),
    (f'<Invoice xmlns="{UBL}"/>', ("UBL", None, None)),
]


@pytest.mark.parametrize(("xml", "expected"), DOCUMENTS, ids=[str(said) for _, said in DOCUMENTS])
def test_every_syntax_names_its_standard_somewhere(
    xml: str, expected: tuple[str, str | None, str | None]
) -> None:
    """Each in an element or attribute of its own; one without is known by its syntax alone."""
    standard = read_e_invoice(xml).standard

    assert standard is not None
    assert (standard.syntax, standard.profile, standard.version) == expected


def test_a_long_identifier_is_cut() -> None:
    """It is a label, not a place for a novel."""
    standard = read_e_invoice(
        f'<Invoice xmlns="{UBL}"><CustomizationID>{"x" * 9999}</CustomizationID></Invoice>'
    ).standard

    assert standard is not None
    assert len(standard.identifier or "") == 200
