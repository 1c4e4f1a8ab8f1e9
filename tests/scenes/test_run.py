"""`tallysheet run`: what it makes and where, what a second run does, how each ending is told."""

import json
import shutil
import socket
from pathlib import Path

import pytest

from scene import contents_of, manifest_of, statuses_of, tallysheet

BROKEN = "download (3).pdf"
WRONG_SUMS = "Rechnung 1187-26.pdf"


def test_a_folder_of_invoices_becomes_a_batch_beside_it(desk: Path, demo: Path) -> None:
    """Every document has an outcome, every outcome its result, all where it was promised."""
    batch = desk / "invoices.tallysheet"

    statuses = statuses_of(batch)

    assert statuses.keys() == {file.name for file in demo.iterdir()}
    assert set(statuses.values()) == {"done", "review", "failed"}
    assert (statuses[BROKEN], statuses[WRONG_SUMS]) == ("failed", "review")
    for key, record in manifest_of(batch)["records"].items():
        if record["status"] == "failed":
            assert (record["reason"], record.get("result")) == ("corrupt", None)
            continue
        result = json.loads((batch / record["result"]).read_bytes())
        assert (result["document"], result["sha256"]) == (key, record["sha256"])


def test_the_source_is_only_read(desk: Path, demo: Path) -> None:
    """Nothing is written, changed or touched there."""
    given = {name: data for name, (data, _) in contents_of(demo).items()}

    left = {name: data for name, (data, _) in contents_of(desk / "invoices").items()}

    assert left == given
    assert sorted(p.name for p in desk.iterdir()) == ["invoices", "invoices.tallysheet"]


def test_a_run_in_which_nothing_failed_exits_with_0_and_says_what_came_of_it(two: Path) -> None:
    """Progress and summary go to stderr; stdout is for data, and there is none."""
    ran = tallysheet("run", "invoices", cwd=two)

    assert (ran.code, ran.stdout) == (0, "")
    assert "2 documents in invoices.tallysheet" in ran.stderr
    assert "no model is configured" in ran.stderr
    assert "tallysheet export invoices.tallysheet" in ran.stderr


def test_quiet_is_quiet(two: Path) -> None:
    """Where nothing goes wrong there is nothing to say."""
    ran = tallysheet("run", "invoices", "--quiet", cwd=two)

    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")


def test_the_batch_can_be_elsewhere(two: Path) -> None:
    """``--out`` names the place, and nothing stands beside the source."""
    ran = tallysheet("run", "invoices", "--out", "deep/er/batch", cwd=two)

    assert ran.code == 0
    assert set(statuses_of(two / "deep/er/batch")) == {"a.pdf", "b.pdf"}
    assert not (two / "invoices.tallysheet").exists()


def test_a_single_file_is_a_source(two: Path) -> None:
    """Its batch stands beside it under its name, and holds it alone."""
    ran = tallysheet("run", "invoices/a.pdf", cwd=two)

    assert ran.code == 0
    assert set(statuses_of(two / "invoices/a.pdf.tallysheet")) == {"a.pdf"}


def test_a_single_file_can_be_shown_by_its_path(two: Path) -> None:
    """The path that was run is the path that is looked at."""
    tallysheet("run", "invoices/a.pdf", cwd=two)

    ran = tallysheet("show", "invoices/a.pdf", "--json", cwd=two)

    assert ran.code == 0, ran.stderr
    assert ran.events[0]["document"] == "a.pdf"


def test_a_second_run_touches_nothing(two: Path) -> None:
    """Not one byte of the batch is written anew."""
    tallysheet("run", "invoices", cwd=two)
    before = contents_of(two / "invoices.tallysheet")

    again = tallysheet("run", "invoices", "--json", "--fail-if-empty", cwd=two)

    assert again.code == 4
    assert again.events[0] == {
        "event": "listed", "documents": 2, "new": 0, "changed": 0, "unchanged": 2,
    }  # fmt: skip
    assert again.settled == []
    assert contents_of(two / "invoices.tallysheet") == before


def test_new_and_changed_documents_are_picked_up_and_only_they(two: Path, stream: Path) -> None:
    """What is done stays done, byte for byte."""
    tallysheet("run", "invoices", cwd=two)
    before = manifest_of(two / "invoices.tallysheet")["records"]
    *_, other, third = sorted(stream.iterdir())
    shutil.copyfile(other, two / "invoices/b.pdf")
    shutil.copyfile(third, two / "invoices/c.pdf")

    again = tallysheet("run", "invoices", "--json", cwd=two)

    after = manifest_of(two / "invoices.tallysheet")["records"]
    assert again.settled == ["b.pdf", "c.pdf"]
    assert after["a.pdf"] == before["a.pdf"]
    assert after["b.pdf"]["sha256"] != before["b.pdf"]["sha256"]


def test_json_prints_one_event_a_line_and_the_summary_last(my_desk: Path) -> None:
    """Every document is announced and settled once; the summary counts them."""
    shutil.rmtree(my_desk / "invoices.tallysheet")

    ran = tallysheet("run", "invoices", "--json", cwd=my_desk)

    kinds = [event["event"] for event in ran.events]
    assert ran.code == 1
    assert kinds.count("listed") == 1
    assert (kinds.count("started"), kinds.count("settled")) == (12, 12)
    assert sum(ran.summary["counts"].values()) == sum(ran.summary["settled"].values()) == 12
    assert [row["document"] for row in ran.summary["failed"]] == [BROKEN]
    assert WRONG_SUMS in [row["document"] for row in ran.summary["review"]]


def test_review_can_be_made_to_fail_a_run(tmp_path: Path, demo: Path) -> None:
    """With ``--fail-on-review`` a document in review is exit 3, without it 0."""
    (tmp_path / "invoices").mkdir()
    shutil.copyfile(demo / WRONG_SUMS, tmp_path / "invoices" / WRONG_SUMS)

    strict = tallysheet("run", "invoices", "--fail-on-review", cwd=tmp_path)
    lenient = tallysheet("run", "invoices", cwd=tmp_path)

    assert (strict.code, lenient.code) == (3, 0)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "invoces"), 2, "no file or folder"),
        (("run", "invoices", "--conncurrency", "1"), 2, "No such option"),
        (("frobnicate",), 2, "No such command"),
        (("run", "invoices", "--model", "opnai:x"), 6, "Did you mean openai:x?"),
        (("run", "invoices", "--model", "openai:x"), 6, "no key"),
        (("run", "invoices", "--concurrency", "0"), 6, "concurrency"),
        (("run", "gss://bucket"), 6, "Did you mean gs://?"),
        (("run", "home"), 6, "no documents"),
        (("status", "invoices"), 6, "no batch"),
    ],
)
def test_a_mistake_is_told_with_its_fix(
    two: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    """Exit 2 for a command that cannot be meant, 6 for what must be configured; all on stderr."""
    (two / "home").mkdir()

    ran = tallysheet(*words, cwd=two)

    assert (ran.code, ran.stdout) == (code, "")
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (two / "invoices.tallysheet").exists()


def test_an_unknown_setting_is_an_error_with_a_suggestion(two: Path) -> None:
    """A word misspelt in the environment must not be passed over in silence."""
    ran = tallysheet("run", "invoices", "--json", cwd=two, env={"TALLYSHEET_MODLE": "rules"})

    assert (ran.code, ran.error["code"]) == (6, 6)
    assert "TALLYSHEET_MODLE" in ran.error["message"]
    assert "model" in ran.error["fix"]


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"format": {"version": 99}}'])
def test_a_manifest_that_cannot_be_read_stops_the_run_and_is_left_alone(
    two: Path, damage: bytes
) -> None:
    """Exit 7: damaged or from a newer version, somebody has to look."""
    root = two / "invoices.tallysheet/manifest.json"
    root.parent.mkdir()
    root.write_bytes(damage)

    ran = tallysheet("run", "invoices", "--json", cwd=two)

    assert (ran.code, ran.error["code"], ran.error["kind"]) == (7, 7, "ManifestDamaged")
    assert ran.error["fix"]
    assert contents_of(root.parent).keys() == {"manifest.json"}
    assert root.read_bytes() == damage


@pytest.fixture
def nobody() -> dict[str, str]:
    """An environment in which S3 is a port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "us-east-1",
    }


def test_a_source_that_cannot_be_reached_is_an_outage(two: Path, nobody: dict[str, str]) -> None:
    """Exit 5: nothing is lost, the same command may work later."""
    ran = tallysheet("run", "s3://bucket/inbox", "--json", cwd=two, env=nobody)

    assert (ran.code, ran.error["code"], ran.error["kind"]) == (5, 5, "Outage")
    assert "again" in ran.error["fix"]


def test_a_batch_that_cannot_be_reached_is_an_outage(two: Path, nobody: dict[str, str]) -> None:
    """Whoever opens a batch hears soon that its store is away."""
    ran = tallysheet("status", "s3://bucket/inbox", "--json", cwd=two, env=nobody, limit_s=10)

    assert (ran.code, ran.error["kind"]) == (5, "Outage")
