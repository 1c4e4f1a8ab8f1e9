"""National numbers, and banks that are not where the IBAN is."""

from typing import Any

import pytest

from tallysheet.model import Invoice
from tallysheet.validate import validate

RIGHT_AND_WRONG = [
    ("AT", "59-119/9013", "59-119/9014"),
    ("BE", "0403.019.261", "0403.019.262"),
    ("CH", "CHE-100.155.212", "CHE-100.155.213"),
    ("CY", "10259033P", "10259033Z"),
    ("ES", "A58818501", "A58818502"),
    ("ES", "12345678Z", "12345678A"),
    ("ES", "X2482300W", "X2482300A"),
    ("FR", "732 829 320", "732 829 321"),
    ("FR", "73282932000074", "73282932000075"),
    ("GB", "1955839661", "2955839661"),
    ("IS", "450401-3150", "530575-0299"),
    ("IT", "RSSMRA85T10A562S", "RSSMRA85T10A562A"),
    ("IT", "00743110157", "00743110158"),
    ("MT", "1167-9112", "1167-9113"),
    ("NL", "111222333", "111222334"),
    ("PL", "856-734-62-15", "856-734-62-16"),
    ("PT", "501 964 843", "501 964 842"),
    ("RS", "101134702", "101134703"),
    ("TR", "4540536920", "4540536921"),
    ("TR", "17291716060", "17291716050"),
    ("UA", "32855961", "32855968"),
]
"""Examples of the documentation of stdnum, and the same with one digit or letter wrong."""


def found(**fields: Any) -> list[str]:
    """The codes of what validation finds in an invoice."""
    return [finding.code for finding in validate(Invoice.model_validate(fields), required=())]


def party(country: str | None, **numbers: Any) -> dict[str, Any]:
    """Somebody there, with these numbers."""
    return {**numbers, "address": {"country": country}}


@pytest.mark.parametrize(("country", "right", "wrong"), RIGHT_AND_WRONG)
def test_numbers_are_checked_as_those_of_their_country(
    country: str, right: str, wrong: str
) -> None:
    """As a tax number or a registration, of the seller or the buyer."""
    assert found(seller=party(country, tax_number=right)) == []
    assert found(seller=party(country, tax_number=wrong)) == ["tax_number.check"]
    assert found(buyer=party(country, legal_id=wrong)) == ["legal_id.check"]


@pytest.mark.parametrize(
    ("country", "number"),
    [
        # Registers of commerce, chambers of commerce, a British company: no check digits
        *(("DE", "HRB 12345"), ("IT", "MI-1234567"), ("NL", "12345678"), ("GB", "09627306")),
        # A tax number as German states have it, and one of no country that is known
        *(("DE", "12/345/67890"), ("SM", "732829321"), (None, "732829321")),
        ("FR", ""),
    ],
)
def test_what_has_the_form_of_no_number_that_is_known_is_not_judged(
    country: str | None, number: str
) -> None:
    """Nor is a number whose country is not known."""
    assert found(seller=party(country, tax_number=number, legal_id=number)) == []


GERMAN = (
    # As their states write them (stdnum, ELSTER), and as the whole country does
    *("181/815/0815 5", "93815/08152", "133/8150/8159", "013 815 08153", "21/815/08150"),
    *("2866081508156", "9181081508155", "5133081508159", "4151081508156", "1121081508150"),
    # A number of a register, one with its office before it, a mark of the office behind it
    *("HRB 12345", "FA Ulm 12/345/67", "143/123/12345 K07", "DE4711", ""),
)
MALFORMED = (
    # A digit too few or too many, and digits of no state
    *("123/456/789", "12/345/6789", "123/4567/89012", "4711", "818108150815", "91810815081555"),
    *("6181081508155", "2866181508156"),
)


@pytest.mark.parametrize(
    ("number", "codes"),
    [*((one, []) for one in GERMAN), *((one, ["tax_number.form"]) for one in MALFORMED)],
)
def test_a_german_tax_number_has_the_form_of_one_state(number: str, codes: list[str]) -> None:
    """Wherever else it is, and as a registration, it may be anything."""
    assert found(seller=party("DE", tax_number=number)) == codes
    assert found(buyer={"vat_id": "DE136695976", "tax_number": number}) == codes
    assert found(seller=party("AD", tax_number=number)) == []
    assert found(seller=party("DE", legal_id=number)) == []


def test_the_country_is_that_of_the_vat_number_where_no_address_says() -> None:
    """Greek VAT numbers begin with EL, and the numbers of Liechtenstein are Swiss."""
    polish = {"vat_id": "PL8567346215", "tax_number": "8567346216"}
    assert found(seller=polish) == ["tax_number.check"]
    assert found(seller=party("LI", legal_id="CHE-100.155.213")) == ["legal_id.check"]


@pytest.mark.parametrize(
    ("scheme", "right", "wrong"),
    [
        ("0088", "4012345000009", "4012345000008"),
        ("0151", "51 824 753 556", "51 824 753 557"),
        ("0188", "5-8356-7825-6246", "2-8356-7825-6246"),
        ("0191", "12345678", "12345679"),
        ("0195", "197401143C", "197401143D"),
        ("0196", "450401-3150", "530575-0299"),
        ("0204", "991-03730-19", "991-03730-18"),
    ],
)
def test_an_identifier_is_checked_by_its_scheme(scheme: str, right: str, wrong: str) -> None:
    """Wherever its party is; one without a scheme that is known may be anything."""
    told = {"scheme": scheme, "value": right}
    mistold = {"scheme": scheme, "value": wrong}
    unknown = {"scheme": "0060", "value": "123456789"}

    assert found(seller=party("DE", ids=[told, unknown])) == []
    assert found(seller=party("DE", ids=[told, mistold])) == ["id.check"]


BANKS = [
    ("DE89370400440532013000", "COBADEFFXXX", []),
    ("DE89370400440532013000", "COBAFRPP", ["bic.country"]),
    # Overseas France and the Channel Islands have the IBANs of the motherland
    ("FR1420041010050500013M02606", "BNPAGPGX", []),
    ("GB82WEST12345698765432", "BARCJEHH", []),
    # Where the account is no IBAN nobody knows where it is
    ("0532013000", "COBAFRPP", ["iban.form"]),
]


@pytest.mark.parametrize(("iban", "bic", "codes"), BANKS)
def test_a_bank_is_where_its_account_is(iban: str, bic: str, codes: list[str]) -> None:
    """Another country is worth a look: one of the two may have been changed."""
    assert found(payment={"accounts": [{"iban": iban, "bic": bic}]}) == codes
