"""What tells the copies of an invoice, however each of them spells it."""

from typing import Any

import pytest

from tallysheet.model import Invoice, Known, Marks
from tallysheet.validate import accounts_of, companies_of, marks_of

IBAN, OTHER = "DE89370400440532013000", "GB82WEST12345698765432"
TOLD: dict[str, Any] = {
    "number": "RE-2026/0042",
    "kind": "380",
    "issue_date": "2026-05-03",
    "currency": "EUR",
    "seller": {"name": "Muster G.m.b.H.", "vat_id": "DE136695976"},
    "buyer": {"name": "Käufer AG", "vat_id": "ATU13585627"},
    "totals": {"gross": "119.00"},
    "payment": {"accounts": [{"iban": IBAN}]},
}


def marks(known: Known | None = None, **other: Any) -> Marks:
    """The marks of an invoice that says other things in some fields."""
    return marks_of(Invoice.model_validate({**TOLD, **other}), known or Known())


def test_every_mark_is_short_and_says_nothing_of_the_invoice() -> None:
    """Eight characters each; only the date is plain, since nearness must be told."""
    found = marks()

    assert found.date == "2026-05-03"
    hashes = [*found[:2], *found[3:5], *found.accounts]
    assert all(len(mark) == 8 for mark in hashes)
    assert len(set(hashes)) == len(hashes) == 5
    assert found == marks()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("number", {"number": "re 2026 0042"}),
        ("number", {"number": "00RE20260042"}),
        ("amount", {"totals": {"gross": "119"}}),
        ("seller_id", {"seller": {"vat_id": "DE 136 695 976"}}),
        ("seller_name", {"seller": {"name": "MUSTER GmbH"}}),
        ("seller_name", {"seller": {"trade_name": "Muster GmbH"}}),
        ("accounts", {"payment": {"accounts": [{"iban": "DE89 3704 0044 0532 0130 00"}]}}),
        ("accounts", {"payment": {"accounts": [{"iban": IBAN}, {"iban": IBAN}]}}),
        ("number", {"kind": "384"}),  # a corrected invoice
    ],
    ids=str,
)
def test_the_same_in_other_words_has_the_same_mark(field: str, other: dict[str, Any]) -> None:
    """Case, blanks, signs, zeros in front, the legal form's points."""
    assert getattr(marks(**other), field) == getattr(marks(), field) != ""


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("number", {"number": "RE-2026/0043"}),
        ("number", {"kind": "381"}),
        ("amount", {"kind": "381"}),
        ("amount", {"totals": {"gross": "-119.00"}}),
        ("amount", {"totals": {"gross": "119.01"}}),
        ("amount", {"currency": "USD"}),
        ("seller_id", {"seller": {"vat_id": "DE136695977"}}),
        ("seller_name", {"seller": {"name": "Muster AG"}}),
        ("accounts", {"payment": {"accounts": [{"iban": OTHER}]}}),
    ],
    ids=str,
)
def test_something_else_has_another_mark(field: str, other: dict[str, Any]) -> None:
    """A credit note is no copy of the invoice that it takes back."""
    assert getattr(marks(**other), field) != getattr(marks(), field)


def test_what_is_not_there_has_no_mark() -> None:
    """Nothing in common is nothing."""
    assert marks_of(Invoice(), Known()) == Marks()
    assert marks(number="000").number == marks(totals={"gross": "0.00"}).amount == ""


@pytest.mark.parametrize("iban", ["DE89370400440532013001", "see below", ""])
def test_what_is_no_account_makes_none_known(iban: str) -> None:
    """Wrong check digits are an error by themselves."""
    assert marks(payment={"accounts": [{"iban": iban}]}).accounts == ()


def test_an_account_that_is_no_iban_counts() -> None:
    """Many sellers have none; and a forger may leave it out."""
    (account,) = marks(payment={"accounts": [{"iban": "12-3456 7890"}]}).accounts

    assert account != marks().accounts[0]


def test_more_accounts_than_are_kept_count_all_the_same() -> None:
    """What comes after them is one more account, which nobody knows."""
    many = [{"iban": f"1000{number}"} for number in range(1000)]

    found = marks(payment={"accounts": many}).accounts
    forged = marks(payment={"accounts": [*many[:-1], {"iban": OTHER}]}).accounts

    assert len(found) == len(forged) == 9
    assert found[:8] == forged[:8]
    assert found[8] != forged[8]


@pytest.mark.parametrize(
    ("other", "known"),
    [
        ({"seller": TOLD["buyer"]}, Known()),
        ({"seller": {"name": "KÄUFER AG"}}, Known()),
        ({}, Known(companies=companies_of(["DE136695976"]))),
        ({}, Known(companies=companies_of(["Muster GmbH"]))),
    ],
    ids=str,
)
def test_a_seller_that_is_the_buyer_was_misread(other: dict[str, Any], known: Known) -> None:
    """Else whatever is misread so would be of one seller with many accounts."""
    found = marks(known, **other)

    assert (found.seller_id, found.seller_name) == ("", "")
    assert found.number


def test_who_told_a_sellers_accounts_is_believed_alone() -> None:
    """They are checked against those; other sellers' are learned."""
    told = Known(accounts=accounts_of(f"Muster GmbH, {IBAN}\n{OTHER[:2]}123456789, {OTHER}"))

    assert marks(told).accounts == ()
    assert marks(told, seller={"name": "Another"}).accounts == marks().accounts
