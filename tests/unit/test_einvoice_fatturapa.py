"""FatturaPA: Italian codes in the terms of the standard, and totals that are sums of rows."""

from datetime import date
from decimal import Decimal

import pytest

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.extract._einvoice._fatturapa import KINDS, MEANS, NATURES
from tallysheet.model import Invoice, Severity
from tallysheet.validate import validate
from tallysheet.validate._signs import CREDIT_NOTES

AGENCY = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture"

HEADER = """<FatturaElettronicaHeader>
  <DatiTrasmissione><CodiceDestinatario>0000000</CodiceDestinatario>
    <PECDestinatario>buyer@pec.example</PECDestinatario></DatiTrasmissione>
  <CedentePrestatore>
    <DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>07945211006</IdCodice></IdFiscaleIVA>
      <CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
      <Anagrafica><Nome>Maria</Nome><Cognome>Rossi</Cognome></Anagrafica></DatiAnagrafici>
    <Sede><Indirizzo>Via Roma</Indirizzo><NumeroCivico>5</NumeroCivico><CAP>00145</CAP>
      <Comune>Roma</Comune><Provincia>RM</Provincia><Nazione>IT</Nazione></Sede>
    <IscrizioneREA><Ufficio>RM</Ufficio><NumeroREA>1234567</NumeroREA></IscrizioneREA>
    <Contatti><Telefono>06 1</Telefono><Email>maria@example.it</Email></Contatti>
    <RiferimentoAmministrazione>U-7</RiferimentoAmministrazione>
  </CedentePrestatore>
  <CessionarioCommittente>
    <DatiAnagrafici><CodiceFiscale>09876543210</CodiceFiscale>
      <Anagrafica><Denominazione>Beta</Denominazione></Anagrafica></DatiAnagrafici>
    <Sede><Comune>Torino</Comune><Nazione>IT</Nazione></Sede>
  </CessionarioCommittente>
</FatturaElettronicaHeader>"""

LINES = """
<DettaglioLinee><NumeroLinea>1</NumeroLinea>
  <CodiceArticolo><CodiceTipo>EAN</CodiceTipo><CodiceValore>4012345678901</CodiceValore></CodiceArticolo>
  <Descrizione>Parere</Descrizione><Quantita>2.00</Quantita><PrezzoUnitario>500.00000000</PrezzoUnitario>
  <PrezzoTotale>1000.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>
<DettaglioLinee><NumeroLinea>2</NumeroLinea><Descrizione>Copie</Descrizione>
  <PrezzoUnitario>60.00</PrezzoUnitario>
  <ScontoMaggiorazione><Tipo>SC</Tipo><Importo>10.00</Importo></ScontoMaggiorazione>
  <PrezzoTotale>50.00</PrezzoTotale><AliquotaIVA>0.00</AliquotaIVA><Natura>N4</Natura></DettaglioLinee>"""

ROWS = """
<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>1040.00</ImponibileImporto>
  <Imposta>228.80</Imposta><EsigibilitaIVA>{due}</EsigibilitaIVA></DatiRiepilogo>
<DatiRiepilogo><AliquotaIVA>0.00</AliquotaIVA><Natura>N4</Natura>
  <ImponibileImporto>50.00</ImponibileImporto><Imposta>0.00</Imposta>
  <RiferimentoNormativo>Art. 10</RiferimentoNormativo></DatiRiepilogo>"""

FUND = """<DatiCassaPrevidenziale><TipoCassa>TC01</TipoCassa><AlCassa>4.00</AlCassa>
  <ImportoContributoCassa>40.00</ImportoContributoCassa><ImponibileCassa>1000.00</ImponibileCassa>
  <AliquotaIVA>22.00</AliquotaIVA></DatiCassaPrevidenziale>"""
WITHHELD = """<DatiRitenuta><TipoRitenuta>RT01</TipoRitenuta>
  <ImportoRitenuta>200.00</ImportoRitenuta></DatiRitenuta>"""
STAMP = (
    """<DatiBollo><BolloVirtuale>SI</BolloVirtuale><ImportoBollo>2.00</ImportoBollo></DatiBollo>"""
)


def payment(amount: str) -> str:
    """One way to pay *amount*."""
    return f"""<DatiPagamento><CondizioniPagamento>TP02</CondizioniPagamento><DettaglioPagamento>
      <Beneficiario>Rossi</Beneficiario><ModalitaPagamento>MP05</ModalitaPagamento>
      <DataScadenzaPagamento>2024-03-31</DataScadenzaPagamento>
      <ImportoPagamento>{amount}</ImportoPagamento>
      <IBAN>IT60X0542811101000000123456</IBAN><BIC>BPMOIT22</BIC></DettaglioPagamento></DatiPagamento>"""


def body(inside: str = "", *, kind: str = "TD01", vat_due: str = "I", pay: str = "1318.80") -> str:
    """One invoice; *inside* goes to its general part."""
    return f"""<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento>
      <TipoDocumento>{kind}</TipoDocumento><Divisa>EUR</Divisa><Data>2024-02-29</Data>
      <Numero>7/PA</Numero>{FUND}{inside}<Causale>Saldo</Causale><Causale>Grazie</Causale>
      </DatiGeneraliDocumento>
      <DatiOrdineAcquisto><IdDocumento>O-1</IdDocumento><CodiceCUP>CUP1</CodiceCUP></DatiOrdineAcquisto>
      <DatiFattureCollegate><IdDocumento>6/PA</IdDocumento><Data>2024-01-31</Data></DatiFattureCollegate>
      </DatiGenerali>
      <DatiBeniServizi>{LINES}{ROWS.format(due=vat_due)}</DatiBeniServizi>{payment(pay)}
      </FatturaElettronicaBody>"""


def fattura(*bodies: str, namespace: str = f"{AGENCY}/v1.2") -> str:
    """A file of FatturaPA."""
    inside = "".join(bodies or (body(),))
    root = f'p:FatturaElettronica versione="FPR12" xmlns:p="{namespace}"'
    return f"<{root}>{HEADER}{inside}</p:FatturaElettronica>"


def errors(invoice: Invoice) -> list[str]:
    """What validation would send to a person."""
    return [one.code for one in validate(invoice, required=()) if one.severity is Severity.ERROR]


def test_head_and_parties_are_read() -> None:
    """A person is called by both names, a VAT number has its country."""
    invoice = read_e_invoice(fattura()).invoice

    assert (invoice.number, invoice.kind, invoice.currency) == ("7/PA", "380", "EUR")
    assert (invoice.issue_date, invoice.due_date) == (date(2024, 2, 29), date(2024, 3, 31))
    assert (invoice.purchase_order, invoice.project, invoice.buyer_reference) == (
        "O-1",
        "CUP1",
        "U-7",
    )
    assert invoice.notes == ("Saldo", "Grazie")
    assert [(one.number, one.issue_date) for one in invoice.preceding_invoices] == [
        ("6/PA", date(2024, 1, 31))
    ]
    seller, buyer = invoice.seller, invoice.buyer
    assert (seller.name, seller.vat_id) == ("Maria Rossi", "IT07945211006")
    assert (seller.tax_number, seller.legal_id) == ("RSSMRA80A01H501U", "RM-1234567")
    assert (seller.address.line1, seller.address.region) == ("Via Roma 5", "RM")
    assert seller.contact.email == "maria@example.it"
    assert (buyer.name, buyer.tax_number, buyer.vat_id) == ("Beta", "09876543210", None)
    assert buyer.endpoint == "buyer@pec.example"


def test_totals_are_the_sums_of_their_rows_and_cite_them() -> None:
    """Where the document states no total, its VAT rows make it up."""
    draft = read_e_invoice(fattura())

    totals = draft.invoice.totals
    assert (totals.net, totals.tax) == (Decimal("1090.00"), Decimal("228.80"))
    assert (totals.gross, totals.due) == (Decimal("1318.80"), Decimal("1318.80"))
    assert draft.citations["totals.net"].text == "1040.00 + 50.00"
    assert errors(draft.invoice) == []


def test_the_stated_total_counts_where_there_is_one() -> None:
    """Even where it is wrong: validation says so."""
    xml = fattura(body("<ImportoTotaleDocumento>999.00</ImportoTotaleDocumento>"))

    draft = read_e_invoice(xml)

    assert draft.invoice.totals.gross == Decimal("999.00")
    assert draft.citations["totals.gross"].text == "999.00"
    assert "sum.gross" in errors(draft.invoice)


def test_lines_taxes_and_pension_fund_are_read() -> None:
    """A price before discount is no net price; the fund's share is a charge."""
    invoice = read_e_invoice(fattura()).invoice

    first, second = invoice.lines
    assert (first.name, first.gtin, first.unit_price) == ("Parere", "4012345678901", Decimal(500))
    assert (first.vat_rate, first.vat_category) == (Decimal(22), None)
    assert (second.unit_price, second.gross_price) == (None, Decimal(60))
    assert (second.price_discount, second.vat_category) == (Decimal(10), "E")
    assert [(tax.category, tax.exemption) for tax in invoice.taxes] == [
        (None, None),
        ("E", "Art. 10"),
    ]
    assert [(one.amount, one.percent, one.reason) for one in invoice.charges] == [
        (Decimal(40), Decimal(4), "TC01")
    ]


def test_payments_are_read() -> None:
    """Means in the codes of the standard, the account, and who is paid."""
    invoice = read_e_invoice(fattura()).invoice

    assert invoice.payment.means_code == "30"
    assert [(one.iban, one.bic) for one in invoice.payment.accounts] == [
        ("IT60X0542811101000000123456", "BPMOIT22")
    ]
    assert invoice.payee.name == "Rossi"


def test_withheld_tax_is_no_part_of_what_is_due() -> None:
    """The buyer pays it to the tax office: gross less that is the amount due."""
    invoice = read_e_invoice(fattura(body(WITHHELD, pay="1118.80"))).invoice

    assert (invoice.totals.withheld, invoice.totals.due) == (Decimal(200), Decimal("1118.80"))
    assert errors(invoice) == []


def test_under_split_payment_the_vat_is_withheld() -> None:
    """Public buyers pay the seller the net amount only."""
    invoice = read_e_invoice(fattura(body(vat_due="S", pay="1090.00"))).invoice

    assert invoice.totals.withheld == Decimal("228.80")
    assert errors(invoice) == []


def test_an_amount_due_that_fits_nothing_is_an_error() -> None:
    """Neither with nor without what is withheld."""
    invoice = read_e_invoice(fattura(body(WITHHELD, pay="1200.00"))).invoice

    assert errors(invoice) == ["sum.due"]


@pytest.mark.parametrize(("stated", "pay"), [("1320.80", "1320.80"), ("1318.80", "1318.80")])
def test_stamp_duty_may_be_in_the_total_or_not(stated: str, pay: str) -> None:
    """Sellers may charge it or bear it."""
    total = f"<ImportoTotaleDocumento>{stated}</ImportoTotaleDocumento>"

    invoice = read_e_invoice(fattura(body(STAMP + total, pay=pay))).invoice

    assert invoice.totals.stamp_duty == Decimal(2)
    assert errors(invoice) == []


def test_a_credit_note_is_one() -> None:
    """TD04 of an ordinary file, TD08 of a simplified one."""
    assert read_e_invoice(fattura(body(kind="TD04"))).invoice.kind == "381"
    assert {KINDS["TD04"], KINDS["TD08"]} <= CREDIT_NOTES


def test_a_code_that_nobody_knows_stays_empty_and_is_named() -> None:
    """A wrong kind would be worse than none."""
    draft = read_e_invoice(fattura(body(kind="TD99")))

    assert draft.invoice.kind is None
    assert draft.warnings == ("kind stays empty: “TD99” is not a code that we know.",)


def test_every_code_has_a_meaning() -> None:
    """All that the specification of 2025 lists, and no other."""
    assert KINDS.keys() == {f"TD{n:02}" for n in (*range(1, 10), *range(16, 30))}
    assert MEANS.keys() == {f"MP{n:02}" for n in range(1, 24)}
    assert set(NATURES.values()) == {"O", "G", "K", "E", "AE"}


@pytest.mark.parametrize(
    ("land", "code", "number"),
    [
        ("GB", "GB980780684", "GB980780684"),
        ("GB", "980780684", "GB980780684"),
        ("CH", "CHE-114.993.395 IVA", "CHE-114.993.395 IVA"),
        ("FR", "FR123456789", "FR123456789"),
    ],
)
def test_a_country_that_stands_in_the_number_too_is_written_once(
    land: str, code: str, number: str
) -> None:
    """Sellers abroad have their number written in full behind their country."""
    seller = "<IdPaese>IT</IdPaese><IdCodice>07945211006</IdCodice>"
    xml = SIMPLIFIED.replace(seller, f"<IdPaese>{land}</IdPaese><IdCodice>{code}</IdCodice>")

    assert read_e_invoice(xml).invoice.seller.vat_id == number


def test_several_invoices_in_one_file_are_refused() -> None:
    """As one invoice, they would have the number of the first and the sums of both."""
    with pytest.raises(DocumentError, match="2 invoices") as caught:
        read_e_invoice(fattura(body(), body()))

    assert caught.value.reason == "several_invoices"


@pytest.mark.parametrize(
    "namespace",
    [
        f"{AGENCY}/v1.2",
        "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1",
        "http://ivaservizi.agenziaentrate.gov.it/ docs/xsd/fatture/v1.2",
    ],
)
def test_older_versions_are_read(namespace: str) -> None:
    """Archives hold them, some with a blank in the namespace."""
    assert read_e_invoice(fattura(namespace=namespace)).invoice.number == "7/PA"


SIMPLIFIED = f"""<p:FatturaElettronicaSemplificata versione="FSM10" xmlns:p="{AGENCY}/v1.0">
<FatturaElettronicaHeader>
  <DatiTrasmissione><CodiceDestinatario>ABC1234</CodiceDestinatario></DatiTrasmissione>
  <CedentePrestatore><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>07945211006</IdCodice></IdFiscaleIVA>
    <Denominazione>Bar Roma</Denominazione><Sede><Comune>Roma</Comune></Sede></CedentePrestatore>
  <CessionarioCommittente><IdentificativiFiscali><CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
    </IdentificativiFiscali><AltriDatiIdentificativi><Nome>Maria</Nome><Cognome>Rossi</Cognome>
    </AltriDatiIdentificativi></CessionarioCommittente>
</FatturaElettronicaHeader>
<FatturaElettronicaBody>
  <DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD08</TipoDocumento><Divisa>EUR</Divisa>
    <Data>2024-02-29</Data><Numero>S1</Numero></DatiGeneraliDocumento>
    <DatiFatturaRettificata><NumeroFR>S0</NumeroFR><DataFR>2024-02-28</DataFR></DatiFatturaRettificata>
  </DatiGenerali>
  <DatiBeniServizi><Descrizione>Caffè</Descrizione><Importo>11.00</Importo>
    <DatiIVA><Imposta>1.00</Imposta><Aliquota>10.00</Aliquota></DatiIVA></DatiBeniServizi>
  <DatiBeniServizi><Descrizione>Giornale</Descrizione><Importo>2.00</Importo><Natura>N4</Natura>
  </DatiBeniServizi>
</FatturaElettronicaBody></p:FatturaElettronicaSemplificata>"""


def test_a_simplified_invoice_is_read() -> None:
    """Its amounts hold the VAT: they make up the gross total, and are no line amounts."""
    invoice = read_e_invoice(SIMPLIFIED).invoice

    assert (invoice.number, invoice.kind) == ("S1", "381")
    assert (invoice.seller.name, invoice.buyer.name) == ("Bar Roma", "Maria Rossi")
    assert invoice.buyer.endpoint == "ABC1234"
    assert [one.number for one in invoice.preceding_invoices] == ["S0"]
    assert (invoice.totals.gross, invoice.totals.tax) == (Decimal(13), Decimal(1))
    assert [(line.name, line.amount, line.vat_category) for line in invoice.lines] == [
        ("Caffè", None, None),
        ("Giornale", None, "E"),
    ]
    assert errors(invoice) == []
