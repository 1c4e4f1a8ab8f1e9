"""FatturaPA, the Italian e-invoice: ordinary (FPA12, FPR12 and before) and simplified (FSM10).

Its codes are its own and are put into those of the standard. It has no totals
but of the document as a whole, so net, VAT and amount due are the sums of their
rows. What the buyer keeps back for the tax office is withheld: the advance on
the seller's income tax (ritenuta), and VAT under split payment (EsigibilitaIVA
``S``). A price before discount is no net price.

Source: Specifiche tecniche del formato FatturaPA 1.3 to 1.9, Agenzia delle Entrate.
"""

from tallysheet.extract._einvoice._terms import All, Code, Each, In, Sum, Syntax, Table
from tallysheet.extract._einvoice._values import vat_number

KINDS = {
    **dict.fromkeys(("TD01", "TD06", "TD07", "TD24", "TD25", "TD26"), "380"),
    **dict.fromkeys(("TD02", "TD03"), "386"),
    **dict.fromkeys(("TD04", "TD08"), "381"),
    **dict.fromkeys(("TD05", "TD09"), "383"),
    # Written by the buyer, for a supplier who charged no VAT or sent no invoice.
    **dict.fromkeys((f"TD{number}" for number in (*range(16, 24), 27, 28, 29)), "389"),
}
"""TipoDocumento as a type of UNTDID 1001."""

NATURES = {
    **dict.fromkeys(("N1", "N2", "N2.1", "N2.2", "N7"), "O"),
    **dict.fromkeys(("N3.1", "N3.3", "N3.4"), "G"),
    "N3.2": "K",
    **dict.fromkeys(("N3", "N3.5", "N3.6", "N4", "N5"), "E"),
    **dict.fromkeys(("N6", *(f"N6.{number}" for number in range(1, 10))), "AE"),
}
"""Natura, the reason for charging no VAT, as a category of UNTDID 5305."""

MEANS = {
    **{f"MP{number:02}": "1" for number in range(1, 24)},
    "MP01": "10",
    "MP02": "20",
    "MP03": "23",
    "MP05": "30",
    "MP06": "60",
    "MP08": "48",
    **dict.fromkeys(("MP09", "MP10", "MP11", "MP16", "MP17"), "49"),
    "MP18": "50",
    **dict.fromkeys(("MP19", "MP20", "MP21"), "59"),
    "MP23": "68",
}
"""ModalitaPagamento as payment means of UNTDID 4461; 1 is for what it has no code for."""

HEADER = "FatturaElettronicaHeader"
BODY = "FatturaElettronicaBody"
GENERAL = f"{BODY}/DatiGenerali"
DOCUMENT = f"{GENERAL}/DatiGeneraliDocumento"
GOODS = f"{BODY}/DatiBeniServizi"
ROWS = f"{GOODS}/DatiRiepilogo"
PAYMENT = "DatiPagamento/DettaglioPagamento"
PAID_BY = f"{BODY}/{PAYMENT}"
STATED = f"{DOCUMENT}/ImportoTotaleDocumento"
NOWHERE = "0000000|XXXXXXX|999999"
"""Recipients that stand for “by certified mail”, “abroad” and “not known”."""
NAMESPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1."
CATEGORY = Code("Natura", NATURES)


def vat_id(path: str) -> All:
    """A VAT number with its country, which stand apart."""
    return All(f"{path}/IdPaese", f"{path}/IdCodice", between="", read=vat_number)


def name(path: str) -> All:
    """A company, or a person by first and last name."""
    return All(*(f"{path}{part}" for part in ("Denominazione", "Nome", "Cognome")), between=" ")


HEAD: Table = {
    "number": f"{DOCUMENT}/Numero",
    "kind": Code(f"{DOCUMENT}/TipoDocumento", KINDS),
    "issue_date": f"{DOCUMENT}/Data",
    "currency": f"{DOCUMENT}/Divisa",
}
ADDRESS: Table = {
    "line1": All("Indirizzo", "NumeroCivico", between=" "),
    "city": "Comune",
    "postcode": "CAP",
    "region": "Provincia",
    "country": "Nazione",
}
REGISTER = "IscrizioneREA"
SELLER: Table = {
    "name": name("DatiAnagrafici/Anagrafica/"),
    "vat_id": vat_id("DatiAnagrafici/IdFiscaleIVA"),
    "tax_number": "DatiAnagrafici/CodiceFiscale",
    "legal_id": All(f"{REGISTER}/Ufficio", f"{REGISTER}/NumeroREA", between="-"),
    "address": In("Sede", ADDRESS),
    "contact": In("Contatti", {"phone": "Telefono", "email": "Email"}),
}
BUYER_PARTY = "CessionarioCommittente"
RECIPIENT = "DatiTrasmissione"
ENDPOINT = (
    f"{RECIPIENT}[CodiceDestinatario!={NOWHERE}]/CodiceDestinatario",
    f"{RECIPIENT}/PECDestinatario",
)
BUYER: Table = {
    "name": name(f"{BUYER_PARTY}/DatiAnagrafici/Anagrafica/"),
    "vat_id": vat_id(f"{BUYER_PARTY}/DatiAnagrafici/IdFiscaleIVA"),
    "tax_number": f"{BUYER_PARTY}/DatiAnagrafici/CodiceFiscale",
    "address": In(f"{BUYER_PARTY}/Sede", ADDRESS),
    "endpoint": ENDPOINT,
}

LINE: Table = {
    "id": "NumeroLinea",
    "name": "Descrizione",
    "period": In(".", {"start": "DataInizioPeriodo", "end": "DataFinePeriodo"}),
    "seller_sku": "CodiceArticolo[CodiceTipo!=EAN|GTIN]/CodiceValore",
    "gtin": "CodiceArticolo[CodiceTipo=EAN|GTIN]/CodiceValore",
    "quantity": "Quantita",
    "unit": "UnitaMisura",
    "unit_price": ".[ScontoMaggiorazione/Tipo=]/PrezzoUnitario",
    "gross_price": ".[ScontoMaggiorazione/Tipo!=]/PrezzoUnitario",
    "price_discount": "ScontoMaggiorazione[Tipo=SC]/Importo",
    "amount": "PrezzoTotale",
    "vat_category": CATEGORY,
    "vat_rate": "AliquotaIVA",
}
TAX: Table = {
    "category": CATEGORY,
    "rate": "AliquotaIVA",
    "base": "ImponibileImporto",
    "amount": "Imposta",
    "exemption": "RiferimentoNormativo",
}
CHARGE: Table = {
    "amount": ("ImportoContributoCassa", "SpeseAccessorie"),
    "base": "ImponibileCassa",
    "percent": "AlCassa",
    "reason": "TipoCassa",
    "vat_category": CATEGORY,
    "vat_rate": "AliquotaIVA",
}
"""What goes to the seller's pension fund, or the extra expenses of a VAT row."""

FATTURAPA = Syntax(
    name="FatturaPA",
    root="FatturaElettronica",
    namespaces=(
        NAMESPACE,
        "http://www.fatturapa.gov.it/sdi/fatturapa/v1",
    ),
    several=BODY,
    stated="@versione",
    table={
        **HEAD,
        "due_date": f"{PAID_BY}/DataScadenzaPagamento",
        "delivery_date": f"{GENERAL}/DatiTrasporto/DataOraConsegna",
        "seller": In(f"{HEADER}/CedentePrestatore", SELLER),
        "buyer": In(HEADER, BUYER),
        "ship_to": In(f"{GENERAL}/DatiTrasporto/IndirizzoResa", {"address": In(".", ADDRESS)}),
        "payee": In(BODY, {"name": f"{PAYMENT}/Beneficiario"}),
        "payment": In(
            BODY,
            {
                "means_code": Code(f"{PAYMENT}/ModalitaPagamento", MEANS),
                "reference": f"{PAYMENT}/CodicePagamento",
                "accounts": Each((f"{PAYMENT}[IBAN!=]",), {"iban": "IBAN", "bic": "BIC"}),
            },
        ),
        "buyer_reference": f"{HEADER}/CedentePrestatore/RiferimentoAmministrazione",
        "purchase_order": f"{GENERAL}/DatiOrdineAcquisto/IdDocumento",
        "contract": f"{GENERAL}/DatiContratto/IdDocumento",
        "project": (
            f"{GENERAL}/DatiOrdineAcquisto/CodiceCUP",
            f"{GENERAL}/DatiContratto/CodiceCUP",
            f"{GENERAL}/DatiConvenzione/CodiceCUP",
        ),
        "despatch_advice": f"{GENERAL}/DatiDDT/NumeroDDT",
        "preceding_invoices": Each(
            (f"{GENERAL}/DatiFattureCollegate",), {"number": "IdDocumento", "issue_date": "Data"}
        ),
        "notes": f"{DOCUMENT}/Causale",
        "totals": In(
            ".",
            {
                "net": Sum(f"{ROWS}/ImponibileImporto"),
                "tax": Sum(f"{ROWS}/Imposta"),
                "gross": Sum(
                    STATED,
                    f".[{STATED}=]/{ROWS}/ImponibileImporto",
                    f".[{STATED}=]/{ROWS}/Imposta",
                ),
                "withheld": Sum(
                    f"{DOCUMENT}/DatiRitenuta/ImportoRitenuta",
                    f"{ROWS}[EsigibilitaIVA=S]/Imposta",
                ),
                "stamp_duty": f"{DOCUMENT}/DatiBollo/ImportoBollo",
                "rounding": f"{DOCUMENT}/Arrotondamento",
                "due": Sum(f"{PAID_BY}/ImportoPagamento"),
            },
        ),
        "taxes": Each((ROWS,), TAX),
        "charges": Each(
            (f"{DOCUMENT}/DatiCassaPrevidenziale", f"{ROWS}[SpeseAccessorie!=]"),
            CHARGE,
        ),
        "lines": Each((f"{GOODS}/DettaglioLinee",), LINE),
    },
)

BUYER_NAMES = f"{BUYER_PARTY}/AltriDatiIdentificativi"
BUYER_NUMBERS = f"{BUYER_PARTY}/IdentificativiFiscali"

SIMPLIFIED = Syntax(
    name="FatturaPA",
    root="FatturaElettronicaSemplificata",
    namespaces=(NAMESPACE,),
    several=BODY,
    stated="@versione",
    table={
        **HEAD,
        "seller": In(
            f"{HEADER}/CedentePrestatore",
            {
                **SELLER,
                "name": name(""),
                "vat_id": vat_id("IdFiscaleIVA"),
                "tax_number": "CodiceFiscale",
            },
        ),
        "buyer": In(
            HEADER,
            {
                "name": name(f"{BUYER_NAMES}/"),
                "vat_id": vat_id(f"{BUYER_NUMBERS}/IdFiscaleIVA"),
                "tax_number": f"{BUYER_NUMBERS}/CodiceFiscale",
                "address": In(f"{BUYER_NAMES}/Sede", ADDRESS),
                "endpoint": ENDPOINT,
            },
        ),
        "preceding_invoices": Each(
            (f"{GENERAL}/DatiFatturaRettificata",), {"number": "NumeroFR", "issue_date": "DataFR"}
        ),
        # Its amounts hold the VAT, which no line amount of the standard does.
        "totals": In(
            ".",
            {
                "tax": Sum(f"{GOODS}/DatiIVA/Imposta"),
                "gross": Sum(f"{GOODS}/Importo"),
                "stamp_duty": f"{DOCUMENT}/DatiBollo/ImportoBollo",
            },
        ),
        "taxes": Each(
            (GOODS,),
            {
                "category": CATEGORY,
                "rate": "DatiIVA/Aliquota",
                "amount": "DatiIVA/Imposta",
                "exemption": "RiferimentoNormativo",
            },
        ),
        "lines": Each(
            (GOODS,),
            {
                "name": "Descrizione",
                "vat_category": CATEGORY,
                "vat_rate": "DatiIVA/Aliquota",
            },
        ),
    },
)
