"""Names and files that mean harm, and keys that must not leak."""

import csv
import io
import os
import pty
import select
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from scene import COMMAND, LIMIT_S, Ran, scrubbed, statuses_of, tallysheet
from scene_model import Served

FORMULA = '=HYPERLINK("x").pdf'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6260606000000000050001a5f645400000000049454e44ae426082"
)
OUTCOMES = {
    FORMULA: "done",
    "a\\x1b[2J\\x0ab.pdf": "done",
    "\\xff\\xfe.pdf": "done",
    "[bold red]‮fdp.pdf": "done",
    "x.pdf/inside.pdf": "done",
    "twin.pdf": "duplicate",
    "empty.pdf": "failed",
    "picture.png": "failed",
    "text.pdf": "failed",
}
CANARY = "canary-7c1e55"


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory, stream: Path) -> Path:
    """A folder with ``inbox``, in which strangers have put what they liked. Only read it."""
    folder = tmp_path_factory.mktemp("nasty")
    inbox = os.fsencode(folder / "inbox")
    os.makedirs(os.path.join(inbox, b"x.pdf"))
    pdf = min(stream.iterdir()).read_bytes()
    (folder / "secret.pdf").write_bytes(pdf)

    def lay(name: bytes, data: bytes) -> None:
        with open(os.path.join(inbox, name), "wb") as file:
            file.write(data)

    names = (FORMULA.encode(), b"a\x1b[2J\nb.pdf", b"\xff\xfe.pdf", "[bold red]‮fdp.pdf".encode())
    for number, name in enumerate((*names, b"x.pdf/inside.pdf")):
        lay(name, pdf + b"\n%% %d" % number)
    lay(b"twin.pdf", pdf + b"\n% 4")
    lay(b".hidden.pdf", pdf)
    lay(b"empty.pdf", b"")
    lay(b"picture.png", PNG)
    lay(b"text.pdf", b"Dear Sir or Madam,\nplease find attached.\n")
    os.mkfifo(os.path.join(inbox, b"fifo.pdf"))
    os.symlink("../secret.pdf", os.path.join(inbox, b"outside.pdf"))
    os.symlink("../inbox", os.path.join(inbox, b"loop"))
    os.symlink("nowhere.pdf", os.path.join(inbox, b"dangling.pdf"))
    return folder


@pytest.fixture(scope="module")
def read(nasty: Path) -> Ran:
    """How the run over it ended. What they laid there are copies, and each is to be done."""
    return tallysheet("run", "inbox", cwd=nasty, env={"TALLYSHEET_DUPLICATES": "false"})


def no_control(text: str) -> bool:
    """Whether a terminal would show all of *text* and obey none of it."""
    return all(c.isprintable() or c == "\n" for c in text)


def test_every_file_has_an_outcome_or_is_skipped_and_none_stops_the_batch(
    nasty: Path, read: Ran
) -> None:
    """Hidden files, pipes and links out of the folder are no documents."""
    statuses = statuses_of(nasty / "inbox.tallysheet")
    assert read.code == 1
    twins = {statuses.pop("x.pdf/inside.pdf"), statuses.pop("twin.pdf")}
    assert twins == {"done", "duplicate"}
    assert statuses == {k: v for k, v in OUTCOMES.items() if k in statuses}
    assert len(statuses) == len(OUTCOMES) - 2
    assert no_control(read.stderr)


def test_no_name_reaches_a_terminal_or_a_spreadsheet_as_a_command(nasty: Path, read: Ran) -> None:
    """Status, show and CSV show what a name is, and mean nothing by it."""
    seen = [
        tallysheet("status", "inbox", "--all", cwd=nasty),
        tallysheet("show", "a\\x1b[2J\\x0ab.pdf", "--batch", "inbox", cwd=nasty),
        tallysheet("show", "a\x1b[2Jb.pdf", "--batch", "inbox", cwd=nasty),
        tallysheet("run", "in\x1b[2Jbox", cwd=nasty),
    ]
    table = tallysheet("export", "inbox", "--format", "csv", cwd=nasty)

    assert [ran.code for ran in seen] == [0, 0, 2, 2]
    assert all(no_control(ran.stdout + ran.stderr) for ran in seen)
    cells = [cell for row in csv.reader(io.StringIO(table.stdout)) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [c for c in cells if c.startswith(("=", "@", "\t"))]


@pytest.mark.parametrize("name", [b"a\x1b[2J\nb.pdf", b"\xff\xfe.pdf"])
def test_a_document_is_found_by_its_path_whatever_its_name(
    nasty: Path, read: Ran, name: bytes
) -> None:
    """The path that a shell completes is the path that show understands."""
    ran = tallysheet("show", b"inbox/" + name, "--json", cwd=nasty)

    assert ran.code == 0, ran.stderr
    assert ran.events[0]["status"] == "done"


def test_a_name_that_is_not_utf_8_is_no_reason_to_crash(nasty: Path) -> None:
    """Neither as a source nor as a document, where the terminal's encoding is strict."""
    strict = {"PYTHONIOENCODING": "utf-8:strict"}

    ran = [
        tallysheet("run", b"no\xff.pdf", "--json", cwd=nasty, env=strict),
        tallysheet("run", b"no\xff.pdf", cwd=nasty, env=strict),
        tallysheet("run", "inbox", "--out", b"o\xff", "--json", cwd=nasty, env=strict),
    ]

    assert [each.code for each in ran] == [2, 2, 1]
    assert all("Traceback" not in each.stderr for each in ran)


def test_what_a_person_cannot_read_fails_alone(two: Path) -> None:
    """A file without the right to read it is one failed document."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (two / "invoices/b.pdf").chmod(0)

    ran = tallysheet("run", "invoices", "--json", cwd=two)

    assert ran.code == 1
    assert [(f["document"], f["reason"]) for f in ran.summary["failed"]] == [
        ("b.pdf", "unreadable")
    ]


def test_the_batch_must_not_lie_among_the_documents(two: Path) -> None:
    """What a run makes would be read as documents by the next."""
    inside = tallysheet("run", "invoices", "--out", "invoices/made", cwd=two)
    itself = tallysheet("run", "invoices", "--out", "invoices", cwd=two)

    assert (inside.code, itself.code) == (6, 6)
    assert sorted(p.name for p in (two / "invoices").iterdir()) == ["a.pdf", "b.pdf"]


def test_on_a_terminal_progress_is_drawn_and_no_name_is_obeyed(nasty: Path) -> None:
    """The screen is ours: nothing in a name clears it."""
    ran = on_a_terminal("run", "inbox", "--out", "batch-of-terminal", cwd=nasty)

    assert ran.code == 1
    assert "settled in" in ran.stderr
    assert "\x1b[2J" not in ran.stderr


def on_a_terminal(*words: str, cwd: Path) -> Ran:
    """Run a command whose stderr is a terminal."""
    screen, theirs = pty.openpty()
    process = subprocess.Popen(
        (*COMMAND, *words), cwd=cwd, env=scrubbed(cwd, {"TERM": "xterm-256color"}), stderr=theirs
    )
    os.close(theirs)
    shown = bytearray()
    with process:
        # Reading fails once it has ended, and its side of the terminal with it.
        with suppress(OSError):
            while select.select([screen], [], [], LIMIT_S)[0]:
                shown += os.read(screen, 65536)
        os.close(screen)
    return Ran(process.returncode, "", shown.decode())


def secret_in(folder: Path) -> list[str]:
    """The files below *folder* that hold the canary."""
    files = (f for f in folder.rglob("*") if f.is_file())
    return [f.name for f in files if CANARY.encode() in f.read_bytes()]


def test_a_key_is_in_nothing_that_is_printed_or_written(two: Path, model: Served) -> None:
    """It goes to the provider and nowhere else."""
    keys = {
        "OPENAI_API_KEY": f"sk-{CANARY}",
        "AWS_ACCESS_KEY_ID": CANARY,
        "AWS_SECRET_ACCESS_KEY": CANARY,
        **model.environment,
    }

    ran = [
        tallysheet("run", "invoices", "--json", cwd=two, env=keys),
        tallysheet("run", "invoices", "--model", "openai:", cwd=two, env=keys),
        tallysheet("status", "invoices", cwd=two, env=keys),
        tallysheet("export", "invoices", "-o", "out.jsonl", cwd=two, env=keys),
        tallysheet("config", "show", cwd=two, env=keys),
    ]

    assert [each.code for each in ran] == [0, 6, 0, 0, 0]
    assert not [each for each in ran if CANARY in each.stdout + each.stderr]
    assert secret_in(two) == []
    assert {h["authorization"] for h in model.server.headers} == {f"Bearer sk-{CANARY}"}
