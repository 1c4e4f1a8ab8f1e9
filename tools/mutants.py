"""Does the suite notice? Plant one bug at a time, and see a named test fail: `make mutants`.

Each bug is an edit of a copy of the sources, on which the test that must notice it
is run. An edit that no longer fits the sources is an error, too: it proves nothing.

Usage: mutants.py [NAME…]
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent.parent
PACKAGE = "src/tallysheet"

SIMULATION = "tests/races/test_simulation.py"
WORLDS = f"{SIMULATION}::test_whatever_happens_nothing_is_lost_and_nothing_is_done_twice"
ORDERS = (
    "tests/races/test_every_interleaving.py"
    "::test_in_every_order_nothing_is_lost_and_nothing_is_done_twice[{}]"
)
CONTRACT = "tests/contracts/test_store.py::test_a_write_over_a_stale_version_is_a_conflict[{}]"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted bug.

    Attributes:
        name: What is wrong, in few words.
        edits: File below ``src/tallysheet``, what stands there once, and what shall.
        caught_by: The test that must fail.
        quick: Whether `make test` tries it as well.
    """

    name: str
    edits: tuple[tuple[str, str, str], ...]
    caught_by: str = WORLDS
    quick: bool = False


MUTANTS = (
    Mutant(
        "If-Match dropped",
        (("store/objects.py", "else {self._condition: str(expect)}", 'else "overwrite"'),),
        CONTRACT.format("s3"),
    ),
    Mutant(
        "a folder's condition dropped",
        (("store/_disk.py", "if version_of(read(root, names)) != expect:", "if False:"),),
        CONTRACT.format("folder"),
        quick=True,
    ),
    Mutant(
        "a memory's condition dropped",
        (("store/_memory.py", "if (current.version if current else ABSENT) != expect:",
          "if False:"),),
        CONTRACT.format("memory"),
    ),
    Mutant(
        "the client retries",
        (("store/objects.py", '{"max_retries": 0}', '{"max_retries": 3}'),),
        "tests/unit/test_store_objects.py::test_a_conditional_write_is_sent_once[503]",
    ),
    Mutant(
        "a file is not flushed",
        (("store/_temporary.py", "                os.fsync(file)\n", ""),),
        "tests/unit/test_store_folder.py::test_every_write_is_flushed_before_it_returns",
        quick=True,
    ),
    Mutant(
        "a folder is not flushed",
        (("store/_disk.py", "        os.fsync(folder)\n", "        pass\n"),),
        "tests/unit/test_store_folder.py::test_every_write_is_flushed_before_it_returns",
    ),
    Mutant(
        "every nonce is the same",
        (("manifest/_commit.py", "nonce=self._clock.token()", 'nonce="n"'),),
    ),
    Mutant(
        "after a lost reply, applied again",
        (("manifest/_commit.py",
          "return self.state.writers.get(self._writer, 0) >= self._number", "return False"),),
        quick=True,
    ),
    Mutant(
        "after a lost reply, only the last commit counts as mine",
        (
            ("manifest/_commit.py", "root = tally.root(nonce=self._clock.token(),",
             "self._mine = self._clock.token()\n        root = tally.root(nonce=self._mine,"),
            ("manifest/_commit.py",
             "return self.state.writers.get(self._writer, 0) >= self._number",
             "return self.state.nonce == self._mine"),
        ),
        quick=True,
    ),
    Mutant(
        "a conflict is taken for success",
        (("manifest/_commit.py", "                    return None\n",
          "                    return self.version\n"),),
    ),
    Mutant(
        "acknowledged before the reply",
        (("manifest/_commit.py", "            await self._commit(group, tally)\n",
          "            for waiting in group:\n                waiting.answer()\n"
          "            await self._commit(group, tally)\n"),),
        quick=True,
    ),
    Mutant(
        "acknowledged before the reply, and then killed",
        (("manifest/_commit.py", "            await self._commit(group, tally)\n",
          "            for waiting in group:\n                waiting.answer()\n"
          "            await self._commit(group, tally)\n"),),
        "tests/chaos/test_kill_points.py::test_a_run_killed_at_any_step_can_be_gone_on_with",
    ),
    Mutant(
        "whoever was fenced goes on",
        (("manifest/_commit.py", "if was_in and self._writer not in self.state.writers:",
          "if False:"),),
        ORDERS.format("a takeover"),
    ),
    Mutant(
        "the first commit carries updates",
        (
            ("manifest/_commit.py",
             "                await self._commit_alone(self._greeting)\n",
             "                group = [_Waiting(self._greeting, self._new_reply()), *group]\n"),
        ),
        ORDERS.format("first update each"),
    ),
    Mutant(
        "a refusal is not confirmed by a read",
        (("manifest/_commit.py", "if tally.changes_nothing and await self.refresh():",
          "if False:"),),
    ),
    Mutant(
        "the epoch is ignored",
        (("manifest/_updates.py",
          "(record.status, record.epoch, record.worker) != (Status.WORKING, claim.epoch, worker)",
          "(record.status, record.worker) != (Status.WORKING, worker)"),),
        quick=True,
    ),
    Mutant(
        "a claim raises no epoch",
        (("manifest/_updates.py", "epoch=record.epoch + 1,", "epoch=record.epoch,"),),
    ),
    Mutant(
        "buried though it has moved",
        (("manifest/_updates.py", "if seen is None or seen.beat != last_beat:",
          "if seen is None:"),),
        "tests/races/test_manifest_races.py::test_who_has_moved_since_is_not_buried",
    ),
    Mutant(
        "a buried writer is not fenced",
        (("manifest/_updates.py",
          "        del tally.workers[worker]\n        tally.writers.pop(worker, None)\n",
          "        del tally.workers[worker]\n"),),
        "tests/fundamentals/test_manifest.py"
        "::test_a_worker_that_wakes_after_its_lease_changes_nothing",
    ),
    Mutant(
        "a root names a segment that may not be there",
        (("manifest/_segments.py", "while not await self._put(key, data):",
          "if not await self._put(key, data):"),),
    ),
    Mutant(
        "a root leaves out bytes of a segment that it never saw stand",
        (("manifest/_carry.py", "if key not in self._standing}", "if key not in self._known}"),),
    ),
    Mutant(
        "what a root carries is merged as if it stood",
        (("manifest/_compact.py", "if segment.key not in state.carried)", ")"),),
    ),
    Mutant(
        "a conflict proves that a segment is there",
        (("manifest/_segments.py", "except (NotFound, Outage):\n                return False",
          "except (NotFound, Outage):\n                return True"),),
    ),
    Mutant(
        "segments are deleted before a root is without them",
        (("manifest/_compact.py", "        replaced = await self._committer.submit(",
          "        for part in parts:\n            await self._segments.delete(part.key)\n"
          "        replaced = await self._committer.submit("),),
        quick=True,
    ),
    Mutant(
        "orphans are listed after the root is read",
        (
            ("manifest/_orphans.py",
             "    listed = [entry async for entry in store.list(PREFIX)]\n    try:", "    try:"),
            ("manifest/_orphans.py", "    named = {",
             "    listed = [entry async for entry in store.list(PREFIX)]\n    named = {"),
        ),
    ),
    Mutant(
        "an orphan is removed before its writer is fenced",
        (("manifest/_orphans.py",
          "if last is None or (number is not None and last >= int(number)):", "if True:"),),
        quick=True,
    ),
    Mutant(
        "what a writer has merged is removed while it is at work",
        (("manifest/_orphans.py", "(number is not None and last >= int(number))",
          "(number is None or last >= int(number))"),),
    ),
    Mutant(
        "a segment is written before its writer's name stands",
        (("manifest/_commit.py", "if is_entered and sum(", "if sum("),),
        "tests/unit/test_check_manifest.py"
        "::test_a_writer_writes_no_segment_before_its_name_stands",
    ),
    Mutant(
        "a result that is named after all is not put back",
        (("pipeline/_leftovers.py", "if record is None or record.rev != left.rev:", "if False:"),),
        "tests/unit/test_check_results.py"
        "::test_a_result_that_is_named_after_all_is_there_in_the_end",
        quick=True,
    ),
    Mutant(
        "a result goes that a worker may name yet",
        (("pipeline/_leftovers.py", "if record.status not in SETTLED:", "if False:"),),
        "tests/unit/test_check_results.py"
        "::test_an_unnamed_result_of_any_other_document_stays",
    ),
    Mutant(
        "a repair is written over whatever stands",
        (("manifest/_mend.py", "    root, freed = _root(",
          "    found.version = (await store.get(ROOT)).version\n    root, freed = _root("),),
        "tests/unit/test_check_manifest.py::test_who_writes_meanwhile_wins_over_the_repair",
    ),
    Mutant(
        "a file is removed that somebody writes",
        (("store/_temporary.py",
          "        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", ""),),
        "tests/unit/test_store_temporary.py::test_what_is_being_written_is_left_alone",
    ),
    Mutant(
        "merging keeps the older version",
        (("manifest/_compact.py", "newest[key][0] < rev", "newest[key][0] > rev"),),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one mutant: whether its test failed, and what pytest said."""

    caught: bool
    said: str


def plant(mutant: Mutant, sources: Path) -> str:
    """Edit a copy of the sources; return what is wrong with the edit, or nothing."""
    for name, old, new in mutant.edits:
        file = sources / name
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return f"{name} has {text.count(old)} times what is to be replaced: {old.strip()!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")
    return ""


def tried(mutant: Mutant) -> Verdict:
    """Run the mutant's test on a copy of the sources that has the bug."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "src" / "tallysheet"
        shutil.copytree(source(), copy)
        if wrong := plant(mutant, copy):
            return Verdict(caught=False, said=wrong)
        ran = subprocess.run(  # noqa: S603  ourselves
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p",
             "no:cacheprovider", "--no-header", "--tb=line", mutant.caught_by],
            cwd=HERE,
            env={**os.environ, "PYTHONPATH": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    # 1: tests ran and one failed. Anything else, such as a module that does not load, is no proof.
    return Verdict(ran.returncode == 1, ran.stdout[-2000:] + ran.stderr[-2000:])


def source() -> Path:
    """The package that is tested: the one that Python would import."""
    for place in (*os.environ.get("PYTHONPATH", "").split(os.pathsep), str(HERE / "src")):
        if place and (Path(place) / "tallysheet").is_dir():
            return Path(place) / "tallysheet"
    raise FileNotFoundError("tallysheet")


def main(names: list[str]) -> int:
    """Try all mutants, or those named; write the table; return 1 if one lives."""
    chosen = [m for m in MUTANTS if not names or m.name in names]
    alive = 0
    for mutant in chosen:
        verdict = tried(mutant)
        alive += not verdict.caught
        fate = "caught" if verdict.caught else "ALIVE"
        sys.stdout.write(f"{fate:6}  {mutant.name:56}  {mutant.caught_by}\n")
        if not verdict.caught:
            sys.stdout.write(f"{verdict.said}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - alive} of {len(chosen)} caught\n")
    return 1 if alive or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
