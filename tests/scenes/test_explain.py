"""The story of one document, whatever became of it, as a person or a program asks for it."""

import io
import json
import re
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from samples import many
from scene import Ran, contents_of, tallysheet
from scene_model import Served, served_model
from tallysheet.cli._explain import as_json_of

WRONG = "Rechnung 1187-26.pdf"
HYBRID = "Küchenstudio Löwenzahn - Rechnung 118.pdf"
BROKEN = "download (3).pdf"
GOOD = "2026-03_Muster-GmbH_RE-1042.pdf"
PRICE = ("--price", "openai:test=0.25/10")


def explained(document: str, cwd: Path, *more: str) -> Ran:
    """What is told of a document of the batch of ``invoices``."""
    ran = tallysheet("explain", document, "--batch", "invoices", *more, cwd=cwd)
    assert (ran.code, ran.stderr) == (0, ""), ran
    return ran


def mail(attached: dict[str, bytes]) -> bytes:
    """A message with files attached."""
    message = EmailMessage()
    message.set_content("Please find attached.")
    for name, data in attached.items():
        message.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def zipped(name: str, data: bytes) -> bytes:
    """An archive of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def prose(ran: Ran) -> str:
    """What was told, as one line."""
    return " ".join(ran.stdout.split())


def test_a_document_in_review_says_who_read_what_where_and_why_it_is_there(desk: Path) -> None:
    """The file, the reader, the values with their words, the finding, what passed, what to do."""
    told = prose(explained(WRONG, desk))

    assert f"{WRONG}: review A person has to look at it, because of an error: Net 365.48" in told
    assert re.search(r"It is a file of [\d,]+ bytes in invoices\.tallysheet\.", told)
    assert re.search(r"The SHA-256 of its bytes is [0-9a-f]{64}\.", told)
    assert re.search(r"The rules read it on \d{4}-\d\d-\d\d at \d\d:\d\d, by tallysheet \d", told)
    assert re.search(r"Time, waiting included: .*parse [\d.]+ m?s, extract", told)
    assert re.search(r"issue_date: 2026-03-03 \(right with 9\d\.\d %\), on page 1: “3. März", told)
    assert "The checks brought 1 finding. error sum.gross: Net 365.48" in told
    assert re.search(r"Passed: required fields, .*VAT, number, lines.*\. Next:", told)
    assert f"tallysheet show '{WRONG}' --batch invoices" in told
    assert f"tallysheet retry '{WRONG}' --batch invoices" in told


@pytest.mark.parametrize("document", [WRONG, HYBRID, BROKEN, GOOD, "26-00815.xml"])
def test_a_story_fits_a_terminal_of_80_columns(desk: Path, document: str) -> None:
    """All but commands, which must be copied in one piece."""
    story, _, commands = explained(document, desk).stdout.partition("Next:\n")

    assert max(map(len, story.splitlines())) <= 80
    assert all(line.startswith("  tallysheet ") for line in commands.splitlines())


def test_an_e_invoice_says_what_it_follows_and_was_held_against(desk: Path) -> None:
    """Its values stand in the XML; only a hybrid has pages to be held against."""
    hybrid, plain = (prose(explained(name, desk)) for name in (HYBRID, "26-00815.xml"))

    assert "Its e-invoice, which follows EN 16931 2017 in CII, was read on" in hybrid
    assert "issue_date: 2026-07-10 (right with 99.8 %), in the XML: “20260710”" in hybrid
    assert "the pages against the e-invoice" in hybrid
    assert "the pages against the e-invoice" not in plain
    assert "The checks brought no finding. Passed: " in plain
    assert "It was read, and no check found an error." in plain


def test_a_document_that_failed_says_why_and_how_to_go_on(desk: Path) -> None:
    """There is no result to tell of."""
    told = prose(explained(BROKEN, desk))

    assert "It could not be read (corrupt). " in told
    assert "Ask its sender" in told
    assert "What was read" not in told
    assert told.endswith("# once it is mended tallysheet run invoices")


def test_mails_their_parts_and_duplicates_lead_to_each_other(tmp_path: Path) -> None:
    """A file names its parts, a part its file, a duplicate its original, and that its twins."""
    one, two = (sample.data for sample in many(2))
    inbox = tmp_path / "invoices"
    inbox.mkdir()
    (inbox / "a.pdf").write_bytes(one)
    (inbox / "m.eml").write_bytes(mail({"b.pdf": two, "more.zip": zipped("c.pdf", one)}))
    assert tallysheet("run", "invoices", cwd=tmp_path).code == 0

    names = ("m.eml", "m.eml#b.pdf", "m.eml#more.zip#c.pdf", "a.pdf")
    whole, part, copy, original = (prose(explained(name, tmp_path)) for name in names)

    assert "m.eml: split It holds 2 documents: b.pdf, more.zip." in whole
    assert "b.pdf: done more.zip: split more.zip#c.pdf: duplicate" in whole
    assert "tallysheet explain 'm.eml#b.pdf' --batch invoices" in whole
    assert "It is the part b.pdf of the file m.eml," in part
    assert "It has the same bytes as a.pdf, and was not read once more." in copy
    assert "What follows is of a.pdf." in copy
    assert copy.endswith("Next: tallysheet explain a.pdf --batch invoices")
    assert "m.eml#more.zip#c.pdf is a duplicate of it." in original


def test_a_model_is_told_with_price_attempts_and_cache(two: Path, model: Served) -> None:
    """First it was paid for; the second time the answer was found, and what it had cost is told."""
    run = ("run", "invoices", *PRICE)
    tallysheet(*run, cwd=two, env=model.environment)
    paid = prose(explained("a.pdf", two))
    tallysheet("retry", "a.pdf", "--batch", "invoices", cwd=two)
    waiting = prose(explained("a.pdf", two))
    tallysheet(*run, cwd=two, env=model.environment)
    found = prose(explained("a.pdf", two))

    (usd,) = re.findall(r"It was asked once, for (\$[\d.]+): [\d,]+ tokens in", paid)
    price = "The price of openai:test: $0.25 a million tokens in, $10.00 out."
    assert price in paid
    assert price in found
    assert re.search(r"It was told prompt \d+, and to follow schema [0-9a-f]{16}\.", paid)
    assert "a.pdf: pending It waits for the next run." in waiting
    assert "What follows is of an earlier reading. openai:test read it on" in waiting
    assert f"All work on it has cost {usd} so far." in found
    assert "The answer came out of the cache of the batch, for nothing;" in found
    assert f"{usd} had been paid when it was given." in found
    assert "It was asked" not in found


def test_a_program_gets_the_same_as_json(desk: Path) -> None:
    """With the whole provenance, exact sentences and commands."""
    told = explained(WRONG, desk, "--json").events[0]
    failed = explained(BROKEN, desk, "--json").events[0]

    assert (told["document"], told["status"], told["reason"]) == (WRONG, "review", "sum.gross")
    assert told["why"].startswith("A person has to look at it, because of an error: Net")
    assert told["next"][0] == f"tallysheet show '{WRONG}' --batch invoices"
    assert [finding["code"] for finding in told["result"]["findings"]] == ["sum.gross"]
    assert told["result"]["provenance"]["pages"] == 1
    assert told["result"]["provenance"]["seconds"]["parse"] > 0
    number = told["values"][0]
    assert (number["field"], number["citation"]["text"]) == ("number", number["value"])
    assert "sums" not in told["passed"]
    assert "VAT" in told["passed"]
    assert (failed["result"], failed["values"], failed["passed"]) == (None, [], [])


def test_a_result_of_before_there_was_a_provenance_is_explained(my_desk: Path) -> None:
    """What is not known of it is not told."""
    batch = my_desk / "invoices.tallysheet"
    told = explained(GOOD, my_desk, "--json").events[0]
    (file,) = [f for f in (batch / "results").iterdir() if told["sha256"] in f.read_text()]
    old = json.loads(file.read_text())
    del old["provenance"]
    file.write_text(json.dumps(old))

    story = prose(explained(GOOD, my_desk))

    assert "The rules read it: no model was asked, and it cost nothing. What was read" in story
    assert "Time" not in story


def test_what_a_terminal_would_obey_is_shown_and_not_sent(tmp_path: Path) -> None:
    """Neither a file's name nor what a model says reaches the terminal as a command."""
    bad = "a\x1b[2J\n\u202e.pdf"
    (tmp_path / "invoices").mkdir()
    (tmp_path / "invoices" / bad).write_bytes(next(many(1)).data)
    lie = json.dumps({"invoice": {"number": "M\u001b]0;x\u0007-1"}, "warnings": ["\u001b[31mno"]})
    with served_model((lie,)) as model:
        tallysheet("run", "invoices", cwd=tmp_path, env=model.environment)

    told = explained(f"invoices/{bad}", tmp_path)
    data = explained(f"invoices/{bad}", tmp_path, "--json")

    assert not set(told.stdout) & set("\x1b\x07\r\u202e")
    assert not set(data.stdout) & set("\x1b\x07\r")
    assert "number: M�]0;x�-1" in told.stdout
    assert "note: �[31mno" in told.stdout


def test_looking_changes_nothing_and_an_unknown_document_is_an_error(desk: Path) -> None:
    """The usual one, with its fix; as JSON too."""
    before = contents_of(desk / "invoices.tallysheet")

    explained(GOOD, desk)
    ran = tallysheet("explain", "nothing.pdf", "--batch", "invoices", "--json", cwd=desk)

    assert ran.code == 2
    assert ran.error["kind"] == "NotFound"
    assert "nothing.pdf" in ran.stderr
    assert contents_of(desk / "invoices.tallysheet") == before


def test_every_key_of_the_json_is_documented(desk: Path) -> None:
    """In the order in which they come; the reference is made of it."""
    told = explained(GOOD, desk, "--json").events[0]

    table = re.findall(r"^    ([a-z0-9_]+)  +\S", as_json_of.__doc__ or "", re.MULTILINE)
    assert table == ["key", *told]


@pytest.mark.parametrize("command", ["explain", "show"])
def test_a_batch_where_a_document_is_wanted_is_a_usage_error(desk: Path, command: str) -> None:
    """It is told what to type instead."""
    ran = tallysheet(command, "invoices", cwd=desk)

    assert ran.code == 2
    assert "invoices is a batch; name a document in it" in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
