"""The parties against what the user told: is the buyer us, is the account the seller's own?

Both stop what the checks of one document cannot see: an invoice that was sent to the
wrong company, and a seller's invoice with somebody else's account on it. A VAT number
that differs is an error, a name alone a warning, since names are spelled in many ways.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tallysheet.errors import ConfigError
from tallysheet.model import Company, Finding, Invoice, Known, Party, Severity
from tallysheet.validate._codes import (
    LONGEST,
    SUFFIX,
    bare_iban,
    claims_to_be_iban,
    is_iban,
    quoted,
)

VAT_LIKE = re.compile(r"[A-Z]{2}(?=(?:[A-Z]*[0-9]){5})[A-Z0-9]{6,16}")
"""A country and at least five digits: what no name of a company looks like."""

PAIR = re.compile(r"(.+)[,;\t]([^,;\t]+)")
"""Seller and account, parted by the last separator: names hold commas."""


def companies_of(entries: Sequence[str]) -> tuple[Company, ...]:
    """Our companies, each told as a name, as a VAT number, or as ``name=VAT number``.

    Raises:
        ConfigError: An entry is empty, or what stands behind the ``=`` is no VAT number.
    """
    companies = []
    for entry in entries:
        name, equals, number = entry.rpartition("=")
        vat_id = plain_vat(number)
        if VAT_LIKE.fullmatch(vat_id):
            company = Company(plain_name(name) or None, vat_id)
        else:
            company = Company(plain_name(entry) or None, None)
        if (equals and company.vat_id is None) or company == Company(None, None):
            raise ConfigError(
                f"our_companies has an entry {quoted(entry)} that does not name a company.",
                "Write a name, a VAT number with its country, or both: “Muster GmbH=DE136695976”.",
            )
        companies.append(company)
    return tuple(companies)


def accounts_of(text: str) -> Mapping[str, frozenset[str]]:
    """The accounts of sellers, told as lines of ``VAT number or name, IBAN``.

    Several lines give a seller several accounts. Empty lines, lines that start with
    ``#`` and a heading count for nothing.

    Raises:
        ConfigError: A line is not of that form, or its IBAN has wrong check digits.
    """
    accounts: defaultdict[str, set[str]] = defaultdict(set)
    lines = [line.strip() for line in text.splitlines()]
    told = [(at, line) for at, line in enumerate(lines, 1) if line and line[0] != "#"]
    for at, line in told:
        pair = PAIR.fullmatch(line)
        seller, account = (part.strip(' \t"') for part in pair.groups()) if pair else ("", "")
        if (at, line) == told[0] and pair and not any(char.isdigit() for char in account):
            continue  # a heading
        iban = bare_iban(account)
        key = plain_vat(seller) if VAT_LIKE.fullmatch(plain_vat(seller)) else plain_name(seller)
        digits = any(char.isdigit() for char in iban)
        if not key or not digits or (claims_to_be_iban(iban) and not is_iban(iban)):
            raise ConfigError(
                f"Line {at} of known_accounts_file, {quoted(line)}, names no seller with an"
                " account.",
                "Write the seller's VAT number or name, a comma, and an IBAN with right check"
                " digits.",
            )
        accounts[key].add(iban)
    return {seller: frozenset(known) for seller, known in accounts.items()}


def known_about(invoice: Invoice, known: Known) -> Known:
    """As much of *known* as concerns one invoice: the rest need not cross to a child process."""
    keys = seller_keys(invoice.seller) if known.accounts else ()
    return replace(known, accounts={k: known.accounts[k] for k in keys if k in known.accounts})


def seller_keys(seller: Party) -> tuple[str, str, str]:
    """By what a seller may be known: its VAT number and its names, spelled so that they compare."""
    return (
        plain_vat(seller.vat_id or ""),
        plain_name(seller.name or ""),
        plain_name(seller.trade_name or ""),
    )


def check_known(invoice: Invoice, known: Known) -> Iterator[Finding]:
    """Notice a buyer who is not us, and an account that is not the seller's."""
    if known.companies:
        yield from _buyer(invoice.buyer, known.companies)
    if known.accounts:
        yield from _accounts(invoice, known.accounts)


def _buyer(buyer: Party, companies: Sequence[Company]) -> Iterator[Finding]:
    names = [plain_name(text) for text in (buyer.name, buyer.trade_name) if text]
    named = [one for one in companies if one.name and any(_holds(n, one.name) for n in names)]
    vat_id = plain_vat(buyer.vat_id or "")
    by_vat = [one for one in companies if one.vat_id and _same_vat(vat_id, one.vat_id)]
    if by_vat:
        # Where its name is not told, any will do.
        misnamed = all(one.name for one in by_vat) and not set(by_vat) & set(named)
    elif vat_id and any(one.vat_id for one in companies):
        shown = quoted(buyer.vat_id or "")
        message = f"The buyer's VAT number {shown} is none of our_companies: is this for us?"
        yield _finding("buyer.vat_id", Severity.ERROR, "buyer.vat_id", message)
        return
    else:
        misnamed = not named and any(one.name for one in companies)
    if misnamed and names:
        shown = quoted(buyer.name or buyer.trade_name or "")
        message = f"The buyer {shown} is none of our_companies by its name."
        yield _finding("buyer.name", Severity.WARNING, "buyer.name", message)


def _accounts(invoice: Invoice, accounts: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """By the VAT number, else by the name: an invoice that leaves the one out has the other."""
    own = next((accounts[key] for key in seller_keys(invoice.seller) if key in accounts), None)
    if own is None:
        return
    for at, account in enumerate(invoice.payment.accounts):
        if account.iban is not None and bare_iban(account.iban) not in own:
            path = f"payment.accounts[{at}].iban"
            message = (
                f"The account {quoted(account.iban)} is not one that is known of this seller:"
                " ask the seller, not by what this document says, before you pay."
            )
            yield _finding("account.changed", Severity.ERROR, path, message)


def _same_vat(found: str, own: str) -> bool:
    """Whether two VAT numbers are one; on paper the country is often left out."""
    return found == own or (found.isdigit() and found == own[2:])


def _holds(found: str, own: str) -> bool:
    """Whether our name stands in the buyer's: departments and places are written around it."""
    return f" {own} " in f" {found} "


def plain_vat(text: str) -> str:
    """A VAT number without blanks, dots and hyphens, the Greek one by ``EL``."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).upper()
    number = "".join(char for char in plain if char.isalnum())
    if number.startswith("CHE"):
        number = SUFFIX.sub("", number)
    return f"EL{number[2:]}" if re.fullmatch(r"GR[0-9]{9}", number) else number


def plain_name(text: str) -> str:
    """A name as words: small, without accents and signs; ``G.m.b.H.`` is one word."""
    plain = unicodedata.normalize("NFKD", text[: 4 * LONGEST].casefold().replace(".", ""))
    # Neither accents nor characters that nobody sees make another name.
    kept = "".join(char for char in plain if unicodedata.category(char) not in ("Mn", "Cf"))
    return " ".join("".join(char if char.isalnum() else " " for char in kept).split())


def _finding(code: str, severity: Severity, path: str, message: str) -> Finding:
    return Finding(code=code, severity=severity, fields=(path,), message=message)
