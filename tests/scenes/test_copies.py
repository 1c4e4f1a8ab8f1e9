"""Copies of one invoice, and an account that changes: whoever reads them, nothing is paid twice."""

import io
from collections import Counter
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF

from samples import many
from samples._cii import write_cii
from scene import manifest_of, started, statuses_of, tallysheet
from tallysheet.model import Invoice

COPIES = 10


def bill(number: str, day: str, *, net: int = 100, iban: str = "DE89370400440532013000") -> bytes:
    """An e-invoice of one seller."""
    tax = net * 19 // 100
    told = {
        "number": number,
        "kind": "380",
        "issue_date": day,
        "due_date": day,
        "currency": "EUR",
        "seller": {
            "name": "Muster GmbH",
            "vat_id": "DE136695976",
            "address": {"line1": "Hof 1", "city": "Ulm", "postcode": "89073", "country": "DE"},
        },
        "buyer": {
            "name": "Käufer AG",
            "address": {"line1": "Weg 2", "city": "Bonn", "postcode": "53111", "country": "DE"},
        },
        "payment": {"means_code": "58", "accounts": [{"iban": iban}]},
        "totals": {"lines": net, "net": net, "tax": tax, "gross": net + tax, "due": net + tax},
        "taxes": [{"category": "S", "rate": 19, "base": net, "amount": tax}],
        "lines": [
            {
                "id": "1",
                "name": "Work",
                "quantity": 1,
                "unit": "HUR",
                "unit_price": net,
                "amount": net,
                "vat_category": "S",
                "vat_rate": 19,
            }
        ],
    }
    return write_cii(Invoice.model_validate(told))


def in_files(folder: Path, **files: bytes) -> Path:
    """*folder* with ``invoices`` of these names."""
    (folder / "invoices").mkdir()
    for name, data in files.items():
        (folder / "invoices" / f"{name}.xml").write_bytes(data)
    return folder


def test_of_copies_that_two_runs_read_at_once_one_is_done(tmp_path: Path) -> None:
    """Ten copies, no two of the same bytes, each of three invoices: three are done."""
    (tmp_path / "invoices").mkdir()
    for sample in many(3):
        for copy in range(COPIES):
            name = f"{copy}-{sample.name}"
            (tmp_path / "invoices" / name).write_bytes(sample.data + f"\n% {copy}\n".encode())

    with ExitStack() as stack:
        runs = [
            stack.enter_context(started("run", "invoices", "--json", cwd=tmp_path))
            for _ in range(2)
        ]
        ended = [run.ended() for run in runs]

    records = manifest_of(tmp_path / "invoices.tallysheet")["records"]
    assert [run.code for run in ended] == [0, 0]
    assert sum(len(run.settled) for run in ended) == 3 * COPIES
    done = {key for key, record in records.items() if record["status"] == "done"}
    assert Counter(key.partition("-")[2] for key in done) == {s.name: 1 for s in many(3)}
    for key, record in records.items():
        if key not in done:
            assert (record["status"], record["reason"]) == ("review", "duplicate.number")
            assert record["meets"]["duplicate.number"].partition("-")[2] == key.partition("-")[2]


def test_the_page_and_the_xml_of_one_invoice_are_paid_once(tmp_path: Path) -> None:
    """In one batch, read by two readers: one of them goes to a person."""
    sample = next(s for s in many(20) if s.truth and s.truth.seller.vat_id)
    in_files(tmp_path, b=write_cii(sample.truth))
    (tmp_path / "invoices" / "a.pdf").write_bytes(sample.data)

    ran = tallysheet("run", "invoices", "--json", "--fail-on-review", cwd=tmp_path)

    statuses = statuses_of(tmp_path / "invoices.tallysheet")
    assert ran.code == 3
    assert sorted(statuses.values()) == ["done", "review"]
    assert ran.summary["review"][0]["reason"] == "duplicate.number"


def scan(number: str, day: str, *, seller: str = "Nordlicht Trading Ltd") -> bytes:
    """A picture of an invoice: what changes are some characters."""
    pdf = FPDF(unit="pt", format=(420, 595))
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    for at, line in enumerate(
        (
            f"{seller}, 4 Harbour Road, Bristol",
            "INVOICE",
            f"Invoice number: {number}",
            f"Invoice date: {day}",
            "Net 1,000.00 EUR",
            "VAT 20 % 200.00 EUR",
            "Total 1,200.00 EUR",
        )
    ):
        pdf.text(50, 60 + 40 * at, line)
    picture = io.BytesIO()
    with pypdfium2.PdfDocument(bytes(pdf.output())) as document:
        document[0].render(scale=2).to_pil().save(picture, "PNG", dpi=(144, 144))
    return picture.getvalue()


@pytest.mark.skipif(
    find_spec("rapidocr") is None or find_spec("onnxruntime") is None,
    reason="the extra ocr is not installed",
)
def test_a_scan_that_came_again_is_known_by_its_picture_and_the_next_bill_is_not(
    tmp_path: Path,
) -> None:
    """Where seller and number of the second one are misread, its date and total are left."""
    (tmp_path / "invoices").mkdir()
    for name, data in {
        "first": scan("RE-2026-0417", "24 November 2025"),
        "again": scan("RE-2026-0477", "24 November 2025", seller="Nordlioht Trading Ltd"),
        "next": scan("RE-2026-0499", "24 December 2025"),
    }.items():
        (tmp_path / "invoices" / f"{name}.png").write_bytes(data)

    tallysheet("run", "invoices", "--json", cwd=tmp_path)

    records = manifest_of(tmp_path / "invoices.tallysheet")["records"]
    met = {key: record["meets"] for key, record in records.items() if "meets" in record}
    pair = {"again.png": "first.png", "first.png": "again.png"}
    ((later, meets),) = met.items()
    assert meets == {"duplicate.picture": pair[later]}
    words = ("explain", later, "--batch", "invoices")
    story = " ".join(tallysheet(*words, cwd=tmp_path).stdout.split())
    assert f"It looks like {pair[later]}, and two of number, date and total are the same" in story


def test_a_changed_account_goes_to_a_person_and_explain_says_why(tmp_path: Path) -> None:
    """The seller is known from an earlier run over the batch; its old account stays as it is."""
    in_files(tmp_path, january=bill("R-1", "2026-01-31"))
    tallysheet("run", "invoices", cwd=tmp_path)
    forged = bill("R-2", "2026-02-28", net=300, iban="GB82WEST12345698765432")
    (tmp_path / "invoices" / "february.xml").write_bytes(forged)

    ran = tallysheet("run", "invoices", "--json", "--fail-on-review", cwd=tmp_path)

    assert ran.code == 3
    assert statuses_of(tmp_path / "invoices.tallysheet") == {
        "january.xml": "done",
        "february.xml": "review",
    }
    words = ("february.xml", "--batch", "invoices")
    story = " ".join(tallysheet("explain", *words, cwd=tmp_path).stdout.split())
    assert "An account is not among those that january.xml names for the same seller" in story
    assert "error account.changed:" in story
    assert "accounts" not in story.partition("Passed: ")[2].partition(".")[0]
    assert "tallysheet explain january.xml --batch invoices" in story
    assert "account.changed" in tallysheet("show", *words, cwd=tmp_path).stdout
    other = tallysheet("explain", "january.xml", "--batch", "invoices", cwd=tmp_path).stdout
    assert "february.xml is in review on account of it." in " ".join(other.split())
    (january, february) = sorted(
        tallysheet("export", "invoices", cwd=tmp_path).events,
        key=lambda row: str(row["document"]),
        reverse=True,
    )
    assert [f["code"] for f in january["findings"]] == []
    assert [f["code"] for f in february["findings"]] == ["account.changed"]


def test_whoever_approves_a_changed_account_is_shown_that_first_and_it_is_known(
    tmp_path: Path,
) -> None:
    """The next invoice with the new account is done; what waited with it is once it is retried."""
    new = "GB82WEST12345698765432"
    in_files(tmp_path, january=bill("R-1", "2026-01-31"))
    tallysheet("run", "invoices", cwd=tmp_path)
    for month, name in ((2, "february"), (3, "march")):
        moved = bill(f"R-{month}", f"2026-{month:02}-28", net=100 * month, iban=new)
        (tmp_path / "invoices" / f"{name}.xml").write_bytes(moved)
    tallysheet("run", "invoices", cwd=tmp_path)

    ran = tallysheet("approve", "invoices/february.xml", cwd=tmp_path)
    tallysheet("retry", "invoices/march.xml", cwd=tmp_path)
    moved = bill("R-4", "2026-04-28", net=400, iban=new)
    (tmp_path / "invoices" / "april.xml").write_bytes(moved)
    tallysheet("run", "invoices", cwd=tmp_path)

    shown, _, decided = ran.stderr.partition("1 document approved.")
    assert (ran.code, bool(decided)) == (0, True)
    assert "error account.changed: An account is not among those that january.xml names" in shown
    assert statuses_of(tmp_path / "invoices.tallysheet") == {
        "january.xml": "done",
        "february.xml": "approved",
        "march.xml": "done",
        "april.xml": "done",
    }


def test_bills_that_come_by_the_month_are_no_copies(tmp_path: Path) -> None:
    """Nor is a batch for which nobody wants to know."""
    months = {f"m{n}": bill(f"R-{n}", f"2026-0{n}-28") for n in range(1, 7)}
    in_files(tmp_path, again=bill("R-1", "2026-01-28") + b"\n", **months)
    off = {"TALLYSHEET_DUPLICATES": "false"}

    tallysheet("run", "invoices", cwd=tmp_path)
    tallysheet("run", "invoices", "--out", "off.tallysheet", cwd=tmp_path, env=off)

    found = statuses_of(tmp_path / "invoices.tallysheet")
    assert Counter(found.values()) == {"done": 6, "review": 1}
    assert "review" in (found["m1.xml"], found["again.xml"])
    assert set(statuses_of(tmp_path / "off.tallysheet").values()) == {"done"}
