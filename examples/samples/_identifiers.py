"""Numbers with check digits: made up, and right.

Nobody has been given them: bank codes begin where no country's list has any,
and companies do not exist. A VAT or tax number may by chance be somebody's.
"""

from collections.abc import Callable, Mapping
from operator import mul

from stdnum import luhn
from stdnum.ch import uid
from stdnum.es import ccc, cif
from stdnum.iso7064 import mod_11_10, mod_97_10
from stdnum.pt import nif

from samples._chance import Chance

BBANS: Mapping[str, str] = {
    "CH": "9################",
    "DE": "9" + "#" * 17,
    "ES": "9" + "#" * 19,
    "FR": "9" + "#" * 22,
    "GB": "ZZMB99############",
    "IT": "Z9" + "#" * 21,
    "NL": "ZZMB0#########",
    "PT": "9" + "#" * 20,
}
"""Account numbers as each country builds them; the United States have no IBAN."""

TEN = "10"
"""A check digit of two digits: such numbers are not given out."""


def iban(chance: Chance, country: str) -> str:
    """An IBAN of *country* with right check digits."""
    bban = chance.fill(BBANS[country])
    if country == "ES":
        bban = bban[:8] + ccc.calc_check_digits(bban) + bban[10:]
    return country + mod_97_10.calc_check_digits(bban + country) + bban


def bic(country: str) -> str:
    """The code of the bank that all these accounts are at; there is no such bank."""
    return f"ZZMB{country}21"


def vat_id(chance: Chance, country: str) -> str | None:
    """A VAT number of *country* as its companies print it, where there is one."""
    make = VAT_IDS.get(country)
    return make(chance) if make else None


def tax_number(chance: Chance, country: str, pattern: str) -> str:
    """A tax number of *country* in the form of *pattern*, with a right check digit if it has one.

    In Germany that of North Rhine-Westphalia, whose numbers are known by their middle.
    """
    while True:
        number = chance.fill(pattern)
        if country != "DE":
            return number
        digits = map(int, number[:-1].replace("/", ""))
        check = sum(map(mul, digits, (3, 2, 1, 7, 6, 5, 4, 3, 2, 1))) % 11
        if check < int(TEN):
            return f"{number[:-1]}{check}"


def siren(vat: str) -> str:
    """The company number inside a French VAT number."""
    return vat[4:]


def _german(chance: Chance) -> str:
    body = chance.fill("2#######")
    return f"DE{body}{mod_11_10.calc_check_digit(body)}"


def _french(chance: Chance) -> str:
    body = chance.fill("9#######")
    number = body + luhn.calc_check_digit(body)
    return f"FR{(12 + 3 * (int(number) % 97)) % 97:02}{number}"


def _dutch(chance: Chance) -> str:
    while True:
        body = chance.fill("8#######")
        check = sum((9 - at) * int(digit) for at, digit in enumerate(body)) % 11
        if check < int(TEN):
            return f"NL{body}{check}B01"


def _italian(chance: Chance) -> str:
    body = chance.fill("0######") + "015"
    return f"IT{body}{luhn.calc_check_digit(body)}"


def _spanish(chance: Chance) -> str:
    body = "B" + chance.fill("9######")
    return f"ES{body}{cif.calc_check_digits(body)[0]}"


def _portuguese(chance: Chance) -> str:
    body = chance.fill("5#######")
    return f"PT{body}{nif.calc_check_digit(body)}"


def _british(chance: Chance) -> str:
    body = chance.fill("9######")
    weighed = sum((8 - at) * int(digit) for at, digit in enumerate(body))
    return f"GB{body}{97 - weighed % 97:02}"


def _swiss(chance: Chance) -> str:
    while True:
        body = chance.fill("4#######")
        check = uid.calc_check_digit(body)
        if check != TEN:
            return f"{uid.format('CHE' + body + check)} MWST"


VAT_IDS: Mapping[str, Callable[[Chance], str]] = {
    "CH": _swiss,
    "DE": _german,
    "ES": _spanish,
    "FR": _french,
    "GB": _british,
    "IT": _italian,
    "NL": _dutch,
    "PT": _portuguese,
}
