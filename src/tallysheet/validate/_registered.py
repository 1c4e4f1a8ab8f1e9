"""National numbers of a party, such as a SIRET or a codice fiscale: their check digits.

A country has several kinds of numbers, and a page does not say which one it prints. So a
number is wrong only if it has the form of one of them, fails the check of each such, and
passes none. What has the form of none, such as the number of a German register of commerce,
is not judged. Kinds without check digits are left out: they would let nothing fail. A number
with wrong digits is a warning, as with VAT numbers: nobody is paid by it. Nothing here asks
the network.

German tax numbers have check digits that each state reckons its own way (``_german``). A person
may have the number of the whole country instead, the one for life; so both are tried.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from stdnum.exceptions import InvalidChecksum, ValidationError

from tallysheet.model import Finding, Invoice, Party, Severity
from tallysheet.validate._codes import LONGEST, quoted
from tallysheet.validate._german import has_form, is_of_digits, passes

KINDS = {
    "AT": ("at.tin",),
    "AU": ("au.abn", "au.acn"),
    "BE": ("be.vat",),
    "BG": ("bg.vat",),
    "BR": ("br.cnpj", "br.cpf"),
    "CA": ("ca.bn",),
    "CH": ("ch.uid",),
    "CY": ("cy.vat",),
    "CZ": ("cz.dic",),
    "DK": ("dk.cvr",),
    "EE": ("ee.registrikood",),
    "ES": ("es.nif",),
    "FI": ("fi.ytunnus",),
    "FR": ("fr.siren", "fr.siret"),
    "GB": ("gb.utr",),
    "GR": ("gr.vat",),
    "HR": ("hr.oib",),
    "HU": ("hu.anum",),
    "IE": ("ie.pps", "ie.vat"),
    "IN": ("in_.gstin",),
    "IS": ("is_.kennitala",),
    "IT": ("it.codicefiscale", "it.iva"),
    "LT": ("lt.pvm",),
    "LU": ("lu.tva",),
    "LV": ("lv.pvn",),
    "MT": ("mt.vat",),
    "NL": ("nl.bsn",),
    "NO": ("no.orgnr",),
    "NZ": ("nz.ird",),
    "PL": ("pl.nip", "pl.regon"),
    "PT": ("pt.nif",),
    "RO": ("ro.cui",),
    "RS": ("rs.pib",),
    "SE": ("se.orgnr",),
    "SI": ("si.ddv",),
    "SK": ("sk.dph",),
    "TR": ("tr.tckimlik", "tr.vkn"),
    "UA": ("ua.edrpou", "ua.rntrc"),
}
"""Modules of stdnum that know the numbers of a country. For Germany see above."""

LEAST = {"nl.bsn": 9, "ro.cui": 6}
"""Digits below which stdnum would fill one up with zeros, or a check says next to nothing."""

SCHEMES = {
    "0002": "fr.siren",
    "0007": "se.orgnr",
    "0009": "fr.siret",
    "0088": "ean",
    "0151": "au.abn",
    "0183": "ch.uid",
    "0184": "dk.cvr",
    "0188": "jp.cn",
    "0191": "ee.registrikood",
    "0192": "no.orgnr",
    "0195": "sg.uen",
    "0196": "is_.kennitala",
    "0199": "lei",
    "0204": "de.leitweg",
    "0208": "be.vat",
    "0210": "it.codicefiscale",
    "0211": "it.iva",
    "0212": "fi.ytunnus",
}
"""The same for identifiers that name their scheme, by its code in ISO/IEC 6523."""


def check_registered(invoice: Invoice) -> Iterator[Finding]:
    """Notice tax numbers, registrations and identifiers whose check digits are wrong."""
    for path, party in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        kinds = KINDS.get(_country(party), ())
        if party.tax_number and _country(party) == "DE":
            yield from _check_german(f"{path}.tax_number", party.tax_number)
        elif party.tax_number and _fails(party.tax_number, kinds):
            at = f"{path}.tax_number"
            yield _wrong("tax_number.check", at, "tax number", party.tax_number)
        if party.legal_id and _fails(party.legal_id, kinds):
            yield _wrong("legal_id.check", f"{path}.legal_id", "registration", party.legal_id)
        for nth, one in enumerate(party.ids):
            kind = SCHEMES.get(one.scheme or "")
            if kind and _fails(one.value, (kind,)):
                yield _wrong("id.check", f"{path}.ids[{nth}].value", "identifier", one.value)


def _country(party: Party) -> str:
    """Where the party is, by its address, else by its VAT number."""
    country = party.address.country or (party.vat_id or "").strip()[:2]
    return {"EL": "GR", "LI": "CH"}.get(country.upper(), country.upper())


def _fails(number: str, kinds: Sequence[str]) -> bool:
    """Whether it has the form of one of these kinds, and the check digits of none."""
    results = [_passes(number[:LONGEST], kind) for kind in kinds]
    return False in results and True not in results


def _passes(number: str, kind: str) -> bool | None:
    """Whether its check digits are right; nothing where it has not the form of that kind."""
    if sum(map(str.isdecimal, number)) < LEAST.get(kind, 0):
        return None
    try:
        _module(kind).validate(number)
    except InvalidChecksum:
        return False
    except ValidationError:
        return None
    return True


def _check_german(path: str, number: str) -> Iterator[Finding]:
    """Notice a German tax number of digits that is none of any state, nor a person's."""
    shown = number[:LONGEST]
    if not is_of_digits(shown):
        return
    if not has_form(shown):
        yield _malformed(path, number)
    elif not passes(shown) and not _passes(shown, "de.idnr"):
        yield _wrong("tax_number.check", path, "tax number", number)


@cache
def _module(kind: str) -> Any:
    """Loaded when first needed: there are fifty, and a batch needs a few."""
    return import_module(f"stdnum.{kind}")


def _wrong(code: str, path: str, what: str, number: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        fields=(path,),
        message=f"The {what} {quoted(number)} has wrong check digits.",
    )


def _malformed(path: str, number: str) -> Finding:
    return Finding(
        code="tax_number.form",
        severity=Severity.WARNING,
        fields=(path,),
        message=f"The tax number {quoted(number)} has not the form of a German one: 10 or 11"
        " digits, or 12 or 13 that begin with those of a state.",
    )
