"""Lists that grow are never cut in silence: every line is there, or a person has to look."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from samples import Sample, mix
from samples._chance import Chance
from samples._sample import pdf_sample
from samples._supplier import Supplier, make_supplier
from samples._truth import Plan, make_invoice
from scene import tallysheet
from scene_model import served_model
from tallysheet.model import Invoice, Line

SIZES = {10: 12, 60: 12, 200: 3, 1_200: 2, 2_000: 1}
"""How many documents of so many lines; each of another supplier, in another layout."""

LIMIT_S = 300.0
"""So long a run may take on a machine that does much else."""

LONG = {
    f"{size}_{sample.name}": sample
    for size, count in SIZES.items()
    for sample in mix(count, size, kinds=["long"], lines=(size, size))
}


class Item(NamedTuple):
    """What a line is paid by."""

    name: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal | None


class Export(NamedTuple):
    """What a batch says of one document."""

    status: str
    message: str | None
    items: list[Item]


def items_of(invoice: Invoice) -> list[Item]:
    """The lines of *invoice*."""
    return [Item(line.name, line.quantity, line.unit_price, line.amount) for line in invoice.lines]


def exported(place: Path) -> Mapping[str, Export]:
    """All documents of the batch of ``inbox``."""
    out = tallysheet("export", "inbox", "--format", "jsonl", cwd=place).stdout
    return {
        row["document"]: Export(
            row["status"], row["message"], items_of(Invoice.model_validate(row["invoice"] or {}))
        )
        for row in map(json.loads, out.splitlines())
    }


def read(place: Path, samples: Mapping[str, bytes], **env: str) -> Mapping[str, Export]:
    """Run over *samples*, and tell what came out."""
    (place / "inbox").mkdir()
    for name, data in samples.items():
        (place / "inbox" / name).write_bytes(data)
    env["TALLYSHEET_DUPLICATES"] = "false"  # each is to be judged by itself
    ran = tallysheet("run", "inbox", "--json", cwd=place, env=env, limit_s=LIMIT_S)
    assert ran.code in (0, 1), ran.stderr
    return exported(place)


@pytest.fixture(scope="module")
def by_rules(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Export]:
    """What the rules made of all of them, in one run."""
    files = {name: sample.data for name, sample in LONG.items()}
    return read(tmp_path_factory.mktemp("long"), files)


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.parametrize(("name", "sample"), LONG.items(), ids=LONG)
def test_rules_read_every_line_or_send_the_document_to_a_person(
    name: str, sample: Sample, by_rules: Mapping[str, Export]
) -> None:
    """10 to 2,000 lines over up to 100 pages that repeat headings and carry sums over."""
    found = by_rules[name]

    assert sample.truth
    assert found.status in ("done", "review")
    if found.status == "done":
        assert found.items == items_of(sample.truth)
    else:
        assert found.message


@pytest.mark.timeout(LIMIT_S)
def test_rules_read_lists_of_any_length_without_a_person(by_rules: Mapping[str, Export]) -> None:
    """Sending everything to people would be safe, and no use."""
    done = [name for name, found in by_rules.items() if found.status == "done"]

    assert by_rules.keys() == LONG.keys()
    assert {size for size in SIZES if any(name.startswith(f"{size}_") for name in done)} == {*SIZES}
    assert len(done) >= len(LONG) - 1


def numbered(size: int) -> tuple[Supplier, Invoice, bytes]:
    """An invoice whose lines are numbered, so that a part of it can be told from another."""
    supplier = make_supplier(Chance.of("long"), "GB", look="ledger", trade="office")
    supplier = replace(supplier, columns=supplier.columns | {"pos"}, carries=True)
    invoice = make_invoice(Chance.of(size), supplier, Plan(lines=size, number="INV-7001"))
    return supplier, invoice, pdf_sample("long.pdf", supplier, invoice, "").data


Answer = Callable[[dict[str, Any]], str]


def clerk(supplier: Supplier, invoice: Invoice, *, most: int | None = None) -> Answer:
    """A model that copies what each part shows it, but no more than *most* lines of it."""

    def shows(text: str, line: Line) -> bool:
        amount = re.escape(supplier.notation.cell(line.amount or Decimal(0)))
        pattern = rf"(?m)^{line.id} .*{re.escape(str(line.name))}.*\s{amount}$"
        return re.search(pattern, text) is not None

    def answer(body: dict[str, Any]) -> str:
        text = "\n".join(words_of(body))
        said = invoice.model_dump(mode="json", exclude_defaults=True)
        lines = [line for line in invoice.lines if shows(text, line)][:most]
        said["lines"] = [line.model_dump(mode="json", exclude_defaults=True) for line in lines]
        if supplier.notation.money(invoice.totals.gross or Decimal(0)) not in text:
            del said["totals"], said["taxes"], said["payment"]
        return json.dumps({"invoice": said})

    return answer


def words_of(body: dict[str, Any]) -> Iterator[str]:
    """All that a request says."""
    for message in body["messages"]:
        content = message["content"]
        yield from [content] if isinstance(content, str) else [part["text"] for part in content]


@pytest.mark.parametrize("size", [10, 200])
def test_a_model_that_copies_what_it_is_shown_gives_every_line_once(
    tmp_path: Path, size: int
) -> None:
    """However many parts the document is asked about in."""
    supplier, invoice, data = numbered(size)

    with served_model(clerk(supplier, invoice)) as model:
        found = read(tmp_path, {"long.pdf": data}, **model.environment)["long.pdf"]

    assert found.items == items_of(invoice)
    assert found.status == "done", found.message
    assert (len(model.requests) > 1) == (size > 10)


@pytest.mark.parametrize("size", [10, 200])
def test_a_model_that_leaves_lines_out_sends_the_document_to_a_person(
    tmp_path: Path, size: int
) -> None:
    """An answer that is well formed, and ends too early."""
    supplier, invoice, data = numbered(size)

    with served_model(clerk(supplier, invoice, most=9)) as model:
        found = read(tmp_path, {"long.pdf": data}, **model.environment)["long.pdf"]

    assert found.status == "review"
    assert 9 <= len(found.items) < size
    assert f"The model read {len(found.items)} lines, but the {size} rows" in str(found.message)
