"""What a run on a Ray cluster rests on, as far as that needs no cluster."""

import sys
from pathlib import Path

import pytest

from scene import scrubbed, tallysheet
from tallysheet.cluster._ledger import Ledger
from tallysheet.cluster._places import folders_of, plain, require_same, whole
from tallysheet.errors import ConfigError
from tallysheet.manifest import Claim, Manifest, Outcome
from tallysheet.model import Status
from tallysheet.pipeline import Settled, SystemClock
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore

WITHOUT_RAY = "import sys; sys.modules['ray'] = None; from tallysheet.cli import main; main()"


def test_without_ray_the_line_that_installs_it_is_told(tmp_path: Path) -> None:
    """Exit 6, and nothing is made."""
    import subprocess

    (tmp_path / "invoices").mkdir()
    ran = subprocess.run(
        (sys.executable, "-c", WITHOUT_RAY, "run", "invoices", "--ray=auto"),
        cwd=tmp_path,
        env=scrubbed(tmp_path, None),
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 6
    assert "pip install 'tallysheet[ray]'" in ran.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["invoices"]


def test_several_processes_a_node_are_refused(tmp_path: Path) -> None:
    """Exit 2: a node has one worker, whose children use its cores."""
    (tmp_path / "invoices").mkdir()

    ran = tallysheet("run", "invoices", "--ray=auto", "--processes=2", cwd=tmp_path)

    assert ran.code == 2
    assert "--processes" in ran.stderr


def test_what_is_in_the_memory_of_one_process_is_refused() -> None:
    """No node could see it."""
    with pytest.raises(ConfigError, match="memory://"):
        whole("memory://batch")


def test_paths_mean_the_same_in_any_working_folder(tmp_path: Path, monkeypatch) -> None:
    """Addresses are left as they are."""
    monkeypatch.chdir(tmp_path)

    assert whole("invoices") == str(tmp_path / "invoices")
    assert whole("s3://bucket/inbox") == "s3://bucket/inbox"


def test_a_folder_of_the_same_name_on_another_machine_is_refused(tmp_path: Path) -> None:
    """It is told by its number on the disk; the same folder passes, wherever it is looked at."""
    source, batch = tmp_path / "invoices", tmp_path / "invoices.tallysheet"
    source.mkdir()
    folders = folders_of(str(source), f"file://{batch}")
    require_same(folders)
    source.rename(tmp_path / "elsewhere")

    with pytest.raises(ConfigError, match=r"invoices is .*not the folder"):
        require_same(folders)
    source.mkdir()
    with pytest.raises(ConfigError, match="a bucket"):
        require_same(folders)


def test_buckets_are_not_looked_at() -> None:
    """What is no folder has no number."""
    assert folders_of("s3://bucket/inbox", "gs://bucket/batch") == {}


def test_settings_arrive_as_they_were_said(tmp_path: Path, monkeypatch) -> None:
    """All but the time limit, which whoever started the run minds; defaults need no words."""
    monkeypatch.chdir(tmp_path)
    said = Settings(
        model="openai:test",
        api_key_file=Path("key"),
        known_accounts_file=Path("~/accounts"),
        prices=("openai:test=1/2",),
        run_limit_s=60,
    )

    sent = plain(said)

    assert set(sent) == {"model", "api_key_file", "known_accounts_file", "prices"}
    assert Settings.model_validate(sent) == said.model_copy(
        update={"api_key_file": tmp_path / "key", "run_limit_s": None}
    )


async def _settle(sheet: Manifest, *keys: str) -> None:
    await sheet.add(keys)
    claims: list[Claim] = [*await sheet.claim(limit=len(keys))]
    for claim in claims:
        await sheet.finish(claim, Outcome(Status.DONE, cost_usd=0.5))


async def test_what_a_killed_worker_could_not_tell_is_told_in_the_end() -> None:
    """Once each: neither what was settled before, nor what was told, nor what is open."""
    async with Manifest.on(MemoryStore("ledger"), clock=SystemClock()) as sheet:
        await _settle(sheet, "before.pdf")
        ledger = await Ledger.of(sheet)
        await _settle(sheet, "told.pdf", "untold.pdf")
        await sheet.add(["open.pdf"])
        ledger.note(Settled("told.pdf", Status.DONE, None, None, None, 0.5, 0, 0, {}))

        untold = [event async for event in ledger.untold(sheet, after=1)]
        nobody_died = [event async for event in ledger.untold(sheet, after=0)]

    assert nobody_died == []
    assert [(e.document, e.status, e.cost_usd) for e in untold] == [
        ("untold.pdf", Status.DONE, 0.5)
    ]
