"""Who sells and who buys, by labels and by where they stand."""

import pytest

from drawn import drawn
from tallysheet.extract import doubts_of
from tallysheet.extract._rules import read_words
from tallysheet.model import Draft, Party, Severity

LETTER = """
Holzmann GmbH · Am Sägewerk 4 · 86150 Augsburg

Stadtwerke Kleinheim
Rathausplatz 1
72070 Tübingen

Rechnung

Tel. 0821 555 0   USt-IdNr. DE136695976   IBAN DE89370400440532013000
"""


def read(text: str) -> Draft:
    """What the rules make of a page."""
    return read_words(drawn(text))


@pytest.mark.parametrize(
    ("seller", "buyer"),
    [
        ("From", "Bill to"),
        ("Verkäufer", "Rechnung an"),
        ("Vendeur", "Facturé à"),
        ("Leverancier", "Factuuradres"),
        ("Cedente/prestatore", "Spett.le"),
        ("Emisor", "Facturar a"),
        ("Fornecedor", "Exmo.(s) Sr.(s)"),
    ],
)
def test_labels_say_who_is_who(seller: str, buyer: str) -> None:
    """In seven languages, whichever comes first on the page."""
    invoice = read(
        f"{buyer:30}{seller}\n"
        f"{'Blue Kettle':30}Harrow Mill\n{'1 Old Street':30}2 New Street\n"
        f"{'10115 Berlin':30}20095 Hamburg"
    ).invoice

    assert (invoice.seller.name, invoice.buyer.name) == ("Harrow Mill", "Blue Kettle")
    assert invoice.buyer.address.postcode == "10115"
    assert invoice.buyer.address.city == "Berlin"
    assert invoice.seller.address.line1 == "2 New Street"


@pytest.mark.parametrize(
    ("seller", "buyer"),
    [("Lieferant GmbH", "Kunden AG"), ("Supplier Ltd.", "Client Inc"), ("Client SA", "Vendor LLC")],
)
def test_a_word_for_a_party_with_a_legal_form_behind_it_is_a_name(seller: str, buyer: str) -> None:
    """As a value in a column of its own, where it might be taken for another label."""
    draft = read(
        f"Seller\n{'Number:':20}549910\n{'Name:':20}{seller}\n{'Address:':20}2 New Street\n"
        f"{'':20}DE 20095 Hamburg\n\n"
        f"Buyer\n{'Number:':20}710211\n{'Name:':20}{buyer}\n{'Address:':20}1 Old Street\n"
        f"{'':20}DE 10115 Berlin"
    )

    assert (draft.invoice.seller.name, draft.invoice.buyer.name) == (seller, buyer)
    assert draft.citations["seller.name"].method == "label"


@pytest.mark.parametrize("holder", ["Account holder", "Kontoinhaber", "Titulaire du compte"])
def test_who_holds_the_account_to_pay_into_is_not_the_buyer(holder: str) -> None:
    """It stands with the bank of the seller; the buyer is in the window of the letter."""
    invoice = read(
        f"{LETTER}\n\nIBAN: DE89370400440532013000\nBIC: COBADEFFXXX\n{holder}: Max Mustermann\n"
    ).invoice

    assert (invoice.seller.name, invoice.buyer.name) == ("Holzmann GmbH", "Stadtwerke Kleinheim")


def test_a_letter_needs_no_labels() -> None:
    """The sender's line is the seller's, the window under it is the buyer's."""
    invoice = read(LETTER).invoice

    assert invoice.seller.name == "Holzmann GmbH"
    assert invoice.seller.vat_id == "DE136695976"
    assert invoice.seller.address.city == "Augsburg"
    assert invoice.buyer.name == "Stadtwerke Kleinheim"
    assert invoice.buyer.address.line1 == "Rathausplatz 1"


@pytest.mark.parametrize("whose", ["Ihre", "thre", "Ibre"])
def test_a_number_is_the_buyers_where_the_words_before_it_say_so(whose: str) -> None:
    """Two tax numbers on one page are of two companies; OCR may misread a letter of whose."""
    invoice = read(
        "Holzmann GmbH · Am Sägewerk 4 · 86150 Augsburg\n\n"
        f"{whose} USt-IdNr.: DE129273398\n\n\nUSt-IdNr.: DE 136 695 976"
    ).invoice

    assert invoice.seller.vat_id == "DE136695976"
    assert invoice.buyer.vat_id == "DE129273398"


@pytest.mark.parametrize(
    ("whose", "is_sellers"), [("Notre", True), ("Votre", False), ("Vetre", False)]
)
def test_our_number_is_not_your_number_misread(whose: str, is_sellers: bool) -> None:
    """They differ in one letter."""
    invoice = read(f"Harrow SARL\n\n{whose} n° TVA : FR40303265045").invoice

    assert (invoice.seller.vat_id is not None) is is_sellers


@pytest.mark.parametrize(
    ("shown", "read_as"),
    [
        ("P.IVA 00743110157", "00743110157"),
        ("NIF: B-58378431", "B58378431"),
        ("Contribuinte n.º 501 964 843", "501964843"),
        ("BTW NL0044.95.445.B01", "NL004495445B01"),
        ("TVA BE 0403.170.701", "BE0403170701"),
        ("VAT Reg No GB 123 4567 82", "GB123456782"),
    ],
)
def test_a_tax_number_is_kept_as_printed_without_its_spaces(shown: str, read_as: str) -> None:
    """No country is added that the page does not name."""
    assert read(f"Harrow Ltd\n\n{shown}").invoice.seller.vat_id == read_as


def test_an_iban_with_right_check_digits_is_preferred() -> None:
    """A mistyped one beside it is left aside."""
    invoice = read("IBAN DE00 3704 0044 0532 0130 00\nIBAN DE89 3704 0044 0532 0130 00").invoice

    assert [account.iban for account in invoice.payment.accounts] == ["DE89370400440532013000"]


def test_the_account_that_is_debited_is_not_the_one_to_pay_into() -> None:
    """A direct debit names the buyer's account, too."""
    invoice = read(
        "Lastschrift von IBAN DE89 3704 0044 0532 0130 00\n\n"
        "Bank: IBAN NL91 ABNA 0417 1643 00   BIC ABNANL2A"
    ).invoice

    (account,) = invoice.payment.accounts
    assert (account.iban, account.bic) == ("NL91ABNA0417164300", "ABNANL2A")


@pytest.mark.parametrize(
    "text",
    [
        "Den Betrag ziehen wir am 05.08.2024 von Ihrem Konto\nDE89 3704 0044 0532 0130 00 ein.",
        "We will debit your account\nDE89 3704 0044 0532 0130 00",
        "Domiciliado en: DE89 3704 0044 0532 0130 00",
    ],
)
def test_an_account_that_is_debited_is_not_paid_into_even_if_it_is_the_only_one(text: str) -> None:
    """The words that say so may stand on the line above."""
    payment = read(text).invoice.payment

    assert payment.accounts == ()
    assert payment.debited_iban == "DE89370400440532013000"


def test_an_account_in_the_block_of_the_buyer_is_the_buyers() -> None:
    """Programs print all that they know of a customer."""
    payment = read(
        "Elevaciones Onuba S.L.\nCIF: B21406681\n\nDatos del cliente\nComunidad Marismas\n"
        "C/ Mayor 3\n21001 Huelva\nIBAN: DE89 3704 0044 0532 0130 00"
    ).invoice.payment

    assert payment.accounts == ()
    assert payment.debited_iban == "DE89370400440532013000"


def test_the_bank_at_which_the_seller_has_its_account_debits_nothing() -> None:
    """In French, ``domiciliation`` is where an account is kept."""
    payment = read(
        "Domiciliation: Banque Modèle\nIBAN: FR14 2004 1010 0505 0001 3M02 606"
    ).invoice.payment

    assert [account.iban for account in payment.accounts] == ["FR1420041010050500013M02606"]


@pytest.mark.parametrize("day", ["(19 February 2026)", "19 February 2026", "(19)"])
def test_a_number_and_the_date_behind_it_are_no_vat_number(day: str) -> None:
    """Six digits behind ``SI`` and two of a day have the form of one."""
    found = read(f"Muster Ltd\nCredit note\nOriginal invoice SI239657 {day}\nVAT no. GB933322544")

    assert found.invoice.seller.vat_id == "GB933322544"


def test_a_vat_number_behind_the_name_of_the_buyer_is_theirs() -> None:
    """On the same line, after a small gap."""
    invoice = read(
        "Global Parts Inc.\n9 Dock St, Houston, TX 77002\n"
        "Sold to: Bauer GmbH, Ulm, Germany  VAT DE136695976\nTotal   EUR 970.00"
    ).invoice

    assert invoice.seller.vat_id is None


def test_nobody_is_named_where_nobody_is_clear() -> None:
    """Absent beats wrong."""
    invoice = read("Total   10.00\nThank you for your business").invoice

    assert invoice.seller.name is None
    assert invoice.buyer.name is None


def test_of_two_vat_numbers_the_one_that_is_called_so_is_the_sellers() -> None:
    """On a page that lies askew the other may have lost the words that make it the buyer's."""
    found = read(
        "Het Rode Hert B.V.\nFactuur\nFactuurnummer 26-01060\n"
        "Factuur aan   45492704 NL846701583B01 Grachtkade 56   Uw nummer\n"
        "Totaal   632,78\nTel.: 020 555 0336   Btw-id: NL861638712B01"
    )

    assert found.invoice.seller.vat_id == "NL861638712B01"


@pytest.mark.parametrize(
    ("head", "vat_id"),
    [
        # Tied by the column of the name, by the name itself, by its place below the sums.
        ("Holzmann GmbH\nSägewerk 4\n86150 Augsburg\n\nUSt-IdNr.: {}\n\nRechnung 7", "DE811907980"),
        ("Rechnung 7\n\n                         Holzmann GmbH, USt-IdNr.: {}", "DE811907980"),
        ("Holzmann GmbH\n\nRechnung 7\n\nTotal   10,00\n\n          USt-IdNr.: {}", "DE811907980"),
        # In a block of its own, as what is known of a customer is; and that plainly.
        (
            "Holzmann GmbH\n\n                         Datum: 03.04.2026\n"
            "                         USt-IdNr.: {}\n\nRechnung 7",
            None,
        ),
        ("Holzmann GmbH\n\nRechnung 7\nKunden-Nr. 4711\nUSt-IdNr.: {}\n", None),
    ],
)
def test_a_vat_number_above_the_items_must_be_tied_to_the_seller(
    head: str, vat_id: str | None
) -> None:
    """There both parties stand: absent beats the buyer's."""
    assert read(head.format("DE811907980")).invoice.seller.vat_id == vat_id


BANK = "Diese Forderung hat die Elbfactor Finanz AG, USt-IdNr. DE136695976, angekauft."


@pytest.mark.parametrize(
    ("footer", "vat_id"),
    [
        (f"{BANK}\n\nHolzmann GmbH · 86150 Augsburg · USt-IdNr. DE811907980", "DE811907980"),
        (f"{BANK}\n\nRechnung erstellt von Seltsam SE, USt-IdNr. DE811907980", None),
        (f"{BANK}\n\nUSt-IdNr. DE811907980", "DE811907980"),
        (f"{BANK}\n\nHolzmann GmbH, Teil der Baum SE, USt-IdNr. DE811907980", None),
        ("Holzmann GmbH\nSägewerk 4\n86150 Augsburg\nDE811907980\nATU13585627", "DE811907980"),
    ],
)
def test_a_vat_number_beside_another_company_is_not_the_sellers(
    footer: str, vat_id: str | None
) -> None:
    """Where there are several: the one with the seller's name, or with none, or no number."""
    draft = read(f"Holzmann GmbH\nSägewerk 4\n86150 Augsburg\n\nRechnung Nr. 2217\n\n{footer}")

    assert (draft.invoice.seller.name, draft.invoice.seller.vat_id) == ("Holzmann GmbH", vat_id)


def signed(footer: str) -> Draft:
    """What is read of a page that a brand heads, and its customer beside it, with *footer*."""
    body = "\n" * 16 + "Facture 202602-0417 du 28/02/2026\nTotal TTC   549,77 EUR\n"
    return read(
        "TRANSPORTS BERTIN          CAVE DES HOSPICES SA\n"
        "Route de Dijon             4 rue Poterne\n21200 Beaune               21200 Beaune\n"
        f"                           N° TVA FR40303265045\n{body}{footer}"
    )


SIGNED = "Transports Bertin - RCS Dijon 732 829 320 - N° TVA FR44732829320"


@pytest.mark.parametrize(
    ("footer", "seller"),
    [
        (SIGNED, None),
        ("Livré par Transports Bertin", "CAVE DES HOSPICES SA"),
        ("Elbfactor Finanz AG - N° TVA FR44732829320", "CAVE DES HOSPICES SA"),
    ],
)
def test_a_customer_is_not_the_seller_where_another_heads_and_signs_the_page(
    footer: str, seller: str | None
) -> None:
    """A customer with a legal form and a VAT number may look more like it than a plain brand."""
    draft = signed(footer)

    told = [finding for finding in draft.findings if finding.code == "seller.several"]
    assert draft.invoice.seller.name == seller
    assert bool(told) == (seller is None)
    for finding in told:
        assert finding.severity is Severity.ERROR
        assert "“CAVE DES HOSPICES SA” and “TRANSPORTS BERTIN”" in finding.message


@pytest.mark.parametrize("name", ["CAVE DES HOSPICES SA", "TRANSPORTS BERTIN"])
def test_where_two_may_be_the_seller_no_model_is_believed_either(name: str) -> None:
    """What it names stands on the page and is cited, whether it was told to name it or not."""
    page = signed(SIGNED)
    named = page.invoice.model_copy(update={"seller": Party(name=name)})

    assert [finding.code for finding in doubts_of(named, page)] == ["seller.several"]


@pytest.mark.parametrize("sign", ["northwave", "northwave.com"])
def test_a_logo_with_which_a_companys_name_begins_is_that_company(sign: str) -> None:
    """Utilities have the buyer's address below their logo, and say at the foot who they are."""
    invoice = read(
        f"{sign}\n\nKestrel Framing Ltd\n2 New Street\nLeeds LS1 4DY\n\nInvoice 7\nTotal   10.00"
        + "\n" * 12
        + "Northwave Communications plc"
    ).invoice

    assert invoice.seller.name == "Northwave Communications plc"


def test_a_sign_over_the_company_that_owns_it_leaves_no_doubt() -> None:
    """Both head the page in one block: the one with a legal form is the seller's name."""
    draft = read(
        "LÁCTEOS DO LAR\nDistribuciones Terra Cha, S.L.\nRúa Nova 4\n27003 Lugo\nB15077415\n\n"
        "Factura 7\nTotal   10,00"
    )

    assert draft.invoice.seller.name == "Distribuciones Terra Cha, S.L."
    assert not draft.findings


def test_the_head_of_the_page_sells_where_a_label_says_who_buys() -> None:
    """A name without a legal form or an address is enough if nobody else is left."""
    invoice = read(
        "Casa Marea          Invoice 7\n\nBill to:\nRowena Castillo\n\nTotal   10.00"
    ).invoice

    assert (invoice.seller.name, invoice.buyer.name) == ("Casa Marea", "Rowena Castillo")


def test_a_title_at_the_head_of_the_page_sells_nothing() -> None:
    """Whatever else stands in its words."""
    invoice = read(
        "Tax invoice original for recipient\n\nBill to:\nRowena Castillo\n\nTotal   10.00"
    ).invoice

    assert invoice.seller.name is None


@pytest.mark.parametrize(
    ("footer", "seller"),
    [
        ("Hotelaria do Minho, Lda", None),
        ("Nortecnica, S.A. - NIPC 503772143", "Nortecnica, S.A."),
    ],
)
def test_an_address_under_anothers_sign_need_not_be_the_sellers(
    footer: str, seller: str | None
) -> None:
    """A hotel's guest has a legal form and an address, its letterhead only a name."""
    draft = read(
        "HOTEL SOLAR DO BONFIM\n\n\nNortecnica, S.A.\nRua do Ouro 4\n4700-307 Braga\n\n"
        f"Fatura 7\nTotal   10,00{chr(10) * 12}{footer}"
    )

    told = [finding.code for finding in draft.findings if finding.code == "seller.several"]
    assert draft.invoice.seller.name == seller
    assert bool(told) == (seller is None)


def test_a_line_of_an_address_is_no_seller() -> None:
    """Wherever it stands."""
    invoice = read("Hafengasse 5\n24103 Kiel\n\nRechnung 7\nGesamt   10,00").invoice

    assert invoice.seller.name is None


def test_the_vat_number_beside_the_account_to_pay_into_is_the_sellers() -> None:
    """Where the buyer's stands below its address, with no word of whose it is."""
    page = (
        "studio kraai\n\n\nPetra Byrne     Invoice 7\n3 Dock Street   14 May 2026\nGalway\n"
        "VAT IE9700053D\n\nTotal   10.00" + "\n" * 45
    )

    alone = read(page)
    signed = read(f"{page}VAT NL861638712B01   IBAN NL91ABNA0417164300")

    assert alone.invoice.seller.vat_id != "NL861638712B01"
    assert signed.invoice.seller.vat_id == "NL861638712B01"


def test_an_account_is_no_vat_number() -> None:
    """The first digits of a Belgian IBAN look like one."""
    invoice = read(
        "Peeters BV\nKerkstraat 4\n9000 Gent\n\nFactuur 7\nTotaal   10,00\n\n"
        "Rekening: BE71 0961 2345 6769"
    ).invoice

    assert invoice.seller.vat_id is None


def test_a_seller_beside_its_label_is_named_though_its_number_follows() -> None:
    """And the label of the buyer below is no part of its address."""
    invoice = read(
        "ARRENDADOR       Begoña Iturrate Olano, N.I.F. 15988347N\n"
        "                 C/ Ercilla 20 - 48009 Bilbao\n                 ÓPTICA DEUSTO SL\n"
        "ARRENDATARIO\n                 Avda. Aguirre 33 - 48014 Bilbao\n\nFactura 7\nTotal   10,00"
    ).invoice

    assert invoice.seller.name == "Begoña Iturrate Olano"


def test_a_marketplace_that_writes_the_invoice_is_not_who_sells() -> None:
    """It heads the page and signs it; a label says on whose behalf."""
    seller = read(
        "markttor.de                      Rechnung Nr. MT-88\n\n"
        "Rechnungsadresse        Verkäufer\nSabine Ruckriegel       Grünzeug Handels GmbH\n"
        "Laufer Gasse 5          Industriering 22\n90403 Nürnberg          49393 Lohne\n"
        "                        USt-ID: DE136695976\n\nGesamtbetrag   10,00\n"
        + "\n" * 40
        + "markttor Online GmbH - 40221 Düsseldorf - HRB 90217 - USt-IdNr. DE811907980"
    ).invoice.seller

    assert (seller.name, seller.vat_id) == ("Grünzeug Handels GmbH", "DE136695976")


def test_a_clerk_who_is_called_the_seller_is_not_the_company() -> None:
    """In German the word is that of the salesman as well."""
    invoice = read(
        "Möbel Weser GmbH\nHafenstr. 4\n31785 Hameln\n\nRechnung 7\nVerkäufer: Jens Niewöhner\n"
        "Gesamt   10,00" + "\n" * 40 + "Möbel Weser GmbH - HRB 90217 - USt-IdNr. DE811907980"
    ).invoice

    assert invoice.seller.name == "Möbel Weser GmbH"


def test_who_issued_an_invoice_on_behalf_of_another_is_not_who_sells() -> None:
    """Sold by is said without a colon as well."""
    invoice = read(
        "zoco 24                 Factura 7\nVendido por Electrolínea Murcia SL\nTotal   10,00\n"
        + "\n" * 40
        + "Expedida por Zoco 24 Marketplace S.L. (NIF B87880142) en nombre del vendedor"
    ).invoice

    assert invoice.seller.name == "Electrolínea Murcia SL"


def test_a_place_before_a_number_is_no_part_of_it() -> None:
    """Portuguese companies say where they are registered."""
    invoice = read(
        "Quiminova, S.A.\n\nFatura 7\nTotal   10,00\n\nQuiminova, S.A. NIPC Aveiro 500177406"
    ).invoice

    assert invoice.seller.vat_id in (None, "500177406")


def test_who_stands_under_the_line_of_a_sender_is_written_to() -> None:
    """Though the name has a legal form, and that of the seller has none."""
    page = read(
        "Farben seit 1961\nBadstr. 19\n24143 Kiel\nTel. 0431 731180\n\n\n"
        "A. Staudinger, Badstr. 19, 24143 Kiel\nWerft Ellerbek GmbH\nOstring 300\n24148 Kiel\n\n"
        "Rechnung 24/0331\nSumme   90,00 EUR"
    )

    assert page.invoice.seller.name == "A. Staudinger"


def test_at_whose_address_one_is_written_to_is_not_the_seller() -> None:
    """“p.A.” is Austrian for “care of”."""
    page = read(
        "MALERBETRIEB STAUDINGER\nMeisterbetrieb seit 1961 · Badstraße 19 · 2340 Mödling\n\n"
        "WEG Schillerstraße 30\np.A. Hausverwaltung Rosner GmbH\nHauptstraße 7\n2340 Mödling\n\n"
        "RECHNUNG Nr. 307 / 2024\nRechnungssumme EUR   3.288,00"
    )

    assert page.invoice.seller.name == "MALERBETRIEB STAUDINGER"


def test_a_number_in_the_block_of_the_seller_is_theirs_wherever_the_account_is() -> None:
    """A British seller with an account in Germany, as has the buyer a number."""
    page = (
        "Verkäufer\nName:      Global Supplies Ltd.\nAnschrift: 153 Victoria Street\n"
        "           SW1B 3BN London\nUSt-IdNr.: NL123456782B90\n"
        "Käufer\nName:      Metallbau Leipzig GmbH\nAnschrift: Pappelallee 15\n"
        "           12345 Leipzig\nUSt-IdNr.: DE136695976\n\n"
        "Rechnung Nr. 17\nGesamtbetrag   100,00 EUR\nIBAN DE89370400440532013000"
    )

    seller = read(page).invoice.seller
    assert seller is not None
    assert (seller.name, seller.vat_id) == ("Global Supplies Ltd.", "NL123456782B90")


def test_a_number_below_the_address_of_the_seller_goes_before_that_of_an_agent() -> None:
    """Though it stands somewhat below it, as that does."""
    page = (
        "Verkäufer:\nRohstoff AG Salzgitter\nMarktstr. 153\nDE 38226 Salzgitter\n\n\n"
        "USt.-Id.-Nr. : DE136695976\n\n"
        "Käufer:\nNummer : 75969813\nMetallbau Leipzig GmbH\nPappelallee 15\nDE 12345 Leipzig\n"
        "Steuerbevollmächtigter des Verkäufers:\nGlobal Supplies Financial Services\n"
        "Friedrichstraße 165\nDE 12345 Berlin\n\n\nUSt.-Id.-Nr. : DE133456701\n\n"
        "Rechnung Nr. 17\nGesamtbetrag   100,00 EUR"
    )

    seller = read(page).invoice.seller
    assert seller is not None
    assert (seller.name, seller.vat_id) == ("Rohstoff AG Salzgitter", "DE136695976")
