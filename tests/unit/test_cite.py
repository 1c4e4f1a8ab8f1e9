"""Every value that stands in the words is found there, and no other."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tallysheet.extract import _sightings
from tallysheet.extract._cite import QUOTE, cited
from tallysheet.extract._months import BEGINNINGS
from tallysheet.extract._sightings import Sightings, amounts
from tallysheet.model import (
    Account,
    Address,
    Box,
    Citation,
    Draft,
    Identifier,
    Invoice,
    Line,
    Page,
    Parsed,
    Party,
    Payment,
    Totals,
    Word,
    leaves_of,
)


def parsed_of(*pages: str) -> Parsed:
    """A document whose pages have these lines; words stand in columns of 60 points."""
    return Parsed(
        "application/pdf",
        tuple(
            Page(
                number,
                595,
                842,
                tuple(
                    Word(word, 60.0 * x, 20.0 * y, 60.0 * x + 50, 20.0 * y + 12)
                    for y, line in enumerate(text.splitlines())
                    for x, word in enumerate(line.split(" "))
                    if word
                ),
            )
            for number, text in enumerate(pages, start=1)
        ),
    )


def found(invoice: Invoice, *pages: str) -> dict[str, str]:
    """The cited text by field path."""
    citations = cited(Draft(invoice=invoice), parsed_of(*pages)).citations
    return {path: citation.text for path, citation in citations.items()}


def grouped(digits: str, mark: str, *, indian: bool) -> str:
    """*digits* with a mark between thousands, or between lakhs and crores."""
    head, tail = digits[:-3], digits[-3:]
    size = 2 if indian else 3
    groups = []
    while head:
        groups.append(head[-size:])
        head = head[:-size]
    return mark.join([*reversed(groups), tail])


@given(
    cents=st.integers(0, 10**13),
    mark=st.sampled_from(["", ".", ",", "'", "\u2019", " ", "\u00a0", "\u202f"]),
    point=st.sampled_from([".", ","]),
    dress=st.sampled_from(
        ["{}", "€{}", "{}€", "EUR {}", "{} EUR", "-{}", "{}-", "({})", "${}", "={}*"]
    ),
    indian=st.booleans(),
)
def test_an_amount_is_found_in_every_notation(
    cents: int, mark: str, point: str, dress: str, indian: bool
) -> None:
    """Whatever parts thousands and cents, and whatever stands around."""
    assume(mark != point and not (indian and mark == " "))
    whole, part = divmod(cents, 100)
    amount = dress.format(f"{grouped(str(whole), mark, indian=indian)}{point}{part:02d}")
    invoice = Invoice(totals=Totals(gross=Decimal(cents) / 100))

    texts = found(invoice, f"Total\nabc {amount} end")

    assert texts["totals.gross"].replace("EUR", "").strip() in amount


MONTH_WORDS = {
    1: ["January", "Januar", "Jänner", "janvier", "januari", "gennaio", "enero", "janeiro", "Jan"],
    2: [
        "February",
        "Februar",
        "février",
        "FÉVRIER",
        "februari",
        "febbraio",
        "febrero",
        "fevereiro",
    ],
    3: ["March", "März", "mars", "maart", "marzo", "março", "MÄRZ", "Mrz"],
    4: ["April", "avril", "aprile", "abril", "Apr."],
    5: ["May", "Mai", "mei", "maggio", "mayo", "maio"],
    6: ["June", "Juni", "juin", "giugno", "junio", "junho", "Jun"],
    7: ["July", "Juli", "juillet", "luglio", "julio", "julho"],
    8: ["August", "août", "augustus", "agosto", "Aug", "AOÛT"],
    9: ["September", "septembre", "settembre", "septiembre", "setembro", "Sept."],
    10: ["October", "Oktober", "octobre", "oktober", "ottobre", "octubre", "outubro", "Okt"],
    11: ["November", "novembre", "noviembre", "novembro", "Nov"],
    12: ["December", "Dezember", "décembre", "dicembre", "diciembre", "dezembro", "Dez", "Dec"],
}
NOTATIONS = [
    "{d:02d}.{m:02d}.{y}", "{d}.{m}.{y}", "{d:02d}.{m:02d}.{s:02d}", "{d}/{m}/{y}",
    "{m}/{d}/{y}", "{m:02d}-{d:02d}-{y}", "{y}-{m:02d}-{d:02d}", "{y}/{m:02d}/{d:02d}",
    "{y}-{m:02d}-{d:02d}T12:30:00Z", "{y}{m:02d}{d:02d}", "{d:02d}{m:02d}{y}",
    "{d}. {w} {y}", "{d} {w} {y}", "{w} {d}, {y}", "{d}-{w}-{s:02d}", "{d} de {w} de {y}",
    "{d:02d}{w}{y}", "{w} {d}th, {y}", "{d}er {w} {y}", "{y}. {w} {d}.", "{y}年{m}月{d}日",
    "{d} . {m} . {y}", "den {d}. {w} {y}",
]  # fmt: skip


@given(
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    notation=st.sampled_from(NOTATIONS),
    data=st.data(),
)
def test_a_date_is_found_in_every_notation(day: date, notation: str, data: st.DataObject) -> None:
    """Any order of day, month and year, and months by name in seven languages."""
    word = data.draw(st.sampled_from(MONTH_WORDS[day.month]))
    written = notation.format(d=day.day, m=day.month, y=day.year, s=day.year % 100, w=word)

    texts = found(Invoice(issue_date=day), f"Date: {written} end")

    assert texts["issue_date"] in written
    assert re.findall(r"\d", texts["issue_date"]) == re.findall(r"\d", written)


def test_no_word_names_two_months() -> None:
    """A beginning shared by two months, as of juin and juillet, means neither."""
    assert "jui" not in BEGINNINGS
    assert BEGINNINGS["juin"] == 6
    assert BEGINNINGS["juil"] == 7
    assert {BEGINNINGS["mar"], BEGINNINGS["mai"]} == {3, 5}


@pytest.mark.parametrize(
    ("value", "page", "text"),
    [
        ("INV-2024/001", "No. INV-2024/001 of May", "INV-2024/001"),
        ("INV-2024/001", "No. inv 2024 001", "inv 2024 001"),
        ("Müller & Söhne GmbH", "Firma MÜLLER & SÖHNE GMBH, Ulm", "MÜLLER & SÖHNE GMBH,"),
        ("Söhne GmbH", "So\u0308hne\nGmbH", "So\u0308hne GmbH"),
        ("Rechnungsadresse", "an die Rechnungs-\nadresse dort", "Rechnungs- adresse"),
        ("DE893704004405", "IBAN DE89 3704 0044 05", "DE89 3704 0044 05"),
        ("Straße 1", "STRASSE 1", "STRASSE 1"),
        ("12", "Pos 12 Stk", "12"),
        ("ﬁne", "fine", "fine"),
        ("東京商事", "発行 東京商事 御中", "東京商事"),
    ],
)
def test_text_is_found_however_it_is_set(value: str, page: str, text: str) -> None:
    """Case, accents, spacing, hyphens and line breaks make no other value of it."""
    assert found(Invoice(number=value), page) == {"number": text}


@pytest.mark.parametrize(
    ("value", "page"),
    [
        ("17", "2017 A17 17.50 17/18"),
        ("001", "INV-2024/001"),
        ("voice", "Invoice"),
        ("2024-1", "2024-11"),
        ("A-17", "B-17 A-18"),
        ("GmbH Müller", "Müller GmbH"),
        ("–", "a – b"),
    ],
)
def test_a_part_of_something_else_is_not_found(value: str, page: str) -> None:
    """A few digits stand in every document; as a value they must stand alone."""
    assert found(Invoice(number=value), page) == {}


def test_a_text_of_two_columns_is_found_among_the_words_of_the_other() -> None:
    """Lines of a narrow column are read across the page."""
    page = "Industrial coffee 2 5,00\nmachine with grinder 19 %\nTotal"
    invoice = Invoice(lines=(Line(name="Industrial coffee machine with grinder"),))

    assert found(invoice, page) == {"lines[0].name": "Industrial coffee machine with grinder"}


def test_a_value_that_stands_nowhere_has_no_citation() -> None:
    """Made-up values are told by that."""
    invoice = Invoice(
        number="X-1", issue_date=date(2024, 5, 1), totals=Totals(gross=Decimal("99.00"))
    )

    assert found(invoice, "Invoice A-17 of 2 May 2024\nTotal 98,00") == {}


def test_a_citation_has_the_page_and_the_box_around_its_words() -> None:
    """So that a page can show it."""
    draft = Draft(invoice=Invoice(number="A 178"))

    citation = cited(draft, parsed_of("nothing", "x\nNo. A 178")).citations["number"]

    assert (citation.page, citation.box) == (2, Box(60, 20, 170, 32))
    assert citation.method == "words"
    assert citation.score == 0.9


def test_of_several_places_the_one_beside_its_neighbours_is_cited() -> None:
    """The quantity of the second line stands in the second line."""
    invoice = Invoice(
        lines=(
            Line(name="Paper", quantity=Decimal(2), amount=Decimal("5.00")),
            Line(name="Ink", quantity=Decimal(2), amount=Decimal("5.00")),
        )
    )

    citations = cited(
        Draft(invoice=invoice), parsed_of("2 pages\nPaper 2 5,00\nInk 2 5,00\nTotal 10,00")
    ).citations

    rows = {path: citation.box.y0 for path, citation in citations.items()}
    assert {rows[f"lines[0].{name}"] for name in ("name", "quantity", "amount")} == {20}
    assert {rows[f"lines[1].{name}"] for name in ("name", "quantity", "amount")} == {40}


def test_equal_lines_are_cited_one_after_the_other() -> None:
    """Three times the same line are three places."""
    line = Line(name="Paper", quantity=Decimal(2))

    citations = cited(
        Draft(invoice=Invoice(lines=(line,) * 3)), parsed_of("Paper 2\nPaper 2\nPaper 2")
    ).citations

    rows = [citations[f"lines[{number}].{name}"].box.y0 for number in range(3)
            for name in ("name", "quantity")]  # fmt: skip
    assert rows == [0, 0, 20, 20, 40, 40]


@pytest.mark.parametrize(
    ("currency", "page"),
    [("EUR", "Total EUR 5,00"), ("EUR", "Total 5,00€"), ("USD", "$5.00"), ("CHF", "5.00 (CHF)")],
)
def test_a_currency_is_found_by_code_or_sign(currency: str, page: str) -> None:
    """It often stands in one word with an amount."""
    assert "currency" in found(Invoice(currency=currency), page)


def test_a_code_is_not_found_in_a_word_that_happens_to_look_like_it() -> None:
    """Spanish invoices say `de` in every line."""
    seller = Party(address=Address(country="DE"))

    assert found(Invoice(seller=seller, kind="380"), "Factura de 380 la casa de Ana") == {}


def quote(text: str, page: int | None = None) -> Citation:
    """What a model says."""
    return Citation(page=page, text=text, method=QUOTE, score=0.0)


def test_a_quote_says_which_of_several_places_is_meant() -> None:
    """And the box is that of the value, not of all that was quoted."""
    draft = Draft(
        invoice=Invoice(totals=Totals(due=Decimal("5.00"))),
        citations={"totals.due": quote("Amount due: 5,00")},
    )

    citation = cited(draft, parsed_of("Paper 5,00\nTotal 5,00\nAmount due 5,00")).citations[
        "totals.due"
    ]

    assert (citation.text, citation.box.y0, citation.method) == ("5,00", 40, QUOTE)


def test_a_quote_on_its_page_comes_before_the_same_words_elsewhere() -> None:
    """The model says the page, too."""
    draft = Draft(invoice=Invoice(kind="381"), citations={"kind": quote("Credit note", page=2)})

    citation = cited(draft, parsed_of("Credit note", "Credit note")).citations["kind"]

    assert (citation.page, citation.text, citation.score) == (2, "Credit note", 0.5)


def test_a_quote_that_stands_nowhere_is_worth_nothing() -> None:
    """Not even for a code, and not if the value is invented with it."""
    invoice = Invoice(number="X-9", kind="381", totals=Totals(due=Decimal("99.00")))
    quotes = {
        "number": quote("Invoice X-9"),
        "kind": quote("Gutschrift"),
        "totals.due": quote("Total 5,00"),
        "nowhere.at[3].all": quote("Total"),
    }

    done = cited(Draft(invoice=invoice, citations=quotes), parsed_of("Invoice A-17\nTotal 5,00"))

    assert done.citations == {}


def test_places_already_known_stay_as_they_are() -> None:
    """The rules have seen their places, and an e-invoice has none on paper."""
    known = {
        "number": Citation(page=1, box=Box(1, 2, 3, 4), text="A-17", method="label", score=0.8),
        "currency": Citation(text="EUR", method="e-invoice", score=1.0),
    }
    draft = Draft(
        invoice=Invoice(number="A-17", currency="EUR", buyer_reference="B-2"), citations=known
    )

    done = cited(draft, parsed_of("A-17 EUR B-2"))

    assert {path: done.citations[path] for path in known} == known
    assert done.citations["buyer_reference"].text == "B-2"


def test_all_values_of_an_invoice_have_a_path() -> None:
    """Through groups and lists, as Python would write it."""
    invoice = Invoice(
        seller=Party(ids=(Identifier(value="7", scheme="0088"),), address=Address(city="Ulm")),
        payment=Payment(accounts=(Account(iban="X"), Account(bic="Y"))),
        notes=("one", "two"),
        totals=Totals(paid=Decimal(0)),
    )

    paths = [leaf.path for leaf in leaves_of(invoice)]

    assert paths == [
        "seller.ids[0].value",
        "seller.ids[0].scheme",
        "seller.address.city",
        "payment.accounts[0].iban",
        "payment.accounts[1].bic",
        "notes[0]",
        "notes[1]",
        "totals.paid",
    ]


WORDS = st.one_of(
    st.from_regex(r"\A[0-9.,'-]{1,8}\Z"),
    st.sampled_from(["Mai", "2024", "de", "1", "12", "€", "EUR", "A-1", "Ulm", "GmbH"]),
    st.text(min_size=1, max_size=6),
)
PAGES = st.lists(st.lists(WORDS, max_size=30).map(" ".join), min_size=1, max_size=3)
INVOICES = st.builds(
    Invoice,
    number=st.none() | WORDS,
    issue_date=st.none() | st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    currency=st.sampled_from([None, "EUR", "USD"]),
    totals=st.builds(Totals, gross=st.none() | st.decimals(-999, 999, places=2)),
    lines=st.lists(
        st.builds(Line, name=WORDS, quantity=st.decimals(0, 20, places=0)), max_size=4
    ).map(tuple),
)


@given(invoice=INVOICES, pages=PAGES, quotes=st.dictionaries(
    st.sampled_from(["number", "currency", "lines[0].name", "totals.gross"]),
    st.builds(quote, st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.integers(0, 4)),
))  # fmt: skip
def test_a_citation_is_always_of_words_that_stand_there(
    invoice: Invoice, pages: list[str], quotes: dict[str, Citation]
) -> None:
    """Its text is made of words of its page inside its box; the invoice is never touched."""
    parsed = parsed_of(*pages)
    draft = Draft(invoice=invoice, citations=quotes)

    done = cited(draft, parsed)

    assert done.invoice == invoice
    assert set(done.citations) <= {leaf.path for leaf in leaves_of(invoice)}
    for citation in done.citations.values():
        box = citation.box
        inside = {
            word.text
            for word in parsed.pages[citation.page - 1].words
            if box.x0 <= word.x0 and word.x1 <= box.x1 and box.y0 <= word.y0 and word.y1 <= box.y1
        }
        assert set(citation.text.split(" ")) <= {w for text in inside for w in text.split(" ")}


@given(cents=st.integers(1, 10**9), other=st.integers(1, 10**9))
def test_an_amount_is_not_found_where_another_stands(cents: int, other: int) -> None:
    """Digits alone are not enough: the separators must be able to mean it."""
    assume(cents not in (other, other * 1000, other / 1000))
    written = f"{other // 100}.{other % 100:02d}"

    texts = found(Invoice(totals=Totals(gross=Decimal(cents) / 100)), f"Total {written}")

    assert texts == {}


@given(st.text(alphabet="0123456789.,'\u2019\u00a0\u0663", max_size=45))
def test_no_notation_is_too_odd(text: str) -> None:
    """Whatever digits and marks come, there are few meanings, each a finite number."""
    meant = amounts("1" + text)

    assert len(meant) <= 2
    assert all(number.is_finite() and number >= 0 for number in meant)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.234", {"1.234", "1234"}),
        ("1.234,50", {"1234.50"}),
        ("12,34,567.80", {"1234567.80"}),
        ("1.234.567", {"1234567"}),
        ("1.23", {"1.23"}),
        ("12.34,56", set()),
        ("05.08.2013", set()),
        ("1,2,3", set()),
        ("1,234.567,8", set()),
    ],
)
def test_separators_mean_what_some_locale_means_by_them(written: str, meant: set[str]) -> None:
    """A group has three digits, or two in India; a date is no amount."""
    assert amounts(written) == {Decimal(number) for number in meant}


def test_nothing_to_look_for_or_in_is_no_trouble() -> None:
    """An empty document cites nothing."""
    draft = Draft(invoice=Invoice(number="A-17"), citations={"number": quote("A-17")})

    assert cited(draft, Parsed("application/xml")).citations == {}


@pytest.mark.parametrize("word", ["aaaa", "1", "1.234", "12", "01/02/03", "a-b-c-d"])
def test_the_work_is_bounded_whatever_a_document_repeats(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many equal words and many long values do not multiply."""
    monkeypatch.setattr(_sightings, "MOST_STEPS", 5_000)
    seen = Sightings(parsed_of(*[" ".join([word] * 500)] * 10))

    for length in range(1, 300):
        seen.text(f"{word} " * length)
        seen.text(f"{word} " * length + "b")

    assert seen._steps < 2 * 5_000
    assert max(map(len, seen._known.values()), default=0) <= _sightings.MOST_PLACES


def test_words_beyond_the_bound_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index does not grow with a hostile document."""
    monkeypatch.setattr(_sightings, "MOST_WORDS", 3)

    seen = Sightings(parsed_of("a b", "c d", "e f"))

    assert [word.text for _, word in seen.words] == ["a", "b", "c"]
