"""Characters with boxes become the words that a person reads, in that order."""

from itertools import islice
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.parse._words import Glyph, clean, words_of

EM = 10.0
TEXTS = st.text(ascii_letters + digits + ".,:-/€äß", min_size=2, max_size=8)


def laid_out(
    text: str, x: float = 0.0, y: float = 0.0, *, spacing: float = 0.0, size: float = EM
) -> list[Glyph | None]:
    """*text* as set in a typewriter's face, *spacing* ems between its characters."""
    glyphs: list[Glyph | None] = []
    for character in text:
        if character != " ":
            glyphs.append(Glyph(character, x, y, x + 0.6 * size, y + 1.2 * size))
        else:
            glyphs.append(None)
        x += (0.6 + spacing) * size
    return glyphs


def texts(glyphs: list[Glyph | None]) -> list[str]:
    """The words alone."""
    return [word.text for word in words_of(glyphs)]


@given(page=st.lists(st.lists(TEXTS, min_size=1, max_size=5), max_size=6), data=st.data())
def test_words_come_in_reading_order_however_the_page_wrote_them(
    page: list[list[str]], data: st.DataObject
) -> None:
    """Lines from top to bottom, words from left to right."""
    pieces = [
        laid_out(text, x=100.0 * column, y=20.0 * row)
        for row, line in enumerate(page)
        for column, text in enumerate(line)
    ]
    shuffled = data.draw(st.permutations(pieces))

    read = texts([glyph for piece in shuffled for glyph in (*piece, None)])

    assert read == [text for line in page for text in line]


@given(
    glyphs=st.lists(
        st.builds(
            lambda c, x, y, w, h: Glyph(c, x, y, x + w, y + h),
            st.sampled_from(ascii_letters),
            *[st.floats(-1e6, 1e6)] * 2,
            *[st.floats(0, 1e4)] * 2,
        ),
        max_size=40,
    )
)
def test_no_character_is_lost_or_made_up(glyphs: list[Glyph | None]) -> None:
    """Whatever a page does with its characters, all of them are in some word."""
    words = words_of(glyphs)

    assert sorted("".join(word.text for word in words)) == sorted(g.text for g in glyphs if g)


@pytest.mark.parametrize("pieces", [["L", "echtal"], ["G", "mb", "H"], ["IT", "01234567897"]])
def test_letters_that_touch_are_of_one_word_though_the_reader_of_the_page_parts_them(
    pieces: list[str],
) -> None:
    """Browsers print some letters one by one, and readers of PDF then end lines between them."""
    whole = "".join(pieces)
    letters = iter(laid_out(whole))

    read = texts([glyph for piece in pieces for glyph in (*islice(letters, len(piece)), None)])

    assert read == [whole]


@pytest.mark.parametrize(("right", "down"), [(0.05, 0.0), (0.0, 2.0)])
def test_words_that_nearly_touch_stay_two(right: float, down: float) -> None:
    """Half a tenth of a point is a gap, where somebody put a space; so is another height."""
    first, second = laid_out("net"), laid_out("9.00", x=18.0 + right, y=down)

    assert texts([*first, None, *second]) == ["net", "9.00"]


def test_a_box_is_around_all_characters_of_its_word() -> None:
    """In points, to the hundredth."""
    (word,) = words_of(laid_out("Total", x=72, y=100.004))

    assert word.box == (72.0, 100.0, 102.0, 112.0)


def test_a_gap_parts_words_where_the_page_has_no_space() -> None:
    """Many programs move the pen instead of writing a space."""
    glyphs = laid_out("Total", x=0) + laid_out("119,00", x=30 + 0.25 * EM)

    assert texts(glyphs) == ["Total", "119,00"]


def test_kerning_parts_nothing() -> None:
    """Letters may stand closer or wider than their boxes say."""
    glyphs = laid_out("V", x=0) + laid_out("A", x=5) + laid_out("T", x=12)

    assert texts(glyphs) == ["VAT"]


def test_no_word_is_longer_than_what_comes_later_can_bear() -> None:
    """A hostile page may hold a word of a million letters; none of them is lost."""
    words = texts(laid_out("x" * 1234))

    assert [len(word) for word in words] == [500, 500, 234]


def test_text_that_runs_up_the_page_stays_whole() -> None:
    """As on the margins of many forms."""
    glyphs: list[Glyph | None] = [
        Glyph(letter, 10, 100 - 6 * at, 22, 106 - 6 * at) for at, letter in enumerate("Copyright")
    ]

    assert texts(glyphs) == ["Copyright"]


def test_letters_of_one_ligature_share_their_box() -> None:
    """The next ones go on behind it."""
    ligature: list[Glyph | None] = [Glyph(letter, 12, 0, 20, 12) for letter in "ffi"]

    assert texts(laid_out("He") + ligature + laid_out("ng", x=20)) == ["Heffing"]


@pytest.mark.parametrize(
    ("glyphs", "expected"),
    [
        pytest.param(laid_out("I N V O I C E"), ["INVOICE"], id="spaces between letters"),
        pytest.param(laid_out("RECHNUNG", spacing=0.3), ["RECHNUNG"], id="letters moved apart"),
        pytest.param(
            laid_out("DUE", spacing=0.3) + laid_out("DATE", x=32, spacing=0.3),
            ["DUE", "DATE"],
            id="two words",
        ),
        pytest.param(laid_out("2 0 2 4 - 0 1"), ["2024-01"], id="digits, if there are many"),
        pytest.param(laid_out("5 x 2 m"), ["5", "x", "2", "m"], id="a measure"),
        pytest.param(laid_out("a b c"), ["a", "b", "c"], id="too few to tell"),
        pytest.param(
            laid_out("1   2   3   4   5   6   7"), list("1234567"), id="figures in columns"
        ),
    ],
)
def test_letter_spaced_words_are_put_together(
    glyphs: list[Glyph | None], expected: list[str]
) -> None:
    """What looks like one word is one."""
    assert texts(glyphs) == expected


def test_a_headline_does_not_mix_the_lines_beside_it() -> None:
    """Small lines at the height of a large word stay lines of their own."""
    glyphs = [
        *laid_out("INVOICE", x=200, y=0, size=40),
        *(None, *laid_out("Seller", x=0, y=0), None, *laid_out("Ltd", x=80, y=0)),
        *(None, *laid_out("Street", x=0, y=20), None, *laid_out("12", x=80, y=20)),
    ]

    read = texts(glyphs)

    assert read.index("Ltd") == read.index("Seller") + 1
    assert read.index("12") == read.index("Street") + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufb01nal o\ufb03ce", "final office"),
        ("ＡＢ１２", "AB12"),
        ("u\u0308ber", "über"),
        ("RE\u20112024\u00ad01", "RE-2024-01"),
        ("Rech\x02", "Rech-"),
        ("Rech\ufffe", "Rech-"),
        ("a\x00b\x07c\u200bd\ufeff", "abcd"),
        ("12 m²", "12 m²"),
        ("½ ™ №", "½ ™ №"),
        ("−5,00 € – “x”", "−5,00 € – “x”"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ud83d!", "!"),
    ],
)
def test_text_is_cleaned_of_looks_and_kept_in_meaning(text: str, expected: str) -> None:
    """Ligatures and hyphens become what a person would type; m² does not become m2."""
    assert clean(text) == expected


@given(st.text())
def test_what_was_cleaned_can_be_written_down(text: str) -> None:
    """No half characters, no control characters: any encoder takes it."""
    cleaned = clean(text)

    cleaned.encode("utf-8")
    assert not any(ord(character) < 32 for character in cleaned)
