"""Whether probabilities are true, and what would go to people if more were asked for."""

import json

import pytest

from tallysheet.evaluate import (
    Reliability,
    Told,
    diagram,
    read_truth,
    reliability,
    report,
    score,
    thresholds,
    to_json,
)
from tallysheet.model import Invoice, Record, Result, Status

REQUIRED = ("number", "currency")


def row(
    name: str, sure: float | None, *, status: Status = Status.DONE, number: str = "1"
) -> tuple[str, Record, Result]:
    """A document of which *number* was read, right with that probability."""
    invoice = Invoice.model_validate({"number": number, "currency": "EUR"})
    confidence = {} if sure is None else {"number": sure, "currency": 0.999, "due_date": 0.01}
    result = Result(
        document=name, sha256="ab", source="rules", invoice=invoice, confidence=confidence
    )
    return name, Record(status=status), result


TRUTH = read_truth(
    [
        json.dumps({"document": name, "invoice": {"number": "1", "currency": "EUR"}})
        for name in "abcd"
    ],
    "truth.jsonl",
)


def test_probabilities_are_held_against_how_often_values_are_right() -> None:
    """By value with the same probability, the part that is right; certainty is in the last bin."""
    told = [Told(0.6, right=False), Told(0.6, right=True), Told(1.0, right=True)]

    found = reliability(told)

    assert [(b.least, b.values, b.right, b.mean) for b in found.bins] == [
        (0.5, 2, 1, pytest.approx(0.6)),
        (0.99, 1, 1, 1.0),
    ]
    assert found.error == pytest.approx(2 / 3 * 0.1)
    assert found.brier == pytest.approx((0.36 + 0.16) / 3)


def test_a_value_counts_by_its_weight() -> None:
    """A half of a value that is wrong is half as bad."""
    found = reliability([Told(0.5, right=True), Told(0.5, right=False, weight=0.5)])

    assert found.bins[0].part_right == pytest.approx(2 / 3)
    assert found.error == pytest.approx(1 / 6)


def test_a_diagram_shows_what_is_right_and_what_should_be() -> None:
    """The bar ends where the mark stands, if the probabilities are true; each line fits."""
    told = [Told(0.9, right=at > 0) for at in range(10)] + [Told(0.5, right=False)] * 9

    head, low, high = diagram(reliability(told))

    assert head.endswith("= right, | mean")
    assert low.split()[:7] == ["0.50", "to", "0.70", "9", "9", "4.5", "0.0"]
    assert high.split()[3:8] == ["10", "1", "1.0", "90.0", "%"]
    assert low.endswith("  |")
    assert high.endswith(" =======|")
    assert max(map(len, (head, low, high))) <= 80
    assert diagram(Reliability()) == []


def test_results_of_before_there_were_probabilities_are_compared_without_them() -> None:
    """Nothing is said, instead of something made up."""
    found = score(TRUTH, [row("a", None)])

    assert found.reliability == Reliability()
    assert list(thresholds(found, REQUIRED)) == []
    assert to_json(found)["calibration"] == []


def test_values_that_were_read_have_their_probability_in_the_score() -> None:
    """The probability of one that is not there, as here of the due date, counts for nothing."""
    found = score(TRUTH, [row("a", 0.9), row("b", 0.9, number="2")])

    assert [(b.least, b.values, b.right) for b in found.reliability.bins] == [
        (0.9, 2, 1),
        (0.99, 2, 2),
    ]
    told = to_json(found)
    assert told["calibration"][0] == {
        "least": 0.9,
        "most": 0.95,
        "values": 2.0,
        "right": 1.0,
        "mean": 0.9,
    }
    assert told["calibration_error"] == found.reliability.error
    assert told["brier"] == found.reliability.brier


def test_asking_for_more_sends_more_to_people_and_fewer_wrong_ones_pass() -> None:
    """Only required fields are asked about, and what is in review already stays there."""
    rows = [
        row("a", 0.999),
        row("b", 0.96),
        row("c", 0.85, number="2"),
        row("d", 0.999, status=Status.REVIEW),
    ]

    tried = {one.below: one for one in thresholds(score(TRUTH, rows), REQUIRED)}

    assert (tried[0.8].review, tried[0.8].done, tried[0.8].false_successes) == (1, 3, 1)
    assert (tried[0.95].review, tried[0.95].done, tried[0.95].false_successes) == (2, 2, 0)
    assert (tried[0.99].review, tried[0.99].done) == (3, 1)


def test_the_report_tells_how_true_probabilities_are_and_that_of_each_wrong_value() -> None:
    """And neither, where there are none."""
    some = score(TRUTH, [row("a", 0.9), row("b", 0.96, number="2")])
    none = score(TRUTH, [row("b", None, number="2")])

    told, silent = (
        "".join(report(found, {}, name="x", cost_usd=0.0, seconds=None)) for found in (some, none)
    )

    assert "0.90 to 0.95" in told
    assert "<dt>said to be right with</dt><dd>96.0 %</dd>" in told
    assert "right with" not in silent
