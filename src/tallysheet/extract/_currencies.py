"""Codes and symbols of currencies, and which of them a document means."""

import re
from collections import Counter
from collections.abc import Collection, Mapping

_CODES = """
    AED AOA ARS AUD BBD BDT BGN BHD BOB BRL BWP BYN CAD CHF CLP CNY COP CRC CVE CZK DKK
    DOP DZD EGP EUR FJD GBP GEL GHS GTQ HKD HNL HRK HUF IDR ILS INR ISK JMD JOD JPY KES
    KRW KWD KZT LKR MAD MDL MKD MUR MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PEN PHP
    PKR PLN PYG QAR RON RSD RUB RWF SAR SEK SGD THB TND TRY TTD TWD TZS UAH UGX USD
    UYU VND XAF XCD XOF ZAR ZMW
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
    "AOA": ("Kz", "AKZ"),
    "XOF": ("FCFA", "CFA"),
    "KES": ("KSh", "KShs"),
    "PEN": ("Soles",),
    "MAD": ("DH", "Dhs", "Dirhams"),
    "AED": ("DH", "Dhs", "Dirhams"),
    "COP": ("$",),
    "CLP": ("$",),
    "ARS": ("$",),
    "PKR": ("Rs", "Rs."),
    "LKR": ("Rs", "Rs."),
    "NPR": ("Rs", "Rs."),
    "BBD": ("BDS$", "Bds$"),
    "JMD": ("J$", "JA$"),
    "TTD": ("TT$",),
    "XCD": ("EC$",),
    "DOP": ("RD$",),
    "TWD": ("NT$",),
    "NAD": ("N$",),
    "FJD": ("FJ$",),
}
"""What documents write instead of a code; a mark that several share is the first one's."""

SYMBOLS: Mapping[str, str] = {
    form.casefold(): code for code in reversed(tuple(WRITTEN)) for form in WRITTEN[code]
}
"""What stands beside a figure, and the currency it is if nothing says otherwise."""

LOCAL: Mapping[str, tuple[str, frozenset[str]]] = {
    "R": (
        "ZAR",
        frozenset(
            [
                *("africa", "zar", "rand", "johannesburg", "pretoria", "durban", "gauteng"),
                *("sandton", "centurion", "bloemfontein", "stellenbosch", "fnb", "absa"),
                *("nedbank", "capitec", "mpumalanga", "limpopo", "pietermaritzburg", "polokwane"),
                "pty",
            ]
        ),
    ),
    "S/": ("PEN", frozenset(["peru", "lima", "sunat", "soles", "igv"])),
    "N": (
        "NGN",
        frozenset(
            ["nigeria", "lagos", "abuja", "ibadan", "ikeja", "kano", "harcourt", "naira", "enugu"]
        ),
    ),
    "L": ("HNL", frozenset(["honduras", "lempiras", "tegucigalpa"])),
}
"""Letters that are a currency only where words of its land are on the page, and in capitals."""

_DIRHAMS = {
    **dict.fromkeys(["dubai", "uae", "emirates", "sharjah", "ajman", "dhabi"], "AED"),
    **dict.fromkeys(["maroc", "casablanca", "rabat", "marrakech", "tanger"], "MAD"),
}

SHARED: Mapping[str, Mapping[str, str]] = {
    "$": {
        **dict.fromkeys(
            ["australia", "abn", "acn", "bsb", "bpay", "nsw", "qld", "melbourne", "sydney"], "AUD"
        ),
        **dict.fromkeys(
            ["canada", "hst", "ontario", "quebec", "toronto", "montreal", "tvq", "tps"], "CAD"
        ),
        **dict.fromkeys(["singapore", "sg"], "SGD"),
        **dict.fromkeys(
            [
                *("zealand", "nzbn", "nz", "bnz", "kiwibank", "auckland", "christchurch"),
                *("dunedin", "tauranga", "rotorua", "waikato", "otago", "invercargill"),
            ],
            "NZD",
        ),
        **dict.fromkeys(["kong", "hk"], "HKD"),
        **dict.fromkeys(["sdn", "malaysia"], "MYR"),
        **dict.fromkeys(["taiwan", "taipei"], "TWD"),
        **dict.fromkeys(["usa", "ein", "ecuador", "quito", "guayaquil"], "USD"),
        "rfc": "MXN",
        **dict.fromkeys(["chile", "sii"], "CLP"),
        **dict.fromkeys(["colombia", "bogota", "medellin", "dian"], "COP"),
        **dict.fromkeys(["argentina", "cuit", "afip"], "ARS"),
    },
    "kr": {"danmark": "DKK", "denmark": "DKK", "cvr": "DKK", "norge": "NOK"}
    | {"norway": "NOK", "mva": "NOK", "sverige": "SEK", "sweden": "SEK"},
    **dict.fromkeys(
        ["fcfa", "cfa"], dict.fromkeys(["cameroun", "gabon", "tchad", "congo", "douala"], "XAF")
    ),
    "dh": _DIRHAMS,
    "dhs": _DIRHAMS,
    "dirhams": _DIRHAMS,
    "¥": {"china": "CNY", "rmb": "CNY", "japan": "JPY", "tokyo": "JPY"},
    "rs": {
        **dict.fromkeys(["pakistan", "lahore", "karachi", "islamabad", "rawalpindi"], "PKR"),
        **dict.fromkeys(["lanka", "colombo"], "LKR"),
        **dict.fromkeys(["nepal", "kathmandu"], "NPR"),
        "mauritius": "MUR",
    },
}
"""Symbols that several currencies share, and the words that tell them apart."""

UNSURE: Mapping[str, frozenset[str]] = {"$": frozenset(["gst", "pst", "qst"])}
"""Words that say that a symbol means one of several others, and not which."""

LANDS: Mapping[str, str] = {
    **dict.fromkeys(["sdn", "malaysia", "kuala", "selangor", "johor"], "MYR"),
    **dict.fromkeys(["siret", "siren", "kvk", "btw"], "EUR"),
    **dict.fromkeys(["canada", "hst", "ontario"], "CAD"),
    "gstin": "INR",
    "abn": "AUD",
    "nzbn": "NZD",
    "cnpj": "BRL",
    "cvr": "DKK",
    "mva": "NOK",
    **dict.fromkeys(["plusgiro", "momsregnr"], "SEK"),
}
"""Words of one land alone: legal forms, tax numbers, places."""

TAX_NUMBERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i:\bp(?:artita|\.)? ?i\.?v\.?a\.?)[^\d]{0,12}\d{11}\b"), "EUR"),
    (re.compile(r"\bNIP\W{0,3}\d{3}-?\d{2,3}-?\d{2}-?\d{2,3}\b"), "PLN"),
    (re.compile(r"\b[NC]\.?I\.?F\.?\W{0,3}(?:[A-Z]-?\d{8}|\d{8}-?[A-Z])\b"), "EUR"),
    (re.compile(r"\b\d{2}[A-Z]{5}\d{4}[A-Z]\dZ[A-Z\d]\b"), "INR"),
    (
        re.compile(
            r"(?i:\bvat (?:reg(?:istration)?\.? )?(?:(?:no|number)\b)?\W{0,3})\d{3} \d{4} \d{2}\b"
        ),
        "GBP",
    ),
)
"""Tax numbers of one land without its letters: of Italy, Poland, Spain, India and Britain."""

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
    own = (mark for mark, (other, _) in LOCAL.items() if other == code)
    return (code, *(form.rstrip(".") for form in WRITTEN.get(code, ())), *own)


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


def local_marks(words: Counter[str]) -> frozenset[str]:
    """The letters that are a currency in a document with these folded words."""
    return frozenset(
        mark for mark, (_, known) in LOCAL.items() if any(words[word] for word in known)
    )


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
    if symbol in LOCAL:
        return LOCAL[symbol][0] if symbol in local_marks(words) else ""
    key = symbol.casefold().strip(".")
    codes = {code for word, code in SHARED.get(key, {}).items() if words[word]}
    codes |= {land for land in lands if is_written(land, symbol)}
    unsure = any(words[word] for word in UNSURE.get(key, ())) or (key == "$" and not english)
    if len(codes) > 1 or (not codes and unsure):
        return ""
    return codes.pop() if codes else mark_of(symbol)
