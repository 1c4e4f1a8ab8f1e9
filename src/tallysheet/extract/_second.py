"""What a second model read of the fields that failed checks, held against the first reading.

It repairs nothing: whatever check failed has still failed, and a person decides. That person
is told what else the page may say, and where. Only values that were found among the words
count, as of any model.

====================  ========  ==========================================================
code                  severity  what was noticed
====================  ========  ==========================================================
``second.<field>``    error     a second reading has another value, which the page shows as
                                well; a warning where the first one has none
``second.fits``       info      with its values, checks that failed would not have failed
``second.unasked``    warning   the second model could not be asked, or gave no answer
====================  ========  ==========================================================
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tallysheet.extract._crosscheck import Value, overlapping, same, shown, values_of
from tallysheet.extract._doubt import CALLED
from tallysheet.model import Citation, Draft, Finding, Invoice, Second, Severity

PARTIES = ("seller.name", "buyer.name")
"""Of a name that is longer or shorter nothing is said."""
ACCOUNT = "payment.accounts[0].iban"
NAMES = {**CALLED, ACCOUNT: "account"}


def seconded(invoice: Invoice, second: Second | None) -> dict[str, bool]:
    """Of each value of *invoice* that was read again: whether it was read the same.

    Args:
        invoice: The first reading.
        second: The other one, cited; none tells of nothing.
    """
    ours, theirs = _values(invoice), _counted(second)
    both = {path: (ours[path], their) for path, their in theirs.items() if path in ours}
    return {
        path: same(*pair) for path, pair in both.items() if same(*pair) or _is_other(path, *pair)
    }


def doubts_of_second(
    invoice: Invoice, citations: Mapping[str, Citation], second: Second | None
) -> Iterator[Finding]:
    """Where a second reading has other values than *invoice*, with what each of them cites."""
    if second is None:
        return
    ours = _values(invoice)
    for path, their in _counted(second).items():
        our = ours.get(path)
        if our is not None and (same(our, their) or not _is_other(path, our, their)):
            continue
        name = path.removeprefix("totals.").removeprefix("payment.accounts[0].")
        says = f"{second.source}, asked once more, read {shown(their)} as the "
        says += f"{NAMES.get(path, path)} ({_place(second.citations.get(path))}), "
        if our is None:
            says += "which the first reading does not have."
        else:
            says += f"and the first reading has {shown(our)} ({_place(citations.get(path))})."
        yield Finding(
            code=f"second.{name}",
            severity=Severity.WARNING if our is None else Severity.ERROR,
            fields=(path,),
            message=says,
        )


def taken_over(invoice: Invoice, second: Second | None) -> Invoice:
    """What *invoice* would be with the values of *second*, cited: to see what that would mend."""
    return _with(invoice, _counted(second))


def only_asked(second: Second) -> Second:
    """*second* without what nobody asked for."""
    read = _values(second.invoice)
    kept = {path: read[path] for path in second.fields if path in read}
    return second.model_copy(update={"invoice": _with(Invoice(), kept)})


def _with(invoice: Invoice, values: Mapping[str, Value]) -> Invoice:
    raw = invoice.model_dump()
    for path, value in values.items():
        *groups, name = path.split(".")
        node = raw
        for group in groups:
            node = node[group] if "[" not in group else _first(node, group.partition("[")[0])
        node[name] = value
    return Invoice.model_validate(raw)


def _first(node: dict[str, Any], name: str) -> dict[str, Any]:
    """The first item of the list *name*, which is there afterwards."""
    node[name] = list(node[name]) or [{}]
    first: dict[str, Any] = node[name][0]
    return first


def fits(second: Second, mended: Sequence[str], fields: tuple[str, ...]) -> Finding:
    """With the values of *second*, checks that failed, *mended*, would not have failed."""
    return Finding(
        code="second.fits",
        severity=Severity.INFO,
        fields=fields,
        message=f"With what {second.source} read, checks that failed would not have failed: "
        f"{', '.join(mended)}.",
    )


def unasked(model: str, why: str, fields: tuple[str, ...]) -> Finding:
    """Nobody has read *fields* once more, though somebody was to."""
    return Finding(
        code="second.unasked",
        severity=Severity.WARNING,
        fields=fields,
        message=f"{model} was to read once more what failed a check, and did not: {why}",
    )


def _values(invoice: Invoice) -> dict[str, Value]:
    return values_of(Draft(invoice=invoice))


def _counted(second: Second | None) -> dict[str, Value]:
    """The values that were asked for, and stand among the words."""
    if second is None:
        return {}
    read = _values(second.invoice)
    return {path: read[path] for path in second.fields if path in read and path in second.citations}


def _is_other(path: str, our: Value, their: Value) -> bool:
    return path not in PARTIES or not overlapping(our, their)


def _place(citation: Citation | None) -> str:
    if citation is None:
        return "nowhere on the pages"
    return f"page {citation.page}: “{shown(citation.text)}”"
