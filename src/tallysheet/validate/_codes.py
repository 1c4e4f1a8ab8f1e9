"""Currencies, accounts and VAT numbers: known codes and right check digits.

An IBAN with wrong check digits is an error, because money could go astray. What
never claimed to be an IBAN may be a local account number and is only mentioned.
VAT numbers fail their check in too many real documents to stop for it. Nothing
here asks the network.
"""

import re
from collections.abc import Iterator

from stdnum import bic, iban, numdb
from stdnum.ch import uid
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.no import orgnr

from tallysheet.model import Finding, Invoice, Severity
from tallysheet.validate._currencies import MINOR_UNITS, RETIRED

LONGEST = 64
"""Characters looked at: no account or VAT number is longer."""

HALF_A_COUNTRY = re.compile(r"(?:[A-Z]\d|\d[A-Z])\w{8}")
"""How a long number begins whose country was misread, such as ``G6956136506``."""

IBAN_LIKE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{4,60}")
SEPA_TRANSFER = "58"
"""Payment means of UNTDID 4461 that only an IBAN will do for."""

_BANKED_IN = {
    **dict.fromkeys(("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"), "FR"),
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    "AX": "FI",
}
"""Lands whose accounts have the IBANs of another one, after the registry of IBANs."""

SUFFIX = re.compile(r"(MWST|TVA|IVA|TPV|VAT|MVA)$")
"""What stands behind Swiss and Norwegian VAT numbers."""


def check_codes(invoice: Invoice) -> Iterator[Finding]:
    """Notice codes that are unknown, and numbers whose check digits are wrong."""
    yield from _currency("currency", invoice.currency, Severity.ERROR)
    yield from _currency("tax_currency", invoice.tax_currency, Severity.WARNING)
    for at, account in enumerate(invoice.payment.accounts):
        path = f"payment.accounts[{at}]"
        yield from _account(f"{path}.iban", account.iban, invoice.payment.means_code)
        yield from _bic(f"{path}.bic", account.bic, account.iban)
    yield from _debited(invoice.payment.debited_iban)
    yield from _vat_id("seller.vat_id", invoice.seller.vat_id)
    yield from _vat_id("buyer.vat_id", invoice.buyer.vat_id)
    yield from _number(invoice)


def _currency(path: str, code: str | None, severity: Severity) -> Iterator[Finding]:
    if code is None or code in MINOR_UNITS:
        return
    if code in RETIRED:
        message = f"The currency {code} is no longer in use."
        yield _wrong("currency.retired", Severity.WARNING, path, message)
    else:
        message = f"{quoted(code)} is not the code of a currency in ISO 4217."
        yield _wrong("currency.unknown", severity, path, message)


def _account(path: str, text: str | None, means: str | None) -> Iterator[Finding]:
    if text is None or is_iban(text):
        return
    if claims_to_be_iban(text):
        message = (
            f"The IBAN {quoted(text)} is wrong by its check digits or length: do not pay to it."
        )
        yield _wrong("iban.check", Severity.ERROR, path, message)
        return
    payable = any(char.isdigit() for char in text) and means != SEPA_TRANSFER
    severity = Severity.INFO if payable else Severity.WARNING
    message = f"The account {quoted(text)} is not an IBAN."
    yield _wrong("iban.form", severity, path, message)


def _debited(text: str | None) -> Iterator[Finding]:
    """The payer's own account, often masked: nothing is paid to it."""
    if text is not None and claims_to_be_iban(text) and not is_iban(text):
        message = f"The debited IBAN {quoted(text)} is wrong by its check digits or length."
        yield _wrong("iban.check", Severity.WARNING, "payment.debited_iban", message)


def _bic(path: str, text: str | None, account: str | None) -> Iterator[Finding]:
    if text is None:
        return
    if not bic.is_valid(text[:LONGEST]):
        message = f"{quoted(text)} is not of the form of a BIC."
        yield _wrong("bic.form", Severity.WARNING, path, message)
    elif account is not None and is_iban(account):
        bank, home = bic.compact(text)[4:6], bare_iban(account)[:2]
        if _BANKED_IN.get(bank, bank) != _BANKED_IN.get(home, home):
            message = f"The bank {quoted(text)} is in {bank}, but the IBAN is of {home}."
            yield _wrong("bic.country", Severity.WARNING, path, message)


def _vat_id(path: str, text: str | None) -> Iterator[Finding]:
    if text is not None and _vat_checks(text) is False:
        message = f"The VAT number {quoted(text)} does not pass the check of its country."
        yield _wrong("vat_id.check", Severity.WARNING, path, message)


def _number(invoice: Invoice) -> Iterator[Finding]:
    """What names a company or an account is no number of an invoice, but is often read as one."""
    number = _bare(invoice.number or "")
    taken, countries = [account.iban for account in invoice.payment.accounts], set[str]()
    for party in (invoice.seller, invoice.buyer):
        taken += party.vat_id, party.tax_number, party.legal_id, party.customer_number
        countries |= {(party.vat_id or "")[:2].upper(), party.address.country or ""}
    # SI12345678 may well be a sales invoice where nobody is Slovenian.
    is_from_here = number[:2] in countries or not any(countries)
    if number and (
        number in {_bare(text) for text in taken if text} or (is_from_here and _vat_checks(number))
    ):
        message = (
            f"The number {quoted(invoice.number or '')} is that of a company, a customer or an"
            " account, and not of an invoice."
        )
        yield _wrong("number.borrowed", Severity.ERROR, "number", message)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text[:LONGEST])).upper()


def is_iban(text: str) -> bool:
    """Whether its check digits and length are those of an IBAN."""
    # The national rules are left out: their lists of banks are out of date.
    return bool(iban.is_valid(bare_iban(text), check_country=False))


def claims_to_be_iban(text: str) -> bool:
    """Whether it looks like an IBAN of a country that has them, right or wrong."""
    bare = bare_iban(text)
    return IBAN_LIKE.fullmatch(bare) is not None and bool(numdb.get("iban").info(bare[:2])[0][1])


def bare_iban(text: str) -> str:
    """An account in capitals, without blanks, hyphens and the word IBAN."""
    return str(iban.compact(text[: 2 * LONGEST])).removeprefix("IBAN").lstrip(": ")


def _vat_checks(text: str) -> bool | None:
    """Whether a VAT number passes the check of its country; nothing where none is known."""
    number = "".join(text[:LONGEST].split()).upper()
    country = number[:2]
    if country in ("CH", "LI"):
        return bool(uid.is_valid(SUFFIX.sub("", number)))
    if country == "NO":
        return bool(orgnr.is_valid(SUFFIX.sub("", number[2:])))
    if country == "GB":
        return bool(gb_vat.is_valid(number))
    if country.lower() in eu_vat.MEMBER_STATES or country in ("EL", "EU", "IM"):
        return bool(eu_vat.is_valid(number))
    return False if HALF_A_COUNTRY.match(number) else None


def quoted(text: str) -> str:
    """A value from the document, made harmless for terminals and logs."""
    shown = "".join(char for char in text[:LONGEST] if char.isprintable())
    return f"“{shown}”" if len(text) <= LONGEST else f"“{shown}…”"


def _wrong(code: str, severity: Severity, path: str, message: str) -> Finding:
    return Finding(code=code, severity=severity, fields=(path,), message=message)
