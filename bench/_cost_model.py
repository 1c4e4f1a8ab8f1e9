"""What a batch asks of S3, worked out on paper.

Everything that is a rule of ours (pauses, groups, sizes at which a segment is written or merged)
is imported from where it is obeyed, and records and roots are encoded by the code that
encodes them. What is assumed stands in `Load` and `Sizes`. `python bench/cost.py --check` holds
it against real runs.

The root. A writer goes round: it reads the root where others have written since, writes it,
pauses, and does so again once there is something to write and that had its time to be joined by
more. What it read is old if another
one's write lands in the ``window`` between the middle of its read and the middle of its write.
If attempts of the others come at a rate ``g``, the next commit is the first of them that was
read after the last one: a share of ``g window / (1 + g window)`` is lost, which is the others'
commits a second times the window. After the k-th loss in a row it pauses for a random part of
``min(2^k, writers)`` writes. How often others commit depends on how long a round takes, and the
other way round: it is solved by going round until it stands.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from math import ceil, exp

from tallysheet.intake import KEPT_BYTES
from tallysheet.manifest._carry import MOST_CARRIED_BYTES
from tallysheet.manifest._codec import (
    Root,
    Segment,
    Worker,
    encode_record,
    encode_root,
    encode_segment,
)
from tallysheet.manifest._commit import MOST_INLINE_BYTES
from tallysheet.manifest._compact import FAN_IN, MOST_BYTES
from tallysheet.manifest._turns import LONGEST_PAUSE_S, PACE, RIPENS_S
from tallysheet.model import Record, Status
from tallysheet.pipeline._listing import ADD_AT_FIRST

KEYS_A_PAGE = 1000
"""Of a listing of S3."""
PASSES = 3
"""Walks over the source where several workers list at once, at most; see ``_listing``."""
MOST_LOST = 0.99
"""For more writers than one root can carry."""
ENTERING = 1 / 4
"""Writes that each worker loses to each other one while all of them enter the root at once."""
BASE64, WITH_KEYS = 4 / 3, 1.15
"""How much larger segments become that a root carries, and records with their keys."""
PROBE = {"put probe": 31, "get probe": 18}
"""What trying a store takes, once for each worker that finds no manifest there."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be done.

    Attributes:
        documents: How many.
        workers: Processes on the batch, all started at once.
        concurrency: Documents that each has with the model at the same time.
        latency_s: Seconds that the model takes: from half to one and a half of it.
        get_s: Seconds that a read takes.
        put_s: Seconds that a write takes.
    """

    documents: int
    workers: int
    concurrency: int
    latency_s: float
    get_s: float = 0.030
    put_s: float = 0.060

    @property
    def rate(self) -> float:
        """Documents a second of one worker that waits for nothing but the model."""
        return self.concurrency / self.latency_s

    @property
    def work_s(self) -> float:
        """Seconds that the whole takes, the slowest answer at the end included."""
        return self.documents / (self.rate * self.workers) + 1.5 * self.latency_s


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of one document, of what a model said of it, and of its result."""

    document: int = 60_000
    answer: int = 2_500
    result: int = 6_000
    version: str = f'"{"5" * 32}"'
    """What the store calls a version of it: S3 an MD5 in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Round:
    """How a writer gets on with the root.

    Attributes:
        takes_s: Seconds from one of its commits to the next.
        lost: Of its writes, the share that is lost.
        reads: Reads of the root, a commit.
    """

    takes_s: float
    lost: float
    reads: float

    @property
    def writes(self) -> float:
        """Writes of the root, a commit."""
        return 1 / (1 - self.lost)


def round_of(load: Load) -> Round:
    """Solve for how long a round takes; see the module."""
    put, others, rate = load.put_s, load.workers - 1, load.rate
    if not others:
        # It waits where nothing ended during its last commit.
        return Round(put + RIPENS_S + exp(-rate * put) / rate, 0.0, 0.0)
    window = (load.get_s + put) / 2
    pause = min(PACE * others * put, LONGEST_PAUSE_S)
    changed = 1 - exp(-others)
    takes_s = pause
    for _ in range(500):
        lost = min(others / takes_s * window, MOST_LOST)
        again = sum(
            lost**k * (min(min(2**k, load.workers) * put, LONGEST_PAUSE_S) / 2 + load.get_s + put)
            for k in range(1, 500)
        )
        found = changed * load.get_s + put + again + pause
        found += RIPENS_S + exp(-rate * found) / rate
        takes_s += (found - takes_s) / 10
    return Round(takes_s, lost, changed + lost / (1 - lost))


@dataclass(frozen=True, slots=True)
class Cost:
    """What it takes.

    Attributes:
        requests: By what and of what: ``put root``, ``get document``.
        sizes: Bytes, likewise.
        round: How a writer gets on with the root.
        root_bytes: Of a root, on average.
        segments: That stand in the end.
        stored_bytes: That stay: cache, results and manifest.
    """

    requests: Counter[str]
    sizes: Counter[str]
    round: Round
    root_bytes: float
    segments: int
    stored_bytes: float


def record_bytes(sizes: Sizes) -> tuple[int, int, int]:
    """Of a record when it is added, when it is claimed, and in the end."""
    added = Record(sha256="a" * 64, size=sizes.document, version=sizes.version)
    taken = replace(added, status=Status.WORKING, epoch=1, worker=f"w-{'b' * 16}", attempts=1)
    done = replace(taken, status=Status.DONE, worker=None, result=f"results/{'c' * 64}.json")
    found = tuple(len(encode_record(record, rev=100_000)) for record in (added, taken, done))
    return found[0], found[1], found[2]


def _bare_root_bytes(workers: int, segments: int) -> int:
    """Of a root without records."""
    names = [f"w-{number:016x}" for number in range(workers)]
    segment = Segment(f"seg/{names[0]}-1000-{'d' * 64}", 250, 25_000, 100_000, 0)
    root = Root(
        100_000,
        "e" * 16,
        "f" * 16,
        dict.fromkeys(names, 1000),
        {name: Worker(1000, "host-0123456789ab/01234567/4026531836", 12345) for name in names},
        {"pending": 100_000, "working": 1000, "done": 100_000},
        (segment,) * segments,
        {},
    )
    return len(encode_root(root))


@cache
def _packed() -> float:
    """The bytes of a segment over those of its records: these are hashes above all."""
    lines = {
        f"2026/invoice-{number:08}.pdf": encode_record(
            Record(
                Status.DONE,
                epoch=1,
                sha256=sha256(b"%d" % number).hexdigest(),
                result=f"results/{sha256(b'of %d' % number).hexdigest()}.json",
            ),
            rev=100,
        )
        for number in range(200)
    }
    return len(encode_segment(lines)) / sum(map(len, lines.values()))


def cost(load: Load, sizes: Sizes) -> Cost:
    """Work it out."""
    many, workers = load.documents, load.workers
    turn = round_of(load)
    requests: Counter[str] = Counter()
    pages = ceil(many / KEYS_A_PAGE)
    requests["list document"] = pages * workers * (PASSES if workers > 1 else 1)
    requests["list batch"] = 2 * workers
    for kind, number in PROBE.items():
        requests[kind] = number * workers
    # Each hashes its share, and twice as much of the first groups before it knows of the others.
    twice = min(many, 3 * ADD_AT_FIRST) * (workers - 1)
    at_hand = min(many, workers * KEPT_BYTES // sizes.document) / workers
    requests["get document"] = round(many + twice + many - at_hand)
    requests["get cache"] = requests["put cache"] = requests["put result"] = many
    # Each enters the root with a commit of its own, and leaves it with one.
    # Its first claim and its last answer take a round each, to enter and to leave a commit each.
    # Alone, nothing is written while the first documents are with the model; of several, each
    # follows what the others claim meanwhile.
    nothing_s = load.latency_s if workers == 1 else 0.0
    commits = workers * ((load.work_s - nothing_s) / turn.takes_s + 4)
    entering = ENTERING * workers**2 if workers > 1 else 0
    requests["put root"] = round(commits * turn.writes + entering)
    requests["get root"] = round(commits * turn.reads + entering) + workers
    segments, each_bytes = _segments(load, sizes, commits)
    # A write that is lost has begun to write its segment.
    requests["put segment"] = round(segments * turn.writes)
    merges, left, moved_bytes = _merges(segments, each_bytes)
    requests["put merged"] = merges
    # A segment is carried until its writer's next commit. Rounds take from three to five quarters
    # of the same: then with chance 1/12 another looks only after that, and must fetch it.
    fetched = segments * (workers - 1) / 12
    requests["get segment"] = round(merges * FAN_IN + fetched)
    carried = 0.0
    if workers > 1:
        in_a_round = segments / load.work_s * turn.takes_s
        carried = min(in_a_round * each_bytes * BASE64, MOST_CARRIED_BYTES)
    records = min(sum(record_bytes(sizes)) * many, MOST_INLINE_BYTES) / 2
    root = _bare_root_bytes(workers, left) + records * WITH_KEYS + carried
    transferred = Counter(
        {
            "put root": requests["put root"] * root,
            "get root": requests["get root"] * root,
            "put segment": requests["put segment"] * each_bytes,
            "get segment": moved_bytes + fetched * each_bytes,
            "put merged": moved_bytes,
            "get document": requests["get document"] * sizes.document,
            "put cache": many * sizes.answer,
            "put result": many * sizes.result,
        }
    )
    stored = many * (sizes.answer + sizes.result) + segments * each_bytes + root
    return Cost(
        requests, Counter({k: round(v) for k, v in transferred.items()}), turn, root, left, stored
    )


def _segments(load: Load, sizes: Sizes, commits: float) -> tuple[float, float]:
    """How many segments are written, and the bytes of each."""
    added, taken, done = record_bytes(sizes)
    whole = load.documents * (added + taken + done)
    # A segment is due once there is more than so much: on average half a commit's more.
    holds = max(MOST_INLINE_BYTES + whole / commits / 2, whole / commits)
    # What changes twice before that stands in it once.
    fills_s = holds / whole * load.work_s
    once = max(0.0, 1 - load.latency_s / fills_s)
    written = whole - load.documents * taken * once
    return written / holds, holds * _packed()


def _merges(segments: float, each_bytes: float) -> tuple[int, int, float]:
    """How often segments are merged, how many are left, and the bytes that this moves."""
    merges, left, moved, level, size = 0, 0, 0.0, int(segments), each_bytes
    while level >= FAN_IN and size * FAN_IN <= MOST_BYTES:
        level, rest = divmod(level, FAN_IN)
        merges, left, size = merges + level, left + rest, size * FAN_IN
        moved += level * size
    return merges, left + level, moved
