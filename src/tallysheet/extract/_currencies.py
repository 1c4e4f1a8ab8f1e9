"""Codes and symbols of currencies, and which of them a document means."""

from collections import Counter
from collections.abc import Collection, Mapping

_CODES = """
    AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GHS HKD HRK
    HUF IDR ILS INR ISK JOD JPY KES KRW KWD KZT LKR MAD MXN MYR NGN NOK NZD OMR PEN
    PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND XOF ZAR
"""
CODES = frozenset(_CODES.split())
"""Codes that count as one beside a figure."""

WRITTEN: Mapping[str, tuple[str, ...]] = {
    "EUR": ("€", "Euro", "Euros"),
    "USD": ("$", "US$", "USD$", "Dollars"),
    "GBP": ("£",),
    "JPY": ("¥", "円"),
    "CNY": ("¥", "RMB"),
    "INR": ("₹", "Rs", "Rs."),
    "CHF": ("SFr", "SFr.", "Fr."),
    "PLN": ("zł", "zl"),
    "BRL": ("R$",),
    "CAD": ("CA$", "C$", "$"),
    "AUD": ("A$", "AU$", "$"),
    "NZD": ("NZ$", "$"),
    "SGD": ("S$", "$"),
    "HKD": ("HK$", "$"),
    "MXN": ("MX$", "$"),
    "SEK": ("kr",),
    "NOK": ("kr",),
    "DKK": ("kr.", "kr"),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "RON": ("lei",),
    "TRY": ("₺",),
    "RUB": ("₽",),
    "UAH": ("₴",),
    "KRW": ("₩",),
    "ILS": ("₪",),
    "VND": ("₫",),
    "MYR": ("RM",),
    "PHP": ("₱",),
    "THB": ("฿",),
    "NGN": ("₦",),
    "BGN": ("лв",),
}
"""What documents write instead of a code; a mark that several share is the first one's."""

SYMBOLS: Mapping[str, str] = {
    form.casefold(): code for code in reversed(tuple(WRITTEN)) for form in WRITTEN[code]
}
"""What stands beside a figure, and the currency it is if nothing says otherwise."""

SHARED: Mapping[str, Mapping[str, str]] = {
    "$": {
        **dict.fromkeys(["australia", "abn", "nsw", "qld", "melbourne", "sydney"], "AUD"),
        **dict.fromkeys(
            ["canada", "hst", "ontario", "quebec", "toronto", "montreal", "tvq", "tps"], "CAD"
        ),
        **dict.fromkeys(["singapore", "sg"], "SGD"),
        **dict.fromkeys(["zealand", "nzbn", "nz", "auckland"], "NZD"),
        **dict.fromkeys(["kong", "hk"], "HKD"),
        **dict.fromkeys(["sdn", "malaysia"], "MYR"),
        **dict.fromkeys(["taiwan", "taipei"], "TWD"),
        **dict.fromkeys(["usa", "ein"], "USD"),
        "rfc": "MXN",
        "chile": "CLP",
        "colombia": "COP",
        "argentina": "ARS",
    },
    "kr": {"danmark": "DKK", "denmark": "DKK", "cvr": "DKK", "norge": "NOK"}
    | {"norway": "NOK", "mva": "NOK", "sverige": "SEK", "sweden": "SEK"},
    "¥": {"china": "CNY", "rmb": "CNY", "japan": "JPY", "tokyo": "JPY"},
    "rs": {"pakistan": "PKR", "lanka": "LKR", "nepal": "NPR", "mauritius": "MUR"},
}
"""Symbols that several currencies share, and the words that tell them apart."""

UNSURE: Mapping[str, frozenset[str]] = {"$": frozenset(["gst", "pst", "qst"])}
"""Words that say that a symbol means one of several others, and not which."""

LANDS: Mapping[str, str] = {
    **dict.fromkeys(["sdn", "malaysia", "kuala", "selangor", "johor"], "MYR"),
    **dict.fromkeys(["siret", "siren", "kvk", "btw"], "EUR"),
    "canada": "CAD",
    "gstin": "INR",
    "abn": "AUD",
    "nzbn": "NZD",
    "cnpj": "BRL",
    "cvr": "DKK",
}
"""Words of one land alone: legal forms, tax numbers, places."""

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


def forms_of(code: str) -> tuple[str, ...]:
    """How that currency may stand on a page, as words without full stops."""
    return (code, *(form.rstrip(".") for form in WRITTEN.get(code, ())))


def is_written(code: str, mark: str) -> bool:
    """Whether that currency may be written with *mark*, which others may be as well."""
    return mark.rstrip(".").casefold() in map(str.casefold, forms_of(code))


def mark_of(text: str) -> str:
    """The currency that a mark beside a figure means, or nothing.

    Codes count in capitals only: ``all`` and ``try`` are words.
    """
    if text in CODES:
        return text
    return SYMBOLS.get(text.casefold(), "")


def told_apart(
    symbol: str, words: Counter[str], *, lands: Collection[str] = (), english: bool = True
) -> str:
    """The currency of *symbol* in a document with these folded words; nothing if unclear.

    Args:
        symbol: What stands beside a figure.
        words: All folded words of the document.
        lands: The currencies of lands that have an address on it.
        english: Whether it is in English: a mere ``$`` on other pages is seldom a US dollar.
    """
    key = symbol.casefold().strip(".")
    codes = {code for word, code in SHARED.get(key, {}).items() if words[word]}
    codes |= {land for land in lands if is_written(land, symbol)}
    unsure = any(words[word] for word in UNSURE.get(key, ())) or (key == "$" and not english)
    if len(codes) > 1 or (not codes and unsure):
        return ""
    return codes.pop() if codes else mark_of(symbol)
