"""What pages of other issuers taught: bills of services, bilingual heads, letters of one person."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._addressee import clean_name
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._rival_sellers import rival_of
from tallysheet.extract._rules._view import Found, view_of
from tallysheet.model import Invoice


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return read_words(drawn(text)).invoice


@pytest.mark.parametrize(
    "text",
    [
        "Invoice date: 02 March , 2026",
        "Datum / Date / Data : 02.03.2026",
        "Rechnungsdatum / Invoice date  02.03.2026",
    ],
)
def test_a_date_is_read_behind_its_label_in_several_languages(text: str) -> None:
    """The same label once more, behind a stroke, is no value; a blank before a comma is none."""
    assert read(f"Invoice No 17\n{text}").issue_date == date(2026, 3, 2)


@pytest.mark.parametrize(
    "text",
    [
        "Due date   03/11/2026",
        "Date paid   March 11, 2026",
        "Mar 4 – Apr 4, 2026",
        "Team plan until 4 April 2026",
    ],
)
def test_the_only_date_left_is_not_the_issue_date_where_it_says_otherwise(text: str) -> None:
    """A date beside the label of another one, or at the end of a period, is taken for nothing."""
    assert read(f"INVOICE 17\n\n{text}").issue_date is None


def test_the_only_date_left_stands_beside_the_title() -> None:
    """A title is no label that claims the date next to it."""
    assert read("Beitragsrechnung        24. Januar 2014").issue_date == date(2014, 1, 24)


def test_the_day_of_a_payment_is_not_when_it_is_due() -> None:
    """What was paid on a day need not be paid by it."""
    assert read("Invoice 17\nIssued 1 March 2026\n$118.80 paid on March 4, 2026").due_date is None


SUMS = "Nettobetrag   844,60 EUR\nMwSt. 19 %   160,47 EUR\nRechnungsbetrag   1.005,07 EUR\n"


@pytest.mark.parametrize(
    "sentence",
    [
        "Bei Zahlung bis 27.01.2026 gewähren wir 2 % Skonto (20,10 EUR), Zahlbetrag 984,97 EUR.",
        "Bei Zahlung bis 27.01.2026 gewähren wir 2 % Skonto\n(20,10 EUR), Zahlbetrag 984,97 EUR.",
        "Bitte überweisen Sie den Betrag. Wir gewähren 2 % Skonto\nvon 20,10 EUR bei Eile.",
    ],
)
def test_what_a_discount_would_leave_is_not_due(sentence: str) -> None:
    """The whole is due, whatever a sentence about early payment names."""
    totals = read(f"Rechnung Nr. 17\n{SUMS}\n{sentence}\nZahlbar bis 10.02.2026").totals

    assert totals.due == Decimal("1005.07")
    assert totals.paid is None


def test_the_total_of_an_offer_is_none_of_the_invoice() -> None:
    """An invoice of a part names what the whole will come to."""
    totals = read(
        "Facture d'acompte N° 12\n"
        "Acompte de 30 % sur devis D-4          5 535,00 €\n"
        "Montant total du devis : 18 450,00 € HT\n"
        "Total HT     5 535,00 €\n"
        "TVA 10 %       553,50 €\n"
        "Total TTC    6 088,50 €\n"
    ).totals

    assert (totals.gross, totals.due) == (Decimal("6088.50"), None)


def test_tax_withheld_is_put_back_where_only_the_rest_is_named() -> None:
    """Net and VAT make the gross of the invoice, of which less is paid."""
    totals = read(
        "Factura Nº 2026/009\n"
        "Base imponible          1.400,00 €\n"
        "IVA 21%                   294,00 €\n"
        "Retención IRPF -15%      -210,00 €\n"
        "TOTAL A PAGAR           1.484,00 €\n"
    ).totals

    assert (totals.net, totals.tax, totals.gross) == (
        Decimal("1400.00"),
        Decimal("294.00"),
        Decimal("1694.00"),
    )
    assert (totals.withheld, totals.due) == (Decimal("210.00"), Decimal("1484.00"))


def test_a_discount_that_the_items_have_is_not_taken_off_twice() -> None:
    """Some print what the goods cost before; the items come to the net already."""
    totals = read(
        "Fatura Nº 17\n"
        "Descrição            Qtd.   Preço   Desc. %   Valor\n"
        "Painel               120    6,450     10     696,60\n"
        "Moldura                1   35,000      0      35,00\n"
        "\n"
        "Mercadoria/Serviços      809,00\n"
        "Descontos Comerciais      77,40\n"
        "Base 731,60   IVA (23%)  168,27\n"
        "Total (EUR)              899,87\n"
    ).totals

    assert totals.net == Decimal("731.60")
    assert totals.lines in (None, Decimal("731.60"))


def test_one_person_sells_whose_address_ends_at_the_right_edge() -> None:
    """No legal form, no label: the first name with an address under it, flush right."""
    address = "NIF 54362315K", "C/ Sant Pere Més Alt 22, 3º 1ª", "08003 Barcelona"
    page = read(
        "laura vives".ljust(35)
        + "Laura Vives Ferrer".rjust(35)
        + "\n"
        + "\n".join(line.rjust(70) for line in address)
        + "\n\nFACTURA            Cliente"
        + "\nNº 2026/009        Editorial Marjal, S.L.\n"
    )

    assert page.seller.name == "Laura Vives Ferrer"


def test_the_form_and_the_capital_of_a_company_are_not_its_name() -> None:
    """The line below the letterhead that tells them goes on with the address."""
    page = read(
        "Menuiserie Le Goff & Fils\n"
        "SARL au capital de 15 000 € – 9 rue des Charpentiers, 29200 Brest\n"
        "SIRET 732 829 320 00074 – RCS Brest – TVA intracom. FR44732829320\n"
        "FACTURE N° FA-12\n"
    )

    assert page.seller.name == "Menuiserie Le Goff & Fils"


def test_a_logo_stands_for_the_company_that_the_footer_names_in_full() -> None:
    """The same name with its legal form is the seller's; the footer is nobody's address."""
    page = read(
        "brightwell energy\n\n"
        "Bill number BW-1\n"
        "Total to pay by 4 March 2026    £223.08\n"
        "\n"
        "Brightwell Energy Ltd. Registered office: 1 Harbour Way, Leeds LS1 4AB. VAT number\n"
        "GB 980 7806 84.\n"
        "You could save up to £61.00 a year on our Fixed tariff.\n"
    )

    assert page.seller.name == "Brightwell Energy Ltd."
    assert page.seller.vat_id == "GB980780684"
    assert page.buyer.name is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Facture n° 0471 882 103 26B2\ndu 14/02/2026", "0471 882 103 26B2"),
        ("Facture n° 0471 882 103 26B2 du 14/02/2026", "0471 882 103 26B2"),
        ("Fatura-Recibo\nFR 2026A/47", "FR 2026A/47"),
        ("Rechnung Nr. 4711   2026   17", "4711"),
        ("NOTE D’HONORAIRES 2026/02-B - votre commande OE-771", "2026/02-B"),
        ("État de frais et honoraires n° 2026-0388", "2026-0388"),
        ("Fatt. accompagnatoria N. 1.204/2026 DEL 19/02/2026", "1.204/2026"),
        ("FACTURA\nNúm. 26/0331-B", "26/0331-B"),
        ("Minuta núm. 9/2026", "9/2026"),
        ("Numero bolletta   2600441827\nBolletta precedente n. 2600317704", "2600441827"),
    ],
)
def test_a_number_in_groups_is_read_as_a_whole(text: str, number: str) -> None:
    """The first group alone would be the number of nothing; other cells are no groups."""
    assert read(text).number == number


def test_the_number_of_what_is_rectified_is_not_that_of_the_document() -> None:
    """A Spanish credit note for a till's slip names both."""
    page = read(
        "Factura simplificada rectificativa R-009\n"
        "Fecha   03/02/2026\n"
        "Rectifica factura   F-8812 de 20/01/2026\n"
    )

    assert page.number == "R-009"
    assert [one.number for one in page.preceding_invoices] == ["F-8812"]


def test_what_stands_far_aside_is_not_below_a_title() -> None:
    """The address of the seller at the right edge is no number under the title at the left."""
    page = read(
        "Invoice                                   Copperline Hosting, LLC\n"
        "                                  1100 Peachtree St NE, Suite 200\n"
        "#INV-2026-00391                                 Atlanta, GA 30309\n"
    )

    assert page.number == "#INV-2026-00391".strip("#")


def test_a_total_without_a_label_is_what_is_due_and_what_was_paid() -> None:
    """A builder's bill sums up under a stroke, and takes the deposit off."""
    totals = read(
        "INVOICE 1187\n"
        "Labour                    £2,640.00\n"
        "Materials                 £1,578.40\n"
        "                          £4,218.40\n"
        "Less deposit paid         £1,000.00\n"
        "Amount now due            £3,218.40\n"
    ).totals

    assert (totals.gross, totals.paid, totals.due) == (
        Decimal("4218.40"),
        Decimal("1000.00"),
        Decimal("3218.40"),
    )


def test_a_legal_form_on_the_line_below_belongs_to_the_name() -> None:
    """A long name is wrapped before it; who owns the firm is another line."""
    page = read(
        "OFFICINA MECCANICA BELLINI            FATTURA N. 117\n"
        "S.R.L.\n"
        "Via dell'Artigianato, 14 - 41122 Modena\n"
        "P.IVA 02313821007\n"
    )

    assert page.seller.name == "OFFICINA MECCANICA BELLINI S.R.L."


def test_who_owns_a_firm_is_not_its_name() -> None:
    """The owner stands above the address, and the firm on top."""
    page = read(
        "Zimmerei Ostwald                                  Inh. Jens Ostwald\n"
        "Meisterbetrieb seit 1974                             Am Sägewerk 7\n"
        "                                                     87435 Kempten\n"
        "                                          USt-IdNr. DE136695976\n"
        "Zimmerei Ostwald · Am Sägewerk 7 · 87435 Kempten\n"
        "Rechnung Nr. 17\n"
    )

    assert page.seller.name == "Zimmerei Ostwald"


def test_a_fee_note_has_its_number_behind_its_title() -> None:
    """As engineers and physicians in Austria write it."""
    assert read("HONORARNOTE 26/14\nGraz, am 18.02.2026").number == "26/14"


def test_which_of_several_bills_of_parts_it_is_is_not_its_number() -> None:
    """The third statement of a building site has a number of its own."""
    page = read("FACTURE DE SITUATION N° 3        Commune de Plougasnou\nRéf : FS-26-041   Mairie")

    assert page.number in ("FS-26-041", None)


def test_the_column_of_days_in_a_table_is_no_date_of_issue() -> None:
    """Each item has its day; the letter has its date without a label, or none that is sure."""
    page = read(
        "Holloway LLP\n"
        "                                        February 10, 2026\n"
        "Invoice No. 554218\n"
        "\n"
        "Date        Description                 Amount\n"
        "01/12/26    Review of an agreement      $1,080.00\n"
        "01/20/26    Conference call               $360.00\n"
        "Balance due                             $1,440.00\n"
        "Houston, TX 77002\n"
    )

    assert page.issue_date in (None, date(2026, 2, 10))


def test_the_number_of_a_customer_does_not_hide_whose_the_vat_number_is() -> None:
    """The heading says it, whatever stands in the next column."""
    page = read(
        "HANSE-TRANS Spedition GmbH\n"
        "\n"
        "Kd.-Nr.      USt-Id Kunde\n"
        "K10099       ATU13585627\n"
        "\n"
        "Rechnung Nr. 17\n"
        "USt-IdNr. DE136695976\n"
    )

    assert page.seller.vat_id == "DE136695976"
    assert page.buyer.vat_id == "ATU13585627"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Fatura FT A/1182 Original", "FT A/1182"),
        ("Facture   FA 26 01187   27/02/26   004412   BL260991   1/1", "FA 26 01187"),
        ("FACTURE 2026 / 0042", "2026 / 0042"),
        ("Facture 2026-17 duplicata", "2026-17"),
    ],
)
def test_a_number_in_parts_ends_where_its_cell_or_its_parts_end(text: str, number: str) -> None:
    """What stands in the next column, or says that it is the original, is no part of it."""
    assert read(f"{text}\n\n\nTotal TTC   930,00 EUR").number == number


def test_the_previous_invoice_is_not_this_one() -> None:
    """Bills of utilities name the last one, at times above their own number."""
    text = "Facture précédente : n° 260100771 du 05/01/2026\nVotre facture\nn° 260200812"
    assert read(text).number != "260100771"


def test_the_date_of_another_number_is_not_that_of_the_invoice() -> None:
    """A bill names what it is based on, and of when that is."""
    text = (
        "Firenze, 12.03.2026\n\n\nParcella 9/2026 a saldo del preavviso n. 31/2025 del 18.12.2025"
    )
    assert read(text).issue_date != date(2025, 12, 18)


def test_who_is_named_within_a_sentence_is_not_whose_page_it_is() -> None:
    """A bank that collects the debt is named in a sentence that runs over several lines."""
    text = (
        "MECA PRECISION 42\nZI Molina\n42000 Saint-Étienne\n\n\nFacture n° 17\n\n\n"
        "Pour être libératoire, votre règlement doit être effectué directement à l'ordre\n"
        "de CRÉDIT FACTOR FRANCE SA, 69 quai Blanqui 94140 Alfortville, RCS Créteil 394 352 272"
    )
    assert "FACTOR" not in (read(text).seller.name or "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ZI Molina", ""),
        ("Z.A.C. des Moulins", ""),
        ("Polígono Oeste", ""),
        ("ZA Technik GmbH", "ZA Technik GmbH"),
        ("Pol Roger", "Pol Roger"),
    ],
)
def test_an_industrial_estate_is_no_name(text: str, name: str) -> None:
    """It stands where a street would, below the name, and has neither number nor street."""
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bitnorte – Sistemas, S.A.", "Bitnorte – Sistemas, S.A."),
        ("Locamat SA – Nantes – Paris", "Locamat SA"),
        ("ACME | Berlin | GmbH", "ACME"),
    ],
)
def test_a_name_in_parts_goes_to_its_legal_form(text: str, name: str) -> None:
    """A dash within a name parts nothing, one behind its legal form does."""
    assert clean_name(text) == name


@pytest.mark.parametrize(("ahead", "contested"), [(0.05, True), (0.2, False)])
def test_of_two_names_as_likely_neither_is_the_sellers(ahead: float, *, contested: bool) -> None:
    """A customer's name in the place of a letterhead looks like that of who sends the bill."""
    best = Found("BTP Armor SARL", Span(2, 0, 3), 0.6, "pattern")
    other = Found("LOCAMAT", Span(0, 0, 1), 0.6 - ahead, "pattern")
    longer = Found("BTP Armor SARL Rennes", Span(9, 0, 4), 0.6, "pattern")
    view = view_of(drawn("LOCAMAT"))
    assert rival_of(view, best, [best, other, longer]) == (other if contested else None)
    assert rival_of(view, replace(best, method="label"), [best, other]) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("À l’attention de Ouest Édition SAS", ""),
        ("A la atención de: Hoteles Mar SL", ""),
        ("Attn. Smith Ltd", ""),
        ("z. Hd. Bauer GmbH", ""),
        ("Attention Deficit Centre Ltd", "Attention Deficit Centre Ltd"),
        ("A. Tencer SA", "A. Tencer SA"),
    ],
)
def test_for_whose_attention_a_letter_is_is_not_who_sends_it(text: str, name: str) -> None:
    """With a legal form behind it, such a line looks more like a seller than a person's name."""
    assert clean_name(text) == name
