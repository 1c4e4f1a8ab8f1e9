"""Languages: one file each in ``languages/``, so that adding one is adding a file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from samples._chance import Chance

FOLDER = Path(__file__).parent / "languages"

Words = Mapping[str, str]
"""What a supplier's invoices say, by key; some hold places such as ``{date}``."""

AMERICAN = "US"
SWISS = "CH"

LOCAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    AMERICAN: {
        "invoice": ("Invoice", "INVOICE"),
        "delivered": ("Ship date", "Date shipped"),
        "rate": ("Tax", "Tax %"),
        "net": ("Net total", "Taxable amount"),
        "vat": ("Sales tax {rate}%", "Sales Tax ({rate}%)"),
        "vat_on": ("Sales tax {rate}% on {base}",),
        "vat_rate": ("Tax rate",),
        "vat_base": ("Taxable",),
        "vat_amount": ("Sales tax",),
        "gross": ("Total", "Invoice total", "Grand total"),
        "tax_number": ("EIN", "Federal Tax ID"),
    },
    SWISS: {
        "vat": ("MWST {rate} %", "zzgl. MWST {rate} %"),
        "vat_on": ("MWST {rate} % auf {base}",),
        "rate": ("MWST", "MWST %"),
        "vat_id": ("MWST-Nr.", "UID"),
        "buyer_vat": ("Ihre MWST-Nr.",),
    },
}
"""Words that the tax law of a country gives, instead of those of its language."""


@dataclass(frozen=True)
class Language:
    """What its file holds."""

    months: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    rare: Mapping[str, tuple[str, ...]]
    """The same for what few invoices say."""
    units: Words
    """How units of UN/ECE Recommendation 20 are written."""
    goods: Mapping[str, tuple[str, ...]]
    """Names of what each trade sells, in the order of its items."""

    def pick(self, chance: Chance, country: str) -> Words:
        """One synonym of each word, as one supplier would use them."""
        words = {**self.words, **LOCAL.get(country, {})}
        picked = {key: chance.choice(options) for key, options in words.items()}
        # Of a stream of their own, so that those who never say them stay as they are.
        aside = chance.of(*picked.values())
        return picked | {key: aside.choice(options) for key, options in self.rare.items()}


@cache
def language(code: str) -> Language:
    """The language with ISO 639-1 *code*."""
    data = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    return Language(
        months=tuple(data["months"]),
        words={key: tuple(options) for key, options in data["words"].items()},
        rare={key: tuple(options) for key, options in data["rare"].items()},
        units=data["units"],
        goods={key: tuple(names) for key, names in data["goods"].items()},
    )
