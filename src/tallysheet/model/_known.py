"""What the user told about the parties of invoices: who "we" are, and sellers' accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Company(NamedTuple):
    """One of ours, spelled so that it compares; at least one of the two is there."""

    name: str | None
    vat_id: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What invoices are held against. Empty where nothing was told: then nothing is noticed."""

    companies: tuple[Company, ...] = ()
    """Who may be the buyer."""
    accounts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Accounts by seller, who goes by VAT number or by name; both spelled so that they compare."""
