"""Words become lines and cells as the eye groups them."""

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._layout import sheet_of
from tallysheet.extract._rules._read import CUT
from tallysheet.model import Page, Parsed, Word


def texts(parsed: Parsed) -> list[list[str]]:
    """The cells of each line, as text."""
    sheet = sheet_of(parsed)
    return [[sheet.text(cell.span) for cell in line.cells] for line in sheet.lines]


def page(*words: Word) -> Parsed:
    """A document of one page with these words."""
    return Parsed("application/pdf", (Page(1, 595, 842, words),))


def test_a_wide_gap_parts_two_cells() -> None:
    """What one space joins is one cell, what a column's width parts is two."""
    assert texts(drawn("Invoice No    2024-17")) == [["Invoice No", "2024-17"]]


def test_words_at_one_height_are_one_line_in_whatever_order_they_come() -> None:
    """A reader of PDF may give a table column by column."""
    parsed = page(Word("right", 200, 11, 230, 21), Word("left", 10, 10, 40, 20))

    assert texts(parsed) == [["left", "right"]]


def test_a_logo_beside_two_lines_joins_them_to_none() -> None:
    """It is as tall as both, and overlaps each by more than half."""
    parsed = page(
        Word("tidewater", 45, 44, 152, 75),
        Word("Account", 441, 53, 480, 66),
        Word("7044", 482, 53, 504, 66),
        Word("Invoice", 441, 67, 475, 80),
        Word("TW-30118820", 477, 67, 538, 80),
    )

    assert texts(parsed)[-1] == ["Invoice TW-30118820"]


def test_text_that_runs_up_the_margin_is_left_out() -> None:
    """It would tear the lines that it crosses."""
    parsed = page(Word("Copyright", 5, 100, 15, 180), Word("Total", 100, 120, 130, 130))

    assert texts(parsed) == [["Total"]]


def test_a_value_glued_to_its_label_is_parted_from_it() -> None:
    """``Nr.:471`` are two words; a web address stays one."""
    assert texts(drawn("Nr.:471  https://a.example")) == [["Nr.: 471", "https://a.example"]]


def test_an_empty_page_has_no_lines() -> None:
    """Blank words are no words."""
    assert texts(page(Word(" ", 0, 0, 5, 5))) == []


def test_a_line_without_end_is_cut_and_said_to_be() -> None:
    """What costs more to read than any invoice is not read, and not in silence."""
    words = [Word("Total", 30.0 * at, 10, 30.0 * at + 25, 20) for at in range(1000)]

    draft = read_words(page(*words))

    assert draft.findings == (CUT,)
