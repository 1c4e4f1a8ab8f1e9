"""The bytes of documents come from where they are, each as seldom as can be."""

import asyncio
import io
import zipfile
from collections import Counter
from hashlib import sha256

import pytest

from tallysheet.errors import DocumentError
from tallysheet.intake import Shelf
from tallysheet.manifest import Manifest
from tallysheet.model import Document
from tallysheet.parse import (
    Wanted,
    _unpacked,
    members,  # noqa: F401  loaded before the loop
)
from tallysheet.pipeline import SystemClock, _supply
from tallysheet.pipeline._supply import Supply
from tallysheet.ports import ABSENT, Worked
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, Inline

FILE = "a.zip"


class Trips(Inline):
    """Counts what is sent."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()

    async def run(self, work, data: bytes) -> Worked:
        """Count it, and do it."""
        self.made[work.__name__] += 1
        return await super().run(work, data)


def pdf(number: int) -> bytes:
    """Something that may be a document."""
    return b"%%PDF-1.7\n%06d\n" % number


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


class Scene:
    """An archive in a source, a record for each of its members, and what delivers them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.source = CountingStore(MemoryStore())
        self.trips = Trips()

    async def __aenter__(self) -> "Scene":
        data = zipped(self.files)
        await self.source.put(FILE, data, expect=ABSENT)
        self._opening = Manifest.on(MemoryStore(), clock=SystemClock())
        self.sheet = await self._opening.__aenter__()
        await self.sheet.add([Document(FILE, sha256(data).hexdigest(), len(data), "")])
        await self.sheet.add(
            Document(f"{FILE}#{name}", sha256(content).hexdigest(), len(content), "", FILE)
            for name, content in self.files.items()
        )
        self.supply = Supply(self.source, self.trips, self.sheet, Shelf(), 2)
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._opening.__aexit__(*raised)

    async def part(self, name: str) -> tuple[bytes, Wanted]:
        """What is delivered for a member."""
        record = await self.sheet.get(f"{FILE}#{name}")
        return await self.supply.part(record, Wanted(name, record.sha256))


async def test_an_archive_is_opened_once_for_all_that_fits_into_memory() -> None:
    """Not once for each of its members, though all of these are asked for at once."""
    files = {f"{number:03}.pdf": pdf(number) for number in range(100)}
    async with Scene(files) as scene, asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(scene.part(name)) for name in files]

    parts = [task.result() for task in asked]
    assert [data for data, _ in parts] == list(files.values())
    assert {wanted.part for _, wanted in parts} == {""}
    assert {wanted.depth for _, wanted in parts} == {1}
    assert scene.trips.made == {"unpack": 1}
    assert scene.source.gets == 1


async def test_more_than_fits_takes_more_trips_and_no_more_memory(monkeypatch) -> None:
    """As many as all bytes need; of what was taken out no more is kept than may be."""
    files = {f"{number:03}.pdf": pdf(number) for number in range(100)}
    size = len(pdf(0))
    monkeypatch.setattr(_unpacked, "TOGETHER_BYTES", 10 * size)
    monkeypatch.setattr(_supply, "KEPT_BYTES", 20 * size)
    async with Scene(files) as scene:
        for name, content in files.items():
            assert (await scene.part(name))[0] == content
            assert sum(map(len, scene.supply._kept.values())) == scene.supply._kept_bytes
            assert scene.supply._kept_bytes <= 20 * size

    assert scene.trips.made == {"unpack": 10}


async def test_a_member_that_cannot_be_had_says_why_and_spoils_no_other(monkeypatch) -> None:
    """It was in the way when its neighbours were taken out, and is not asked for a second time."""
    names = [f"{number}.pdf" for number in range(4)]
    monkeypatch.setattr("tallysheet.parse.members._zip.READ", {zipfile.ZIP_STORED})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            how = zipfile.ZIP_DEFLATED if name == "2.pdf" else zipfile.ZIP_STORED
            archive.writestr(name, pdf(1), how)
    async with Scene(dict.fromkeys(names, pdf(1))) as scene:
        monkeypatch.setattr(scene.supply, "_source", MemoryStore())
        await scene.supply._source.put(FILE, out.getvalue(), expect=ABSENT)
        good = [(await scene.part(name))[0] for name in names if name != "2.pdf"]
        with pytest.raises(DocumentError) as caught:
            await scene.part("2.pdf")

    assert good == [pdf(1)] * 3
    assert caught.value.reason == "unsupported"
    assert caught.value.fix
    assert scene.trips.made == {"unpack": 1}


async def test_a_file_that_holds_one_document_goes_to_its_reader_as_it_is() -> None:
    """Most mails have one attachment: a trip of its own would be for nothing."""
    async with Scene({"only.pdf": pdf(1)}) as scene:
        data, wanted = await scene.part("only.pdf")

    assert data == zipped(scene.files)
    assert (wanted.part, wanted.depth) == ("only.pdf", 0)
    assert not scene.trips.made


async def test_members_of_a_member_come_together_too() -> None:
    """They lie in two files, and what is left to open counts these."""
    inner = {f"{number}.pdf": pdf(number) for number in range(5)}
    async with Scene({"in.zip": zipped(inner), "other.pdf": pdf(9)}) as scene:
        deep = [f"in.zip#{name}" for name in inner]
        await scene.sheet.add(Document(f"{FILE}#{name}", "", 1, "", FILE) for name in deep)
        parts = [await scene.part(name) for name in deep]

    assert [data for data, _ in parts] == list(inner.values())
    assert {wanted.depth for _, wanted in parts} == {2}
    assert scene.trips.made == {"unpack": 1}


async def test_invoices_bound_together_are_fetched_once() -> None:
    """The pages are told apart when the file is read, which all of them need whole."""
    async with Scene({}) as scene:
        parts = ["pages=1-2", "pages=3-4"]
        await scene.sheet.add(Document(f"{FILE}#{name}", "", 1, "", FILE) for name in parts)
        found = [await scene.part(name) for name in parts]

    assert {data for data, _ in found} == {zipped({})}
    assert [wanted.part for _, wanted in found] == parts
    assert scene.source.gets == 1


async def test_a_file_with_other_bytes_is_opened_anew() -> None:
    """What was taken out of it before is none of its parts now."""
    names = ["a.pdf", "b.pdf"]
    async with Scene(dict.fromkeys(names, pdf(1))) as scene:
        assert (await scene.part("a.pdf"))[0] == pdf(1)
        data = zipped(dict.fromkeys(names, pdf(2)))
        blob = await scene.source.get(FILE)
        await scene.source.put(FILE, data, expect=blob.version)
        await scene.sheet.add([Document(FILE, sha256(data).hexdigest(), len(data), "")])

        found = [(await scene.part(name))[0] for name in names]

    assert found == [pdf(2)] * 2
