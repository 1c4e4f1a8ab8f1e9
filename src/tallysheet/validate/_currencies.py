"""Currencies in use, how finely each is divided, and amounts written for people.

The list is that of ISO 4217 as of 2026, without the codes that it gives no minor
unit (gold, baskets, tests): nobody can pay in those.
"""

from decimal import Decimal

_BY_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
        GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
        LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
        NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
        XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_UNITS = {code: n for n, codes in _BY_MINOR_UNITS.items() for code in codes.split()}
"""Digits after the point, by currency."""

RETIRED = frozenset({"ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"})
"""Withdrawn since 2020: an older invoice may rightly be in one of them."""

WHOLE = frozenset({"COP", "HUF", "IDR", "TWD"})
"""Divided on paper only: invoices in them are rounded to whole units."""

USUAL = 2
"""Minor units where the currency is not known."""


def smallest_unit(currency: str | None) -> Decimal:
    """What amounts in *currency* are rounded to: 0.01 for most, 1 for yen and forint."""
    if currency in WHOLE:
        return Decimal(1)
    return Decimal(1).scaleb(-MINOR_UNITS.get(currency or "", USUAL))


def written(amount: Decimal, currency: str | None) -> str:
    """*amount* with the digits of its currency, and up to four more where it has them."""
    digits = MINOR_UNITS.get(currency or "", USUAL)
    text = f"{amount:.{digits + 4}f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction[:digits] + fraction[digits:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole
