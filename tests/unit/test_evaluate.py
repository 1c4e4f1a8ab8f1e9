"""How right a batch is: what counts as right, what truth files may hold, what the rates are."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tallysheet.errors import ConfigError
from tallysheet.evaluate import (
    FIELDS,
    Field,
    Looks,
    Score,
    Truth,
    Verdict,
    rates,
    read_truth,
    report,
    score,
    to_json,
)
from tallysheet.evaluate._alike import verdict
from tallysheet.evaluate._fields import Kind
from tallysheet.evaluate._lines import count_lines
from tallysheet.evaluate._regions import nested
from tallysheet.model import Citation, Invoice, Line, Record, Result, Status

ACME: dict[str, Any] = {
    "number": "RE-17",
    "kind": "380",
    "issue_date": "2026-03-02",
    "currency": "EUR",
    "seller": {"name": "Acme GmbH", "vat_id": "DE136695976"},
    "payment": {"accounts": [{"iban": "DE21860000000086001055"}]},
    "totals": {"net": "100.00", "tax": "19.00", "gross": "119.00", "due": "119.00"},
}

Read = tuple[str, Record, Result | None]


def told(**changes: Any) -> Mapping[str, Truth]:
    """The truth of ``a.pdf``: that of Acme, with *changes*."""
    row = json.dumps({"document": "a.pdf", "invoice": ACME | changes})
    return read_truth([row], "truth.jsonl")


def read(
    name: str = "a.pdf",
    status: Status = Status.DONE,
    *,
    citations: Mapping[str, Citation] | None = None,
    **changes: Any,
) -> Read:
    """A document of which Acme's invoice was read, with *changes*."""
    result = Result(
        document=name,
        sha256="0" * 64,
        source="rules",
        invoice=Invoice.model_validate(ACME | changes),
        citations=dict(citations or {}),
    )
    return name, Record(status=status, cost_usd=0.01), result


def verdicts(found: Score) -> dict[str, Verdict]:
    """How each field of the first document came out."""
    return {value.field.label: value.verdict for value in found.documents[0].values}


SAME = [
    # kind, true, read, how right it is
    (Kind.AMOUNT, Decimal("119"), Decimal("119.00"), Verdict.EXACT),
    (Kind.AMOUNT, Decimal("119.00"), Decimal("-119.00"), Verdict.WRONG),
    (Kind.AMOUNT, Decimal("119.00"), Decimal("119.01"), Verdict.WRONG),
    (Kind.CODE, "DE 136 695 976", "de136695976", Verdict.EXACT),
    (Kind.CODE, "DE21 8600 0000", "DE2186000000", Verdict.EXACT),
    (Kind.TEXT, "RE-17", "re-17", Verdict.EXACT),
    (Kind.TEXT, "RE-17", "RE17", Verdict.ALIKE),
    (Kind.TEXT, "RE-17", "RE-18", Verdict.WRONG),
    (Kind.TEXT, "--", "//", Verdict.WRONG),
    (Kind.NAME, "Acme GmbH", "ACME  gmbh", Verdict.EXACT),
    (Kind.NAME, "Acme GmbH", "Acme", Verdict.ALIKE),
    (Kind.NAME, "Société Générale S.A.", "Societe Generale", Verdict.ALIKE),
    (Kind.NAME, "Acme\nInhaber Jo Doe", "Acme GmbH", Verdict.ALIKE),
    (Kind.NAME, "GmbH", "AG", Verdict.WRONG),
    (Kind.NAME, "Acme GmbH", "Acme Nord GmbH", Verdict.WRONG),
    (Kind.TEXT, None, None, Verdict.ABSENT),
    (Kind.TEXT, None, "RE-17", Verdict.EXTRA),
    (Kind.TEXT, "RE-17", None, Verdict.MISSED),
]


@pytest.mark.parametrize(("kind", "true", "said", "how"), SAME)
def test_what_is_the_same_is_told_from_what_is_not(
    kind: Kind, true: object, said: object, how: Verdict
) -> None:
    """Notation is no difference, a digit or a sign is one, a legal form is told apart."""
    assert verdict(kind, true, said) is how


def test_a_credit_note_may_print_its_amounts_with_either_sign() -> None:
    """In a credit note money goes back in any case; in an invoice the sign says which way."""
    amounts = {name: f"-{amount}" for name, amount in ACME["totals"].items()}

    credit = score(told(kind="381"), [read(kind="381", totals=amounts)])
    invoice = score(told(), [read(totals=amounts)])

    assert verdicts(credit)["gross"] is Verdict.EXACT
    assert verdicts(invoice)["gross"] is Verdict.WRONG


@pytest.mark.parametrize("one", [one for one in FIELDS if one.grave], ids=lambda one: one.path)
def test_a_wrong_value_in_a_document_called_done_is_a_false_success(one: Field) -> None:
    """Each of the nine fields counts by itself; the same document in review is none."""
    wrong = nested({one.path: "2020-01-01" if one.kind is Kind.DATE else "1"})

    done = score(told(), [read(**wrong)])
    review = score(told(), [read(status=Status.REVIEW, **wrong)])

    assert [d.document for d in done.false_successes] == ["a.pdf"]
    assert not review.false_successes


def test_what_is_missing_or_a_name_is_no_false_success() -> None:
    """Nothing wrong is booked where nothing was read; and a name pays nobody."""
    found = score(told(), [read(payment={}, seller={"name": "Other", "vat_id": "DE136695976"})])

    assert verdicts(found)["IBAN"] is Verdict.MISSED
    assert verdicts(found)["seller"] is Verdict.WRONG
    assert not found.false_successes


def test_a_value_that_the_truth_does_not_have_is_a_false_success_and_told_apart() -> None:
    """An account out of nowhere could be paid into; but a truth file may not know of it."""
    found = score(told(payment={}), [read()])

    assert verdicts(found)["IBAN"] is Verdict.EXTRA
    assert (len(found.false_successes), found.only_extra) == (1, 1)


def test_what_is_no_single_invoice_must_not_be_called_done() -> None:
    """Half a file, and several invoices taken for one, have no right answer but a person."""
    rows = ['{"document": "half.pdf", "invoice": null}']
    rows += [json.dumps({"document": f"two.pdf#pages={n}-{n}", "invoice": ACME}) for n in (1, 2)]

    found = score(read_truth(rows, "t"), [read("half.pdf"), read("two.pdf")])

    assert [d.document for d in found.false_successes] == ["half.pdf", "two.pdf"]
    assert found.without_document == ("two.pdf#pages=1-1", "two.pdf#pages=2-2")


def test_a_file_that_was_parted_is_compared_by_its_parts() -> None:
    """It has no values of its own, whether or not the truth file names it."""
    rows = ['{"document": "two.pdf", "invoice": null}']
    rows += [json.dumps({"document": f"two.pdf#pages={n}-{n}", "invoice": ACME}) for n in (1, 2)]
    parted = ("two.pdf", Record(status=Status.SPLIT), None)
    parts = [read(f"two.pdf#pages={n}-{n}") for n in (1, 2)]

    named = score(read_truth(rows, "t"), [parted, *parts])
    unnamed = score(read_truth(rows[1:], "t"), [parted, *parts])

    assert [one.document for one in named.documents] == [name for name, *_ in parts]
    assert named.documents == unnamed.documents
    assert not named.without_truth
    assert not unnamed.without_truth


def test_rates_are_of_what_was_read_and_of_what_is_there() -> None:
    """Precision leaves out what was missed, recall what is not there, accuracy nothing."""
    counts = dict(zip(Verdict, (5, 1, 2, 1, 1, 10), strict=True))

    found = rates(counts)

    assert found == {"accuracy": 16 / 20, "precision": 6 / 9, "recall": 6 / 9}
    assert rates({}) == {"accuracy": None, "precision": None, "recall": None}


def test_a_document_that_could_not_be_read_has_missed_everything() -> None:
    """What failed counts against recall, and against nothing that was read."""
    found = score(told(), [("a.pdf", Record(status=Status.FAILED), None)])

    assert verdicts(found)["number"] is Verdict.MISSED
    assert rates(found.fields["number"])["precision"] is None
    assert rates(found.fields["number"])["recall"] == 0


def test_a_document_that_nobody_has_read_yet_is_not_compared() -> None:
    """Where a run stopped early, what it did not come to is named, and counts for nothing."""
    found = score(told(), [("a.pdf", Record(status=Status.PENDING), None)])

    assert found.waiting == ("a.pdf",)
    assert not found.documents
    assert not found.fields


def test_documents_of_a_truth_file_from_further_up_are_found() -> None:
    """The folder that brings most together is left out of all names alike."""
    rows = [
        json.dumps({"path": f"corpus/good/{name}", "number": "RE-17"})
        for name in ("a.pdf", "b.pdf", "sub/c.pdf", "gone.pdf")
    ]

    found = score(read_truth(rows, "t"), [read("a.pdf"), read("sub/c.pdf"), read("other.pdf")])

    assert [d.document for d in found.documents] == ["a.pdf", "sub/c.pdf"]
    assert found.without_truth == ("other.pdf",)
    assert found.without_document == ("b.pdf", "gone.pdf")


def test_single_fields_that_are_left_out_are_not_compared() -> None:
    """A truth file that tells only numbers says nothing on totals."""
    truths = read_truth(['{"path": "a.pdf", "number": "RE-17", "iban": null}'], "t")

    assert verdicts(score(truths, [read()])) == {
        "number": Verdict.EXACT,
        "IBAN": Verdict.EXTRA,
    }


WRONG = [
    ("{", "line 2: this is no JSON"),
    ("[]", "line 2: this is no JSON object"),
    ('{"number": "1"}', "line 2: neither “document” nor “path” names a document"),
    ('{"path": "b"}', "line 2: there is no field of number"),
    ('{"path": "a", "number": "1"}', "line 2: a was told before"),
    ('{"path": "b", "issue_date": "02.03.2026"}', "field issue_date: '02.03.2026' is no date"),
    ('{"path": "b", "net_total": "1,00"}', "field net_total: '1,00' is no amount"),
    ('{"path": "b", "net_total": "NaN"}', "field net_total: 'NaN' is no amount"),
    ('{"path": "b", "net_total": 1.0}', "field net_total: 1.0 is no text"),
    ('{"path": "b", "line_count": "3"}', "field line_count: '3' is no count"),
    ('{"document": "b", "invoice": {"totals": {"net": "x"}}}', "field invoice.totals.net:"),
    ('{"document": "b", "invoice": {"nett": "1"}}', "field invoice.nett:"),
]


@pytest.mark.parametrize(("row", "said"), WRONG)
def test_a_wrong_truth_file_is_refused_with_line_and_field(row: str, said: str) -> None:
    """Who wrote it sees at once what to mend, before anything is read."""
    rows = ['{"path": "a", "number": "1"}', row]

    with pytest.raises(ConfigError) as caught:
        read_truth(rows, "truth.jsonl")

    assert caught.value.message.startswith("truth.jsonl, line 2: ")
    assert said in caught.value.message


def test_an_empty_truth_file_is_refused() -> None:
    """Blank lines tell of nothing."""
    with pytest.raises(ConfigError, match="tells of no document"):
        read_truth(["", "  \n"], "truth.jsonl")


def items(*amounts: str, quantity: str = "1") -> list[Line]:
    """Lines with these amounts."""
    return [
        Line(name=f"Item {amount}", quantity=Decimal(quantity), amount=Decimal(amount))
        for amount in amounts
    ]


def test_line_items_are_matched_each_once() -> None:
    """Two items read do not both stand for one; an item with a wrong quantity is half right."""
    true = items("1", "2", "2", "3")
    said = [*items("2", "1"), *items("3", quantity="7"), *items("3", "9")[1:], *items("1")]

    found = count_lines(true, 4, said, either_sign=False)

    assert (found.true, found.read, found.amounts, found.whole) == (4, 5, 3, 2)
    assert (found.documents, found.complete) == (1, 0)


def test_of_equal_items_the_one_that_is_right_as_a_whole_is_taken() -> None:
    """An item that matches by its amount alone does not take the place of the right one."""
    true = [*items("2", quantity="7"), *items("2")]

    found = count_lines(true, 2, items("2"), either_sign=False)

    assert (found.amounts, found.whole) == (1, 1)


def test_where_only_their_number_is_told_line_items_are_counted() -> None:
    """As many as there are is complete; and without a number nothing is said."""
    assert count_lines(None, 2, items("1", "2"), either_sign=False).complete == 1
    assert count_lines(None, 3, items("1", "2"), either_sign=False).complete == 0
    assert count_lines(None, None, items("1"), either_sign=False).documents == 0


def test_a_score_is_plain_json_with_everything_that_is_wrong() -> None:
    """A program finds rates, counts and each wrong value with both sides."""
    found = to_json(score(told(), [read(totals=ACME["totals"] | {"gross": "191.00"})]))

    assert json.loads(json.dumps(found)) == found
    assert (found["false_success_rate"], found["review_rate"]) == (1.0, 0.0)
    assert found["wrong"][0]["values"] == [
        {
            "field": "gross",
            "path": "totals.gross",
            "verdict": "wrong",
            "true": "119.00",
            "read": "191.00",
        }
    ]


def test_what_stands_in_documents_is_shown_and_never_obeyed() -> None:
    """Names and values are strangers' input: no markup of theirs reaches the report."""
    bad = "<script>alert(1)</script>\u202e\"'"
    truths = read_truth([json.dumps({"document": bad, "invoice": ACME})], "t")
    found = score(truths, [read(bad, number=bad)])

    page = "".join(report(found, {bad: Looks(trouble=bad)}, name=bad, cost_usd=0.0, seconds=None))

    assert "<script" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;") >= 4
    assert "default-src 'none'" in page
