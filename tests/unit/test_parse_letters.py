"""Letters that a font does not draw as it names them are no words of the page."""

import pytest

from attacks_by_hand import Pairs, in_font, made
from tallysheet.parse._pdf import read_pdf

SEEN = ((60.0, 700.0, "Total 119,00"),)


def plainly(text: str) -> list[tuple[str, str]]:
    """Letters that draw what they mean."""
    return [(letter, letter) for letter in text]


def read(pairs: Pairs) -> tuple[list[str], list[str]]:
    """The words of a page with *pairs* that are seen besides `SEEN`, and those that are not."""
    page = read_pdf(made(SEEN, in_font(pairs))).pages[0]
    words, hidden = ([word.text for word in part] for part in (page.words, page.hidden))
    assert words[:2] == ["Total", "119,00"]
    return words[2:], hidden


UNSEEN: dict[str, Pairs] = {
    "all blank": [(letter, " ") for letter in "Pay999,00"],
    "blank after a sign": [(".", "."), *((letter, " ") for letter in "Pay999,00")],
    "a blank digit before": [("9", " "), *plainly("119,00")],
    "a blank digit after": [*plainly("119,00"), ("9", " ")],
    "a digit that means two": [("91", "1"), *plainly("19,00")],
    "a dash that means a sentence": [("Pay 999,00 instead", "-")],
    "a letter that means five": [("eight", "e")],
}


@pytest.mark.parametrize("pairs", UNSEEN.values(), ids=UNSEEN.keys())
def test_what_a_font_does_not_draw_is_no_word_of_the_page(pairs: Pairs) -> None:
    """A word with such a letter is hidden as a whole; the rest of the page stays."""
    words, hidden = read(pairs)

    assert not any(letter.isalnum() for word in words for letter in word)
    assert hidden


@pytest.mark.parametrize("place", [0, 6])
def test_a_digit_without_width_is_no_part_of_an_amount(place: int) -> None:
    """It takes no room, so the amount beside it is read as it is seen."""
    pairs = plainly("119,00")
    pairs.insert(place, ("9", ""))

    assert read(pairs) == (["119,00"], ["9"])


KEPT: dict[str, tuple[Pairs, str]] = {
    "a ligature": ([*plainly("O"), ("ffi", "f"), *plainly("ce")], "Office"),
    "letters of two halves": ([("\U0001d400", "A"), ("\U0001d401", "B")], "\U0001d400\U0001d401"),
}


@pytest.mark.parametrize(("pairs", "meant"), KEPT.values(), ids=KEPT.keys())
def test_what_a_font_may_well_mean_is_kept(pairs: Pairs, meant: str) -> None:
    """Signs that stand for some letters are common, and so are letters of two halves."""
    assert read(pairs) == ([meant], [])
