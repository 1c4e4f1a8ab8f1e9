"""Looking at a batch and changing one's mind: status, show, export, retry, config, schema, help."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from scene import contents_of, manifest_of, statuses_of, tallysheet

BROKEN = "download (3).pdf"
GERMAN = "2026-03_Muster-GmbH_RE-1042.pdf"
HYBRID = "Küchenstudio Löwenzahn - Rechnung 118.pdf"


@pytest.mark.parametrize("named", [("invoices",), ("invoices.tallysheet",), ()])
def test_status_counts_and_lists_what_needs_a_person(desk: Path, named: tuple[str, ...]) -> None:
    """The batch is named by its source or its place, or is the only one here."""
    ran = tallysheet("status", *named, "--json", cwd=desk)

    (told,) = ran.events
    assert (ran.code, ran.stderr) == (0, "")
    assert told["counts"] == manifest_of(desk / "invoices.tallysheet")["counts"]
    assert [(row["document"], row["reason"]) for row in told["failed"]] == [(BROKEN, "corrupt")]
    assert len(told["review"]) == told["counts"]["review"]
    assert told["workers"] == {}


def test_looking_changes_nothing(desk: Path) -> None:
    """Neither status nor show nor export writes into a batch."""
    before = contents_of(desk / "invoices.tallysheet")

    for words in (("status", "invoices"), ("show", f"invoices/{GERMAN}"), ("export", "invoices")):
        assert tallysheet(*words, cwd=desk).code == 0

    assert contents_of(desk / "invoices.tallysheet") == before


@pytest.mark.parametrize(
    "words", [(f"invoices/{HYBRID}",), (HYBRID, "--batch", "invoices"), (HYBRID,)]
)
def test_show_finds_a_document_by_its_path_and_by_its_name(
    desk: Path, words: tuple[str, ...]
) -> None:
    """It prints what was read, who read it, and where each value stands."""
    told = tallysheet("show", *words, cwd=desk)
    data = tallysheet("show", *words, "--json", cwd=desk)

    assert (told.code, data.code) == (0, 0)
    assert f"{HYBRID}: done" in told.stdout
    assert "read off its e-invoice: EN 16931 2017 in CII" in told.stdout
    assert "2026-0118" in told.stdout
    assert data.events[0]["invoice"]["number"] == "2026-0118"
    assert data.events[0]["citations"]["number"]["method"]


def test_show_says_why_a_document_failed(desk: Path) -> None:
    """The reason, and what its owner can do."""
    ran = tallysheet("show", f"invoices/{BROKEN}", cwd=desk)

    assert ran.code == 0
    assert "corrupt: " in ran.stdout
    assert "Ask its sender" in ran.stdout


def test_export_writes_one_json_line_a_document(desk: Path) -> None:
    """All of them, whatever became of them, with amounts as exact decimals."""
    ran = tallysheet("export", "invoices", cwd=desk)

    lines = {line["document"]: line for line in ran.events}
    assert (ran.code, ran.stderr) == (0, "")
    assert {k: line["status"] for k, line in lines.items()} == statuses_of(
        desk / "invoices.tallysheet"
    )
    assert lines[BROKEN]["invoice"] is None
    assert isinstance(lines[GERMAN]["invoice"]["totals"]["gross"], str)


def test_export_writes_a_csv_that_appears_whole(my_desk: Path) -> None:
    """The file's ending tells the format; with --json stdout tells what was written."""
    ran = tallysheet(
        "export", "invoices", "-o", "out.csv", "--status", "done", "--json", cwd=my_desk
    )

    done = {k for k, s in statuses_of(my_desk / "invoices.tallysheet").items() if s == "done"}
    with (my_desk / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ran.code == 0
    assert ran.events == [{"documents": len(done), "file": "out.csv", "format": "csv"}]
    assert {row["document"] for row in rows} == done
    assert next(r["number"] for r in rows if r["document"] == HYBRID) == "2026-0118"
    assert sorted(p.name for p in my_desk.iterdir()) == [
        "invoices",
        "invoices.tallysheet",
        "out.csv",
    ]


def test_export_writes_one_row_an_invoice_line(desk: Path) -> None:
    """The Spanish sample has 44 of them on two pages."""
    ran = tallysheet("export", "invoices", "--format", "csv", "--lines", cwd=desk)

    rows = list(csv.DictReader(io.StringIO(ran.stdout, newline="")))
    assert ran.code == 0
    assert sum(row["document"] == "factura_F26-3307.pdf" for row in rows) >= 44


def test_export_into_a_place_that_is_none_is_told_with_its_fix(desk: Path) -> None:
    """No folder there, or a folder where the file should be: nothing is left behind."""
    before = sorted(desk.rglob("*"))

    nowhere = tallysheet("export", "invoices", "-o", "no/such/folder.csv", cwd=desk)
    folder = tallysheet("export", "invoices", "-o", "invoices", cwd=desk)

    assert (nowhere.code, folder.code) == (6, 6)
    assert "cannot be written" in nowhere.stderr
    assert "cannot be written" in folder.stderr
    assert "Traceback" not in nowhere.stderr + folder.stderr
    assert sorted(desk.rglob("*")) == before


def test_a_mended_document_is_read_once_it_is_retried(my_desk: Path) -> None:
    """`retry --failed` sends round what failed; running again reads that and nothing else."""
    sent = tallysheet("retry", "--failed", "--batch", "invoices", "--json", cwd=my_desk)
    pending = statuses_of(my_desk / "invoices.tallysheet")[BROKEN]
    shutil.copyfile(my_desk / "invoices" / GERMAN, my_desk / "invoices" / BROKEN)
    with (my_desk / "invoices" / BROKEN).open("ab") as file:
        file.write(b"\n% mended\n")

    ran = tallysheet("run", "invoices", "--json", cwd=my_desk)

    assert (sent.code, sent.events) == (0, [{"retried": [BROKEN]}])
    assert pending == "pending"
    assert (ran.code, ran.settled) == (0, [BROKEN])


def test_named_documents_are_retried_together_or_not_at_all(my_desk: Path) -> None:
    """One of them is done: none goes round; named alone, the failed one does."""
    both = tallysheet("retry", f"invoices/{BROKEN}", f"invoices/{HYBRID}", "--json", cwd=my_desk)
    unchanged = statuses_of(my_desk / "invoices.tallysheet")[BROKEN]

    alone = tallysheet("retry", f"invoices/{BROKEN}", cwd=my_desk)

    assert (both.code, both.error["code"]) == (2, 2)
    assert "done" in both.error["message"]
    assert unchanged == "failed"
    assert alone.code == 0
    assert "1 document pending again." in alone.stderr
    assert statuses_of(my_desk / "invoices.tallysheet")[BROKEN] == "pending"


def test_config_tells_each_setting_where_it_came_from_and_no_secret(tmp_path: Path) -> None:
    """A flag's place is the command; file and environment are named, passwords are masked."""
    (tmp_path / "tallysheet.toml").write_text('concurrency = 7\napi_key_command = "pass s3cret"\n')
    environment = {"TALLYSHEET_BASE_URL": "https://me:s3cret@models.example/v1"}

    table = tallysheet("config", "show", cwd=tmp_path, env=environment)
    data = tallysheet("config", "show", "--json", cwd=tmp_path, env=environment)

    (told,) = data.events
    assert (table.code, data.code) == (0, 0)
    assert told["concurrency"] == {"value": 7, "from": str(tmp_path / "tallysheet.toml")}
    assert told["base_url"]["from"] == "TALLYSHEET_BASE_URL"
    assert told["base_url"]["value"].endswith("@models.example/v1")
    assert told["model"] == {"value": "rules", "from": "default"}
    assert "s3cret" not in table.stdout + data.stdout + table.stderr + data.stderr


def test_schema_is_a_json_schema_with_the_terms_of_the_standard(tmp_path: Path) -> None:
    """Every field may be absent, and its description names its BT number."""
    ran = tallysheet("schema", cwd=tmp_path)

    schema = json.loads(ran.stdout)
    assert ran.code == 0
    assert schema["type"] == "object"
    assert "BT-1" in schema["properties"]["number"]["description"]
    assert "BT-5" in schema["properties"]["currency"]["description"]
    assert {"seller", "buyer", "totals", "lines"} <= schema["properties"].keys()


@pytest.mark.parametrize(
    "words",
    [
        ("status", "nowhere"),
        ("show", "nothing.pdf", "--batch", "invoices"),
        ("export", "nowhere"),
        ("retry", "nothing.pdf", "--batch", "invoices"),
        ("retry",),
        ("run", "nowhere"),
        ("run", "invoices", "--model", "nobody"),
    ],
)
def test_an_error_is_json_on_stdout_where_json_was_asked_for(
    desk: Path, words: tuple[str, ...]
) -> None:
    """Its code is the exit code; people read the same on stderr."""
    ran = tallysheet(*words, "--json", cwd=desk)

    assert ran.error.keys() == {"code", "kind", "message", "fix"}
    assert ran.error["code"] == ran.code
    assert ran.code in (2, 6)
    assert ran.error["message"]
    assert ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "words", [("run", "--bogus"), ("show",), ("export", "--format", "xlsx"), ("frobnicate",)]
)
def test_a_word_that_cannot_be_parsed_is_json_on_stdout_too(
    desk: Path, words: tuple[str, ...]
) -> None:
    """A program that asked for JSON gets it for every mistake."""
    ran = tallysheet(*words, "--json", cwd=desk)

    assert ran.code == 2
    assert ran.error["code"] == 2


@pytest.mark.parametrize("words", [("--version",), ("--help",)])
def test_the_front_door_opens(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Version and help need no batch and no setting."""
    ran = tallysheet(*words, cwd=tmp_path)

    assert (ran.code, ran.stderr) == (0, "")
    assert "tallysheet" in ran.stdout


@pytest.mark.parametrize(
    "command", ["run", "status", "show", "export", "retry", "doctor", "schema", "config show"]
)
def test_the_help_of_every_command_has_examples_and_tells_of_json(
    tmp_path: Path, command: str
) -> None:
    """One looks up how to type it, and copies."""
    ran = tallysheet(*command.split(), "--help", cwd=tmp_path)

    assert ran.code == 0
    assert "--json" in ran.stdout
    assert "Examples:" in ran.stdout
    assert f"\n    tallysheet {command}" in ran.stdout
