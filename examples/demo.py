"""`make demo`: a dozen invoices, read with no key, no server and no cloud."""

import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parent))
from samples import demo_set

COLUMNS = ("document", "read by", "number", "date", "seller", "gross", "status")
STYLES = {"done": "green", "review": "yellow", "failed": "red"}


def main(folder: Path) -> None:
    """Write the samples below *folder*, read them, and show what came out."""
    invoices = folder / "invoices"
    invoices.mkdir(parents=True, exist_ok=True)
    for sample in demo_set():
        (invoices / sample.name).write_bytes(sample.data)
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
    console.print(f"One of them closely:  {Path(sys.executable).parent}/tallysheet show FILE")


def _tallysheet(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "tallysheet", *arguments], check=True)


def _table(lines: list[dict]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="right" if name == "gross" else "left", overflow="fold")
    for line in lines:
        invoice = line["invoice"] or {"seller": {}, "totals": {}}
        gross = " ".join(filter(None, [invoice["totals"].get("gross"), invoice.get("currency")]))
        table.add_row(
            line["document"],
            line["source"] or "–",
            invoice.get("number") or "–",
            invoice.get("issue_date") or "–",
            invoice["seller"].get("name") or "–",
            gross or "–",
            Text(line["status"], style=STYLES.get(line["status"], "")),
        )
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
