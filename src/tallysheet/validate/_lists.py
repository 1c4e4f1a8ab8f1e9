"""Codes that stand in no list: kinds of documents, countries, payment means, VAT categories.

Warnings, all of them: each may be a slip, a newer list, or a format that is not held to it.
"""

import re
from collections.abc import Collection, Iterator

from tallysheet.model import Finding, Invoice, Severity, leaves_of
from tallysheet.validate._signs import CREDIT_NOTES

_INVOICES = """
80 82 84 130 202 203 204 211 218 219 295 325 326 331 380 382 383 384 385 386 387 388 389 390
393 394 395 456 457 471 472 473 500 501 502 503 527 553 575 623 633 751 780 817 870 875 876
877 935
"""
KINDS = CREDIT_NOTES.union(_INVOICES.split())
"""UNTDID 1001, as far as EN 16931 allows it (BR-CL-01)."""

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
ZW
1A XI XK
"""
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 as of 2026, and Kosovo and Northern Ireland as invoices name them (BR-CL-14)."""

CATEGORIES = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"})
"""UNTDID 5305, as far as EN 16931 allows it (BR-CL-17, BR-CL-18)."""

RULES = {"category": "BR-CL-17", "vat_category": "BR-CL-18"}
"""The rule about a VAT category, by the field that has one."""

MEANS = re.compile(r"[1-9]|[1-8][0-9]|9[0-8]|ZZZ")
"""UNTDID 4461 (BR-CL-16)."""

MOST_QUOTED = 20


def check_lists(invoice: Invoice) -> Iterator[Finding]:
    """Notice codes that their list does not have."""
    for leaf in leaves_of(invoice):
        text = str(leaf.value)
        if leaf.path == "kind":
            yield from _unknown(leaf.path, text, KINDS, "kind.unknown", "type", "BR-CL-01")
        elif leaf.name == "country":
            yield from _unknown(
                leaf.path, text, COUNTRIES, "country.unknown", "country", "BR-CL-14"
            )
        elif leaf.name in RULES:
            yield from _unknown(
                leaf.path, text, CATEGORIES, "tax.unknown", "VAT category", RULES[leaf.name]
            )
        elif leaf.path == "payment.means_code" and not MEANS.fullmatch(text):
            yield from _unknown(leaf.path, text, (), "payment.means", "payment means", "BR-CL-16")


def _unknown(
    path: str, text: str, known: Collection[str], code: str, name: str, rule: str
) -> Iterator[Finding]:
    if text in known:
        return
    shown = "".join(filter(str.isprintable, text[:MOST_QUOTED]))
    message = f"“{shown}” is not the code of a {name} ({rule})."
    yield Finding(code=code, severity=Severity.WARNING, fields=(path,), message=message)
