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
HARMED = (
    "tests/races/test_broken_ground.py"
    "::test_a_root_that_is_harmed_while_we_work_is_left_alone_until_it_is_mended[memory-{}]"
)
MARKS = "tests/fundamentals/test_marks.py::test_{}"
LEASES = "tests/fundamentals/test_leases.py::test_{}"
STOPPED = "tests/unit/test_models_lease.py::test_{}"
PURSE = "tests/unit/test_models_purse.py::test_{}"
WATCHED = "tests/unit/test_cluster_watch.py::test_{}"
BOUNDS = "tests/unit/test_run_bounds.py::test_{}"
RIPENING = "tests/unit/test_manifest_ripening.py::test_{}"
GOVERNOR = "tests/unit/test_models_governor.py::test_{}"
STORMS = "tests/unit/test_models_storms.py::test_{}"
PROBE = "tests/unit/test_store_probe.py::test_a_lie_is_noticed_by_the_step_that_is_there_for_it[{}]"


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
        (("manifest/_commit.py", "                return None\n",
          "                return self.version\n"),),
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
             "                await self._commit_alone(self._greeting)\n                tally",
             "                group = [_Waiting(self._greeting, self._new_reply()), *group]\n"
             "                tally"),
        ),
        ORDERS.format("first update each"),
    ),
    Mutant(
        "a refusal is not confirmed by a read",
        (("manifest/_commit.py",
          "if tally.changes_nothing and not is_fresh and await self.refresh():", "if False:"),),
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
        (("manifest/_compact.py", " if segment.key not in state.carried]", "]"),),
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
        (("manifest/_codec/_segment.py", "if version > newest.get(key, -1):",
          "if version < newest.get(key, 1 << 96):"),),
    ),
    Mutant(
        "what is packed and has changed since is taken out of its pack again",
        (("manifest/_ledger.py", "            if self._held[key] is pack:\n",
          "            if True:\n"),),
    ),
    Mutant(
        "sent again under a new number",
        (("manifest/_commit.py",
          "            if self.version != base:\n                return None\n",
          "            self._number += 1\n            return None\n"),),
        quick=True,
    ),
    Mutant(
        "a group is applied twice after a loss",
        (("manifest/_commit.py",
          "            tally = self._apply(group)\n\n    async def _is_written",
          "            tally = self._apply((*group, *group))\n\n    async def _is_written"),),
    ),
    Mutant(
        "the state takes a group before it is decided",
        (("manifest/_commit.py", "        version = await self._put(encode_root(root))\n",
          "        self.state.adopt(tally)\n"
          "        version = await self._put(encode_root(root))\n"),),
    ),
    Mutant(
        "a root does not tell its writer's number",
        (("manifest/_commit.py", "            tally.writers[self._writer] = self._number  #",
          "            pass  #"),),
    ),
    Mutant(
        "updates are dropped after three losses",
        (("manifest/_turns.py", "        self._losses += 1\n",
          "        self._losses += 1\n        if self._losses == 3:\n"
          "            raise TimeoutError\n"),),
    ),
    Mutant(
        "whoever is failed is told that all went well",
        (("manifest/_commit.py", "                waiting.fail(ended)\n",
          "                waiting.answer()\n"),),
    ),
    Mutant(
        "a refusal is answered before its commit",
        (("manifest/_commit.py", "                waiting.error = error\n",
          "                waiting.error = error\n                waiting.answer()\n"),),
    ),
    Mutant(
        "whoever stops waiting stops the committer",
        (("manifest/_commit.py",
          "        if self.reply.done():\n            return\n        if self.error",
          "        if self.error"),),
        "tests/races/test_manifest_races.py"
        "::test_an_update_cancelled_while_it_was_under_way_stops_nobody_else",
    ),
    Mutant(
        "leaving leaves behind what waits",
        (("manifest/_commit.py", "while self._farewell is None or self._queue:",
          "while self._farewell is None:"),),
        "tests/fundamentals/test_leases.py"
        "::test_what_waits_when_the_manifest_is_left_is_committed",
    ),
    Mutant(
        "a segment that is not carried is not waited for",
        (("manifest/_commit.py", "            await self._segments.keep(segment.key, data)",
          "            self._carrier.bring(segment.key, data)"),),
    ),
    Mutant(
        "a segment of unknown fate counts as written",
        (("manifest/_segments.py", "except (Outage, OutcomeUnknown):\n            return False",
          "except (Outage, OutcomeUnknown):\n            return True"),),
    ),
    Mutant(
        "a carried segment is looked for in the store",
        (("manifest/_replica.py", "for key in [key for key in fresh if key in root.carried]:",
          "for key in ():"),),
    ),
    Mutant(
        "a root that cannot be read counts as unchanged",
        (("manifest/_replica.py",
          "                failures += 1\n                await self._segments.pause(failures)\n",
          "                return None\n"),),
    ),
    Mutant(
        "a removed root is made anew",
        (("manifest/_replica.py", "                if self.version == ABSENT:\n",
          "                self.version = ABSENT\n                if True:\n"),),
        HARMED.format("removed"),
    ),
    Mutant(
        "a root put back from a backup is followed",
        (("manifest/_replica.py",
          "if self.version != ABSENT and root.rev <= self.state.rev:", "if False:"),),
        HARMED.format("an earlier revision"),
    ),
    Mutant(
        "a newer format is read",
        (("manifest/_codec/_root.py", "if form.version > VERSION or strange:", "if strange:"),),
        HARMED.format("a newer version"),
    ),
    Mutant(
        "an unknown feature is passed over",
        (("manifest/_codec/_root.py", "if form.version > VERSION or strange:",
          "if form.version > VERSION:"),),
        HARMED.format("an unknown feature"),
    ),
    Mutant(
        "unknown fields are dropped",
        (("manifest/_tally.py", "unknown=state.unknown,", "unknown={},"),),
        "tests/fundamentals/test_manifest.py::test_what_a_newer_version_added_survives",
    ),
    Mutant(
        "a segment's hash is not checked",
        (("manifest/_codec/_segment.py",
          "if not key.endswith(sha256(data).hexdigest()):", "if False:"),),
        "tests/fundamentals/test_segments.py"
        "::test_a_segment_with_other_bytes_than_its_name_says_is_refused",
    ),
    Mutant(
        "a missing segment counts as empty",
        (("manifest/_segments.py", "return found if len(found) == len(keys) else None",
          "return found"),),
        "tests/fundamentals/test_segments.py"
        "::test_a_lost_segment_is_said_and_nothing_is_written",
    ),
    Mutant(
        "of two versions of a record the last one read counts",
        (("manifest/_state.py", "if before is None or before.rev < seen.rev:", "if True:"),),
    ),
    Mutant(
        "copies of one commit do not meet",
        (("manifest/_tally.py", "chain(self._state.marked(span), self._marks.find(span))",
          "self._state.marked(span)"),),
        MARKS.format("of_copies_read_in_any_order_the_first_is_done_and_the_others_wait"),
    ),
    Mutant(
        "copies that others have read since are not met",
        (("manifest/_state.py", "if self._left is not None:", "if False:"),),
    ),
    Mutant(
        "a copy waits, and so does what it waits for when it is read again",
        (("manifest/_marks.py", "if key not in against.values():", "if True:"),),
        MARKS.format("a_document_read_again_does_not_wait_on_account_of_its_copies"),
    ),
    Mutant(
        "an account that waits for a person is known",
        (("manifest/_index.py", "KNOWING = frozenset({Status.DONE, Status.APPROVED})",
          "KNOWING = STANDING"),),
    ),
    Mutant(
        "a forgery that came first stays done",
        (("manifest/_marks.py", "        _doubt(tally, rival, key, marks)\n", ""),),
        MARKS.format("a_forgery_that_came_first_is_not_left_done"),
    ),
    Mutant(
        "whoever does not know marks is let in",
        (("manifest/_codec/_root.py", "MARKS: root.is_marked", "MARKS: False"),),
        MARKS.format("whoever_does_not_know_marks_is_kept_out_once_there_are_some"),
    ),
    Mutant(
        "whoever cannot read marks of pictures is let in",
        (("manifest/_codec/_root.py", "PICTURES: root.has_pictures", "PICTURES: False"),),
        MARKS.format("whoever_knows_no_pictures_is_kept_out_only_where_there_are_some"),
    ),
    Mutant(
        "pages that look different are taken for copies",
        (("manifest/_marks.py", " and differ <= NEAR_BITS:", ":"),),
        MARKS.format("a_page_that_looks_the_same_is_a_copy_where_two_of_three_are_the_same"),
    ),
    Mutant(
        "what a page said before it was read again makes copies",
        (("manifest/_marks.py", "theirs.picture and shared >= 2 and", "theirs.picture and"),),
        MARKS.format("what_a_scan_said_before_it_changed_makes_no_copies"),
    ),
    Mutant(
        "a root counts wrongly",
        (("manifest/_tally.py", "                counts[before.status] -= 1\n",
          "                pass\n"),),
    ),
    Mutant(
        "merging removes the whole with its parts",
        (("manifest/_compact.py", "for gone in parts if replaced else (whole,):",
          "for gone in (*parts, whole):"),),
    ),
    Mutant(
        "a merged segment can have the name of one of its parts",
        (("manifest/_compact.py", "{self._writer}-{BY}-{self._clock.token()}",
          "{self._writer}-{BY}"),),
        "tests/races/test_manifest_races.py"
        "::test_a_merged_segment_never_has_the_name_of_one_of_its_parts",
    ),
    Mutant(
        "a reader of an older root takes a merged segment for a lost one",
        (("manifest/_replica.py", "MOST_READS = 8", "MOST_READS = 1"),),
    ),
    Mutant(
        "the state table is not asked",
        (("manifest/_transitions.py", "if before != after and (before, after) not in TABLE:",
          "if False:"),),
    ),
    Mutant(
        "what is done can be retried",
        (("manifest/_updates.py", "if record.status not in RETRIED:", "if False:"),),
    ),
    Mutant(
        "a person approves a reading that they never saw",
        (("manifest/_verdict.py", "if _reading(record) != _reading(shown):", "if False:"),),
        "tests/fundamentals/test_verdicts.py"
        "::test_whoever_approves_what_was_read_again_meanwhile_has_to_look_once_more",
    ),
    Mutant(
        "what is not in review can be decided on",
        (("manifest/_verdict.py", "if record.status is not Status.REVIEW:", "if False:"),),
        "tests/fundamentals/test_verdicts.py"
        "::test_of_several_documents_all_are_decided_on_or_none",
    ),
    Mutant(
        "new bytes begin at the first epoch",
        (("manifest/_adding.py", "epoch=before.epoch if before else 0,", "epoch=0,"),),
    ),
    Mutant(
        "what is claimed is given out again",
        (("manifest/_updates.py", "        for key in tally.pending():\n            if len",
          "        for key in (*tally.pending(), *tally.held_by(worker)):\n            if len"),),
        LEASES.format("what_is_claimed_is_not_given_out_again"),
    ),
    Mutant(
        "whoever gives back gives back another's",
        (("manifest/_updates.py",
          "            try:\n                record = _held(tally, worker, claim)\n"
          "            except LeaseLost:\n                continue\n",
          "            record = tally.get(claim.key)\n"
          "            if record.status is not Status.WORKING:\n                continue\n"),),
        LEASES.format("a_claim_that_was_given_back_is_worth_nothing"),
    ),
    Mutant(
        "what is given back costs nothing",
        (("manifest/_updates.py", "        cost_usd=record.cost_usd + cost_usd,\n",
          "        cost_usd=record.cost_usd,\n"),),
        LEASES.format("what_is_given_back_keeps_what_it_cost"),
    ),
    Mutant(
        "whoever goes gives back everybody's",
        (("manifest/_updates.py",
          "        for key in tally.held_by(worker):\n            record = tally.get(key)",
          "        for key in [k for w in tally.workers for k in tally.held_by(w)]:\n"
          "            record = tally.get(key)"),),
        LEASES.format("whoever_goes_gives_back_only_what_is_its_own"),
    ),
    Mutant(
        "the first to leave takes the others along",
        (("manifest/_updates.py",
          "        tally.writers.pop(worker, None)\n        tally.workers.pop(worker, None)",
          "        tally.writers.clear()\n        tally.workers.clear()"),),
    ),
    Mutant(
        "a request goes out though its process was stopped for a lease",
        (("models/_caller.py", "            await self.quota.ensure()\n", ""),),
        STOPPED.format("after_a_lease_of_silence_nothing_is_asked_before_a_heartbeat_stands"),
    ),
    Mutant(
        "a heartbeat is as old as its reply",
        (("manifest/_heart.py", "max(self._sure_s, began_s)", "self._clock.monotonic()"),),
        STOPPED.format("a_heartbeat_that_was_under_way_when_a_process_was_stopped_is_an_old_one"),
    ),
    Mutant(
        "a heart beats once",
        (("manifest/_updates.py", "beat=seen.beat + 1", "beat=1"),),
        LEASES.format("whoever_works_for_long_keeps_what_it_claimed"),
    ),
    Mutant(
        "a lease is judged by the wall clock",
        (("manifest/_leases.py", "        now = self.clock.monotonic()\n        return [",
          "        now = self.clock.now().timestamp()\n        return ["),),
        LEASES.format("whoever_works_for_long_keeps_what_it_claimed"),
    ),
    Mutant(
        "a newcomer buries whoever was silent before he came",
        (("manifest/_leases.py", "self._seen[name] = (worker, now)",
          "self._seen[name] = (worker, now if before else float('-inf'))"),),
        LEASES.format("whoever_has_just_come_takes_nobody_for_dead"),
    ),
    Mutant(
        "a process of another machine is looked for here",
        (("manifest/_leases.py", "if worker.home != _home() or worker.pid <= 0:",
          "if worker.pid <= 0:"),),
        LEASES.format("a_process_that_is_gone_is_seen_at_once_on_its_own_machine_only"),
    ),
    Mutant(
        "a conditional write goes to the client that retries",
        (("store/objects.py", "await self._once.put_async", "await self._patient.put_async"),),
        "tests/unit/test_store_objects.py::test_a_conditional_write_is_sent_once[503]",
    ),
    Mutant(
        "a file has its name before its bytes are flushed",
        (("store/_temporary.py", "                os.fsync(file)\n                yield name\n",
          "                yield name\n                os.fsync(file)\n"),),
        "tests/unit/test_store_folder.py::test_every_write_is_flushed_before_it_returns",
    ),
    Mutant(
        "two half-written files have one name",
        (("store/_temporary.py", 'f".{os.urandom(8).hex()}.tmp"', '".0123456789abcdef.tmp"'),),
        "tests/contracts/test_store.py::test_of_eight_who_write_at_once_exactly_one_wins[folder]",
    ),
    Mutant(
        "a file is created over what stands",
        (("store/_disk.py",
          "os.link(temporary, names[-1], src_dir_fd=folder, dst_dir_fd=folder)",
          "os.rename(temporary, names[-1], src_dir_fd=folder, dst_dir_fd=folder)"),),
        "tests/contracts/test_store.py::test_a_key_is_created_only_once[folder]",
    ),
    Mutant(
        "a file is replaced without the lock",
        (("store/_disk.py", "with _locked(root), _folder_of(root, names) as folder:\n"
          "            if", "with _folder_of(root, names) as folder:\n            if"),),
        "tests/contracts/test_store.py::test_of_eight_who_write_at_once_exactly_one_wins[folder]",
    ),
    Mutant(
        "a lock that was removed is held",
        (("store/_disk.py", "if _same(lock, path):", "if True:"),),
        "tests/unit/test_store_folder.py"
        "::test_a_lock_that_was_removed_still_keeps_writers_apart",
    ),
    Mutant(
        "a version is a length",
        (("store/_disk.py", "Version(sha256(data).hexdigest())", "Version(str(len(data)))"),),
        CONTRACT.format("folder"),
        quick=True,
    ),
    Mutant(
        "the probe believes what it is told",
        (("store/_trial.py", "        await self.stands(key, Blob(data, version))\n", ""),),
        PROBE.format("says stored and stores nothing"),
    ),
    Mutant(
        "the probe does not look whether a refusal was one",
        (("store/_trial.py", "if await self.get(key) != stands:", "if False:"),),
        PROBE.format("refuses and stores"),
    ),
    Mutant(
        "every refusal of a wave is news",
        (("models/_pace.py", "if refusals < self.refusals:", "if False:"),),
        GOVERNOR.format("a_wave_that_was_refused_together_is_one_piece_of_news"),
        quick=True,
    ),
    Mutant(
        "while nobody is let in all find out",
        (("models/_pace.py", "            if pause_s > DUST_S:\n                return pause_s\n",
          "            if pause_s > DUST_S:\n                return 0.0\n"),),
        GOVERNOR.format("while_nobody_is_let_in_one_request_finds_out_if_that_is_over"),
    ),
    Mutant(
        "time alone never widens the window",
        (("models/_window.py", "self.size = min(self._most, GROWTH * self.size)", "pass"),),
        GOVERNOR.format("time_alone_tells_a_rate_from_a_number_in_flight"),
    ),
    Mutant(
        "tokens that were not used are kept",
        (("models/_governor.py", "self._tokens.give_back(slot.tokens - used, now_s)", "pass"),),
        GOVERNOR.format("tokens_are_set_aside_and_given_back_when_less_was_said"),
    ),
    Mutant(
        "what headers say of a limit is ignored",
        (("models/_bucket.py", "self._told = limit.limit\n", "self._told = None\n"),),
        GOVERNOR.format("the_limits_in_the_headers_are_kept"),
    ),
    Mutant(
        "every worker takes all of a limit",
        (("models/_bucket.py", '(known, default=float("inf")) / self._workers',
          '(known, default=float("inf"))'),),
        STORMS.format("whoever_comes_and_goes_no_minute_sees_more_than_the_account_allows"),
    ),
    Mutant(
        "whoever joins begins with a burst of its own",
        (("models/_bucket.py",
          "min(self._level, 0.0) if workers > self._workers else self._level",
          "self._level * self._workers / workers"),),
        STORMS.format("whoever_comes_and_goes_no_minute_sees_more_than_the_account_allows"),
    ),
    Mutant(
        "a minute begins with all of its limit at once",
        (("models/_bucket.py", "max(1.0, self.per_minute * AT_ONCE)", "self.per_minute"),),
        GOVERNOR.format("no_minute_sees_more_requests_than_its_limit[500]"),
    ),
    Mutant(
        "a wait is for whoever was asked to",
        (("models/_governor.py",
          "self._gate_s = max(self._gate_s, now_s + asked_s * (1 + jitter / 10))", "pass"),),
        STORMS.format("everybody_waits_as_long_as_one_was_asked_to_and_then_goes_in_steps[130.0]"),
    ),
    Mutant(
        "after a wait all go at once",
        (("models/_governor.py",
          "            self._is_gated = False\n"
          "            self._window.ramp(self.in_flight, now_s)\n",
          "            self._is_gated = False\n"),),
        GOVERNOR.format("a_wait_that_the_quota_explains_ends_in_steps_too"),
    ),
    Mutant(
        "a breaker never closes",
        (("models/_breaker.py", "            if failed:\n                return False\n",
          "            return False\n"),),
        GOVERNOR.format("while_a_provider_is_down_one_request_at_a_time_finds_out"),
    ),
    Mutant(
        "a breaker never opens",
        (("models/_breaker.py", "if self._failures >= ENOUGH and self._failures > in_flight:",
          "if False:"),),
        GOVERNOR.format("while_a_provider_is_down_one_request_at_a_time_finds_out"),
    ),
    Mutant(
        "an overload is the document's fault",
        (("models/_caller.py", "return told.kind is FaultKind.RATE_LIMIT or is_congested",
          "return told.kind is FaultKind.RATE_LIMIT"),),
        STORMS.format("a_storm_of_ten_minutes_loses_and_fails_nobody[529]"),
    ),
    Mutant(
        "what a killed process had in flight is free again",
        (("models/_purse.py", "settle(self._held, self._held, NOTHING)",
          "settle(self._held, 0, NOTHING)"),),
        PURSE.format("processes_never_pass_a_budget_together"),
    ),
    Mutant(
        "money for a call that was given up is kept",
        (("models/_purse.py", '        elif message["granted"]:', "        elif usd < 0:"),),
        PURSE.format("money_that_is_granted_to_a_call_given_up_by_then_goes_back"),
    ),
    Mutant(
        "each process has the whole budget",
        (("models/_purse.py", "        self._held += nano(usd)\n        return {",
          "        self._budget.settle(nano(usd), 0, NOTHING)\n        return {"),),
        PURSE.format("processes_never_pass_a_budget_together"),
    ),
    Mutant(
        "a rate is that of a worker's whole life",
        (("manifest/_pace.py", "WINDOW_S = 60.0", "WINDOW_S = 1e9"),),
        "tests/unit/test_watch.py::test_a_rate_is_that_of_the_last_minute",
    ),
    Mutant(
        "an answer about the budget goes onto a list that is out already",
        (("cluster/_cluster.py",
          "        answer = await actor.account.asked(message)\n"
          "        # Only now is it known which list is the one that goes out next.\n"
          "        actor.answers.append(answer)",
          "        actor.answers.append(await actor.account.asked(message))"),),
        WATCHED.format("who_waits_for_money_is_answered_as_soon_as_there_is_some"),
    ),
    Mutant(
        "a node on which workers die is never left alone",
        (("pipeline/_relay.py", "deaths = 1 if member.settled else deaths + 1", "deaths = 1"),),
        WATCHED.format("a_worker_that_dies_is_followed_until_it_settles_nothing_any_more"),
    ),
    Mutant(
        "an error of one worker is let pass",
        (("pipeline/_relay.py", "self._errors.append(member.ended)", "pass"),),
        WATCHED.format("an_error_that_ends_one_ends_all_and_is_raised"),
    ),
    Mutant(
        "a worker that was stopped by itself makes the run a stopped one",
        (("pipeline/_relay.py", "if event.stopped and not self.halt.is_set():", "if False:"),),
        WATCHED.format("a_worker_that_was_stopped_by_itself_is_followed"),
    ),
    Mutant(
        "a lost node gets another worker",
        (("cluster/_cluster.py", "and node not in await self._ray.nodes():", "and False:"),),
        WATCHED.format("a_node_that_is_lost_is_told_and_gets_no_other_worker"),
    ),
    Mutant(
        "a folder of the same name passes for the same folder",
        (("cluster/_places.py", "os.stat(path).st_ino == number", "bool(os.stat(path))"),),
        "tests/unit/test_cluster.py::"
        "test_a_folder_of_the_same_name_on_another_machine_is_refused",
    ),
    Mutant(
        "what cannot wait waits with what can",
        (("manifest/_commit.py", "        if not can_wait:\n            self._turns.stir()",
          "        if False:\n            self._turns.stir()"),),
        RIPENING.format("what_cannot_wait_takes_the_others_with_it_at_once"),
    ),
    Mutant(
        "more is claimed than can be begun",
        (("pipeline/_run.py", "limit=self._slots.free,", "limit=lambda: self._slots.free() + 1,"),),
        BOUNDS.format("no_more_is_claimed_than_can_be_begun"),
    ),
    Mutant(
        "documents wait for no room",
        (("pipeline/_supply.py", "self._room.of(record.size)", "self._room.of(0)"),),
        BOUNDS.format("what_is_in_memory_does_not_grow_with_the_batch"),
    ),
    Mutant(
        "whoever does not listen is told more and more",
        (("pipeline/_run.py", " and not self.news.is_too_much", ""),),
        BOUNDS.format("who_does_not_listen_is_not_told_more_and_more"),
    ),
    Mutant(
        "members are known by the name of their file",
        (("pipeline/_supply.py", "place = (holder.sha256, ", "place = (file, "),
         ("pipeline/_supply.py", "self._keep((holder.sha256, *above", "self._keep((file, *above")),
        "tests/unit/test_supply.py::test_a_file_with_other_bytes_is_opened_anew",
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
