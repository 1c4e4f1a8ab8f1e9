"""Files that hold several documents: each becomes a record of its own, and none is merged."""

import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest

from samples import Sample, many
from scene import Ran, statuses_of, tallysheet

SAMPLES = list(many(8, 11))
LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6260606000000000050001a5f645400000000049454e44ae426082"
)


def mail(**attached: bytes) -> bytes:
    """A message with files attached."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Bills"
    message.set_content("Please find attached.")
    for name, data in attached.items():
        maintype, subtype = ("image", "png") if name.endswith("_png") else ("application", "pdf")
        message.add_attachment(
            data, maintype=maintype, subtype=subtype, filename=name.replace("_", ".")
        )
    return message.as_bytes()


def zipped(**files: bytes) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("_", ".")), data)
    return out.getvalue()


def bound(*samples: Sample) -> bytes:
    """Their pages, one after the other in one PDF; nothing embedded comes along."""
    whole = pypdfium2.PdfDocument.new()
    for sample in samples:
        whole.import_pages(pypdfium2.PdfDocument(sample.data))
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def run(place: Path) -> Ran:
    """Run over ``inbox``."""
    return tallysheet("run", "inbox", "--json", cwd=place)


def rows(place: Path) -> dict[str, dict[str, object]]:
    """Every document as it is exported."""
    out = tallysheet("export", "inbox", "--format", "jsonl", cwd=place).stdout
    return {row["document"]: row for row in map(json.loads, out.splitlines())}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder to fill."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def test_a_mail_and_an_archive_are_opened_and_each_attachment_is_a_document(inbox: Path) -> None:
    """A logo is left aside and said to be; an archive in a mail is opened as well."""
    one, two, three, *_ = (sample.data for sample in SAMPLES)
    (inbox / "m.eml").write_bytes(mail(a_pdf=one, logo_png=LOGO, more_zip=zipped(b_pdf=two)))
    (inbox / "z.zip").write_bytes(zipped(c_pdf=three, again_pdf=one))

    ran = run(inbox.parent)

    assert ran.code == 0, ran.stderr
    statuses = statuses_of(inbox.parent / "inbox.tallysheet")
    assert {key for key, status in statuses.items() if status == "split"} == {
        "m.eml", "m.eml#more.zip", "z.zip",
    }  # fmt: skip
    assert sorted((statuses["m.eml#a.pdf"], statuses["z.zip#again.pdf"])) == ["done", "duplicate"]
    assert [statuses[key] for key in ("m.eml#more.zip#b.pdf", "z.zip#c.pdf")] == ["done"] * 2
    told = tallysheet("show", "m.eml", "--batch", "inbox", cwd=inbox.parent).stdout
    assert "It holds 2 documents: a.pdf, more.zip. Left aside: logo.png: " in told
    shown = tallysheet("show", "m.eml#more.zip#b.pdf", "--batch", "inbox", cwd=inbox.parent)
    assert SAMPLES[1].truth.number in shown.stdout


def test_invoices_bound_together_are_parted_and_keep_their_pages(inbox: Path) -> None:
    """Each has the values of its own pages, cited where they stand in the file."""
    (inbox / "scan.pdf").write_bytes(bound(*SAMPLES[3:6]))

    ran = run(inbox.parent)
    again = run(inbox.parent)

    parts = {key: row for key, row in rows(inbox.parent).items() if "#" in key}
    assert sorted(parts) == [f"scan.pdf#pages={page}-{page}" for page in (1, 2, 3)]
    for sample, row in zip(SAMPLES[3:6], parts.values(), strict=True):
        assert row["invoice"]["number"] == sample.truth.number
        assert row["citations"]["number"]["page"] == int(row["document"][-1])
    assert (ran.summary["counts"]["split"], again.settled) == (1, [])


def test_a_file_that_holds_something_else_now_is_read_again_and_what_left_is_told(
    inbox: Path,
) -> None:
    """What is still in there stays as it was; what is not fails, and says why."""
    one, two, three, *_ = (sample.data for sample in SAMPLES)
    (inbox / "z.zip").write_bytes(zipped(a_pdf=one, b_pdf=two))
    run(inbox.parent)
    (inbox / "z.zip").write_bytes(zipped(a_pdf=one, c_pdf=three))

    ran = run(inbox.parent)

    statuses = statuses_of(inbox.parent / "inbox.tallysheet")
    assert statuses == {
        "z.zip": "split", "z.zip#a.pdf": "done", "z.zip#b.pdf": "failed", "z.zip#c.pdf": "done",
    }  # fmt: skip
    assert ran.settled == ["z.zip", "z.zip#b.pdf", "z.zip#c.pdf"]
    assert [(one["document"], one["reason"]) for one in ran.summary["failed"]] == [
        ("z.zip#b.pdf", "gone")
    ]


def test_a_part_with_the_name_of_a_file_fails_its_holder_and_hides_nothing(inbox: Path) -> None:
    """The file keeps its record; somebody has to rename one of them."""
    one, two, *_ = (sample.data for sample in SAMPLES)
    (inbox / "z.zip").write_bytes(zipped(a_pdf=one))
    (inbox / "z.zip#a.pdf").write_bytes(two)

    ran = run(inbox.parent)

    assert ran.code == 1
    assert [(one["document"], one["reason"]) for one in ran.summary["failed"]] == [
        ("z.zip", "name_taken")
    ]
    assert rows(inbox.parent)["z.zip#a.pdf"]["invoice"]["number"] == SAMPLES[1].truth.number
