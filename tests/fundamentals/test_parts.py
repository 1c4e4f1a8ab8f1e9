"""A file is split so that no crash and no stalled worker leaves a part out, or twice in."""

from tallysheet.manifest import Claim, Manifest, Outcome
from tallysheet.model import Document, Part, Status
from tallysheet.pipeline._parts import Split, split
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock

FILE = "m.eml"
DONE = Outcome(Status.DONE, result="results/1.json")


def holding(*names: str) -> Split:
    """A file that holds documents of these names, each of other bytes."""
    return Split(tuple(Part(name, f"sha-of-{name}", 1) for name in names))


async def claimed(sheet: Manifest, key: str = FILE) -> Claim:
    """The claim of a document that is pending."""
    claims = await sheet.claim(limit=9)
    await sheet.release([claim for claim in claims if claim.key != key])
    return next(claim for claim in claims if claim.key == key)


async def statuses(sheet: Manifest) -> dict[str, str]:
    """Every document's status."""
    return {key: record.status.value async for key, record in sheet.records()}


async def changed(sheet: Manifest, sha256: str) -> Claim:
    """The file has other bytes now, and is claimed."""
    await sheet.add([Document(FILE, sha256, 1, sha256)])
    return await claimed(sheet)


async def test_whoever_stops_in_between_begins_anew_and_adds_nothing_twice() -> None:
    """The parts stand, the file does not say so yet; meanwhile one of them has been read."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as sheet:
        first = await changed(sheet, "one")
        await split(sheet, first, holding("a", "b"))
        await sheet.finish(await claimed(sheet, "m.eml#a"), DONE)
        await sheet.release([first])

        again = await claimed(sheet)
        await sheet.finish(again, await split(sheet, again, holding("a", "b")))

        assert await statuses(sheet) == {FILE: "split", "m.eml#a": "done", "m.eml#b": "pending"}


async def test_what_is_no_longer_in_a_file_is_sent_round_and_the_rest_left_alone() -> None:
    """Its hash is gone, so whoever takes it finds that it is not there any more."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as sheet:
        first = await changed(sheet, "one")
        await sheet.finish(first, await split(sheet, first, holding("a", "b")))
        for key in ("m.eml#a", "m.eml#b"):
            await sheet.finish(await claimed(sheet, key), DONE)

        second = await changed(sheet, "two")
        outcome = await split(sheet, second, holding("b", "c"))
        await sheet.finish(second, outcome)

        assert await statuses(sheet) == {
            FILE: "split", "m.eml#a": "pending", "m.eml#b": "done", "m.eml#c": "pending",
        }  # fmt: skip
        assert (await sheet.get("m.eml#a")).sha256 == ""
        assert outcome.message == "It holds 2 documents: b, c."


async def test_parts_of_a_part_are_its_own_business() -> None:
    """They go when it goes, and stay when the file around it changes elsewhere."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as sheet:
        first = await changed(sheet, "one")
        await sheet.finish(first, await split(sheet, first, holding("in.zip", "b")))
        inner = await claimed(sheet, "m.eml#in.zip")
        await sheet.finish(inner, await split(sheet, inner, holding("deep")))
        await sheet.finish(await claimed(sheet, "m.eml#in.zip#deep"), DONE)

        second = await changed(sheet, "two")
        await sheet.finish(second, await split(sheet, second, holding("in.zip")))
        kept = await statuses(sheet)
        third = await changed(sheet, "three")
        await sheet.finish(third, await split(sheet, third, holding("b")))

        assert (await sheet.get("m.eml#in.zip#deep")).file == FILE
        assert kept["m.eml#in.zip"] == "split"
        assert kept["m.eml#in.zip#deep"] == "done"
        assert (await statuses(sheet))["m.eml#in.zip#deep"] == "pending"


async def test_a_stalled_worker_that_wakes_with_old_contents_is_put_right() -> None:
    """What it adds is not in the file any more, and is found gone; the file stays as it is."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as sheet:
        stalled = await changed(sheet, "one")
        second = await changed(sheet, "two")
        await sheet.finish(second, await split(sheet, second, holding("b")))

        await split(sheet, stalled, holding("a"))

        assert await statuses(sheet) == {
            FILE: "split", "m.eml#a": "pending", "m.eml#b": "pending",
        }  # fmt: skip


async def test_what_was_left_aside_is_named_up_to_a_bound() -> None:
    """A mail can have a thousand logos."""
    found = Split((Part("a.pdf", "", 1),), tuple(f"{n}.png: A logo." for n in range(7)))

    assert found.message == (
        "It holds 1 document: a.pdf. Left aside: 0.png: A logo; 1.png: A logo; 2.png: A logo; "
        "3.png: A logo; 4.png: A logo and 2 more."
    )


async def test_parts_are_found_by_their_file_and_by_nothing_else() -> None:
    """Also where a file of the source has a name like a part, or begins like another file."""
    keys = ["a", "a#b", "a#b#c", "a#bc", "ab", "ab#c", "x/a#b"]
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as sheet:
        await sheet.add(keys)
        await sheet.add([Document("a#b", "changed", 1, "")])

        found = {key: sorted(sheet.parts_of(key)) for key in keys}

    assert found == {
        key: sorted(name for name in keys if name.startswith(f"{key}#")) for key in keys
    }
