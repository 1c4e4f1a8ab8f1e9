"""Marks of an invoice: what tells its copies in a batch, whoever read them, and off what.

The same invoice comes as a PDF, as its XML, as a scan of a print, and is spelled a little
differently each time. So values are brought into one form before they are hashed.
"""

from base64 import urlsafe_b64encode
from hashlib import blake2b
from itertools import chain

from tallysheet.model import Invoice, Known, Marks, Party
from tallysheet.validate._codes import LONGEST, bare_iban, claims_to_be_iban, is_iban
from tallysheet.validate._known import plain_name, plain_vat, seller_keys
from tallysheet.validate._signs import CREDIT_NOTES

DIGEST_BYTES = 6
"""Of a mark, eight characters: of a million invoices that are held against each other by two
marks, none are taken for copies by chance."""

MOST_ACCOUNTS = 8
"""Of one invoice. A record is kept small, whatever a document says."""


def marks_of(invoice: Invoice, known: Known) -> Marks:
    """What tells the copies of *invoice*, and whose account it names.

    A seller that is the buyer as well, or one of ours, was misread: nothing is made of it.
    The accounts of one whose accounts the user told are checked against those alone.
    """
    gross = invoice.totals.gross
    gives_back = invoice.kind in CREDIT_NOTES or (gross is not None and gross < 0)
    kind = "credit note" if gives_back else "invoice"
    number = "".join(filter(str.isalnum, (invoice.number or "")[:LONGEST].upper())).lstrip("0")
    vat_id, name = _seller(invoice, known)
    told = any(key in known.accounts for key in seller_keys(invoice.seller))
    return Marks(
        number=_mark(kind, number),
        amount=_mark(kind, f"{abs(gross):.2f}", invoice.currency or "") if gross else "",
        date=invoice.issue_date.isoformat() if invoice.issue_date else "",
        seller_id=_mark("VAT", vat_id),
        seller_name=_mark("name", name),
        accounts=() if told else tuple(_mark("account", one) for one in _accounts(invoice)),
    )


def _seller(invoice: Invoice, known: Known) -> tuple[str, str]:
    """The seller's VAT id and name, each empty where there is none or it is not the seller's."""
    vat_id, name = _names(invoice.seller)
    ours = [_names(invoice.buyer), *((c.vat_id or "", c.name or "") for c in known.companies)]
    if any((vat_id and vat_id == other[0]) or (name and name == other[1]) for other in ours):
        return "", ""
    return vat_id, name


def _names(party: Party) -> tuple[str, str]:
    return plain_vat(party.vat_id or ""), plain_name(party.name or party.trade_name or "")


def _accounts(invoice: Invoice) -> list[str]:
    """Each account once; what has wrong check digits is an error by itself, and no account.

    Those that are too many count as one, which nobody knows: none passes unseen.
    """
    told = (account.iban or "" for account in invoice.payment.accounts)
    bare = (bare_iban(text) for text in told if is_iban(text) or not claims_to_be_iban(text))
    once = list(dict.fromkeys(account for account in bare if any(map(str.isdigit, account))))
    rest = "\n".join(once[MOST_ACCOUNTS:])
    return [*once[:MOST_ACCOUNTS], *filter(None, [rest])]


def _mark(kind: str, *texts: str) -> str:
    """A short hash, or nothing of nothing."""
    if not texts[0]:
        return ""
    told = "\n".join(chain((kind,), texts)).encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(blake2b(told, digest_size=DIGEST_BYTES).digest()).decode()
