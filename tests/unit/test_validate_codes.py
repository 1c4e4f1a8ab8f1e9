"""Currencies, IBANs, BICs and VAT numbers."""

import asyncio
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.model import Account, Invoice, Party, Payment, Severity
from tallysheet.validate import validate
from tallysheet.validate._currencies import MINOR_UNITS, RETIRED, smallest_unit, written

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def found(**fields: Any) -> list[tuple[str, Severity]]:
    """What validation finds in an invoice: codes with their severities."""
    invoice = Invoice.model_validate(fields)
    return [(each.code, each.severity) for each in validate(invoice, required=())]


def of_account(means_code: str | None = None, **fields: str) -> list[tuple[str, Severity]]:
    """What validation finds in the one account of an invoice."""
    return found(payment={"accounts": [fields], "means_code": means_code})


ACCOUNTS = [
    # German, as the standard writes it and as people do
    ("DE89370400440532013000", []),
    ("DE89 3704 0044 0532 0130 00", []),
    # With its label, and small
    ("IBAN: gb82 west 1234 5698 7654 32", []),
    # Belgian, of a bank that national lists may not know yet
    ("BE83138811735115", []),
    # One digit wrong, two changed places, one lost, one letter read for a digit
    ("DE89370400440532013001", [("iban.check", ERROR)]),
    ("DE89370400440532031000", [("iban.check", ERROR)]),
    ("DE8937040044053201300", [("iban.check", ERROR)]),
    ("DE8937040044O532013000", [("iban.check", ERROR)]),
    # Check digits that are right for a length that the country does not have
    ("DE0512345678", [("iban.check", ERROR)]),
    # A local account number, also one that looks like an IBAN of no country
    ("0532013000", [("iban.form", INFO)]),
    ("US12 3456 7890 1234", [("iban.form", INFO)]),
    # Nobody can pay to a word
    ("IBAN", [("iban.form", WARNING)]),
    ("", [("iban.form", WARNING)]),
]


@pytest.mark.parametrize(("iban", "findings"), ACCOUNTS)
def test_an_account_is_checked_as_what_it_claims_to_be(
    iban: str, findings: list[tuple[str, Severity]]
) -> None:
    """A wrong IBAN stops a payment; what is no IBAN may be a local account."""
    assert of_account(iban=iban) == findings


def test_a_sepa_transfer_needs_an_iban() -> None:
    """Payment means 58 does not work with a local account number."""
    assert of_account("58", iban="0532013000") == [("iban.form", WARNING)]


DEBITED = [
    # Right
    ("DE89370400440532013000", []),
    # Masked, as on most bills
    ("DE89XXXXXXXXXXXXXX3000", [("iban.check", WARNING)]),
    ("****3000", []),
]


@pytest.mark.parametrize(("iban", "findings"), DEBITED)
def test_the_own_account_is_at_most_a_warning(
    iban: str, findings: list[tuple[str, Severity]]
) -> None:
    """Nothing is paid to the account that is debited."""
    assert found(payment={"debited_iban": iban}) == findings


BICS = [
    ("COBADEFFXXX", []),
    ("COBADEFF", []),
    ("coba de ff", []),
    ("COBADEFFX", [("bic.form", WARNING)]),
    ("BIC", [("bic.form", WARNING)]),
]


@pytest.mark.parametrize(("bic", "findings"), BICS)
def test_a_bic_has_eight_or_eleven_characters(
    bic: str, findings: list[tuple[str, Severity]]
) -> None:
    """The form is all that can be told."""
    assert of_account(bic=bic) == findings


VAT_IDS = [
    # Right, one of each way to check
    ("DE136695976", True),
    ("FR 61 954 506 077", True),
    ("EL094259216", True),
    ("XI432525179", True),
    ("GB 980 7806 84", True),
    ("CHE-107.787.577 MWST", True),
    ("CHE107787577", True),
    ("NO995525828MVA", True),
    # Made up for a sample
    ("DE123456789", False),
    ("FR12345678901", False),
    ("GB123456789", False),
    ("CHE-123.456.789 TVA", False),
    ("NO123456789MVA", False),
    # Half of a country, as OCR reads one
    ("G6956136506", False),
    ("6B 956 1365 06", False),
    # No check is known: another country, or no country at all, perhaps a Spanish one
    ("B90454430", True),
    ("US12-3456789", True),
    ("51 824 753 556", True),
    ("", True),
]


@pytest.mark.parametrize(("vat_id", "right"), VAT_IDS)
@pytest.mark.parametrize("party", ["seller", "buyer"])
def test_a_vat_number_is_checked_by_its_country(party: str, vat_id: str, right: bool) -> None:
    """Never more than a warning: samples and even real invoices fail the check."""
    findings = found(**{party: {"vat_id": vat_id}})

    assert findings == ([] if right else [("vat_id.check", WARNING)])


BORROWED = [
    {"number": "GB980780684"},
    {"number": "DE 136 695 976"},
    {"number": "GB980780684", "buyer": {"address": {"country": "GB"}}},
    {"number": "SI59082437", "seller": {"vat_id": "si50223054"}},
    {"number": "de136695977", "seller": {"vat_id": "DE136695977"}},
    {"number": "10573", "buyer": {"customer_number": "10573"}},
    {"number": "HRB 99870", "seller": {"legal_id": "HRB99870"}},
    {
        "number": "DE89370400440532013000",
        "payment": {"accounts": [{"iban": "DE89 3704 0044 0532 0130 00"}]},
    },
]


@pytest.mark.parametrize("said", BORROWED)
def test_a_number_that_is_somebodys_own_is_no_invoices(said: dict[str, Any]) -> None:
    """It stood beside the right one on the page: VAT number, customer number, account."""
    assert ("number.borrowed", ERROR) in found(**said)


@pytest.mark.parametrize(
    "number", ["2026-1140", "SI001180", "DE136695977", "RE-10573", "10573-1", "", "#"]
)
def test_another_number_is_taken_for_what_it_is(number: str) -> None:
    """Also one that begins like a VAT number, or holds that of the customer."""
    said = {"seller": {"vat_id": "DE136695976"}, "buyer": {"customer_number": "10573"}}

    assert found(number=number, **said) == []


def test_a_number_that_passes_as_one_of_a_country_that_nobody_is_of_is_none() -> None:
    """Sales invoices are numbered SI and eight digits, and each eleventh would pass."""
    assert found(number="SI59082437", seller={"vat_id": "GB980780684"}) == []


CURRENCIES = [
    ("EUR", []),
    ("JPY", []),
    # New in 2024 and 2025
    ("ZWG", []),
    ("XCG", []),
    # Withdrawn lately, and long ago
    ("HRK", [("currency.retired", WARNING)]),
    ("DEM", [("currency.unknown", ERROR)]),
    # Nobody can pay in these
    ("XXX", [("currency.unknown", ERROR)]),
    ("XAU", [("currency.unknown", ERROR)]),
    # Not codes
    ("€", [("currency.unknown", ERROR)]),
    ("eur", [("currency.unknown", ERROR)]),
]


@pytest.mark.parametrize(("currency", "findings"), CURRENCIES)
def test_a_currency_is_a_code_of_iso_4217(
    currency: str, findings: list[tuple[str, Severity]]
) -> None:
    """An unknown currency leaves open what to pay."""
    assert found(currency=currency) == findings


def test_the_vat_currency_is_only_a_warning() -> None:
    """It does not change what to pay."""
    assert found(tax_currency="DEM") == [("currency.unknown", WARNING)]


def test_the_table_of_currencies_is_whole() -> None:
    """Every code once, none of them retired, and the odd ones as ISO 4217 has them."""
    assert len(MINOR_UNITS) == 165
    assert all(len(code) == 3 and code.isupper() for code in MINOR_UNITS)
    assert not RETIRED & set(MINOR_UNITS)
    assert {MINOR_UNITS[code] for code in ("KRW", "VND", "ISK", "CLP", "XOF")} == {0}
    assert {MINOR_UNITS[code] for code in ("HUF", "CZK", "MRU", "MGA", "UZS")} == {2}
    assert {MINOR_UNITS[code] for code in ("BHD", "KWD", "TND", "OMR")} == {3}


@pytest.mark.parametrize(
    ("currency", "unit"),
    [("EUR", "0.01"), ("JPY", "1"), ("HUF", "1"), ("KWD", "0.001"), (None, "0.01"), ("?", "0.01")],
)
def test_rounding_is_to_the_smallest_unit_in_use(currency: str | None, unit: str) -> None:
    """Forint have no coins below one, whatever the table says."""
    assert str(smallest_unit(currency)) == unit


@given(
    value=st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9)),
    currency=st.sampled_from(["EUR", "JPY", "KWD", None]),
)
def test_an_amount_is_written_with_its_value(value: Any, currency: str | None) -> None:
    """Digits are added or dropped only where they are zeros."""
    assert type(value)(written(value, currency)) == value


@given(st.text(max_size=200))
def test_no_text_breaks_a_check(text: str) -> None:
    """Whatever a document holds, each check ends with findings of one printable line."""
    invoice = Invoice(
        currency=text,
        seller=Party(vat_id=text),
        payment=Payment(accounts=(Account(iban=text, bic=text),), debited_iban=text),
    )

    findings = validate(invoice, required=())

    assert all(each.message.isprintable() and len(each.message) < 200 for each in findings)


@pytest.mark.parametrize("country", ["BE", "ES", "IT", "NO", "DE", "FR", "XI"])
def test_no_check_holds_up_the_event_loop(country: str) -> None:
    """Tables of numbers are not read from disk while other documents wait."""
    invoice = Invoice(
        seller=Party(vat_id=f"{country}123456789"),
        payment=Payment(accounts=(Account(iban=f"{country}12345678901234567", bic="X"),)),
    )

    async def check() -> int:
        with blockbuster_ctx():
            return len(validate(invoice, required=()))

    assert asyncio.run(check()) > 0
