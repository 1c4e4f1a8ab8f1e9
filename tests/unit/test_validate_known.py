"""Buyers who are not us, and accounts that are not the seller's."""

from pathlib import Path
from typing import Any

import pytest

import tallysheet
from samples import many
from tallysheet import Settings, Status
from tallysheet.errors import ConfigError
from tallysheet.model import Invoice, Known, Severity
from tallysheet.pipeline import Settled
from tallysheet.pipeline._known import known_of
from tallysheet.ports import ABSENT
from tallysheet.store import MemoryStore
from tallysheet.validate import accounts_of, check_known, companies_of

ERROR, WARNING = Severity.ERROR, Severity.WARNING
OURS = ("Muster GmbH=DE136695976", "Übung G.m.b.H.")
OWN, OTHER = "DE89370400440532013000", "GB82WEST12345698765432"
ACCOUNTS = f"""Seller; IBAN
# as of today
DE 136 695 976; DE89 3704 0044 0532 0130 00
"Weber, Söhne & Co."	{OWN}
"""


def buyer(*ours: str, **fields: str) -> list[tuple[str, Severity]]:
    """What is noticed about a buyer: codes with their severities."""
    invoice = Invoice.model_validate({"buyer": fields})
    found = check_known(invoice, Known(companies_of(ours or OURS)))
    return [(each.code, each.severity) for each in found]


def paid(seller: dict[str, str], *ibans: str) -> list[tuple[str, ...]]:
    """The fields of accounts that are not the seller's."""
    accounts: list[dict[str, Any]] = [{"iban": iban} for iban in ibans]
    invoice = Invoice.model_validate({"seller": seller, "payment": {"accounts": accounts}})
    found = list(check_known(invoice, Known(accounts=accounts_of(ACCOUNTS))))
    assert all((each.code, each.severity) == ("account.changed", ERROR) for each in found)
    return [each.fields for each in found]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "MUSTER GMBH", "vat_id": "DE 136.695.976"},
        {"name": "Muster GmbH, Einkauf", "vat_id": "136695976"},
        {"vat_id": "DE136695976"},
        {"name": "An die Ubung GmbH"},
        {"name": "Jemand", "trade_name": "Muster GmbH"},
        {},
    ],
    ids=str,
)
def test_a_buyer_that_is_one_of_ours_is_not_noticed(fields: dict[str, str]) -> None:
    """However it is spelled; and a receipt names nobody."""
    assert buyer(**fields) == []


def test_a_buyer_with_another_vat_id_is_an_error_even_under_our_name() -> None:
    """The invoice is for somebody else, or was altered."""
    assert buyer(name="Muster GmbH", vat_id="DE999999999") == [("buyer.vat_id", ERROR)]


@pytest.mark.parametrize("vat_id", ["DE136695976", None])
def test_a_buyer_whose_name_alone_differs_is_a_warning(vat_id: str | None) -> None:
    """Names are spelled in many ways; part of a word is none of ours."""
    fields = {"vat_id": vat_id} if vat_id else {}
    assert buyer(name="Mustermann GmbH", **fields) == [("buyer.name", WARNING)]


def test_where_only_names_are_told_no_vat_id_is_another_one() -> None:
    """And where only VAT ids are told, no name is."""
    assert buyer("Muster GmbH", name="Muster GmbH", vat_id="DE999999999") == []
    assert buyer("DE136695976", name="Jemand", vat_id="DE136695976") == []
    assert buyer("DE136695976", name="Jemand") == []


def test_swiss_and_greek_vat_ids_compare_as_they_are_written() -> None:
    """With the name of the tax behind them, and by either code of the country."""
    assert buyer("CHE-123.456.788", vat_id="CHE-123.456.788 MWST") == []
    assert buyer("EL123456789", vat_id="GR 123456789") == []


@pytest.mark.parametrize("entry", ["", " ", "=", "Muster GmbH=", "Muster GmbH=DE", "…"])
def test_an_entry_that_names_no_company_is_refused(entry: str) -> None:
    """A slip of the pen must not turn the check off."""
    with pytest.raises(ConfigError, match="our_companies"):
        companies_of([entry])


@pytest.mark.parametrize(
    "seller",
    [
        {"vat_id": "DE136695976"},
        {"vat_id": "DE136695976", "name": "Anyone"},
        {"name": "WEBER  Söhne & Co"},
        # Seen under another number, or with none: the name still tells
        {"vat_id": "DE999999999", "name": "Weber, Söhne & Co."},
        {"name": "Front", "trade_name": "Weber Sohne Co"},
        # Wide letters, and characters that nobody sees
        {"vat_id": "\uff24\uff25136695976"},
        {"name": "We\u200bber, So\u0308h\u00adne & Co."},
    ],
    ids=str,
)
def test_a_known_seller_has_its_own_accounts_and_any_other_is_an_error(
    seller: dict[str, str],
) -> None:
    """Each is named, also where the right one stands beside it."""
    assert paid(seller, "DE89 3704 0044 0532 0130 00", f"IBAN: {OWN.lower()}") == []
    assert paid(seller, OWN, OTHER) == [("payment.accounts[1].iban",)]


def test_a_seller_that_is_not_listed_may_have_any_account() -> None:
    """And so may one of whom nothing is known."""
    assert paid({"vat_id": "DE999999999", "name": "New"}, OTHER) == []
    assert paid({}, OTHER) == []


def test_a_seller_may_have_several_accounts() -> None:
    """One a line."""
    known = accounts_of(f"A,{OWN}\nA,{OTHER}\n")
    assert known == {"a": frozenset({OWN, OTHER})}


@pytest.mark.parametrize(
    "line", [f"A,{OWN[:-1]}1", "A", f",{OWN}", "A,", "A,nothing", f"{OWN}"], ids=repr
)
def test_a_line_that_tells_no_account_is_refused_with_its_number(line: str) -> None:
    """A list with a hole in it protects nobody."""
    with pytest.raises(ConfigError, match="Line 3 "):
        accounts_of(f"A,{OWN}\n\n{line}\n")


def test_the_settings_name_both_and_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    file = tmp_path / "accounts.csv"
    file.write_text(f"\ufeffA,{OWN}\r\n", encoding="utf-8")

    known = known_of(Settings(our_companies=("Muster GmbH",), known_accounts_file=file))

    assert [one.name for one in known.companies] == ["muster gmbh"]
    assert known.accounts == {"a": frozenset({OWN})}
    with pytest.raises(ConfigError, match="known_accounts_file"):
        known_of(Settings(known_accounts_file=tmp_path / "none.csv"))


def test_nothing_told_is_nothing_noticed() -> None:
    """That is the usual case."""
    assert known_of(Settings()) == Known()


async def test_a_run_sends_a_changed_account_to_review(tmp_path: Path) -> None:
    """The other document, whose seller is not listed, is done."""
    source = MemoryStore("accounts")
    first, second = many(2)
    for sample in (first, second):
        await source.put(sample.name, sample.data, expect=ABSENT)
    file = tmp_path / "accounts.csv"
    file.write_text(f"{first.truth.seller.vat_id},{OTHER}\n", encoding="utf-8")
    settings = Settings(parse_workers=1, known_accounts_file=file)

    events = [event async for event in tallysheet.run(source, out=MemoryStore(), settings=settings)]

    settled = {e.document: (e.status, e.reason) for e in events if isinstance(e, Settled)}
    assert settled == {
        first.name: (Status.REVIEW, "account.changed"),
        second.name: (Status.DONE, None),
    }
