"""`tallysheet check`: what it notices, what it mends, and that a run goes on from there."""

import json
import shutil
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scene import contents_of, manifest_of, started, statuses_of, tallysheet
from scene_model import Served
from tallysheet import Settings, run_sync
from tallysheet.manifest._codec import encode_segment, name_of

BATCH = "invoices.tallysheet"
ROOT = "manifest.json"
GONE = f"w-{'0' * 16}"


def kinds(told: dict[str, Any]) -> list[str]:
    """What a check found wrong, by kind."""
    return sorted(damage["kind"] for damage in (*told["damage"], *told["lost"]))


def checked(desk: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """How `check` ended, and what it told."""
    ran = tallysheet("check", "invoices", "--json", *words, cwd=desk)
    (told,) = ran.events
    return ran.code, told


def exported(desk: Path) -> dict[str, Any]:
    """What was read off each document."""
    ran = tallysheet("export", "invoices", cwd=desk)
    assert ran.code == 0, ran
    rows = map(json.loads, ran.stdout.splitlines())
    return {row["document"]: (row["status"], row["invoice"]) for row in rows}


@pytest.fixture(scope="module")
def read(desk: Path) -> dict[str, Any]:
    """What was read off the documents of the demo."""
    return exported(desk)


@pytest.fixture(scope="module")
def in_parts(tmp_path_factory: pytest.TempPathFactory, demo: Path) -> Path:
    """A folder with ``invoices`` and a batch whose records are in several segments."""
    folder = tmp_path_factory.mktemp("parts")
    shutil.copytree(demo, folder / "invoices")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tallysheet.manifest._commit.MOST_INLINE_BYTES", 1500)
        run_sync(str(folder / "invoices"), settings=Settings(concurrency=2))
    assert len(list((folder / BATCH / "seg").iterdir())) > 1
    return folder


@pytest.fixture
def parted(tmp_path: Path, in_parts: Path) -> Path:
    """A copy of `in_parts`, to change."""
    shutil.copytree(in_parts, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_sound_batch_is_called_sound_and_not_touched(my_desk: Path) -> None:
    """It says how much it has read; a repair finds nothing to do."""
    before = contents_of(my_desk / BATCH)

    code, told = checked(my_desk)
    repair = tallysheet("check", "invoices", "--repair", cwd=my_desk)

    assert code == 0
    assert (told["sound"], kinds(told), told["orphans"]) == (True, [], [])
    assert told["results"] == len(list((my_desk / BATCH / "results").iterdir()))
    assert (repair.code, repair.stderr) == (0, "")
    assert "There was nothing to repair." in repair.stdout
    assert "Everything that the manifest names is there and sound." in repair.stdout
    assert contents_of(my_desk / BATCH) == before


def cut(root: bytes) -> bytes:
    """A root whose end is missing."""
    return root[:-100]


def edited(root: bytes) -> bytes:
    """A root in which somebody has mistyped one status."""
    return root.replace(b'"status":"review"', b'"status":"revew"')


@pytest.mark.parametrize("harm", [cut, edited])
def test_a_damaged_root_is_made_anew(
    my_desk: Path, read: dict[str, Any], harm: Callable[[bytes], bytes]
) -> None:
    """Every result finds its document again, and the run reads only what has none."""
    root = my_desk / BATCH / ROOT
    damaged = harm(root.read_bytes())
    root.write_bytes(damaged)

    look = tallysheet("check", "invoices", cwd=my_desk)
    code, told = checked(my_desk, "--repair")
    again = tallysheet("run", "invoices", "--json", cwd=my_desk)

    assert look.code == 7
    assert f"tallysheet check {BATCH} --repair" in look.stderr
    assert (code, told["sound"]) == (0, True)
    assert (my_desk / BATCH / told["repaired"]["mended"]["aside"]).read_bytes() == damaged
    assert len(again.settled) <= 1
    assert exported(my_desk) == read


def test_a_lost_root_is_said_and_not_begun_afresh(my_desk: Path, read: dict[str, Any]) -> None:
    """A run would read and pay for everything again, and forget what people decided."""
    (my_desk / BATCH / ROOT).unlink()

    for words in (("run", "invoices"), ("status", "invoices"), ("check", "invoices")):
        ran = tallysheet(*words, cwd=my_desk)
        assert ran.code == 7
        assert f"tallysheet check {BATCH} --repair" in ran.stderr
    assert not (my_desk / BATCH / ROOT).exists()
    assert checked(my_desk, "--repair")[0] == 0
    again = tallysheet("run", "invoices", "--json", cwd=my_desk)

    assert len(again.settled) == 1  # what could not be read has no result
    assert exported(my_desk) == read


def test_a_lost_root_is_made_of_segments_first(parted: Path, read: dict[str, Any]) -> None:
    """What stands in them keeps all that is known of it, not only its result."""
    in_root = manifest_of(parted / BATCH)["records"].keys()
    (parted / BATCH / ROOT).unlink()

    code, told = checked(parted, "--repair")
    again = tallysheet("run", "invoices", "--json", cwd=parted)

    assert code == 0
    assert told["segments"] > 0
    assert told["repaired"]["mended"]["recovered"] <= len(in_root)
    assert len(again.settled) <= len(in_root)
    assert exported(parted) == read


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_lost_segment_is_said_and_its_records_are_made_of_results(
    parted: Path, read: dict[str, Any], harm: str
) -> None:
    """It says how many documents it could not find; the next run reads those again."""
    segment = max((parted / BATCH / "seg").iterdir(), key=lambda path: path.stat().st_size)
    if harm == "gone":
        segment.unlink()
    else:
        segment.write_bytes(segment.read_bytes()[:-1] + b"?")

    run = tallysheet("run", "invoices", cwd=parted)
    code, told = checked(parted)
    assert (run.code, code) == (7, 7)
    assert kinds(told) == [f"segment_{'missing' if harm == 'gone' else 'damaged'}"]
    assert told["recoverable"] >= 0

    code, told = checked(parted, "--repair")
    mended = told["repaired"]["mended"]
    again = tallysheet("run", "invoices", "--json", cwd=parted)

    assert (code, told["sound"]) == (0, True)
    assert sum(mended["counted"].values()) == len(read)
    assert sum(mended["counts"].values()) <= len(read)
    assert again.code == 1
    assert exported(parted) == read
    assert checked(parted)[0] == 0


@pytest.mark.parametrize("harm", ["gone", "damaged", "another's"])
def test_a_document_without_its_result_goes_round_again(
    my_desk: Path, read: dict[str, Any], harm: str
) -> None:
    """The manifest is sound, so this is no damage of it; export works again after the run."""
    records = manifest_of(my_desk / BATCH)["records"]
    document, other, *_ = sorted(key for key in records if records[key]["status"] == "done")
    result = my_desk / BATCH / records[document]["result"]
    if harm == "gone":
        result.unlink()
    elif harm == "damaged":
        result.write_bytes(result.read_bytes() + b" ")
    else:
        root = my_desk / BATCH / ROOT
        theirs = records[other]["result"]
        root.write_text(root.read_text().replace(records[document]["result"], theirs))

    code, told = checked(my_desk)
    assert (code, [lost["where"] for lost in told["lost"]], told["damage"]) == (1, [document], [])
    code, told = checked(my_desk, "--repair")
    assert (code, told["repaired"]["again"]) == (0, [document])
    again = tallysheet("run", "invoices", "--json", cwd=my_desk)

    assert again.settled == [document]
    assert exported(my_desk) == read


def test_what_nothing_names_is_listed_and_removed(my_desk: Path) -> None:
    """A segment of a dead writer, a result of a settled document, a probe, a half-written file."""
    batch = my_desk / BATCH
    records = manifest_of(batch)["records"]
    document = next(key for key, record in records.items() if record["status"] == "done")
    result = json.loads((batch / records[document]["result"]).read_bytes())
    data = json.dumps({**result, "cost_usd": 7.0}).encode()
    segment = encode_segment({"a": b'{"status":"done"}'})
    left = {
        name_of(segment, by=f"{GONE}-3"): segment,
        f"results/{sha256(data).hexdigest()}.json": data,
        f"probe-{'1' * 16}-00": b"one",
        f"results/.{'2' * 16}.tmp": b"half",
    }
    for key, content in left.items():
        (batch / key).parent.mkdir(exist_ok=True)
        (batch / key).write_bytes(content)
    cached = batch / "cache" / "answer.json"
    cached.parent.mkdir()
    cached.write_bytes(b"{}")

    code, told = checked(my_desk)
    assert (code, told["sound"]) == (0, True)
    assert {o["key"]: o["kept"] for o in told["orphans"]} == dict.fromkeys(left, "")
    assert "they may go" in tallysheet("check", "invoices", cwd=my_desk).stdout

    code, told = checked(my_desk, "--repair")
    assert (code, told["orphans"]) == (0, [])
    assert {o["key"] for o in told["repaired"]["removed"]} == left.keys()
    assert not any((batch / key).exists() for key in left)
    assert cached.exists()


def test_a_repair_beside_a_run_takes_nothing_from_it(two: Path, model: Served) -> None:
    """What its writer may still name stays until it is gone; what it holds goes on."""
    model.hold()
    with started("run", "invoices", "--json", cwd=two, env=model.environment) as running:
        model.arrived(2)
        (writer,) = manifest_of(two / BATCH)["writers"]
        data = encode_segment({"a": b'{"status":"done"}'})
        (two / BATCH / "seg").mkdir(exist_ok=True)
        key = name_of(data, by=f"{writer}-999")
        (two / BATCH / key).write_bytes(data)

        code, told = checked(two, "--repair")
        kept = {orphan["key"]: orphan["kept"] for orphan in told["orphans"]}
        model.release()
        ran = running.ended()

    assert code == 0
    assert list(kept) == [key]
    assert writer in kept[key]
    assert ran.settled == ["a.pdf", "b.pdf"]
    assert checked(two, "--repair")[1]["orphans"] == []
    assert set(statuses_of(two / BATCH)) == {"a.pdf", "b.pdf"}
    assert exported(two)["a.pdf"][1]["number"] == "M-1"


def test_after_kill_9_a_check_passes_and_a_run_goes_on(fresh: Path) -> None:
    """Whatever was under way is left over at most; nothing that was named is lost."""
    with started("run", "invoices", "--json", cwd=fresh) as running:
        running.until("settled")
        running.signal(signal.SIGKILL)
        running.ended()
    settled = {key for key, status in statuses_of(fresh / BATCH).items() if status == "done"}

    assert checked(fresh, "--repair")[0] == 0
    again = tallysheet("run", "invoices", "--json", cwd=fresh)

    assert again.code == 0
    assert not settled & set(again.settled)
    assert checked(fresh, "--repair")[1]["orphans"] == []


def test_what_a_newer_version_wrote_is_left_alone(my_desk: Path) -> None:
    """Even by a repair."""
    root = my_desk / BATCH / ROOT
    root.write_text(root.read_text().replace('"version":1', '"version":2', 1))
    before = contents_of(my_desk / BATCH)

    ran = tallysheet("check", "invoices", "--repair", cwd=my_desk)

    assert ran.code == 7
    assert "newer" in ran.stderr
    assert contents_of(my_desk / BATCH) == before


def test_where_there_is_no_batch_it_says_so(my_desk: Path) -> None:
    """And where it has looked."""
    ran = tallysheet("check", "home", cwd=my_desk)

    assert ran.code == 6
    assert "no batch for home" in ran.stderr
