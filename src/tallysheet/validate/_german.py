"""German tax numbers: whose form they have, and their check digit.

A number of the whole country has 13 digits, or 12 where the zero in their midst is left out,
and begins as those of its state do. Invoices print the short number of the state: seven states
have numbers of ten digits, nine have some of eleven, and an address does not tell which one it
is, since a company is taxed where it is managed from. So a number is wrong if it is right in no
state that has its form.

Each state has its own way to the check digit. These are the ones of ELSTER, the service of the
tax offices ("Prüfung der Steuer- und Steueridentifikationsnummer", chapters 3 to 7). Of digits
at random 39 % pass as a short number of ten digits, 18 % of eleven; of a whole number one in
eleven or ten, in Berlin two (``tests/unit/test_validate_german.py`` counts them).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from stdnum.util import clean

WHOLE = 12
"""Digits of a number of the whole country, without the zero."""
ZERO = 4
"""Where the zero would stand: behind the digits of the tax office."""

ELEVENS = (0, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
CITIES = (0, 0, 4, 3, 2, 7, 6, 5, 4, 3, 2)
LOWER_SAXONY = (0, 0, 2, 9, 8, 7, 6, 5, 4, 3, 2)
BERLIN = (0, 0, 0, 0, 7, 6, 5, 8, 4, 3, 2)
WESTPHALIA = (0, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1)
PALATINATE = (0, 0, 1, 2, 1, 2, 1, 2, 1, 2, 1)
TWOS = (0, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1)
"""Weights of the digits of a whole number, without the zero and the check digit."""


def up_to_eleven(digits: Sequence[int], weights: Sequence[int]) -> int:
    """What the weighted sum lacks to a multiple of 11; ten where no number is given out."""
    return -sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def over_eleven(digits: Sequence[int], weights: Sequence[int]) -> int:
    """What the weighted sum has above a multiple of 11; ten where no number is given out."""
    return -up_to_eleven(digits, weights) % 11


def up_to_ten(digits: Sequence[int], weights: Sequence[int]) -> int:
    """What the digits of the products, summed up, lack to a multiple of 10."""
    products = (digit * weight for digit, weight in zip(digits, weights, strict=True))
    return -sum(map(_digit_sum, products)) % 10


def by_twos(digits: Sequence[int], weights: Sequence[int]) -> int:
    """The same of the last digit of digit + weight, times two to the power of the weight."""
    pairs = zip(digits, weights, strict=True)
    return -sum(_digit_sum((digit + n) % 10 * 2**n) for digit, n in pairs if n) % 10


def _digit_sum(number: int) -> int:
    """Of its digits, and again of the digits of that, until one is left."""
    return 1 + (number - 1) % 9 if number else 0


class State(NamedTuple):
    """How the numbers of a state are built."""

    whole: str
    """What a number of the whole country begins with."""
    short: str
    """What a short number begins with in its stead."""
    check: Callable[[Sequence[int], Sequence[int]], int]
    weights: Sequence[int]


STATES = (
    State("28", "", by_twos, TWOS),  # Baden-Württemberg
    State("9", "", up_to_eleven, ELEVENS),  # Bavaria
    # Which of the two it is in Berlin depends on the office and the district, and they move
    State("11", "", up_to_eleven, BERLIN),
    State("11", "", up_to_eleven, LOWER_SAXONY),
    State("30", "0", up_to_eleven, ELEVENS),  # Brandenburg
    State("24", "", up_to_eleven, CITIES),  # Bremen
    State("22", "", up_to_eleven, CITIES),  # Hamburg
    State("26", "0", by_twos, TWOS),  # Hesse
    State("40", "0", up_to_eleven, ELEVENS),  # Mecklenburg-Western Pomerania
    State("23", "", up_to_eleven, LOWER_SAXONY),  # Lower Saxony
    State("5", "", over_eleven, WESTPHALIA),  # North Rhine-Westphalia
    State("27", "", up_to_ten, PALATINATE),  # Rhineland-Palatinate
    State("10", "0", up_to_eleven, ELEVENS),  # Saarland
    State("32", "2", up_to_eleven, ELEVENS),  # Saxony
    State("31", "1", up_to_eleven, ELEVENS),  # Saxony-Anhalt
    State("21", "", by_twos, TWOS),  # Schleswig-Holstein
    State("41", "1", up_to_eleven, ELEVENS),  # Thuringia
)


def is_of_digits(number: str) -> bool:
    """Whether it is of digits and what parts them, as tax numbers are; others are not judged."""
    return _digits(number).isdecimal()


def has_form(number: str) -> bool:
    """Whether some state has numbers like this one, which is of digits."""
    return any(_readings(number))


def passes(number: str) -> bool:
    """Whether it has the check digit of some state that has numbers like this one."""
    return any(
        state.check([int(digit) for digit in whole[:-1]], state.weights) == int(whole[-1])
        for state, whole in _readings(number)
    )


def _readings(number: str) -> Iterator[tuple[State, str]]:
    """The states that it may be of, with the number of the whole country, without its zero."""
    digits = _digits(number)
    if len(digits) > WHOLE and digits[ZERO] == "0":
        digits = digits[:ZERO] + digits[ZERO + 1 :]
    for state in STATES:
        whole = state.whole + digits.removeprefix(state.short)
        if len(digits) == WHOLE and digits.startswith(state.whole):
            yield state, digits
        elif len(whole) == WHOLE and digits.startswith(state.short):
            yield state, whole


def _digits(number: str) -> str:
    return str(clean(number, " -./,")).strip()
