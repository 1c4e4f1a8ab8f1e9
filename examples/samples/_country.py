"""Countries: one file each in ``countries/``, and the companies that are made up from it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from samples._chance import Chance
from samples._identifiers import bic, iban, siren, tax_number, vat_id
from samples._notation import Notation
from samples._tongue import AMERICAN, language
from tallysheet.model import Account, Address, Contact, Party

FOLDER = Path(__file__).parent / "countries"

ASCII = str.maketrans("äöüßéèêíìáàâñóòçÉÍÖÄÜ", "aouseeeiiaaanoocEIOAU")

CODES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
"""All countries there are."""


@dataclass(frozen=True)
class Country:
    """What its file holds."""

    code: str
    data: Mapping[str, Any]

    @property
    def language(self) -> str:
        """Its language, an ISO 639-1 code."""
        return str(self.data["language"])

    @property
    def rates(self) -> tuple[Decimal, ...]:
        """Its VAT rates, the highest first."""
        return tuple(Decimal(rate) for rate in self.data["rates"])

    @property
    def paper(self) -> str:
        """The sheet that letters are printed on."""
        return str(self.data.get("paper", "A4"))

    @property
    def bank(self) -> str:
        """A bank that does not exist."""
        return str(self.data["bank"])

    def notation(self, chance: Chance) -> Notation:
        """How one supplier writes numbers, dates and amounts."""
        group, point = chance.choice(self.data["marks"])
        return Notation(
            currency=self.data["currency"],
            months=language(self.language).months,
            group=group,
            point=point,
            day=chance.choice(self.data["days"]),
            amount=chance.choice(self.data["amounts"]).replace(" ", "\N{NO-BREAK SPACE}"),
            everywhere=chance.random() < 1 / 3,
        )

    def number_pattern(self, chance: Chance) -> str:
        """How one supplier numbers invoices, with ``#`` for digits."""
        return str(chance.choice(self.data["invoice_numbers"]))

    def account(self, chance: Chance) -> Account | None:
        """An account at that bank, where accounts have IBANs."""
        if self.code == AMERICAN:
            return None
        return Account(iban=iban(chance, self.code), bic=bic(self.code))

    def company(self, chance: Chance, trade: str, *, unlike: str = "") -> Party:
        """A company in *trade*, with all that a letterhead shows, and no kin of *unlike*."""
        stems = [stem for stem in self.data["stems"] if not unlike.startswith(stem)]
        stem = chance.choice(stems)
        name = f"{stem} {self.data['trades'][trade]} {chance.choice(self.data['forms'])}"
        vat = vat_id(chance, self.code)
        domain = f"{slug(stem)}.example"
        return Party(
            name=name,
            vat_id=vat,
            tax_number=self._tax_number(chance),
            legal_id=siren(vat) if vat and self.code == "FR" else self._filled(chance, "legal_id"),
            address=self.address(chance),
            contact=Contact(
                name=chance.choice(self.data["people"]),
                phone=chance.fill(self.data["phone"]),
                email=f"info@{domain}",
            ),
            url=f"www.{domain}",
        )

    def address(self, chance: Chance) -> Address:
        """An address in a town that is on no map."""
        street, number = chance.choice(self.data["streets"]), chance.randint(1, 140)
        return Address(
            line1=self.data["street"].format(street=street, n=number),
            city=chance.choice(self.data["towns"]),
            postcode=chance.fill(self.data["postcode"]),
            region=self.data.get("region"),
            country=self.code,
        )

    def lines(self, address: Address) -> tuple[str, ...]:
        """*address* as it is written on letters here."""
        written = [form.format(**address.model_dump()) for form in self.data["city"]]
        return (str(address.line1), *written)

    def _tax_number(self, chance: Chance) -> str | None:
        pattern = self.data.get("tax_number")
        return tax_number(chance, self.code, pattern) if pattern else None

    def _filled(self, chance: Chance, key: str) -> str | None:
        pattern = self.data.get(key)
        return chance.fill(pattern) if pattern else None


def slug(name: str) -> str:
    """*name* as it stands in an address on the web."""
    return "-".join(re.findall("[a-z0-9]+", name.translate(ASCII).lower()))


@cache
def country(code: str) -> Country:
    """The country with ISO 3166-1 *code*."""
    text = (FOLDER / f"{code}.toml").read_text(encoding="utf-8")
    return Country(code, tomllib.loads(text))
