"""Codes and symbols of currencies, and which of them a document means."""

from collections import Counter
from collections.abc import Mapping

CODES = frozenset(
    [
        "AED",
        "ARS",
        "AUD",
        "BDT",
        "BGN",
        "BHD",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "GHS",
        "HKD",
        "HRK",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JOD",
        "JPY",
        "KES",
        "KRW",
        "KWD",
        "KZT",
        "LKR",
        "MAD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "OMR",
        "PEN",
        "PHP",
        "PKR",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TND",
        "TRY",
        "TWD",
        "UAH",
        "USD",
        "UYU",
        "VND",
        "XOF",
        "ZAR",
    ]
)

SYMBOLS: Mapping[str, str] = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "us$": "USD",
    "usd$": "USD",
    "dollars": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "rs": "INR",
    "rs.": "INR",
    "r$": "BRL",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "nz$": "NZD",
    "s$": "SGD",
    "hk$": "HKD",
    "mx$": "MXN",
    "zł": "PLN",
    "zl": "PLN",
    "kr": "SEK",
    "kr.": "DKK",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON",
    "sfr": "CHF",
    "sfr.": "CHF",
    "fr.": "CHF",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "₴": "UAH",
    "rm": "MYR",
    "₱": "PHP",
    "฿": "THB",
    "₦": "NGN",
    "лв": "BGN",
}
"""What stands beside a figure, and the currency it is if nothing says otherwise."""

SHARED: Mapping[str, Mapping[str, str]] = {
    "$": {
        "australia": "AUD",
        "abn": "AUD",
        "canada": "CAD",
        "gst/hst": "CAD",
        "hst": "CAD",
        "ontario": "CAD",
        "quebec": "CAD",
        "singapore": "SGD",
        "new": "",
        "zealand": "NZD",
        "nzbn": "NZD",
        "hong": "",
        "mexico": "MXN",
        "rfc": "MXN",
        "chile": "CLP",
        "colombia": "COP",
        "argentina": "ARS",
    },
    "kr": {"danmark": "DKK", "denmark": "DKK", "moms": "", "cvr": "DKK", "norge": "NOK"}
    | {"norway": "NOK", "mva": "NOK", "sverige": "SEK", "sweden": "SEK"},
    "¥": {"china": "CNY", "rmb": "CNY"},
    "rs": {"pakistan": "PKR", "lanka": "LKR", "nepal": ""},
}
"""Symbols that several currencies share, and the words that tell them apart."""

COUNTRIES: Mapping[str, str] = {
    **dict.fromkeys(
        [
            "AT",
            "BE",
            "CY",
            "DE",
            "EE",
            "EL",
            "ES",
            "FI",
            "FR",
            "GR",
            "HR",
            "IE",
            "IT",
            "LT",
            "LU",
            "LV",
            "MT",
            "NL",
            "PT",
            "SI",
            "SK",
        ],
        "EUR",
    ),
    "GB": "GBP",
    "CH": "CHF",
    "LI": "CHF",
    "PL": "PLN",
    "CZ": "CZK",
    "SE": "SEK",
    "DK": "DKK",
    "NO": "NOK",
    "HU": "HUF",
    "RO": "RON",
    "BG": "BGN",
}
"""The currency of a country, told by a VAT number or an account there."""


def mark_of(text: str) -> str:
    """The currency that a mark beside a figure means, or nothing.

    Codes count in capitals only: ``all`` and ``try`` are words.
    """
    if text in CODES:
        return text
    return SYMBOLS.get(text.casefold(), "")


def told_apart(symbol: str, words: Counter[str]) -> str:
    """The currency of *symbol* in a document with these folded words."""
    shared = SHARED.get(symbol.casefold().strip("."), {})
    for word, code in shared.items():
        if code and words[word]:
            return code
    return mark_of(symbol)
