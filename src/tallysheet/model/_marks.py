"""What tells that two documents of a batch are one invoice, and what is said then.

=====================  ========  =========================================================
code                   severity  what was noticed
=====================  ========  =========================================================
``duplicate.number``   error     the number of another document of this seller, or of one
                                 of the same day over the same amount
``duplicate.amount``   error     another document of this seller over the same amount, at
                                 most three days apart
``duplicate.picture``  error     another document that looks the same, and of whose number,
                                 date and amount two are the same
``account.changed``    error     another account than this seller's other documents name
=====================  ========  =========================================================

The manifest decides it: it alone knows the other documents. See ``manifest/_marks``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tallysheet.model._reading import Finding, Severity

NEAR_DAYS = 3
"""Dates so near are of one invoice, where all else is the same. Whoever bills the same amount
again and again does so by the week at the shortest."""


class Marks(NamedTuple):
    """What one invoice has in common with its copies, each as a short hash; empty where not read.

    ``validate.marks_of`` makes them; a program of its own may give any texts that compare.
    """

    number: str = ""
    """Of its number, and whether it is a credit note."""
    amount: str = ""
    """Of its total and currency, and whether it is a credit note."""
    date: str = ""
    """When it was issued, in ISO 8601."""
    seller_id: str = ""
    """Of the seller's VAT id."""
    seller_name: str = ""
    """Of the seller's name."""
    accounts: tuple[str, ...] = ()
    """Of each account to pay into."""
    picture: str = ""
    """How its first page looks, where that is a picture: 64 bits as hexadecimal digits, most of
    them the same in pictures of the same page."""


Meets = Mapping[str, str]
"""What the other documents of a batch say against one: by code of the finding the other one."""

SAID: Mapping[str, tuple[str, str]] = {
    "account.changed": (
        "payment.accounts[0].iban",
        "An account is not among those that {} names for the same seller: ask the seller, not"
        " by what these documents say, before you pay either.",
    ),
    "duplicate.number": (
        "number",
        "By its number it is the same invoice as {}: pay only one of them.",
    ),
    "duplicate.amount": (
        "totals.gross",
        f"{{}} is of the same seller over the same amount, at most {NEAR_DAYS} days apart:"
        " perhaps the same invoice under another number.",
    ),
    "duplicate.picture": (
        "",
        "It looks like {}, and two of number, date and total are the same: perhaps the same"
        " invoice, misread in one of them.",
    ),
}
"""By code, the gravest first: the field concerned, and the sentence, for the other document."""


def findings_of(meets: Meets) -> tuple[Finding, ...]:
    """The same as findings, the gravest first; what a newer version noticed is told plainly."""
    known = [code for code in SAID if code in meets]
    found = []
    for code in (*known, *(code for code in meets if code not in SAID)):
        field, sentence = SAID.get(code, ("", "Another document speaks against it: {}."))
        fields = (field,) if field else ()
        message = sentence.format(meets[code])
        found.append(Finding(code=code, severity=Severity.ERROR, fields=fields, message=message))
    return tuple(found)
