"""What every store promises, asked of each: memory, a folder, and two real S3 servers."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from count_up import KEY, count_up
from tallysheet.errors import ConfigError, Conflict, NotFound, one_error
from tallysheet.ports import ABSENT, Blob, Store, Version
from tallysheet.store import FolderStore, MemoryStore, open_store

KEYS = (
    "invoice.pdf",
    "2026/01/invoice.pdf",
    "with space.pdf",
    "größe/ação 請求書.pdf",
    "100%.pdf",
    "a%20b.pdf",
    "a+b.pdf",
    "q?x=1&y#z.pdf",
    "it's [1] {2} ~^`|.pdf",
    'quo"te.pdf',
    "b...pdf",
)
NOT_KEYS = ("", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", ".", "a/./b", "nul\0", "\ud800")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of store, and how to open the same one again."""

    open: Callable[[], Store]
    same_bytes_same_version: bool


@pytest.fixture(params=["memory", "folder", "s3", "second_s3"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """Each kind in turn, empty."""
    if request.param == "memory":
        name = uuid4().hex
        return Kind(lambda: MemoryStore(name), same_bytes_same_version=False)
    if request.param == "folder":
        return Kind(lambda: FolderStore(tmp_path / "made" / "late"), same_bytes_same_version=True)
    url = request.getfixturevalue(request.param).fresh_url()
    return Kind(lambda: open_store(url), same_bytes_same_version=True)


@pytest.fixture
def store(kind: Kind) -> Store:
    """An empty store of each kind."""
    return kind.open()


async def keys_of(store: Store, prefix: str = "") -> list[str]:
    """What a listing shows, sorted."""
    return sorted([entry.key async for entry in store.list(prefix)])


async def test_what_was_put_is_read_back_with_its_version(store: Store) -> None:
    """The version that `put` returns is the one that `get` tells, and it is not that of absence."""
    version = await store.put("a/b.pdf", b"one", expect=ABSENT)

    blob = await store.get("a/b.pdf")

    assert blob.data == b"one"
    assert blob.version == version != ABSENT


async def test_another_store_of_the_same_address_sees_the_same(kind: Kind) -> None:
    """What is written stands in the place, not in the object that wrote it."""
    version = await kind.open().put("a.pdf", b"one", expect=ABSENT)

    blob = await kind.open().get("a.pdf")

    assert (blob.data, blob.version) == (b"one", version)


async def test_a_key_is_created_only_once(store: Store) -> None:
    """The second creation is a conflict, even with the same bytes, and changes nothing."""
    await store.put("a.pdf", b"one", expect=ABSENT)

    for data in (b"one", b"two"):
        with pytest.raises(Conflict):
            await store.put("a.pdf", data, expect=ABSENT)

    assert (await store.get("a.pdf")).data == b"one"


async def test_a_write_over_the_current_version_succeeds(store: Store) -> None:
    """Each version is good for one write, and gives the next."""
    version = await store.put("a.pdf", b"one", expect=ABSENT)

    for data in (b"two", b"six", b""):
        version = await store.put("a.pdf", data, expect=version)

    blob = await store.get("a.pdf")
    assert (blob.data, blob.version) == (b"", version)


async def test_a_write_over_a_stale_version_is_a_conflict(store: Store) -> None:
    """Whoever read before the last write, of the same size at that, cannot undo it."""
    first = await store.put("a.pdf", b"one", expect=ABSENT)
    await store.put("a.pdf", b"two", expect=first)

    with pytest.raises(Conflict):
        await store.put("a.pdf", b"six", expect=first)

    assert (await store.get("a.pdf")).data == b"two"


async def test_a_write_over_a_version_of_an_absent_key_is_a_conflict(store: Store) -> None:
    """What was deleted, or never stood, does not come into being by an update."""
    version = await store.put("a.pdf", b"one", expect=ABSENT)
    await store.delete("a.pdf")

    for key in ("a.pdf", "never/stood.pdf"):
        with pytest.raises(Conflict):
            await store.put(key, b"two", expect=version)

    assert await keys_of(store) == []


async def test_an_invented_version_is_a_conflict(store: Store) -> None:
    """A version that no store ever gave fits nothing."""
    await store.put("a.pdf", b"one", expect=ABSENT)

    with pytest.raises(Conflict):
        await store.put("a.pdf", b"two", expect=Version('"invented"'))


async def test_the_same_bytes_again_may_be_the_same_version(kind: Kind, store: Store) -> None:
    """Where versions are content hashes, one can return: hence the nonce in every root."""
    first = await store.put("a.pdf", b"one", expect=ABSENT)
    second = await store.put("a.pdf", b"two", expect=first)

    third = await store.put("a.pdf", b"one", expect=second)

    assert (third == first) is kind.same_bytes_same_version


async def test_what_is_deleted_is_gone_and_can_be_created_again(store: Store) -> None:
    """Deleting twice is no error; the key is as new."""
    await store.put("a.pdf", b"one", expect=ABSENT)

    await store.delete("a.pdf")
    await store.delete("a.pdf")

    with pytest.raises(NotFound):
        await store.get("a.pdf")
    await store.put("a.pdf", b"two", expect=ABSENT)
    assert (await store.get("a.pdf")).data == b"two"


@pytest.mark.parametrize("key", ["never.pdf", "never/stood.pdf", "a.pdf/below", "folder"])
async def test_what_does_not_stand_is_not_found(store: Store, key: str) -> None:
    """Neither a key nor a folder that is not there, nor what could only stand below a file."""
    await store.put("a.pdf", b"one", expect=ABSENT)
    await store.put("folder/b.pdf", b"one", expect=ABSENT)

    with pytest.raises(NotFound):
        await store.get(key)
    await store.delete(key)

    assert await keys_of(store) == ["a.pdf", "folder/b.pdf"]


async def test_a_listing_shows_the_keys_that_begin_with_a_prefix(store: Store) -> None:
    """A prefix is a beginning, not a folder: it may end in the middle of a name."""
    keys = ["a", "ab/c", "ab/cd/e", "abc", "b/ab"]
    for key in keys:
        await store.put(key, b"one", expect=ABSENT)

    shown = {prefix: await keys_of(store, prefix) for prefix in ("", "a", "ab", "ab/", "ab/c", "x")}

    assert shown == {p: [k for k in keys if k.startswith(p)] for p in shown}


async def test_a_listing_of_nothing_is_empty(store: Store) -> None:
    """A place in which nothing was ever put is an empty one."""
    assert await keys_of(store) == []


async def test_a_listing_tells_sizes_and_when_a_content_changed(store: Store) -> None:
    """A listed version stays as long as the content, and changes with it."""
    version = await store.put("a.pdf", b"one", expect=ABSENT)

    first = [entry async for entry in store.list()]
    again = [entry async for entry in store.list()]
    await store.put("a.pdf", b"two", expect=version)
    later = [entry async for entry in store.list()]

    assert [(entry.key, entry.size) for entry in first] == [("a.pdf", 3)]
    assert again == first
    assert later[0].version != first[0].version


async def test_a_store_sees_nothing_beside_its_own_place(kind: Kind) -> None:
    """A place whose name begins like another's is another place."""
    store, beside = kind.open(), open_store(f"{kind.open().url}2")
    await beside.put("theirs.pdf", b"one", expect=ABSENT)

    await store.put("ours.pdf", b"one", expect=ABSENT)

    assert await keys_of(store) == ["ours.pdf"]


async def test_the_place_of_a_batch_is_not_part_of_what_is_around_it(store: Store) -> None:
    """A source above a batch does not list it, and nothing is put there by its keys."""
    batch = open_store(f"{store.url}/inbox.tallysheet")
    await batch.put("manifest.json", b"{}", expect=ABSENT)
    await store.put("inbox/a.pdf", b"one", expect=ABSENT)

    shown = await keys_of(store)

    assert shown == ["inbox/a.pdf"]
    with pytest.raises(ConfigError):
        await store.put("inbox.tallysheet/x", b"", expect=ABSENT)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)) * 5000], ids=["0", "1", "1.3MB"])
async def test_any_bytes_can_be_stored(store: Store, data: bytes) -> None:
    """Nothing, and everything there is, in more than a packet."""
    await store.put("a.bin", data, expect=ABSENT)

    blob = await store.get("a.bin")
    listed = [entry async for entry in store.list()]

    assert blob.data == data
    assert [entry.size for entry in listed] == [len(data)]


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_comes_back_as_it_was_given(store: Store, key: str) -> None:
    """Spaces, other scripts, and what means something in an address or a pattern."""
    await store.put(key, b"one", expect=ABSENT)

    assert await keys_of(store) == [key]
    assert (await store.get(key)).data == b"one"
    await store.delete(key)
    assert await keys_of(store) == []


@pytest.mark.parametrize("key", NOT_KEYS)
async def test_what_is_no_key_is_refused_by_every_verb(store: Store, key: str) -> None:
    """What one store would take as another place is no key in any."""
    with pytest.raises(ConfigError):
        await store.get(key)
    with pytest.raises(ConfigError):
        await store.put(key, b"", expect=ABSENT)
    with pytest.raises(ConfigError):
        await store.put(key, b"", expect=Version("v1"))
    with pytest.raises(ConfigError):
        await store.delete(key)


async def test_of_eight_who_write_at_once_exactly_one_wins(kind: Kind) -> None:
    """Sixteen bursts: on each of eight keys one that creates, and one over what was created."""
    stores = [kind.open() for _ in range(8)]

    async def two_bursts(key: str) -> None:
        version = ABSENT
        for _ in range(2):
            won = await burst(stores, key, version)
            assert len(won) == 1
            [(data, version)] = won.items()
            assert await stores[0].get(key) == Blob(data, version)

    with one_error():
        async with asyncio.TaskGroup() as tasks:
            for number in range(8):
                tasks.create_task(two_bursts(f"contended/{number}"))


async def burst(stores: Sequence[Store], key: str, expect: Version) -> dict[bytes, Version]:
    """Let all write to *key* at the same moment; return what won, and its version."""
    barrier = asyncio.Barrier(len(stores))
    won: dict[bytes, Version] = {}

    async def write(store: Store) -> None:
        data = uuid4().bytes
        await barrier.wait()
        with suppress(Conflict):
            won[data] = await store.put(key, data, expect=expect)

    async with asyncio.TaskGroup() as tasks:
        for store in stores:
            tasks.create_task(write(store))
    return won


async def test_no_increment_is_lost_between_tasks(kind: Kind) -> None:
    """Four tasks add one to the same number ten times each: it is forty."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(count_up(kind.open(), 10))

    assert (await kind.open().get(KEY)).data == b"40"


async def test_a_key_that_is_deleted_and_created_meanwhile_is_never_overwritten(kind: Kind) -> None:
    """An update either meets what it read or is a conflict, whoever deletes and creates."""
    store = kind.open()
    for number in range(10):
        first = await store.put("a", b"first %d" % number, expect=ABSENT)
        ended: dict[str, bool] = {}

        async def attempt(name: str, version: Version, ended: dict[str, bool] = ended) -> None:
            try:
                await kind.open().put("a", name.encode(), expect=version)
            except Conflict:
                ended[name] = False
            else:
                ended[name] = True

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(attempt("update", first))
            tasks.create_task(kind.open().delete("a"))
            tasks.create_task(attempt("create", ABSENT))

        if ended["create"]:
            assert (await store.get("a")).data == b"create"
        await store.delete("a")


def test_no_increment_is_lost_between_processes_on_a_folder(tmp_path: Path) -> None:
    """Four processes add one to the same number fifty times each: it is two hundred."""
    script = Path(__file__).parent.with_name("count_up.py")
    command = [sys.executable, str(script), str(tmp_path / "shared"), "50"]

    processes = [subprocess.Popen(command) for _ in range(4)]
    codes = [process.wait() for process in processes]

    assert codes == [0, 0, 0, 0]
    assert (tmp_path / "shared" / KEY).read_text() == "200"
