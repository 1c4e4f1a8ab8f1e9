"""What has not changed of late is kept compressed, and nobody notices by what is read."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.manifest import _ledger
from tallysheet.manifest._codec import Packer, encode_record
from tallysheet.manifest._ledger import Ledger
from tallysheet.model import Record, Status

TRICKY = ("a", "b", 'a":{"b', "a\0", "\1", "a\nb", "ä/ü", "\\", "")
"""Keys that look like each other, or like what stands between records."""
changes = st.tuples(st.sampled_from(TRICKY), st.integers(0, 99))


@contextmanager
def small() -> Iterator[None]:
    """Packs of two records, of which few stay open, and hardly any record that is in none."""
    names = ("TOGETHER", "MOST_LOOSE", "AT_A_TIME", "MOST_OPEN")
    before = {name: getattr(_ledger, name) for name in names}
    for name, value in zip(names, (2, 1, 3, 2), strict=True):
        setattr(_ledger, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(_ledger, name, value)


def of(number: int) -> bytes:
    """A record; every third one as a person may have laid it out."""
    data = encode_record(Record(data={"a": number}), rev=number)
    return data.replace(b",", b',\n"a":\n{},') if number % 3 == 0 else data


@given(steps=st.lists(changes, max_size=60), looks=st.sets(st.integers(0, 60)))
@small()
def test_it_reads_as_what_was_put_in_last(steps: list[tuple[str, int]], looks: set[int]) -> None:
    """Whatever is packed, changed, dissolved and packed again; and whoever walks sees one state."""
    ledger, known = Ledger(), {}
    walks = []
    for at, (key, number) in enumerate(steps):
        if at in looks:
            walks.append((ledger.sorted(), sorted(known.items())))
            next(walks[-1][0], None)
        ledger.put(key, of(number))
        known[key] = of(number)
        assert ledger[key] == known[key]

    assert list(ledger.items()) == list(known.items())
    assert list(ledger.sorted()) == sorted(known.items())
    assert [ledger.get(key) for key in TRICKY] == [known.get(key) for key in TRICKY]
    assert len(ledger) == len(known)
    for walk, seen in walks:
        assert list(walk) == seen[1:]


def test_what_has_not_changed_of_late_takes_a_third_of_its_bytes() -> None:
    """But for what was changed last, which is not compressed yet."""
    ledger, count = Ledger(), 10_000
    for number in range(count):
        record = Record(
            Status.REVIEW, sha256=f"{number * 7**80:064x}"[-64:], message="Say why. " * 20
        )
        ledger.put(f"{number:06}.pdf", encode_record(record, rev=number))

    plain = sum(map(len, ledger.values()))
    packs = {held for held in ledger._held.values() if not isinstance(held, bytes)}
    loose = [held for held in ledger._held.values() if isinstance(held, bytes)]
    assert len(loose) <= _ledger.MOST_LOOSE + _ledger.AT_A_TIME
    packed = sum(len(pack.data) for pack in packs) / (count - len(loose))
    assert packed < plain / count / 3


@small()
def test_of_what_a_pack_holds_half_is_true_at_least() -> None:
    """Whatever changes again and again, it does not keep what it was."""
    ledger, count = Ledger(), 100
    for number in range(count):
        ledger.put(str(number), of(number))
    for number in range(10 * count):
        ledger.put(str(number * 7 % 30), of(number))

        packs = {held for held in ledger._held.values() if not isinstance(held, bytes)}
        live = sum(not isinstance(held, bytes) for held in ledger._held.values())
        assert live == sum(pack.live for pack in packs)
        assert sum(pack.size for pack in packs) < 2 * live


@small()
def test_for_many_records_each_pack_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment in which others changed what we know, in any order, is taken in that way."""
    ledger, opened = Ledger(), []
    for number in range(40):
        ledger.put(str(number), of(number))
    inside = Packer.opened

    def counted(packer: Packer, pack: bytes) -> bytes:
        opened.append(pack)
        return inside(packer, pack)

    monkeypatch.setattr(Packer, "opened", counted)
    scattered = [(str(number * 7 % 40), of(number)) for number in range(40)]

    in_order = ledger.by_pack([*scattered, ("new", of(1)), ("newer", of(2))])
    for key, _ in in_order:
        ledger.get(key)

    assert sorted(in_order) == sorted([*scattered, ("new", of(1)), ("newer", of(2))])
    assert len(opened) == len(set(opened)) > 10
    new = [key for key, _ in in_order if key in ("new", "newer")]
    assert new == ["new", "newer"]
