"""Gathers values by field path, each with its citation, into a draft."""

import re
from dataclasses import dataclass, field
from typing import Any

from tallysheet.extract._rules._layout import Sheet
from tallysheet.extract._rules._view import CONFIDENT, Found
from tallysheet.model import Citation, Draft, Finding, Invoice

MOST_LETTERS = 300
"""Letters of the longest value or citation that is kept."""

_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


def readable(text: str) -> str:
    """*text* without half characters and control codes, and not too long to keep."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(char for char in whole if char.isprintable())[:MOST_LETTERS].strip()


@dataclass
class Gathered:
    """The values found so far."""

    sheet: Sheet
    values: dict[str, Any] = field(default_factory=dict)
    citations: dict[str, Citation] = field(default_factory=dict)

    def put(self, path: str, found: Found[Any] | None) -> bool:
        """Keep *found* under *path*, if it is there and sure enough."""
        if found is None or found.score < CONFIDENT:
            return False
        value = readable(found.value) if isinstance(found.value, str) else found.value
        if value == "":
            return False
        self.values[path] = value
        self.citations[path] = Citation(
            page=self.sheet.lines[found.span.line].page,
            box=self.sheet.box(found.span),
            text=readable(self.sheet.text(found.span)),
            method=found.method,
            score=round(min(1.0, max(0.0, found.score)), 3),
        )
        return True

    def drop(self, *names: str) -> None:
        """Forget what was gathered under these field paths and below them."""
        for path in list(self.values):
            if re.split(r"\[", path)[0] in names:
                del self.values[path], self.citations[path]

    def draft(self, findings: tuple[Finding, ...] = ()) -> Draft:
        """All that was gathered, as an invoice with its citations."""
        invoice = Invoice.model_validate(nested(self.values))
        return Draft(invoice=invoice, citations=self.citations, findings=findings)


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """Turn field paths such as ``lines[2].amount`` into nested values."""
    root: dict[str, Any] = {}
    for path, value in values.items():
        steps = _STEP.findall(path)
        here = root
        for at, (name, index) in enumerate(steps):
            last = at == len(steps) - 1
            if index:
                rows = here.setdefault(name, [])
                while len(rows) <= int(index):
                    rows.append({})
                here = rows[int(index)]
            elif last:
                here[name] = value
            else:
                here = here.setdefault(name, {})
    return root
