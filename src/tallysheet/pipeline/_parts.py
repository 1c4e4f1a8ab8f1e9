"""A file that holds several documents: mails, archives, invoices bound together.

Each of them has a record of its own, named ``mail.eml#rechnung.pdf`` or
``scan.pdf#pages=3-4``. They are added first; only then is the file said to be ``split``.
Whoever stops in between begins anew and adds them once more, which changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tallysheet.extract import invoices_in
from tallysheet.manifest import Claim, Manifest, Outcome
from tallysheet.model import PART, Document, Finding, Parsed, Part, Severity, Status
from tallysheet.parse import Wanted, hash_of_pages, named_pages
from tallysheet.ports import Offload

MOST_PARTS = 2000
"""In one file of the source: archives in an archive could make millions of one."""
MOST_NAMED = 5
"""Parts, and files left aside, that a record names; it counts the others."""


@dataclass(frozen=True, slots=True)
class Split:
    """What a file was found to hold."""

    parts: tuple[Part, ...]
    aside: tuple[str, ...] = ()
    """What else is in it and was left aside, each a name and why."""

    @property
    def message(self) -> str:
        """The same as a sentence, for its record."""
        number = len(self.parts)
        told = f"It holds {number:,} document{'' if number == 1 else 's'}: "
        told += _listed([part.name for part in self.parts], ", ")
        if self.aside:
            told += f" Left aside: {_listed([note.rstrip('.') for note in self.aside], '; ')}"
        return told

    def documents(self, key: str, file: str | None) -> list[Document]:
        """The parts of the document *key*, which is in *file*, or is a file itself."""
        return [
            Document(f"{key}{PART}{part.name}", part.sha256, part.size, "", file or key)
            for part in self.parts
        ]


def _listed(names: Sequence[str], between: str) -> str:
    more = len(names) - MOST_NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{between.join(names[:MOST_NAMED])}{rest}."


def wanted_of(key: str, file: str | None, sha256: str, *, shown: bool) -> Wanted:
    """What of its *file* a document is; with none it is the file."""
    return Wanted(shown=shown) if file is None else Wanted(key[len(file) + 1 :], sha256, shown)


async def parts_in(
    parsed: Parsed, sha256: str, size: int, *, e_invoice: bool, offload: Offload
) -> tuple[Split | None, tuple[Finding, ...]]:
    """The documents that one holds, if these are several, and what is not certain about that.

    Args:
        parsed: The document.
        sha256: The hash of its bytes.
        size: How many these are.
        e_invoice: Whether XML in it may be used: that is one invoice, whatever the pages show.
        offload: Where its pages are compared.

    Raises:
        DocumentError: Comparing took too long, or too much memory.
        WorkerLost: As *offload* says.
    """
    if parsed.parts:
        return Split(parsed.parts, parsed.warnings), ()
    if parsed.xml is not None and e_invoice:
        return None, ()
    if parsed.missing:
        # What a file holds is not known where some of it was not read.
        return None, (_unread(parsed.missing),)
    if parsed.pages and parsed.pages[0].number != 1:
        return None, ()
    packet = await invoices_in(parsed, offload)
    if len(packet.invoices) > 1:
        return _bound(sha256, size, packet.invoices), ()
    if not packet.doubt:
        return None, ()
    message = f"It may hold several invoices. {packet.doubt}"
    return None, (Finding(code="pages.several", severity=Severity.ERROR, message=message),)


def _unread(missing: Sequence[int]) -> Finding:
    """An invoice of which a page is missing is not known: nobody may take it for done."""
    runs: list[list[int]] = []
    for number in missing:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    told = _listed(["-".join(map(str, run)) for run in runs], ", ").rstrip(".")
    one = len(missing) == 1
    message = (
        f"Page{'' if one else 's'} {told} {'was' if one else 'were'} not read, or not to the end;"
        " the warnings say why. What stands there is not in here."
    )
    return Finding(code="pages.unread", severity=Severity.ERROR, message=message)


def _bound(sha256: str, size: int, invoices: Sequence[range]) -> Split:
    """A file in which several invoices follow each other, by their pages."""
    return Split(
        tuple(Part(named_pages(pages), hash_of_pages(sha256, pages), size) for pages in invoices)
    )


async def split(sheet: Manifest, claim: Claim, found: Split) -> Outcome:
    """Add what a claimed file holds, and say what becomes of the file.

    Parts of an earlier content that are no longer in it are sent round again, and found gone.
    """
    file = claim.record.file or claim.key
    if len(found.parts) + len(sheet.parts_of(file)) > MOST_PARTS and claim.record.file is not None:
        return Outcome(
            Status.FAILED,
            reason="too_many_members",
            message=f"There are more than {MOST_PARTS:,} documents in {file}, with those in its"
            " archives. Unpack it, and add the files inside that are invoices.",
        )
    names = {part.name for part in found.parts}
    documents = found.documents(claim.key, claim.record.file)
    begins = len(claim.key) + 1
    gone = [
        Document(key, "", 0, "", file)
        for key in sheet.parts_of(claim.key)
        if key[begins:].partition(PART)[0] not in names and (await sheet.get(key)).file is not None
    ]
    added = await sheet.add([*documents, *gone])
    if added.taken:
        return Outcome(
            Status.FAILED,
            reason="name_taken",
            message=f"A file of the source is named like a part of it: {added.taken[0]}. "
            "Rename that file, and run again.",
        )
    return Outcome(Status.SPLIT, message=found.message)
