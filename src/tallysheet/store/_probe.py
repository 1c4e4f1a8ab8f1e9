"""Can this store be trusted with a manifest? Some say yes to every condition and ignore it.

Several servers that speak like S3 overwrite whatever the condition says, refuse and
store all the same, or let two of several writers win. On those a manifest would lose
updates without a sound, so a store is tried before anything depends on it:

1. Only keys of its own are written, beginning with ``probe-`` and a token that nobody
   else has. They are removed in the end, whatever happens.
2. What the store says is not believed: after each write the key is read back.
3. A lost reply is no verdict; neither is one refusal of what should be stored, which
   loses nothing. The step is done again, under a fresh key.
4. A verdict is not softened by trying again: what was stored against its condition
   once will be again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Protocol, runtime_checkable

from tallysheet.errors import ConfigError, Conflict, Outage, OutcomeUnknown, StoreError
from tallysheet.ports import ABSENT, Blob, Clock, Store
from tallysheet.store._trial import AT_ONCE, Trial, Untrue

TRIES = 5
FIRST_PAUSE_S = 0.25
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried."""

    tried: str
    expected: str
    answered: str
    ok: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Probe:
    """What a store answered to everything that was tried."""

    steps: tuple[Step, ...]
    get_s: float
    """Median seconds of a read."""
    put_s: float
    """Median seconds of a write that was stored."""
    versions_repeat: bool
    """Whether the same bytes are the same version again; the manifest's nonce allows for it."""
    clock_offset_s: float | None
    """By how much the store's clock is ahead of ours, at least; none where it tells no time."""
    left: tuple[str, ...]
    """Keys of the probe that could not be removed again, so far as they stand."""

    @property
    def trusted(self) -> bool:
        """Whether a manifest there loses nothing."""
        return all(step.ok for step in self.steps)

    @property
    def reason(self) -> str:
        """What it did that it must not do; empty if it is trusted."""
        failed = next((step for step in self.steps if not step.ok), None)
        if failed is None:
            return ""
        return f"{failed.tried}: expected {failed.expected}; answered: {failed.answered}"


@runtime_checkable
class Dated(Protocol):
    """A store that tells when something was written, by its own clock."""

    async def stored_at(self, key: str) -> datetime:
        """When *key* was written, cut to whole seconds."""
        ...


async def probe(store: Store, *, clock: Clock) -> Probe:
    """Try everything that a manifest relies on, under keys of our own, and remove them.

    Raises:
        ConfigError: The store refuses our credentials.
        Outage: It cannot be reached, or its replies are lost again and again.
    """
    trial = Trial(store, clock)
    try:
        steps = [await _step(trial, *row) for row in _STEPS]
        offset_s = await _clock_offset_s(trial)
    finally:
        await trial.clean_up()
    return Probe(
        steps=tuple(steps),
        get_s=median(trial.gets_s or [0.0]),
        put_s=median(trial.puts_s or [0.0]),
        versions_repeat=trial.versions_repeat,
        clock_offset_s=offset_s,
        left=tuple(sorted(trial.keys)),
    )


async def _write(trial: Trial) -> str:
    await trial.stored(trial.fresh_key(), b"one")
    return "the same"


async def _create_again(trial: Trial) -> str:
    key = trial.fresh_key()
    version = await trial.stored(key, b"one")
    await trial.refused(key, b"two", ABSENT, stands=Blob(b"one", version))
    return "refused"


async def _replace(trial: Trial) -> str:
    key = trial.fresh_key()
    await trial.stored(key, b"two", await trial.stored(key, b"one"))
    return "stored"


async def _replace_stale(trial: Trial) -> str:
    key = trial.fresh_key()
    first = await trial.stored(key, b"one")
    second = await trial.stored(key, b"two", first)
    await trial.refused(key, b"six", first, stands=Blob(b"two", second))
    return "refused"


async def _replace_nothing(trial: Trial) -> str:
    elsewhere = await trial.stored(trial.fresh_key(), b"one")
    await trial.refused(trial.fresh_key(), b"two", elsewhere, stands=None)
    return "refused"


async def _create_at_once(trial: Trial) -> str:
    return await trial.at_once(trial.fresh_key(), ABSENT)


async def _replace_at_once(trial: Trial) -> str:
    key = trial.fresh_key()
    return await trial.at_once(key, await trial.stored(key, b"one"))


async def _write_the_same(trial: Trial) -> str:
    key = trial.fresh_key()
    first = await trial.stored(key, b"one")
    trial.versions_repeat = await trial.stored(key, b"one", first) == first
    return "stored, the same version" if trial.versions_repeat else "stored, another version"


async def _delete(trial: Trial) -> str:
    key = trial.fresh_key()
    version = await trial.stored(key, b"one")
    try:
        await trial.store.delete(key)
    except ConfigError:
        return "the credentials may not delete"
    if await trial.get(key) is not None:
        raise Untrue("still there")
    await trial.refused(key, b"two", version, stands=None)
    return "gone"


_REFUSED = "refused, and nothing changed"
_ONCE = f"stored once, refused {AT_ONCE - 1} times"
_STEPS: Sequence[tuple[str, str, Callable[[Trial], Awaitable[str]]]] = (
    ("write, then read", "the same bytes and version", _write),
    ("create what stands already", _REFUSED, _create_again),
    ("replace the version that stands", "stored", _replace),
    ("replace a stale version", _REFUSED, _replace_stale),
    ("replace where nothing stands", _REFUSED, _replace_nothing),
    (f"create, {AT_ONCE} at once", _ONCE, _create_at_once),
    (f"replace, {AT_ONCE} at once", _ONCE, _replace_at_once),
    ("write the same bytes again", "stored, under any version", _write_the_same),
    ("delete, then replace", "gone, and not back", _delete),
)


async def _step(
    trial: Trial, tried: str, expected: str, act: Callable[[Trial], Awaitable[str]]
) -> Step:
    """Do one step until there is a verdict."""
    started = trial.clock.monotonic()
    tries = lost = 0
    while True:
        try:
            answered, ok = await act(trial), True
        except Untrue as untrue:
            answered, ok = str(untrue), False
        except (Conflict, OutcomeUnknown) as error:
            tries += 1
            lost += isinstance(error, OutcomeUnknown)
            if tries < TRIES:
                await trial.clock.sleep(FIRST_PAUSE_S * 2 ** (tries - 1))
                continue
            if lost:
                raise Outage(
                    f"{trial.store.url} could not be tried: {error.message}",
                    "Nothing was made there. Run the same command again.",
                ) from None
            answered, ok = f"refused what should be stored, {TRIES} times", False
        return Step(tried, expected, answered, ok, trial.clock.monotonic() - started)


async def _clock_offset_s(trial: Trial) -> float | None:
    """How far the store's clock certainly is from ours; a store tells whole seconds."""
    if not isinstance(trial.store, Dated):
        return None
    key = trial.fresh_key()
    before = trial.clock.now()
    try:
        await trial.store.put(key, b"", expect=ABSENT)
        after = trial.clock.now()
        stored_at = await trial.store.stored_at(key)
    except StoreError:
        return None
    at_least, at_most = stored_at - after, stored_at + SECOND - before
    return (max(at_least, timedelta()) + min(at_most, timedelta())).total_seconds()
