"""`make demo`: a dozen invoices, read with no key, no server and no cloud."""

import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parent))
from samples import demo_set, write_samples

COLUMNS = ("document", "number", "date", "seller", "gross", "by", "status")
FLEXIBLE = ("document", "seller")
SHORT = {"e-invoice": "XML", "rules": "rules"}
STYLES = {"done": "green", "review": "yellow", "failed": "red"}


def main(folder: Path) -> None:
    """Write the samples below *folder*, read them, and show what came out."""
    invoices = folder / "invoices"
    write_samples(demo_set(), folder)
    console = Console(highlight=False)
    console.print(f"A dozen sample invoices are in {invoices}/. Now: tallysheet run {invoices}\n")
    ran = subprocess.run([sys.executable, "-m", "tallysheet", "run", str(invoices)], check=False)
    if ran.returncode not in (0, 1):
        raise SystemExit(ran.returncode)
    exported = folder / "invoices.jsonl"
    _tallysheet("export", str(invoices), "-o", str(exported))
    _tallysheet("export", str(invoices), "-o", str(folder / "invoices.csv"))
    with exported.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    console.print()
    console.print(_table(lines))
    console.print(f"\nManifest and results: {invoices}.tallysheet/")
    console.print(f"Exported:             {exported} and {folder / 'invoices.csv'}")
    console.print(f"One of them closely:  .venv/bin/tallysheet show '{invoices}/{_first(lines)}'")


def _first(lines: list[dict]) -> str:
    """A document that is worth a closer look: one that went to review."""
    return next(line["document"] for line in lines if line["status"] == "review")


def _tallysheet(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "tallysheet", *arguments], check=True)


def _table(lines: list[dict]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        justify = "right" if name == "gross" else "left"
        table.add_column(name, justify=justify, no_wrap=name not in FLEXIBLE)
    for line in lines:
        invoice = line["invoice"] or {"seller": {}, "totals": {}}
        gross = " ".join(filter(None, [invoice["totals"].get("gross"), invoice.get("currency")]))
        cells = (
            line["document"],
            invoice.get("number"),
            invoice.get("issue_date"),
            invoice["seller"].get("name"),
            gross,
            SHORT.get(line["source"]),
        )
        status = Text(line["status"], style=STYLES.get(line["status"], ""))
        table.add_row(*(Text(cell or "–") for cell in cells), status)
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
