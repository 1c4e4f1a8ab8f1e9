"""Evidence of documents with known truth, counted: how often values with it were right.

The rules read every page, as it is and damaged. Of models, none of which is here, a reader takes
the part who knows the truth and errs by chance: it says how much it tells that a value was found,
adds up, and was read by the rules as well; how often models err, it cannot say. Another one
like it is asked once more for what failed checks, as a second model would be.
"""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from _damage import DAMAGES
from _truth import PATHS, RECEIPTS, Case, Chance, is_right, is_visible, sample_of
from samples import Wear, mix, photographed
from tallysheet.confidence import CALIBRATION, FIELDS, Evidence, Origin, check_confidence
from tallysheet.evaluate import bare, letters, value_at
from tallysheet.evaluate._regions import nested
from tallysheet.extract import PROMPT_VERSION, Rules, failed, read_words
from tallysheet.model import Draft, Finding, Invoice, Page, Parsed, Result, Second
from tallysheet.parse import parse
from tallysheet.results import looked_over
from tallysheet.settings import Settings
from tallysheet.testing import Inline

FOLDS = 5
"""All documents of a seller are in one of so many parts: weights are tried on other sellers."""
SIMULATED = "a model that errs by chance"
ERRS = 0.07
"""How often the simulated model errs in a field. Hosted readers of invoices were right in 92 to
93 % of the fields of FATURA, in the benchmark doc-extract-bench of July 2026 (100 documents)."""
ALIKE = 1 / 3
"""How often a second model makes the very mistake of the first reading. Where two models err, they
gave the same answer in 60 % of the cases (Kim and others, Correlated Errors in Large Language
Models, 2025, on questions with a choice); that one errs where the other did was taken to be an
even chance."""
TODAY = date(2026, 12, 1)
AGAIN = "second."
"""How terms begin that tell of a second model."""
STEPS = 2
"""Values of terms are rounded to so many steps in 1, so that there are fewer kinds of evidence."""
AMOUNT = re.compile(r"[0-9][0-9.,']*[.,][0-9]{2}")
ALL_TRUE = ("samples", "scans", "photographs")
"""Corpora whose truth is all that is in the document."""


class Kind(NamedTuple):
    """Values with the same evidence."""

    origin: Origin
    corpus: str
    damage: str
    fold: int
    terms: tuple[tuple[str, float], ...]

    @property
    def is_again(self) -> bool:
        """Whether a second model has read them, too."""
        return any(term.startswith(AGAIN) for term, _ in self.terms)


class Counts(Counter[tuple[Kind, bool]]):
    """How many values of a kind were right, and how many were not."""


def paper_cases(count: int, seed: int) -> Iterator[Case]:
    """Samples on paper: half of them scanned as in an office, half photographed badly."""
    for sample in mix(count // 2, seed, kinds=["scan"]):
        yield sample_of("scans", sample)
    for at, sample in enumerate(mix(count // 2, seed + 1, kinds=["plain", "mixed", "prepaid"])):
        chance = Chance.of(seed, "photograph", at)
        yield sample_of("photographs", photographed(sample, chance, bad(chance)))


def bad(chance: Chance) -> Wear:
    """A picture that is hard to read."""
    return Wear(
        dpi=chance.choice((90, 110, 130, 150)),
        askew=round(chance.uniform(-3, 3), 1),
        blur=round(chance.uniform(0, 1), 1),
        noise=chance.randrange(100),
        quality=chance.randint(15, 70),
    )


class Read(NamedTuple):
    """A page in one state as somebody read it, and what another one makes of it."""

    origin: Origin
    damage: str
    parsed: Parsed
    draft: Draft
    truth: Mapping[str, str]
    """What can be seen on the page as it is, by field."""
    other: Invoice
    """What a second model makes of the whole page, if it does not repeat a mistake."""
    chance: Chance

    @property
    def wrong(self) -> set[str]:
        """The fields that have another value than the true one."""
        return wrong_in(self.draft.invoice, self.truth)

    def again(self, asked: Sequence[str]) -> Second:
        """What a second model says of the fields *asked*, which sometimes is the same mistake."""
        said, wrong = {}, self.wrong
        for name, path in PATHS.items():
            alike = name in wrong and self.chance.random() < ALIKE
            value = value_at(self.draft.invoice if alike else self.other, path)
            if path in asked and value is not None:
                said[path] = str(value)
        read = Invoice.model_validate(nested(said))
        return Second(source=SIMULATED, fields=tuple(asked), invoice=read, prompt=PROMPT_VERSION)


def wrong_in(invoice: Invoice, truth: Mapping[str, str]) -> set[str]:
    """The fields of which *invoice* has another value than the true one."""
    read = {name: value_at(invoice, path) for name, path in PATHS.items()}
    return {
        name
        for name, value in read.items()
        if value is not None and not (name in truth and is_right(name, truth[name], value))
    }


async def readings(case: Case) -> AsyncIterator[Read]:
    """Read *case* in every state: by the rules, and by a simulated model."""
    parsed = replace(await parse(case.data, offload=Inline()), xml=None)
    shown = " ".join(word.text for page in parsed.pages for word in page.words)
    seen = {
        name: true
        for name, true in case.truth.items()
        if case.half in (RECEIPTS, *ALL_TRUE) or is_visible(name, true, shown)
    }
    known = {letters(word) for true in case.truth.values() for word in true.split()}
    for damage, (_, change) in DAMAGES.items():
        chance = Chance.of(case.name, damage)
        pages = [change(page, chance, known) for page in parsed.pages]
        damaged = replace(parsed, pages=tuple(pages))
        by_rules = read_words(damaged)
        by_model = Draft(invoice=_with_errors(seen, pages, by_rules, chance))
        for origin, draft in ((Origin.RULES, by_rules), (Origin.MODEL, by_model)):
            other = Chance.of(case.name, damage, origin, AGAIN)
            by_other = _with_errors(seen, pages, by_rules, other)
            yield Read(origin, damage, damaged, draft, seen, by_other, other)


def can_tell(case: Case, name: str, truth: Mapping[str, str]) -> bool:
    """Whether it is known what is right in this field."""
    return name in truth or (name not in case.truth and case.half.partition(" ")[0] in ALL_TRUE)


async def counted(case: Case) -> Counts:
    """Read *case* in every state and count what comes out."""
    fold = zlib.crc32(bare(case.truth.get("seller", case.name)).encode()) % FOLDS
    corpus, found = case.half.partition(" ")[0], Counts()
    async for read in readings(case):
        wrong = read.wrong
        once, asked = _weighed(read)
        kinds = [(name, Kind(read.origin, corpus, read.damage, fold, t)) for name, t in once]
        if asked:
            # A document is weighed without a second model as often as before there was one.
            twice, _ = _weighed(read, read.again(asked))
            others = [(name, Kind(read.origin, corpus, read.damage, fold, t)) for name, t in twice]
            kinds += [(name, kind) for name, kind in others if kind.is_again]
        for name, kind in kinds:
            if can_tell(case, name, read.truth):
                found[kind, name not in wrong] += 1
    return found


Terms = tuple[tuple[str, float], ...]


def looked_at(read: Read, second: Second | None = None) -> tuple[Result, dict[str, Evidence]]:
    """What `tallysheet run` makes of a reading, and of a second one."""
    result = Result(
        document="",
        sha256="",
        source=Rules.name if read.origin is Origin.RULES else SIMULATED,
        invoice=read.draft.invoice,
        citations=read.draft.citations,
        findings=read.draft.findings,
        second=second,
    )
    done, evidence = looked_over(result, read.parsed, required=Settings().required, today=TODAY)
    # The simulated model reads no lines, which is no mistake to ask about.
    findings = tuple(finding for finding in done.findings if finding.code != "rules.lines")
    return done.model_copy(update={"findings": findings}), evidence


def unsure(read: Read, evidence: Mapping[str, Evidence], below: float) -> list[Finding]:
    """What is too doubtful, by the numbers that were saved last."""
    sure = CALIBRATION.probabilities(read.origin, evidence)
    return list(check_confidence(sure, Settings().required, below=below))


def _weighed(
    read: Read, second: Second | None = None
) -> tuple[list[tuple[str, Terms]], tuple[str, ...]]:
    """The evidence of each value, by the name of its field; and what would be asked again."""
    done, evidence = looked_at(read, second)
    doubts = unsure(read, evidence, Settings().review_below)
    found = [(name, _terms(evidence[path])) for name, path in PATHS.items() if path in evidence]
    return found, failed((*done.findings, *doubts))


def _terms(evidence: Evidence) -> Terms:
    terms = {term: round(value * STEPS) / STEPS for term, value in evidence.items()}
    return tuple(sorted((term, value) for term, value in terms.items() if value))


def _with_errors(
    seen: Mapping[str, str], pages: Sequence[Page], by_rules: Draft, chance: Chance
) -> Invoice:
    """The truth as far as the pages show it, with errors as models make them.

    These are another value of the page, a slip, and what OCR misread: there it reads what the
    rules read as well.
    """
    shown = " ".join(word.text for page in pages for word in page.words)
    there = {name: true for name, true in seen.items() if is_visible(name, true, shown)}
    said = {
        PATHS[name]: _slip(name, there, pages, chance) if chance.random() < ERRS else true
        for name, true in there.items()
    }
    if any(page.scores for page in pages):
        for path in (PATHS[name] for name in seen if name not in there):
            if (misread := value_at(by_rules.invoice, path)) is not None:
                said[path] = str(misread)
    return Invoice.model_validate(nested(said))


def _slip(name: str, seen: Mapping[str, str], pages: Sequence[Page], chance: Chance) -> str:
    """Half of the time another value of its sort that the page has, else a misread one."""
    true, sort = seen[name], FIELDS[PATHS[name]]
    others = [*_others(sort, pages)] + [
        other for also, other in seen.items() if FIELDS[PATHS[also]] == sort and other != true
    ]
    if others and chance.random() < 1 / 2:
        return chance.choice(others)
    if sort == "date":
        return str(date.fromisoformat(true) + timedelta(days=chance.randint(1, 40)))
    if sort == "currency":
        return chance.choice([code for code in ("EUR", "USD", "GBP", "CHF") if code != true])
    at = chance.choice([at for at, char in enumerate(true) if char.isalnum()])
    signs = "123456789" if true[at].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return true[:at] + chance.choice(signs.replace(true[at].upper(), "")) + true[at + 1 :]


def _others(sort: str, pages: Sequence[Page]) -> Iterator[str]:
    """Words of the pages that look like a value of this sort."""
    for word in (word.text for page in pages for word in page.words):
        digits = "".join(char for char in word if "0" <= char <= "9")
        if sort == "amount" and AMOUNT.fullmatch(word):
            yield f"{digits[:-2]}.{digits[-2:]}"
        elif sort == "number" and len(digits) > 3 and word.isalnum():
            yield word


def write_counts(counts: Counts, file: Path) -> None:
    """Write them down, one kind of evidence a line."""
    kinds = sorted({kind for kind, _ in counts})
    rows = io.StringIO()
    table = csv.writer(rows, lineterminator="\n")
    table.writerow([*Kind._fields, "right", "wrong"])
    for kind in kinds:
        terms = " ".join(f"{term}={value:g}" for term, value in kind.terms)
        told = (kind.origin.value, kind.corpus, kind.damage, kind.fold, terms)
        table.writerow([*told, counts[kind, True], counts[kind, False]])
    file.write_bytes(gzip.compress(rows.getvalue().encode(), mtime=0))


def read_counts(file: Path) -> Counts:
    """Read what `write_counts` wrote."""
    counts = Counts()
    with gzip.open(file, "rt", encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            terms = tuple(
                (term, float(value))
                for term, _, value in (one.partition("=") for one in row["terms"].split())
            )
            kind = Kind(
                Origin(row["origin"]), row["corpus"], row["damage"], int(row["fold"]), terms
            )
            counts[kind, True] = int(row["right"])
            counts[kind, False] = int(row["wrong"])
    return +counts
