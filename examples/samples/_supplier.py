"""Suppliers: a company with its habits, the same on each of its invoices."""

from dataclasses import dataclass, replace
from typing import Literal, Self

from samples._chance import Chance
from samples._country import Country, country, slug
from samples._goods import ITEMS
from samples._notation import Notation
from samples._sheet import Color
from samples._tongue import Language, Words, language
from tallysheet.model import Account, Party

DAYS = (10, 14, 21, 30, 30, 45)
"""Within which people ask to be paid."""

ACCENTS: tuple[Color, ...] = (
    (24, 56, 104),
    (20, 98, 78),
    (122, 28, 46),
    (60, 68, 80),
    (88, 60, 120),
    (150, 76, 16),
)

OPTIONAL = ("customer", "order", "delivered", "contact", "due", "buyer_vat")
"""What some suppliers print and others do not."""


Counts = Literal["never", "long", "always"]


@dataclass(frozen=True)
class Supplier:
    """Who sends invoices, and how they look."""

    party: Party
    account: Account | None
    country: Country
    language: Language
    words: Words
    notation: Notation
    trade: str
    look: str
    """The name of one of `LOOKS`."""
    accent: Color
    number_pattern: str
    days: int
    columns: frozenset[str]
    """Of the table of lines, beyond those that every invoice has."""
    prints: frozenset[str]
    """Those of `OPTIONAL` that this one prints."""
    counts: Counts = "long"
    """Whether pages are counted: where there are several, or a single one as well."""
    carries: bool = False
    """Whether each page says what all lines up to its end come to."""

    def called(self, name: str) -> Self:
        """The same under another *name*."""
        domain = f"{slug(name)}.example"
        contact = self.party.contact.model_copy(update={"email": f"info@{domain}"})
        changes = {"name": name, "url": f"www.{domain}", "contact": contact}
        return replace(self, party=self.party.model_copy(update=changes))


def make_supplier(chance: Chance, code: str, *, look: str, trade: str | None = None) -> Supplier:
    """A supplier in the country *code*; the *trade* is picked where not given."""
    home = country(code)
    tongue = language(home.language)
    trade = trade or chance.choice(sorted(ITEMS))
    return Supplier(
        party=home.company(chance, trade),
        account=home.account(chance),
        country=home,
        language=tongue,
        words=tongue.pick(chance, code),
        notation=home.notation(chance),
        trade=trade,
        look=look,
        accent=chance.choice(ACCENTS),
        number_pattern=home.number_pattern(chance),
        days=chance.choice(DAYS),
        columns=frozenset(key for key in ("pos", "sku", "rate") if chance.random() < 2 / 3),
        prints=frozenset(key for key in OPTIONAL if chance.random() < 3 / 4),
    )
