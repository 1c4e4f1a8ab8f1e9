"""German tax numbers: published ones pass, and each digit that is misread shows."""

from typing import Any

import pytest

from tallysheet.model import Invoice
from tallysheet.validate import validate
from tallysheet.validate._german import has_form, passes

SHORT_AND_WHOLE = {
    # Wikipedia, "Steuernummer", and the help of Lexware: one of each state
    "93815/08152": "2893081508152",
    "181/815/08155": "9181081508155",
    "21/815/08150": "1121081508150",
    "048/815/08155": "3048081508155",
    "75 815 08152": "2475081508152",
    "02/815/08156": "2202081508156",
    "013 815 08153": "2613081508153",
    "079/815/08151": "4079081508151",
    "24/815/08151": "2324081508151",
    "133/8150/8159": "5133081508159",
    "22/815/0815/4": "2722081508154",
    "010/815/08182": "1010081508182",
    "201/123/12340": "3201012312340",
    "101/815/08154": "3101081508154",
    "29 815 08158": "2129081508158",
    "151/815/08156": "4151081508156",
    # The test offices of ELSTER, after which no real number is, as the packages
    # rechtlogisch/steuernummer and validate-steuernummer have them
    "66815/08156": "2866081508156",
    "198/815/08152": "9198081508152",
    "97/815/08154": "1197081508154",
    "098/815/08157": "3098081508157",
    "97 123 01233": "2497012301233",
    "41/815/08154": "2241081508154",
    "053 815 08158": "2653081508158",
    "88/815/08158": "2388081508158",
    "400/8150/8159": "5400081508159",
    "500/8150/8151": "5500081508151",
    "600/8150/8154": "5600081508154",
    "99/815/08152": "2799081508152",
    "096/815/08187": "1096081508187",
    "248/815/08156": "3248081508156",
    "38/815/08154": "2138081508154",
    # The digits of a digit sum summed up again (rechtlogisch/steuernummer)
    "65135/28340": "2865013528340",
}
"""Numbers as their state prints them, and as the whole country does."""

UNWEIGHED = {"1": 2, "2": 2, "3": 1, "4": 1, "5": 1, "9": 1}
"""By the first digit: how many at the beginning say the state, and weigh nothing."""


def found(number: str, country: str = "DE") -> list[str]:
    """The codes of what validation finds in an invoice whose seller has that tax number."""
    seller: dict[str, Any] = {"tax_number": number, "address": {"country": country}}
    invoice = Invoice.model_validate({"seller": seller})
    return [finding.code for finding in validate(invoice, required=())]


@pytest.mark.parametrize(("short", "whole"), SHORT_AND_WHOLE.items())
def test_published_numbers_pass_in_each_of_their_forms(short: str, whole: str) -> None:
    """Short, whole, and whole without the zero in the midst."""
    without_zero = f"{whole[:4]}/{whole[5:9]}/{whole[9:]}"

    assert [found(short), found(whole), found(without_zero)] == [[], [], []]


@pytest.mark.parametrize("whole", [one for one in SHORT_AND_WHOLE.values() if one[:2] != "11"])
def test_a_misread_digit_of_a_whole_number_shows(whole: str) -> None:
    """Whichever it is: all that follow those of the state weigh something."""
    for place in range(UNWEIGHED[whole[0]], len(whole)):
        for digit in set("0123456789") - {whole[place]}:
            misread = whole[:place] + digit + whole[place + 1 :]
            form = "check" if has_form(misread) else "form"
            assert found(misread) == [f"tax_number.{form}"], misread


def test_berlin_has_two_ways_to_the_check_digit() -> None:
    """Either is right: which one an office uses has changed with its districts."""
    assert [found("1121081508150"), found("1121081508156")] == [[], []]
    assert found("1121081508151") == ["tax_number.check"]


def test_a_short_number_is_wrong_only_if_it_is_so_in_every_state_with_its_form() -> None:
    """Of the ten numbers that differ in the check digit alone, most are none of any state."""
    assert [n for n in range(10) if not found(f"29 815 0815{n}")] == [0, 8, 9]
    assert [n for n in range(10) if not found(f"181/815/0815{n}")] == [5, 6]


def test_a_person_may_have_the_number_for_life() -> None:
    """It has eleven digits, too, and others to check them (the example of its office)."""
    assert found("86 095 742 719") == []
    assert found("86 095 742 718") == ["tax_number.check"]


def test_other_countries_have_other_numbers() -> None:
    """An Austrian number of nine digits is not held against German forms."""
    assert found("181/815/08150", "AD") == []


def spread(length: int, start: str = "") -> list[str]:
    """Some ten thousand numbers of that many digits, far from each other."""
    free = length - len(start)
    return [f"{start}{one:0{free}}" for one in range(7, 10**free, 10**free // 10_007)]


@pytest.mark.parametrize(
    ("numbers", "share"),
    [
        (spread(10), 0.39),
        (spread(11), 0.18),
        ([one[:4] + "0" + one[4:] for one in spread(12, "9")], 0.09),
        ([one[:4] + "0" + one[4:] for one in spread(12, "28")], 0.10),
        ([one[:4] + "0" + one[4:] for one in spread(12, "11")], 0.17),
    ],
)
def test_digits_at_random_pass_as_often_as_the_documents_say(
    numbers: list[str], share: float
) -> None:
    """Of ten digits, of eleven, and as a whole number of Bavaria, Baden-Württemberg, Berlin."""
    passed = sum(map(passes, numbers)) / len(numbers)

    assert passed == pytest.approx(share, abs=0.01)
