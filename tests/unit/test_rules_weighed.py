"""What a second opinion, fitted to other documents, says of what the rules read."""

from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._draft import Gathered
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._view import Found, View, view_of
from tallysheet.extract._rules._weighed import METHOD, Opinion, _opinion
from tallysheet.extract._rules._weighed._candidates import (
    MOST_BEFORE,
    MOST_BEHIND,
    Candidate,
    amounts,
    codes,
    days,
    key_of_amount,
)
from tallysheet.extract._rules._weighed._opinion import FEWEST_LINES
from tallysheet.extract._rules._weighed._owned import tax_numbers
from tallysheet.extract._rules._weighed._surroundings import Surroundings, shape
from tallysheet.extract._rules._weighed._weights import Weights, weights
from tallysheet.extract._rules._weighed._whole import is_titled, whole_number
from tallysheet.model import Draft, Finding, Severity

NOBODY = Parties(None, (), None, None, None, None)

PAGE = """
Brückner Elektrotechnik GmbH        Rechnung RE-2026-0417
Lindenweg 4                         Datum: 04.09.2026
50674 Köln                          Kundennummer: 20118

Stadtwerke Beispielheim
Hauptstr. 12
50667 Köln

Pos   Bezeichnung        Menge   Preis      Betrag
1     Zähler setzen      2       500,00     1.000,00
2     Anfahrt            1        50,00        50,00

Summe netto                                1.050,00
19 % MwSt.                                   199,50
Gesamtbetrag EUR                           1.249,50

Zahlbar bis 18.09.2026 auf DE89 3704 0044 0532 0130 00
Brückner Elektrotechnik GmbH, USt-IdNr. DE136695976
"""


def view(text: str) -> View:
    """A page as the rules see it."""
    return view_of(drawn(text))


def around(text: str) -> Surroundings:
    """What stands around whatever is on a page."""
    return Surroundings(view(text))


def draft(text: str) -> Draft:
    """What the rules make of a page."""
    return read_words(drawn(text))


def unlikely(text: str) -> set[str]:
    """The fields that are doubted."""
    return {
        one.code.removeprefix("unlikely.")
        for one in draft(text).findings
        if one.code.startswith("unlikely.")
    }


def best(path: str, found: list[Candidate]) -> str:
    """What is most probable."""
    return weights()[path].probabilities(found)[0][1].key


def test_on_a_plain_page_both_readings_agree() -> None:
    """So nothing is doubted, and each field has the value that a person would give."""
    page = around(PAGE)
    items = frozenset[int]()

    assert unlikely(PAGE) == set()
    assert best("totals.gross", list(amounts(page, items))) == "1249.50"
    assert best("totals.net", list(amounts(page, items))) == "1050.00"
    assert best("totals.tax", list(amounts(page, items))) == "199.50"
    assert best("issue_date", list(days(page, items))) == "2026-09-04"
    assert best("number", list(codes(page, items))) == "re20260417"
    assert best("seller.vat_id", list(tax_numbers(page, NOBODY))) == "de136695976"


def test_what_was_fitted_says_where_it_comes_from() -> None:
    """And it has numbers for the fields that are doubted or filled in, and for no other."""
    assert set(weights()) == {
        *("number", "issue_date", "seller.name", "seller.vat_id"),
        *("totals.net", "totals.tax", "totals.gross", "totals.due"),
    }


def test_the_numbers_that_trees_ask_for_are_those_that_candidates_have() -> None:
    """Otherwise what was fitted would be applied to something else."""
    page = around(PAGE)
    items = frozenset[int]()
    for path, found in (
        ("totals.gross", amounts(page, items)),
        ("issue_date", days(page, items)),
        ("number", codes(page, items)),
        ("seller.vat_id", tax_numbers(page, NOBODY)),
    ):
        assert weights()[path].numbers == tuple(next(iter(found)).numbers)


def test_names_add_up_and_trees_ask_for_numbers() -> None:
    """The sum of the names is the first number behind the others, its distance the next."""
    fitted = Weights(
        start=-1.0,
        names={"left total": 3.0, "left sub": -4.0},
        base=0.0,
        numbers=("rank",),
        trees=([0, 0.5, 2.0, -2.0], [2, -0.5, -1.0, [1, 0.0, 0.25, 1.0]]),
    )
    total = Candidate("9.00", Span(0, 0, 1), ("left total", "left total"), {"rank": 0})
    part = Candidate("8.00", Span(1, 0, 1), ("left sub", "left total"), {"rank": 1})

    found = fitted.probabilities([part, total])

    assert [one.key for _, one in found] == ["9.00", "8.00"]
    assert fitted.said(total) == pytest.approx(2.0)
    assert found[0][0] == pytest.approx(0.9526, abs=1e-4)  # log odds 3
    assert found[1][0] == pytest.approx(0.0474, abs=1e-4)  # log odds −3


def test_nothing_to_weigh_is_nothing_found() -> None:
    """A page of words alone has no amounts."""
    assert weights()["totals.gross"].probabilities([]) == []


def test_a_page_of_thousands_of_amounts_is_weighed_at_its_ends() -> None:
    """Between them stand the items; what it costs must not grow with their square."""
    rows = "\n".join(f"Item {nth}   {nth}.00" for nth in range(1, 1500))

    found = list(amounts(around(f"{rows}\nTotal   1124250.00"), frozenset()))

    assert len(found) == MOST_BEFORE + MOST_BEHIND
    assert found[-1].key == "1124250.00"


def test_an_amount_is_told_from_others_by_what_it_makes_with_them() -> None:
    """Of 100 + 20 = 120 with the rate on the page, each has its part."""
    found = {one.key: one.numbers for one in amounts(around(RATED), frozenset())}

    assert [found["120.00"][name] for name in ("gross", "net", "tax")] == [3, 0, 0]
    assert [found["100.00"][name] for name in ("gross", "net", "tax")] == [0, 3, 0]
    assert [found["20.00"][name] for name in ("gross", "net", "tax")] == [0, 0, 3]


RATED = "Net   100.00\nVAT 20%   20.00\nTotal   120.00"


@pytest.mark.parametrize(
    ("text", "is_called"),
    [("Invoice date   04.09.2026", 1.0), ("Invoice date\n04.09.2026", 0.5), ("04.09.2026", 0.0)],
)
def test_the_nearest_label_is_before_a_value_or_above_it(text: str, is_called: float) -> None:
    """Before it counts more."""
    (day,) = days(around(text), frozenset())

    assert day.numbers["called"] == is_called
    assert (day.numbers["called issue_date"] > 0) == (is_called > 0)


def test_shapes_and_keys_are_alike_where_values_are() -> None:
    """Signs of amounts, and how many digits a number has, do not matter."""
    assert key_of_amount(Decimal("-5.5")) == key_of_amount(Decimal("5.50")) == "5.50"
    assert shape("RE-2024/7") == shape("fa-1/0099") == "a-0/0"


def _empty(page: View) -> Gathered:
    return Gathered(page.sheet)


def _span(page: View, text: str) -> Span:
    """Where that word stands first."""
    return next(
        Span(line.number, at, at + 1)
        for line in page.sheet.lines
        for at, word in enumerate(line.words)
        if word.text == text
    )


def test_a_value_that_is_filled_in_says_how_it_was_found() -> None:
    """A seller that nothing but its place and its form makes one."""
    moved = PAGE.replace("Datum: 04.09.2026", "").replace("Pos ", "Köln, 4. September 2026\n\nPos ")
    page = view(moved)
    gathered = _empty(page)

    Opinion(page, frozenset(), NOBODY).fill(gathered)

    assert gathered.values["seller.name"] == "Brückner Elektrotechnik GmbH"
    assert gathered.values["issue_date"] == date(2026, 9, 4)
    assert {one.method for one in gathered.citations.values()} == {METHOD}


@pytest.mark.parametrize(
    "changed",
    [
        PAGE.replace("Datum: 04.09.2026", "Fällig: 04.09.2026").replace("18.09.2026", "sofort"),
        PAGE.replace("Datum: 04.09.2026", "Waage: 04.09.2026").replace("18.09.2026", "sofort"),
    ],
    ids=["due", "something"],
)
def test_a_date_that_is_called_something_else_is_not_filled_in(changed: str) -> None:
    """However alone it stands, whether the label is known or not."""
    page = view(changed)
    gathered = _empty(page)

    Opinion(page, frozenset(), NOBODY).fill(gathered)

    assert "issue_date" not in gathered.values


@pytest.mark.parametrize(("said", "filled"), [("Total due", False), ("Köln,", True)])
def test_a_day_right_behind_what_is_due_is_not_filled_in(
    said: str, *, filled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However probable it is: it is the last one on which to pay."""
    page = view(f"{said} 30 September 2026   USD 11,840.00\n" + "A line\n" * FEWEST_LINES)
    (day,) = days(Surroundings(page), frozenset())
    gathered = _empty(page)
    monkeypatch.setattr(Weights, "probabilities", lambda *_: [(0.99, day)])
    monkeypatch.setattr(_opinion, "find_seller", lambda _: None)
    monkeypatch.setattr(_opinion, "find_sums", lambda _: {})

    Opinion(page, frozenset(), NOBODY).fill(gathered)

    assert ("issue_date" in gathered.values) is filled


def test_of_two_names_that_may_be_the_sellers_none_is_filled_in() -> None:
    """Where the rules say that a person has to decide, no number does."""
    page = view(PAGE)
    gathered = _empty(page)
    two = Parties(None, ("Brückner Elektrotechnik GmbH", "Stadtwerke"), None, None, None, None)

    Opinion(page, frozenset(), two).fill(gathered)

    assert "seller.name" not in gathered.values


@pytest.mark.parametrize(
    ("path", "value", "text", "likelier"),
    [
        ("totals.gross", Decimal("50.00"), "50,00", "1.249,50"),
        ("totals.net", Decimal("1000.00"), "1.000,00", "1.050,00"),
        ("issue_date", date(2026, 9, 18), "18.09.2026", "04.09.2026"),
        ("seller.name", "Stadtwerke Beispielheim", "Stadtwerke", "Brückner Elektrotechnik GmbH"),
        ("number", "20118", "20118", "RE-2026-0417"),
        ("totals.due", Decimal("199.50"), "199,50", "1.249,50"),
    ],
)
def test_what_does_not_stand_as_it_usually_does_is_doubted(
    path: str, value: object, text: str, likelier: str
) -> None:
    """The finding says what is likelier, and in which line; it is an error."""
    page = view(PAGE)
    gathered = _empty(page)
    gathered.put(path, Found(value, _span(page, text), 0.9, "label"))

    (finding,) = Opinion(page, frozenset(), NOBODY).doubts(gathered, ())

    assert (finding.code, finding.severity) == (f"unlikely.{path}", Severity.ERROR)
    assert finding.fields == (path,)
    assert likelier in finding.message


@pytest.mark.parametrize(("said", "doubted"), [("Vostra P. IVA", False), ("P. IVA", True)])
def test_a_number_that_words_call_the_buyers_is_no_likelier_one(
    said: str, *, doubted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the fitted numbers say, which may not have met the word."""
    lines = "A line\n" * FEWEST_LINES
    page = view(f"{said} IT00483190153\nPartita IVA: IT03393610153\n{lines}")
    theirs, ours = tax_numbers(Surroundings(page), NOBODY)
    gathered = _empty(page)
    gathered.put("seller.vat_id", Found("IT03393610153", ours.span, 0.9, "pattern"))
    monkeypatch.setattr(Weights, "probabilities", lambda *_: [(0.9, theirs), (0.6, ours)])

    assert bool(list(Opinion(page, frozenset(), NOBODY).doubts(gathered, ()))) is doubted


def test_what_words_say_is_paid_is_not_weighed() -> None:
    """They stand beside no figure; nor is a net that is the total, of which enough is said."""
    page = view(PAGE)
    gathered = _empty(page)
    gathered.put("totals.due", Found(Decimal(0), Span(2, 3, 4), 0.7, "arithmetic"))
    gathered.put("totals.net", Found(Decimal("1249.50"), _span(page, "1.249,50"), 0.9, "label"))
    opinion = Opinion(page, frozenset(), NOBODY)

    assert [one.code for one in opinion.doubts(gathered, ())] == ["unlikely.totals.net"]

    gathered.put("totals.gross", Found(Decimal("1249.50"), _span(page, "1.249,50"), 0.9, "label"))

    assert not list(opinion.doubts(gathered, ()))


def test_a_number_is_filled_in_where_the_title_says_what_it_is_of() -> None:
    """A page without one may be a quotation, which has a number too."""
    page = view(PAGE)
    gathered = _empty(page)

    Opinion(page, frozenset(), NOBODY).fill(gathered)

    assert "number" not in gathered.values

    gathered.put("kind", Found("380", Span(0, 3, 4), 0.9, "title"))
    Opinion(page, frozenset(), NOBODY).fill(gathered)

    assert gathered.values["number"] == "RE-2026-0417"
    assert gathered.citations["number"].method == METHOD


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("Serie EX Folio 1844", 3),
        ("N° EX 1844", 2),
        ("Nr. 3 / 1844", 3),
        ("Nr. 1844 / 3", 1),
        ("Nr. 18/ 2025", 2),
        ("Nr. 1844 – 07", 1),
        ("Nr. 1844 B", 1),
        ("Nr. 24 01188", 1),
        ("Nr. 24 01188", 2),
        ("Nr. 7720418-0004/27/26", 1),
        ("Nr. 0188~Datum", 1),
        ("R25-1190   01/11/2025   712,69 €", 0),
        ("Velkoja: Varkauden Lämpö Oy, alkuperäinen lasku 35811, eräpäivä 11.9.2025", 6),
    ],
)
def test_what_may_be_a_part_of_a_number_is_not_filled_in(line: str, at: int) -> None:
    """Beside a series, a sign, more digits; glued to something; in a list or a sentence."""
    assert whole_number(view(line), Span(0, at, at + 1)) is None


@pytest.mark.parametrize(
    ("line", "at", "number"),
    [
        ("Nr. 1844", 1, "1844"),
        ("NO. SB-44190", 1, "SB-44190"),
        ("Docket 30881", 1, "30881"),
        ("Folio interno: EN-0876.", 2, "EN-0876"),
        ("Faktura VAT FK/14/09/2025", 2, "FK/14/09/2025"),
        ("(2026/PP/30651)", 0, "2026/PP/30651"),
    ],
)
def test_a_whole_number_is_taken_as_it_is_printed(line: str, at: int, number: str) -> None:
    """Without what stands around it."""
    assert whole_number(view(line), Span(0, at, at + 1)) == number


@pytest.mark.parametrize(
    ("line", "at", "titled"),
    [
        ("FRACHTRECHNUNG F-118842", 1, True),
        ("Recibo factura N° 5/2026", 3, True),
        ("Lieferschein F-118842", 1, False),
        ("Rechnung zu Auftrag 118842", 3, False),
        ("118842", 0, False),
    ],
)
def test_a_title_right_before_a_number_is_seen(line: str, at: int, *, titled: bool) -> None:
    """Whatever is put together with it, and with the sign of a number between."""
    assert is_titled(view(line), Span(0, at, at + 1)) is titled


def test_sums_are_filled_in_where_all_three_agree() -> None:
    """The total with the net and the VAT that make it; what the rules read otherwise stays."""
    page = view(PAGE)
    gathered = _empty(page)

    Opinion(page, frozenset(), NOBODY).fill(gathered)

    found = {path: value for path, value in gathered.values.items() if path.startswith("totals.")}
    assert found == {
        "totals.net": Decimal("1050.00"),
        "totals.tax": Decimal("199.50"),
        "totals.gross": Decimal("1249.50"),
    }
    assert {gathered.citations[path].method for path in found} == {METHOD}

    other = _empty(page)
    other.put("totals.net", Found(Decimal("1000.00"), _span(page, "1.000,00"), 0.9, "label"))
    Opinion(page, frozenset(), NOBODY).fill(other)

    assert "totals.gross" not in other.values


def test_sums_that_do_not_agree_are_not_filled_in() -> None:
    """However probable each of them is."""
    page = view(PAGE.replace("199,50", "198,50"))
    gathered = _empty(page)

    Opinion(page, frozenset(), NOBODY).fill(gathered)

    assert "totals.gross" not in gathered.values


def test_nothing_is_said_twice() -> None:
    """Of a field that another finding sends to a person, or of the number of a correction."""
    page = view(PAGE)
    gathered = _empty(page)
    gathered.put("number", Found("20118", Span(2, 3, 4), 0.9, "label"))
    opinion = Opinion(page, frozenset(), NOBODY)
    several = Finding(
        code="number.several", severity=Severity.ERROR, fields=("number",), message="Two."
    )

    assert list(opinion.doubts(gathered, ()))
    assert not list(opinion.doubts(gathered, [several]))

    gathered.values["kind"] = "381"

    assert not list(opinion.doubts(gathered, ()))


def test_of_the_sums_of_a_slip_nothing_is_said() -> None:
    """What was fitted are invoices; on the total of a slip cash and change agree."""
    page = view(PAGE)
    gathered = _empty(page)
    gathered.put("totals.gross", Found(Decimal("50.00"), Span(2, 3, 4), 0.9, "label"))
    opinion = Opinion(page, frozenset(), NOBODY)

    assert list(opinion.doubts(gathered, ()))
    assert not list(opinion.doubts(gathered, (), slip=True))


def test_of_a_fragment_nothing_is_said() -> None:
    """Three lines are like no page that the numbers were fitted to."""
    page = view("Rechnung 7\nDatum 4.9.2026\nTotal   50,00")
    gathered = _empty(page)
    gathered.put("number", Found("7", Span(0, 1, 2), 0.9, "label"))

    assert not list(Opinion(page, frozenset(), NOBODY).doubts(gathered, ()))
