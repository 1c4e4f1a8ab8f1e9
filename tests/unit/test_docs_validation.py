"""The page about validation names the findings that the code names, and no others."""

import re
from pathlib import Path

import tallysheet.extract._crosscheck as crosscheck
import tallysheet.extract._doubt as doubt
import tallysheet.extract._second as second
import tallysheet.model._marks as marks
from tallysheet import confidence, validate

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
SOURCE = "".join(
    file.read_text(encoding="utf-8")
    for folder in ("confidence", "validate", "extract", "pipeline", "parse", "model")
    for file in sorted((ROOT / "src" / "tallysheet" / folder).rglob("*.py"))
)
ROWS = re.findall(r"^\| `([a-z_.<>]+)` \| (error|warning|info) \|", PAGE, re.MULTILINE)
MODULES = (validate, confidence, crosscheck, doubt, second, marks)
TABLES = [module.__doc__ or "" for module in MODULES]
TOLD = re.findall(r"^``([a-z_.<>]+)`` +(error|warning|info) ", "\n".join(TABLES), re.MULTILINE)


def test_every_finding_of_the_modules_is_on_the_page_with_its_severity() -> None:
    """Their tables are what the checks are written by."""
    assert len(TOLD) > 30
    assert set(TOLD) <= set(ROWS)


def test_every_finding_on_the_page_is_one_of_the_code_and_stands_there_once() -> None:
    """And no other is promised."""
    codes = [code for code, _ in ROWS]
    assert len(set(codes)) == len(codes)
    stems = [code.replace("<field>", "") for code in codes]
    unknown = [s for s in stems if not re.search(rf"""["']{re.escape(s)}(["']|\{{)""", SOURCE)]
    assert unknown == []
