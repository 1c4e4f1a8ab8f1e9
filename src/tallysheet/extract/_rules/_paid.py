"""Whether the page says in words that the invoice is paid, with no amount beside them.

A stamp, a status or a sentence: “PAID”, “Status: bezahlt”, “Facture acquittée”, “Pagato con
carta il 3.4.”. What speaks of a condition (“until paid in full”), of a part of it or of what
is paid besides (“carriage paid”) says nothing of that.
"""

import re
from collections.abc import Container, Iterator

from tallysheet.extract._currencies import mark_of
from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Cell, Line, Span
from tallysheet.extract._rules._view import View

_PAID = re.compile(
    r"\b(?:paid|bezahlt|beglichen|payee?|acquittee?|reglee?(?= (?:le|par|en)\b)|betaald|voldaan"
    r"|pagat[oa]|saldat[oa]|quietanzat[oa]|pagad[oa]|liquidad[oa]|quitad[oa]"
    r"|(?<=foi )pag[oa]|(?<=ja )pag[oa]|zaplacon[oaey]|oplacon[oaey]|(?:ki)?fizetve"
    r"|uhra(?:den|zen)[aoey]|zaplacen[aoy]|zaplaten[aeo]|betal[dt](?! (?:til|av|fra|senest))"
    r"|maksettu|achitat[ae]?|placeno)\b"
)
_RECEIVED = re.compile(
    r"\bpayment (?:has been |was )?(?:received|successful)|\breceived with thanks"
    r"|\bno payment (?:is )?(?:due|required|needed)|\bnothing to pay"
    r"|\b(?:betrag|zahlung|geld) (?:\S+ ){0,6}erhalten|\bdankend erhalten|\bbar erhalten"
    r"|\b(?:karte|bar) am \S+ erhalten"
    r"|\bzahlung (?:\S+ ){0,6}(?:eingegangen|erfolgt am)(?!.*\bihr konto)|\breceived your payment"
    r"|\brecu votre (?:paiement|reglement)|\bricevuto il (?:\w+ )?pagamento|\brecibido su pago"
    r"|\b(?:paiement|reglement) (?:a ete |bien )?(?:recu|effectue)"
    r"|\bbetaling (?:\S+ ){0,4}ontvangen"
    r"|\bpagamento (?:\w+ ){0,2}(?:ricevuto|effettuato|avvenuto|eseguito)|\bnulla e dovuto"
    r"|\bpago (?:ya )?(?:recibido|realizado|efectuado)|\bpagamento (?:ja )?(?:recebido|efetuado)"
)
_SETTLED = re.compile(
    r"\b(?:account |invoice )?settled (?:by|in full|via|with|on)\b|\baccount settled\b"
    r"|\bpayment (?:taken|complete)|\bpayment: received|\bcard (?:has been |was )charged"
    r"|\bcharged to (?:your )?(?:visa|mastercard|amex|card|credit)"
    r"|\bno (?:further |more |additional )?(?:payment|action) (?:is )?(?:required|needed|necessary)"
    r"|\bnothing (?:further |more |left |else )?(?:to pay|is due|due|owed)|\bbalance:? nil\b"
    r"|\breceived (?:by|in) cash|\balready (?:been )?paid|^prepaid\b|\bthank you for your payment"
    r"|\bcollected by direct debit on \d"
    r"|\bbar bez\b|\bkartenzahlung(?: erfolgt|$)|\bgezahlt\b|^(?:rechnung ist )?ausgeglichen\b"
    r"|karte (?:wurde|ist) (?:\w+ )?belastet|\bnicht (?:mehr )?(?:uberweisen|zahlen|bezahlen)"
    r"|\bkeine (?:weitere )?zahlung (?:erforderlich|notig|notwendig)|\bkein \w*betrag offen"
    r"|\bnichts (?:weiter |mehr )?(?:unternehmen|zu zahlen|offen)|\bbetrag wurde verrechnet"
    r"|^reglee?\b|\breglement par (?:cb|carte|cheque) effectue|\bpaiement comptant|\bpour acquit"
    r"|\bsoldees?\b|\bdeja (?:preleve|regle|paye|verse)|\brien a payer"
    r"|\baucun (?:reglement|paiement) |\bmerci pour votre (?:paiement|reglement)"
    r"|\b(?:paiement|reglement) a (?:bien )?ete enregistre"
    r"|^incassat[oa]\b|\bper quietanza|\bnessun (?:importo|pagamento) "
    r"|\bgia (?:addebitat|saldat|incassat|pagat|corrispost|versat)[oa]"
    r"|^(?:cobrad|abonad)[oa]\b(?! a)|\bya (?:abonad|cobrad|pagad|cargad)[oa]|\bimporte abonado"
    r"|\bpago con tarjeta realizado|\brecibi (?:en|conforme)|\brecibido el pago|^al contado"
    r"|\bcargado en su|\bnada (?:mas )?que pagar|^pag[oa]$|^recebid[oa]\b|\brecebemos\b"
    r"|\bniets (?:meer )?te betalen|\b(?:is|reeds) geincasseerd"
    r"|\buregulowan[oaey]\b|\bplatnosc otrzyman|\brozliczon[oaey]\b|\bbetalat\b"
    r"|\bbetaling modtaget|\bbetaling mottatt|\bteljesitest nem igenyel|\bplacano\b"
)
"""What may say so as well, or that something else was."""
_BEHIND = re.compile(
    r" ?[:,(-]* ?(?:\d|on\b|by\b|via\b|with\b|in cash|am\b|per\b|mit\b|uber\b|in bar|le\b|par\b"
    r"|en\b(?! \d)|il\b|con\b|tramite\b|mediante\b|in contanti|el\b|op\b|met\b|em\b|por\b"
    r"|com\b|karta\b)"
)
"""What goes on behind the word: the day, or the way it was paid."""
_TRACES = re.compile(
    r"\b(?:payment (?:date|status|id|intent)|date of payment|transaction (?:id|no|number|ref\w*)"
    r"|auth(?:ori[sz]ation)? code|card ending|zahlungsdatum|zahlungseingang|eingegangen|abgebucht"
    r"|eingezogen|einbehalten|deducted from|deduit[es]* (?:de|du)|trattenut[oa]"
    r"|date (?:de |du )?(?:paiement|reglement)|data (?:di |del |do |de )?pagamento"
    r"|fecha de(?:l)? pago|betaaldatum|fac?tura.?recibo|quittung|ricevuta|(?<!on )receipt"
    r"|pag[oa] (?:em|com)|mollie|multibanco|mb ?way|przelewy24|payu|blik"
    r"|scissione dei pagamenti|split payment|17.ter)\b|[*x\u2022]{4} ?\d{4}\b"
)
"""What a payment leaves on a page, though nobody says that it was made; and where public bodies
pay the tax to the state."""
_SPLIT = re.compile(r"\b(?:scissione (?:dei )?pagamenti|split payment|17.ter)\b")
_BOXES = re.compile(r"\[[ xX]?\]|[\u25a1\u25a2\u2610\u25ef\u25cb\u2713\u2714]")
"""Boxes of a form: which of them is ticked nobody knows."""
_FETCHED = "prelevement|lastschrift|direct debit|domiciliacion|incasso|addebito"
"""How money is fetched, often days later: “payée par prélèvement” without a day says no more."""
_WAYS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        "cash|in bar|bar|especes|contanti|efectivo|contant|dinheiro|gotowka|hotove",
        "cheque|check|scheck|assegno|talon",
        "card|karte|carte|carta|tarjeta|cartao|karta|pin|cb|eftpos",
        "bank|transfer|virement|bonifico|transferencia|uberweisung|overschrijving|przelew|prevodem",
        _FETCHED,
        "a/c",
    )
)
"""Ways to pay: where a line has two it is of a form, whose boxes OCR may lose."""
_DEBIT = re.compile(rf"\b(?:{_FETCHED})\b")
_DAY = re.compile(r"\d[./-]\d|\b(?:le|am|on|il|el|op|em|dne|dnia) \d")
"""When something was done, though not what."""
_ENDS = re.compile(
    r"\W*(?:(?:many )?thank.*|merci.*|(?:vielen )?dank.*|grazie.*|gracias.*|obrigad.*"
    r"|yes|ja|oui|si|sim|tak)?\W*"
)
"""What goes on behind it on a stamp, or as the value of a status."""
_NOT_YET = re.compile(
    r"\b(?:if|days|due|tage|jours|when|once|unless|until|must|should|shall|be|please|not|cannot"
    r"|will|can|within|late|overdue|any|wenn|sofern|falls|nicht|nein|bis|wird|werden|muss|sollten?|kann|noch|innerhalb"
    r"|ne|pas|si(?= \w)|sera|seront|etre|doit|doivent|jusqu|apres|non|se|qualora|deve|essere|verra"
    r"|sara|fino|entro|dopo|no(?![. ]*\d)|debe|ser|hasta|antes|cuando|dient|te|worden|wordt|moet"
    r"|niet|nee|indien|binnen|nao|ate|nie|jesli)\b"
)
_BESIDES = re.compile(
    r"\b(?:tva|iva|vat|tax(?:es?)?|bollo|btw|mwst|ust|duty|duties|carriage|freight|postage|fracht"
    r"|porto?|frais)\b"
)
"""What else than the invoice may be paid."""
_IN_PART = re.compile(
    r"\b(?:deposit|anzahlung|acompte|acconto|anticipo|aanbetaling|voorschot|part|partly"
    r"|partially|teil|teilweise|partiellement|parzialmente|parcialmente|deels|retainer|instal\w+"
    r"|amount|montant|importo|importe|bedrag)\b"
)
"""What part of it may be paid."""
_OLD = re.compile(
    r"\b(?:solde|saldo|balance) (?:anterieur|precedent|precedente|anterior|poprzednie|brought)"
    r"|\bprevious (?:balance|bill|invoice)|\blast (?:bill|invoice|payment)|\bvortrag|\bvorig saldo"
)
"""What an earlier bill left, which may be paid."""
_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")
_CLAUSES = re.compile(r"[.;!](?: |$)")
MOST_WORDS = 4
"""A cell of no more is a stamp, or a status and its name, if it is not the end of a text."""
SAME_LEFT = 3.0
"""Points by which the lines of one text begin apart at most."""


def has_traces(view: View) -> bool:
    """Whether something on the page comes of a payment: then who knows what is left to pay."""
    return any(_TRACES.search(fold(line.text)) for line in view.sheet.lines)


def is_split(view: View) -> bool:
    """Whether the buyer pays the tax to the state, as public bodies of Italy do."""
    return any(_SPLIT.search(fold(line.text)) for line in view.sheet.lines)


def is_past(text: str) -> bool:
    """Whether *text* says that something was paid, and names no mere payment."""
    return _PAID.search(fold(text)) is not None


def said_paid(view: View, apart: Container[int]) -> tuple[Span, bool] | None:
    """Where the page says so, and whether beyond doubt; *apart* has the lines of items.

    Where it says so in other words than we know to mean it, there is doubt.
    """
    doubtful = None
    for span, above, text in _cells(view, apart):
        words = view.sheet.words(span)
        goes_on = words[0].text[0].islower() or len(above.split()) > MOST_WORDS
        alone = len(words) <= MOST_WORDS and not goes_on
        for clause in _CLAUSES.split(text if alone else f"{above} {text}"):
            found = _said(clause, accented=any("é" in word.text for word in words))
            if found is None:
                continue
            said, beyond = found
            behind = clause[said.end() :]
            ended = (alone and _ENDS.fullmatch(behind)) or _BEHIND.match(behind)
            known = beyond or (said.re is _PAID and ended)
            line = view.sheet.lines[span.line].text
            choice = any(map(_is_a_choice, (line, clause))) or _is_of_another_day(clause)
            if known and not choice and not _IN_PART.search(clause):
                return span, True
            doubtful = doubtful or (span, False)
    return doubtful


def _said(clause: str, *, accented: bool) -> tuple[re.Match[str], bool] | None:
    """What of *clause* says so, and whether it needs no more to say it."""
    if _BESIDES.search(clause):
        return None
    for names in (_RECEIVED, _PAID, _SETTLED):
        said = names.search(clause)
        if said is None or (said.group() == "payee" and not accented):
            continue
        if not _NOT_YET.search(clause[: said.start()] + clause[said.end() :]):
            return said, names is _RECEIVED
    return None


def _cells(view: View, apart: Container[int]) -> Iterator[tuple[Span, str, str]]:
    """Those beside which no amount stands: where, what the one above says, and what it says."""
    above: dict[float, str] = {}
    for line in view.sheet.lines:
        texts = {cell.x0: fold(view.sheet.text(cell.span)) for cell in line.cells}
        priced = any(one.money for one in view.figures[line.number])
        for cell in line.cells if line.number not in apart else ():
            if _heads_amount(view, line, cell):
                continue
            text = texts[cell.x0]
            if mark_of(view.sheet.words(cell.span)[0].text):
                continue  # it goes on behind an amount on the line above
            if priced and not _is_beside_total(view, line, cell):
                clauses = _CLAUSES.split(text)
                text = ". ".join(one for one in clauses if not _AMOUNT.search(one))
                if len(clauses) == 1 or not text:
                    continue
            before = (text for x0, text in above.items() if abs(x0 - cell.x0) < SAME_LEFT)
            yield cell.span, next(before, ""), text
        # What was paid with an amount beside it may be an earlier bill. No text goes on behind
        # a number, as that of an account.
        whole = {x0: text for x0, text in texts.items() if not text[-1:].isdigit()}
        above = {} if priced else whole


def _is_beside_total(view: View, line: Line, cell: Cell) -> bool:
    """Whether the amounts of *line* stand behind the label of a total in a cell of its own."""
    first = min(one.span.first for one in view.figures[line.number] if one.money)
    return any(
        label.leads and cell.span.last <= label.span.first < first and "gross" in label.terms
        for label in view.labels[line.number]
    )


def _is_of_another_day(clause: str) -> bool:
    """Whether it tells of what an earlier bill left, or of money fetched nobody knows when."""
    return bool(_OLD.search(clause) or (_DEBIT.search(clause) and not _DAY.search(clause)))


def _is_a_choice(text: str) -> bool:
    """Whether a line is of a form, on which one of several ways to pay is ticked."""
    folded = fold(text)
    return bool(_BOXES.search(text)) or sum(bool(way.search(folded)) for way in _WAYS) > 1


def _heads_amount(view: View, line: Line, cell: Cell) -> bool:
    """Whether it is one of several headings, each over an amount: “Payment received”."""
    below = view.figures[line.number + 1 : line.number + 2]
    amounts = [one for row in below for one in row if one.money]
    over = any(one.x0 < cell.x1 and one.x1 > cell.x0 for one in amounts)
    return over and len(amounts) > 1 and len(line.cells) > 1
