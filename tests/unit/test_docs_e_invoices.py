"""The page about e-invoices names what the code says, and nothing else."""

import re
from pathlib import Path

import pytest

from tallysheet.errors import ConfigError
from tallysheet.extract._crosscheck import NAMES
from tallysheet.extract._einvoice import SYNTAXES
from tallysheet.validate import require_known

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "e-invoices.md").read_text(encoding="utf-8")
SOURCE = "".join(
    file.read_text(encoding="utf-8")
    for folder in ("validate", "extract")
    for file in sorted((ROOT / "src" / "tallysheet" / folder).glob("*.py"))
)
COMPARED = {f"page.{path.rpartition('.')[2]}" for path in NAMES}
CODES = re.findall(r"`([a-z_]+\.[a-z_]+)`", PAGE)


def is_field(path: str) -> bool:
    """Whether it is a field of an invoice."""
    try:
        require_known([path])
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("code", sorted(set(CODES)))
def test_every_code_on_the_page_is_one(code: str) -> None:
    """Of a finding, or a field of the invoice."""
    assert code in COMPARED or f'"{code}"' in SOURCE or is_field(code)


def test_every_value_that_is_compared_is_on_the_page() -> None:
    """And no other is promised."""
    told = {code for code in CODES if code.startswith("page.")}

    assert told == COMPARED | {"page.iban", "page.unseen", "page.unread"}


def test_every_syntax_is_on_the_page() -> None:
    """By the name that results have."""
    assert all(syntax.name in PAGE for syntax in SYNTAXES)
