"""The probe trusts those stores that keep their promise, and tells the others where they lie."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import ConfigError, Conflict, NotFound, Outage
from tallysheet.ports import ABSENT, Blob, Entry, Store, Version
from tallysheet.store import (
    FolderStore,
    MemoryStore,
    access_policy,
    bucket_policy,
    open_store,
    probe,
)
from tallysheet.testing import FAULTS, FakeClock, FaultyStore, SlowStore

LIES = {
    "ignores every condition": ("create what stands already", "condition was ignored"),
    "overwrites when asked to create": ("create what stands already", "condition was ignored"),
    "ignores If-Match": ("replace a stale version", "condition was ignored"),
    "creates when asked to replace": ("replace where nothing stands", "condition was ignored"),
    "refuses and stores": ("create what stands already", "stored all the same"),
    "refuses a stale version and stores": ("replace a stale version", "stored all the same"),
    "says stored and stores nothing": ("write, then read", "nothing is there"),
    "says stored and keeps the old bytes": ("replace the version that stands", "other bytes"),
    "tells another version when read": ("write, then read", "another version"),
    "looks first, stores later": ("create, 8 at once", "stored 8 times"),
    "keeps the bytes of a loser": ("create, 8 at once", "other bytes"),
    "looks first when replacing": ("replace, 8 at once", "stored 8 times"),
    "remembers versions of the dead": ("delete, then replace", "condition was ignored"),
    "deletes nothing": ("delete, then replace", "still there"),
    "never replaces": ("replace the version that stands", "refused what should be stored"),
}
"""What a store may do wrong, the first step that must notice, and what is said of it."""


class LyingStore:
    """A store that breaks one promise, named in words; with no lie it breaks none."""

    url = "memory://lying"

    def __init__(self, lie: str = "") -> None:
        self._lie = lie
        self._numbers = count(1)
        self._last: dict[str, Version] = {}
        self.blobs: dict[str, Blob] = {}

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        await asyncio.sleep(0)
        if key not in self.blobs:
            raise NotFound(f"Nothing stands under {key}.")
        blob = self.blobs[key]
        if self._lie == "tells another version when read":
            return Blob(blob.data, Version(f"weak-{blob.version}"))
        return blob

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data*, truly or not."""
        create, stands = expect == ABSENT, key in self.blobs
        holds = self._version_of(key) == expect
        if self._lie == "looks first, stores later" or (
            self._lie == "looks first when replacing" and not create
        ):
            await asyncio.sleep(0)
        version = Version(f"v{next(self._numbers)}")
        match self._lie:
            case "ignores every condition":
                holds = True
            case "overwrites when asked to create":
                holds |= create
            case "ignores If-Match":
                holds |= not create and stands
            case "creates when asked to replace":
                holds |= not create and not stands and key not in self._last
            case "refuses and stores" if not holds:
                self.blobs[key] = Blob(data, version)
            case "refuses a stale version and stores" if not holds and stands and not create:
                self.blobs[key] = Blob(data, version)
            case "keeps the bytes of a loser" if not holds and len(data) > 1000:
                self.blobs[key] = Blob(data, version)
            case "says stored and stores nothing":
                return version
            case "says stored and keeps the old bytes" if holds and stands:
                self.blobs[key] = Blob(self.blobs[key].data, version)
                return version
            case "remembers versions of the dead":
                holds |= not stands and self._last.get(key) == expect
            case "never replaces":
                holds &= create
        if not holds:
            raise Conflict(f"{key} was written by someone else.")
        self.blobs[key] = Blob(data, version)
        self._last[key] = version
        return version

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        await asyncio.sleep(0)
        if self._lie != "deletes nothing":
            self.blobs.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys."""
        await asyncio.sleep(0)
        for key, blob in self.blobs.items():
            if key.startswith(prefix):
                yield Entry(key, len(blob.data), blob.version)

    def _version_of(self, key: str) -> Version:
        return self.blobs[key].version if key in self.blobs else ABSENT


class UndeletableStore(MemoryStore):
    """A store whose credentials may not delete."""

    async def delete(self, key: str) -> None:
        """Refuse."""
        raise ConfigError(f"Deleting {key} failed: PermissionDeniedError, status 403.")


class DatedStore(MemoryStore):
    """A store that tells when something was written, by a clock that goes wrong."""

    def __init__(self, clock: FakeClock, ahead_s: float) -> None:
        super().__init__()
        self._clock = clock
        self._ahead_s = ahead_s

    async def stored_at(self, _key: str) -> datetime:
        """Now, by its own clock, in whole seconds."""
        return (self._clock.now() + timedelta(seconds=self._ahead_s)).replace(microsecond=0)


async def keys_of(store: Store) -> list[str]:
    """What a listing shows."""
    return [entry.key async for entry in store.list()]


async def test_a_store_without_a_lie_is_trusted() -> None:
    """The liar of these tests, told not to lie, passes: what fails it is the lie alone."""
    found = await probe(LyingStore(), clock=FakeClock())

    assert found.trusted
    assert found.reason == ""


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_noticed_by_the_step_that_is_there_for_it(lie: str) -> None:
    """The store is not trusted, and the reason names the step and what was answered."""
    tried, answered = LIES[lie]

    found = await probe(LyingStore(lie), clock=FakeClock())

    failed = [step for step in found.steps if not step.ok]
    assert not found.trusted
    assert failed[0].tried == tried
    assert answered in failed[0].answered
    assert found.reason.startswith(f"{tried}: expected {failed[0].expected}; answered: ")


@pytest.mark.parametrize("lie", [lie for lie in LIES if lie != "deletes nothing"])
async def test_a_liar_is_left_as_it_was(lie: str) -> None:
    """Whatever it answered, nothing of the probe stays, and nothing else is touched."""
    store = LyingStore(lie)
    store.blobs["manifest.json"] = Blob(b"{}", Version("v0"))

    await probe(store, clock=FakeClock())

    assert store.blobs == {"manifest.json": Blob(b"{}", Version("v0"))}


async def test_memory_is_trusted() -> None:
    """All steps go well, nothing is left, and a version never returns."""
    store = MemoryStore()

    found = await probe(store, clock=FakeClock())

    assert (found.trusted, found.reason, found.left) == (True, "", ())
    assert not found.versions_repeat
    assert await keys_of(store) == []


async def test_a_folder_is_trusted(tmp_path: Path) -> None:
    """No file is left but the lock, and the same bytes are the same version."""
    found = await probe(FolderStore(tmp_path), clock=FakeClock(auto=False))

    assert (found.trusted, found.reason, found.left) == (True, "", ())
    assert found.versions_repeat
    assert os.listdir(tmp_path) == [".tallysheet.lock"]


@pytest.mark.parametrize("server", ["s3", "second_s3"])
async def test_a_real_s3_server_is_trusted(request: pytest.FixtureRequest, server: str) -> None:
    """It keeps every promise, and nothing is left there; its clock is this machine's."""
    store = open_store(request.getfixturevalue(server).fresh_url())

    found = await probe(store, clock=FakeClock(auto=False))

    assert (found.trusted, found.reason, found.left) == (True, "", ())
    assert found.clock_offset_s is not None
    assert await keys_of(store) == []


@given(
    script=st.lists(st.sampled_from([fault for fault in FAULTS if fault != "conflict"])),
    refusals=st.lists(st.integers(0, 60), max_size=4),
)
def test_what_networks_do_is_no_verdict(script: list[str], refusals: list[int]) -> None:
    """Lost, late and refused for no reason: the probe tries again, or says it could not tell."""
    for at in refusals:
        script[at:at] = ["conflict"]
    store = FaultyStore(MemoryStore(), script)

    with suppress(Outage):
        found = asyncio.run(probe(store, clock=FakeClock()))

        assert found.reason == ""


@given(at=st.integers(0, 40), fault=st.sampled_from(FAULTS))
def test_one_fault_is_got_over(at: int, fault: str) -> None:
    """Wherever a single reply goes astray, there is a verdict, and the right one."""
    store = FaultyStore(MemoryStore(), [*repeat("ok", at), fault])

    found = asyncio.run(probe(store, clock=FakeClock()))

    assert found.trusted


async def test_replies_that_are_always_lost_are_an_outage() -> None:
    """Nothing is known of such a store, and nothing is said of it."""
    store = FaultyStore(MemoryStore(), repeat("lost-reply"))

    with pytest.raises(Outage, match="could not be tried"):
        await probe(store, clock=FakeClock())

    assert await keys_of(store) == []


async def test_an_outage_in_the_middle_leaves_nothing_behind() -> None:
    """The probe ends with the outage, after it has cleaned up."""
    store = FaultyStore(MemoryStore(), gets=[*repeat("ok", 5), "outage"])

    with pytest.raises(Outage):
        await probe(store, clock=FakeClock())

    assert await keys_of(store) == []


async def test_a_cancelled_probe_leaves_nothing_behind() -> None:
    """Whenever it is cancelled, its keys are removed before it ends."""
    ended = written = 0
    while not ended:
        store = MemoryStore()
        async with asyncio.TaskGroup() as tasks:
            probing = tasks.create_task(probe(store, clock=FakeClock()))
            for _ in range(written):
                await asyncio.sleep(0)
            probing.cancel()
        ended = not probing.cancelled()
        written += 1

        assert await keys_of(store) == []
    assert written > 40


async def test_credentials_that_may_not_delete_are_no_lie() -> None:
    """A manifest needs no right to delete; what stays is named."""
    store = UndeletableStore()

    found = await probe(store, clock=FakeClock())

    assert found.trusted
    assert set(found.left) >= set(await keys_of(store)) > set()
    assert all(key.startswith("probe-") for key in found.left)


async def test_the_time_of_a_read_and_a_write_is_told() -> None:
    """The medians are those of the store, in seconds."""
    clock = FakeClock()
    store = SlowStore(MemoryStore(), clock, get_s=0.02, put_s=0.04)

    found = await probe(store, clock=clock)

    assert found.get_s == pytest.approx(0.02)
    assert found.put_s == pytest.approx(0.04)
    assert found.steps[0].seconds == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("ahead_s", "told_s"), [(0.0, 0.0), (0.7, 0.0), (60.0, 60.0), (-9.0, -8.0)]
)
async def test_a_clock_that_goes_wrong_is_told_as_far_as_it_is_certain(
    ahead_s: float, told_s: float
) -> None:
    """A store tells whole seconds, so less than one says nothing."""
    clock = FakeClock()

    found = await probe(DatedStore(clock, ahead_s), clock=clock)

    assert found.clock_offset_s == told_s
    assert found.trusted


def test_the_policy_allows_exactly_what_is_done() -> None:
    """Reading the documents, reading and writing the batch, removing probes and merged segments."""
    policy = access_policy("s3://bucket/in/box/", "s3://bucket/in/box.tallysheet")

    granted = {
        (action, resource, *patterns_of(statement))
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert granted == {
        ("s3:ListBucket", "arn:aws:s3:::bucket", "in/box", "in/box/*"),
        ("s3:GetObject", "arn:aws:s3:::bucket/in/box"),
        ("s3:GetObject", "arn:aws:s3:::bucket/in/box/*"),
        ("s3:ListBucket", "arn:aws:s3:::bucket", "in/box.tallysheet/*"),
        ("s3:GetObject", "arn:aws:s3:::bucket/in/box.tallysheet/*"),
        ("s3:PutObject", "arn:aws:s3:::bucket/in/box.tallysheet/*"),
        ("s3:DeleteObject", "arn:aws:s3:::bucket/in/box.tallysheet/probe-*"),
        ("s3:DeleteObject", "arn:aws:s3:::bucket/in/box.tallysheet/seg/*"),
    }
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}


def patterns_of(statement: dict) -> list[str]:
    """The prefixes to which a statement is limited."""
    return statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", [])


async def test_the_probe_writes_only_what_the_policy_lets_it_remove() -> None:
    """Its keys begin with what the policy names."""
    found = await probe(UndeletableStore(), clock=FakeClock())

    (pattern,) = (
        s for s in access_policy(None, "s3://b/x")["Statement"] if s["Sid"] == "RemoveProbes"
    )
    beginning = pattern["Resource"][0].removeprefix("arn:aws:s3:::b/x/").removesuffix("*")
    assert beginning
    assert all(key.startswith(beginning) for key in found.left)


def test_a_whole_bucket_is_listed_without_a_condition() -> None:
    """A listing of everything names no prefix, and a condition on none would deny it."""
    listing, reading, *_ = access_policy("s3://bucket", "s3://bucket/.tallysheet")["Statement"]

    assert "Condition" not in listing
    assert reading["Resource"] == ["arn:aws:s3:::bucket/*"]


def test_a_prefix_is_never_a_pattern() -> None:
    """A star in an address is the character, or the policy would allow more than it says."""
    policy = json.dumps(access_policy(None, "s3://bucket/a*b?c$d"))

    assert "bucket/a${*}b${?}c${$}d/*" in policy


def test_the_bucket_policy_denies_writes_of_the_manifest_without_a_condition() -> None:
    """Both headers absent is denied; one of them is enough, and no other key is concerned."""
    (statement,) = bucket_policy("s3://bucket/inbox.tallysheet")["Statement"]

    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Action"] == ["s3:PutObject"]
    assert statement["Resource"] == ["arn:aws:s3:::bucket/inbox.tallysheet/manifest.json"]
    assert statement["Condition"] == {"Null": {"s3:if-match": "true", "s3:if-none-match": "true"}}


@pytest.mark.parametrize("url", ["gs://bucket/x", "./folder", "s3://", "s3:///x"])
def test_a_policy_is_only_for_s3(url: str) -> None:
    """Other stores have other rules, and a bucket has a name."""
    with pytest.raises(ConfigError, match="no s3:// address"):
        bucket_policy(url)
