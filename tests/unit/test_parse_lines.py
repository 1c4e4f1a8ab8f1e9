"""Lines that OCR found become words on an upright page, however the page lay."""

from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.model import Word
from tallysheet.parse._lines import Corners, Line, Sheet, agreed, sheet_of

WIDTH, HEIGHT = 400.0, 600.0
UPRIGHT = (
    ("Invoice RE-17", 50, 100, 130),
    ("Total 119,00 EUR", 50, 200, 160),
    ("due", 300, 200, 30),
)
"""Texts, each with the left end, the top and the length of its line, 20 high."""


def box(x0: float, y0: float, x1: float, y1: float) -> Corners:
    """Its corners, round from the top left."""
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def lying(turn: int) -> list[Line]:
    """The lines of `UPRIGHT` as they lie if the page must be turned clockwise by *turn*."""
    lines = []
    for text, x, y, length in UPRIGHT:
        x1, y1 = x + length, y + 20
        corners = {
            0: box(x, y, x1, y1),
            90: box(y, WIDTH - x1, y1, WIDTH - x),
            180: box(WIDTH - x1, HEIGHT - y1, WIDTH - x, HEIGHT - y),
            270: box(HEIGHT - y1, x, HEIGHT - y, x1),
        }[turn]
        lines.append(Line(text, corners, 0.9, flipped=turn in (90, 180)))
    return lines


def laid(turn: int) -> Sheet:
    """What is made of them."""
    size = (HEIGHT, WIDTH) if turn % 180 else (WIDTH, HEIGHT)
    return sheet_of(lying(turn), *size)


def test_a_line_is_parted_into_words_over_its_box() -> None:
    """Each takes its share of the width; lines go from top to bottom, whoever came first."""
    lines = [
        Line("2nd", box(50, 150, 200, 170), 0.9),
        Line("due 5.00", box(50, 100, 450, 120), 0.7),
    ]

    sheet = sheet_of(lines, 500, 500)

    assert sheet.words == (
        Word("due", 50, 100, 200, 120),
        Word("5.00", 250, 100, 450, 120),
        Word("2nd", 50, 150, 200, 170),
    )
    assert sheet.scores == (0.7, 0.7, 0.9)
    assert sheet.turn == 0


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_lies_is_put_upright(turn: int) -> None:
    """Its words stand where they stand on the page that lies right."""
    sheet = laid(turn)

    assert sheet.turn == turn
    assert [word.text for word in sheet.words] == [
        "Invoice",
        "RE-17",
        "Total",
        "119,00",
        "EUR",
        "due",
    ]
    for word, right in zip(sheet.words, laid(0).words, strict=True):
        assert word.box == pytest.approx(right.box, abs=0.02)


def test_a_line_up_the_margin_turns_no_page() -> None:
    """The page runs the way of most of its characters."""
    margin = Line("registered in Bristol", box(5, 100, 20, 400), 0.9, flipped=True)

    sheet = sheet_of([*lying(0), margin], WIDTH, HEIGHT)

    assert sheet.turn == 0
    assert Word("registered", 5, 257.14, 20, 400) in sheet.words


@pytest.mark.parametrize(
    ("flipped", "tall", "stand"),
    [
        ("..x..", ".....", "....."),
        ("xx.xx", ".....", "xxxxx"),
        ("....x", "....x", "....x"),
        ("xxxx.", "....x", "xxxx."),
        (".xxx.", "xxxx.", "xxxx."),
        ("", "", ""),
    ],
    ids=["upright", "on its head", "a margin", "on its head, and a margin", "on its side", "empty"],
)
def test_lines_stand_as_most_of_their_page_do(flipped: str, tall: str, stand: str) -> None:
    """One that was mistaken for upside down is not; what runs up or down the margin may be."""
    told = [[mark == "x" for mark in marks] for marks in (flipped, tall)]

    assert agreed(*told, [10.0] * len(flipped)) == [mark == "x" for mark in stand]


def test_of_lines_that_do_not_agree_the_longer_half_counts() -> None:
    """A few long ones are more text than many short ones, and are mistaken less often."""
    assert agreed([True, False, False], [False] * 3, [90.0, 30.0, 40.0]) == [True] * 3


def test_short_lines_laid_flat_do_not_hide_the_slant() -> None:
    """Cells of a table have boxes without slant, as OCR finds them, and are most lines."""
    lines = [Line("Payment within 30 days", ((40, 206), (240, 202), (240, 216), (40, 220)), 0.9)]
    for x, text in [(40, "Number"), (140, "Issued"), (240, "Due date")]:
        y = 100 - (x - 40) * 0.02
        lines.append(Line(text, box(x, y, x + 50, y + 12), 0.9))
        lines.append(Line(text.upper(), box(x, y + 14, x + 50, y + 26), 0.9))

    sheet = sheet_of(lines, WIDTH, HEIGHT)

    assert sheet.slant == pytest.approx(-1.15, abs=0.01)
    assert [word.text for word in sheet.words[:8]] == (
        ["Number", "Issued", "Due", "date", "NUMBER", "ISSUED", "DUE", "DATE"]
    )


@pytest.mark.parametrize("slant", [-8, -2, 2, 8])
@pytest.mark.parametrize("turn", [0, 90])
def test_a_slanting_page_is_straightened(slant: int, turn: int) -> None:
    """So that what stood side by side does so again."""
    c, s = cos(radians(slant)), sin(radians(slant))
    width, height = (HEIGHT, WIDTH) if turn else (WIDTH, HEIGHT)

    def slanted(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point[0] - width / 2, point[1] - height / 2
        return width / 2 + x * c - y * s, height / 2 + x * s + y * c

    lines = []
    for line in lying(turn):
        p, q, r, t = map(slanted, line.corners)
        lines.append(line._replace(corners=(p, q, r, t)))

    sheet = sheet_of(lines, width, height)

    assert sheet.turn == turn
    for word, right in zip(sheet.words, laid(0).words, strict=True):
        assert word.box == pytest.approx(right.box, abs=0.1)


def test_nothing_found_is_no_words() -> None:
    """An empty page is one."""
    assert sheet_of([], WIDTH, HEIGHT) == Sheet((), (), 0)


POINTS = st.tuples(st.floats(0, 1000), st.floats(0, 1000))
LINES = st.lists(
    st.builds(Line, st.text(min_size=1), st.tuples(*[POINTS] * 4), st.floats(0, 1), st.booleans())
)


@given(lines=LINES)
def test_any_boxes_get_an_answer(lines: list[Line]) -> None:
    """A detector may find anything; each word has a score."""
    sheet = sheet_of(lines, 1000, 1000)

    assert len(sheet.words) == len(sheet.scores)
    assert sheet.turn in (0, 90, 180, 270)
