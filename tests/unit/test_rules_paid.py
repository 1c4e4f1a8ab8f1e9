"""What an invoice says in words of being paid decides what is due, where no amount does."""

from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Totals

PAGE = """
Rosewood Ltd

INVOICE 4711
{above}

Net        100.00
VAT 20%     20.00
Total      120.00

{below}

Account DE89370400440532013000
Due date   30 June 2026
"""


def totals(above: str = "", below: str = "", page: str = PAGE) -> Totals:
    """The sums of an invoice with these words on it."""
    return read_words(drawn(page.format(above=above, below=below))).invoice.totals


@pytest.mark.parametrize(
    "said",
    [
        "PAID",
        "Status: Paid",
        "Payment status   Paid",
        "Paid on 8 June 2026 by card",
        "Paid 8 Jun 2026",
        "Paid:   Yes",
        "PAID - thank you",
        "Payment received, thank you.",
        "No payment is due.",
        "Zahlungsstatus:   Bezahlt",
        "Bezahlt am 12.9.2026 per Kreditkarte. Vielen Dank!",
        "Wir haben den Betrag dankend erhalten.",
        "Facture acquittée.",
        "Le paiement a été reçu à la commande.",
        "Payée par carte le 3 mai 2026",
        "Betaald via iDEAL",
        "Pagata con carta di credito il 3/5/2026",
        "Pagado con tarjeta",
        "Zapłacono kartą",
        "Zapłacono: 120.00",
        "Ihre Zahlung ist am 04.09.2026 bei uns eingegangen. Vielen Dank.",
    ],
)
@pytest.mark.parametrize("where", ["above", "below"])
def test_nothing_is_due_of_what_the_page_says_is_paid(said: str, where: str) -> None:
    """As a stamp, as a status, as a sentence, above the sums or below them."""
    found = totals(**{where: said})

    assert (found.gross, found.paid, found.due) == (Decimal(120), Decimal(120), Decimal(0))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "The goods remain ours until paid in full.",
        "Invoices that are not paid within 30 days bear interest.",
        "Please make sure that it is paid on time.",
        "Delivered carriage paid.",
        "Status: unpaid",
        "Paid: no",
        "Die Ware bleibt bis sie bezahlt ist unser Eigentum.",
        "TVA acquittée sur les débits",
        "IVA pagada en origen",
        "Imposta di bollo pagata in modo virtuale",
        "Zu zahlen bis 3.4.2026",
        "Cette facture doit être payée par virement.",
        "Dient betaald te worden via de bank",
    ],
)
def test_what_is_said_of_paying_otherwise_leaves_the_total_due(said: str) -> None:
    """A condition, a request, a tax or freight paid, or the contrary."""
    assert totals(below=said).due == Decimal(120)


@pytest.mark.parametrize(
    "said",
    [
        "Der Rechnungsbetrag wurde bereits beglichen.",
        "Your deposit was paid on 3 May 2026.",
        "Ce document vaut facture payée.",
        "Transaction ID: 9F2-1144",
        "Pago em Multibanco 120.00",
        "Visa **** 4242",
        "Cobrado de",
        "Paid to\nThe Ferry Company",
        "The goods of our last delivery were\npaid.",
    ],
)
def test_what_is_due_stays_open_where_words_of_paying_are_not_plain(said: str) -> None:
    """Absent beats wrong: a sentence may speak of something else."""
    found = totals(below=said)

    assert found.gross == Decimal(120)
    assert found.due is None


def test_an_amount_that_is_paid_says_more_than_words() -> None:
    """A part payment with its amount is taken off, whatever a stamp says."""
    found = totals(below="PARTLY PAID", page=PAGE.replace("Total      120.00", SUMS))

    assert (found.paid, found.due) == (Decimal(50), Decimal(70))


SUMS = "Total      120.00\nPaid        50.00\nBalance due 70.00"


def test_what_is_due_stays_open_where_the_column_of_the_total_goes_on() -> None:
    """As on a bill for a year, less what was charged each month, by whatever words."""
    below = "Charged each month                -150.00\nYou get back                        30.00"

    assert totals(page=YEAR.format(below=below)).due is None
    assert totals(page=YEAR.format(below="")).due == Decimal(120)


YEAR = """
Rosewood Ltd

INVOICE 4711

Net                                100.00
VAT 20%                             20.00
Total                              120.00
{below}

Account DE89370400440532013000
Due date   30 June 2026
"""


def test_where_the_tax_is_paid_to_the_state_nobody_knows_what_is_due() -> None:
    """Public bodies of Italy pay the net: the amount to pay is left out."""
    assert totals(below="Esigibilità IVA: I (immediata)").due == Decimal(120)
    assert totals(below="Esigibilità IVA: S (scissione dei pagamenti)").due is None


@pytest.mark.parametrize("cut", ["Agency commission", "Trade discount", "Sconto cliente"])
def test_what_lessens_the_total_is_no_payment(cut: str) -> None:
    """Which of the two is the total has to be said by a person."""
    found = totals(below=f"{cut}   15.00\nNet amount due   105.00")

    assert found.paid is None


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("Due date   30 June 2026", 120),
        ("Payment terms: 30 days", 120),
        ("Account DE89370400440532013000", None),
        ("Payment: PayPal", None),
        ("Thank you for shopping with us", None),
    ],
)
def test_the_total_is_due_only_where_the_page_asks_for_it(asked: str, due: int | None) -> None:
    """Until when: what does not say so was often paid before, also where it has an account."""
    page = f"Invoice 7\n\nNet   100.00\nVAT 20%   20.00\nTotal   120.00\n\n{asked}"

    assert totals(page=page).due == due


def test_what_a_service_is_called_pays_nothing() -> None:
    """An item may have the word in its name, and the amount of all that is charged."""
    found = totals(
        page="Description   Start   USD\nExample paid plan   8 May 2026   $40.00\n\nTotal:   $40.00"
    )

    assert (found.gross, found.paid) == (Decimal(40), None)


@pytest.mark.parametrize("below", ["Payee", "Paid:   0.00\nRemarks: rate of 16.03.2026: 4.27"])
def test_what_names_who_is_paid_or_that_nothing_was_leaves_the_total_due(below: str) -> None:
    """The English word is that of French without its accent."""
    assert totals(below=below).due == Decimal(120)


def test_what_settled_an_old_balance_pays_nothing_of_this_bill() -> None:
    """Though it is as much, as with a bill for each month."""
    found = totals(below="Previous balance: 120.00   Payments received: -120.00   Balance: 0.00")

    assert (found.gross, found.paid) == (Decimal(120), None)
    assert found.due != 0


def test_what_a_card_paid_of_the_rest_leaves_open_what_is_due() -> None:
    """The column goes on below what a deposit left."""
    rows = [("Net", "100.00"), ("Tax", "20.00"), ("Total", "120.00"), ("Deposit", "-20.00")]
    rows += [("Balance", "100.00"), ("Postcard", "100.00"), ("Open", "0.00")]
    page = [f"{name:20}{amount:>10}" for name, amount in rows]

    assert totals(page="\n".join(page[:5])).due == Decimal(100)
    assert totals(page="\n".join(page)).due is None


@pytest.mark.parametrize(
    ("page", "due"),
    [
        # Beside the label of the total, and below an exemption from tax with its label.
        ("Net   100.00\nVAT 20%   20.00\nVoldaan per pin 10-04-2025   Totaal €   120.00", "0"),
        (
            "Faktura 6/2024\nRazem do zapłaty: 650,00 PLN\n"
            "Zwolnienie: art. 113 ust. 1 ust. o VAT\n"
            "Zapłacono: gotówka 11.06.2024 – 650,00 PLN\nRachunek: PL40109037289775571022784947",
            "0",
        ),
        # What is paid out after a retention, below a total that is called payable.
        (
            "Gesamt netto = Zahlbetrag EUR   6.340,80\nSteuerschuldner ist der Empfänger\n"
            "abzgl. 5 % Sicherheitseinbehalt:   317,04\nAuszahlung:   6.023,76 EUR",
            None,
        ),
        # An earlier bill was paid, with its amount at the end of the line above.
        (
            "Total HT   100,00\nTVA 20 %   20,00\nTotal TTC   120,00\n\n"
            "RCS Paris – TVA FR51343183976. Solde antérieur : 89,98\n€ réglé le 26.08.2025.",
            None,
        ),
        # Nothing is left of earlier bills.
        (
            "Base imponible   85,18 €\nIVA 21%   17,89 €\nTOTAL IMPORTE FACTURA   103,07 €\n"
            "Forma de pago: IBAN ES9121000418450200051332\nVencimiento: 30/06/2026\n"
            "Saldo pendiente de facturas anteriores: 0,00 €",
            "103.07",
        ),
        # A part of it goes to the account of a Dutch subcontractor for wage taxes.
        (
            "Totaal factuurbedrag   € 4.180,00\n"
            "Te storten op G-rekening NL91ABNA0417164300: € 1.672,00\n"
            "Te voldoen op rekening NL20INGB0001234567: € 2.508,00",
            None,
        ),
        ("Fatura/Recibo n.º FR A2025/388\nVencimento 2025-10-31\nTotal (EUR)   166,05", None),
        # Of ways to pay whose boxes OCR lost, who knows which is ticked.
        (
            "Summe netto   100,00\n19% MwSt   19,00\nEndbetrag   119,00 €\n"
            "EC-Karte am 05.03.2025 erhalten Bar Überweisung DE89370400440532013000",
            None,
        ),
    ],
)
def test_what_is_due_is_told_where_the_page_says_what_was_paid(page: str, due: str | None) -> None:
    """None where nobody can tell: absent beats wrong."""
    found = read_words(drawn(page)).invoice.totals

    assert found.due == (None if due is None else Decimal(due))


@pytest.mark.parametrize(
    "said",
    [
        "Settled in full",
        "Payment taken by card",
        "Your card has been charged.",
        "No further payment is required.",
        "No action needed, you have already paid.",
        "Nothing further to pay",
        "Received by cash",
        "Account settled",
        "Thank you for your payment of 3 June",
        "Prepaid",
        "bar bez.",
        "Kartenzahlung erfolgt",
        "Gezahlt: bar",
        "Ihre Kreditkarte wurde belastet.",
        "Bitte nicht überweisen, der Betrag ist bereits bezahlt.",
        "Es ist keine Zahlung erforderlich.",
        "Rechnung ist ausgeglichen",
        "Betrag wurde verrechnet",
        "Réglé",
        "Règlement par CB effectué ce jour",
        "Paiement comptant",
        "Pour acquit",
        "Facture soldée",
        "Montant déjà prélevé",
        "Rien à payer",
        "Aucun règlement n'est attendu.",
        "Merci pour votre paiement",
        "Incassato",
        "Per quietanza",
        "Nessun importo dovuto",
        "Importo già addebitato sulla carta",
        "Cobrado",
        "Ya abonada",
        "Recibí en efectivo",
        "Al contado",
        "Nada que pagar",
        "Recebemos a quantia acima",
        "U hoeft niets meer te betalen",
        "Uregulowano",
        "Płatność otrzymana",
        "Betaling modtaget",
        "Pénzügyi teljesítést nem igényel",
        "Plačano",
    ],
)
@pytest.mark.parametrize("total", ["Total      120.00", "Amount due   120.00"])
def test_what_may_say_that_it_was_paid_leaves_open_what_is_due(said: str, total: str) -> None:
    """Whatever else the page asks for, until when to pay among it."""
    found = totals(below=said, page=PAGE.replace("Total      120.00", total))

    assert found.gross == Decimal(120)
    assert found.due in (None, Decimal(0))


@pytest.mark.parametrize(
    "said",
    [
        "Wird der Betrag nicht bezahlt, folgt eine Mahnung.",
        "Kartenzahlung möglich",
        "Solde à payer sous 30 jours",
        "No payment was received yet",
        "If you have already paid, please ignore this.",
        "Gutschriften werden verrechnet",
    ],
)
def test_what_only_speaks_of_paying_leaves_the_total_due(said: str) -> None:
    """A condition, a way to pay, or the contrary."""
    assert totals(below=said).due == Decimal(120)
