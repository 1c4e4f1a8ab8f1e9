"""Terms of payment in words: how many days there are to pay, in seven languages."""

import re
from collections.abc import Iterator

from tallysheet.extract._rules._labels import fold

MOST_LETTERS = 600
"""A line longer than this is no term of payment."""

DAYS = re.compile(
    r"(?<![\d.,-])(?P<days>\d{1,3}) ?(?:\([a-z ]{1,20}\) ?)?(?:calendar |kalender|jours |werk)?"
    r"(?:days?|tagen?|jours?|dagen|giorni|gg|dias?|d)\b"
)
_NET = re.compile(r"\bnet (?P<days>7|10|14|15|20|21|30|45|60|90)\b(?! ?%)")
"""As in “Terms: Net 30”: of days, though nobody says so."""
PAYING = re.compile(
    r"\bpay|\bpaid\b|\bnet\b|netto|zahl|fallig|\bdue\b|regl|paiement|echeance|betal|voldoen|termijn"
    r"|pagament|\bpago\b|\bpagar\b|scadenza|vencimiento|vencimento|\bterms?\b|rechnungsdatum|begleich"
    r"|uberweis|ueberweis|transfer|virement|overmak|bonific|over te maken|gelieve"
)
REDUCED = re.compile(r"skonto|discount|escompte|korting|\bsconto|descuento|desconto")
"""What is taken off for who pays soon."""
OTHERWISE = re.compile(
    rf"%|{REDUCED.pattern}|verzug|late|overdue|retard|penal"
    r"|mahn|month|monat|fin de mois|mois|maand|fine mese|mese|\bmes\b|widerspr|return|retour|refund"
    r"|reclam|einwand|beanstand|ruckga|withdraw|cancel|warranty|garanti|interest|zins|after"
)
"""What makes days something else than the time to pay: discounts, penalties, returns."""


def days_to_pay(text: str) -> Iterator[int]:
    """The numbers of days that a line gives to pay, discounts and the like left aside."""
    if len(text) > MOST_LETTERS or not any(map(str.isdigit, text)):
        return
    for clause in re.split(r"[.;,](?!\d)", fold(text)):
        if PAYING.search(clause) and not OTHERWISE.search(clause):
            for days in (*DAYS.finditer(clause), *_NET.finditer(clause)):
                yield int(days["days"])
