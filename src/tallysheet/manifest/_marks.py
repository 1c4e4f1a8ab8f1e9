"""Which documents of a batch are one invoice, and which name a seller's account anew.

1. It is decided where an outcome is applied, as of the state that it is applied to. Of two
   copies that come at once one is applied first, and the other one meets it, whoever
   brings them.
2. What stands counts: what was read and nobody refused. A copy that waits for a person on
   account of a document does not count against that one, should it be read again: else
   both would wait.
3. An account is known that a document names which is done, or which a person approved.
   One that waits for a person proves nothing: else the second forgery would pass.
4. Who came first may be the forger. So a document that is done, and by itself all that is
   known of a seller's account, waits for a person as well when another one contradicts it;
   unless it is the older one of the two by its own date.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from tallysheet.manifest._index import (
    KNOWING,
    STANDING,
    Span,
    knowing,
    sellers_in,
    with_amount,
    with_number,
    with_others,
    with_print,
    with_slip,
)
from tallysheet.manifest._tally import Tally
from tallysheet.model import NEAR_DAYS, Marks, Record, Status, findings_of

ACCOUNT, NUMBER = "account.changed", "duplicate.number"
AMOUNT, PICTURE = "duplicate.amount", "duplicate.picture"
YEAR_DAYS = 300
"""Days between two invoices of which one may have the other's number: many sellers begin anew
each year."""
NEAR_BITS = 14
"""Of 64 in which pictures of one page may differ. So measured: see decision 12."""


def confronted(tally: Tally, key: str, record: Record) -> Record:
    """The record of a document that was just read, with what the others say against it.

    One of them may have to wait for a person as well; it is changed in *tally*.

    Raises:
        ValueError: The date or the picture among its marks is none.
    """
    marks = record.marks
    if marks is None or record.status not in STANDING:
        return record
    meets = {}
    if rival := _with_another_account(tally, key, marks):
        meets[ACCOUNT] = rival
        _doubt(tally, rival, key, marks)
    if copy := _with_the_number(tally, key, marks):
        meets[NUMBER] = copy
    elif copy := _with_the_amount(tally, key, marks):
        meets[AMOUNT] = copy
    elif copy := _with_the_picture(tally, key, marks):
        meets[PICTURE] = copy
    return _in_review(record, meets) if meets else record


def _in_review(record: Record, meets: dict[str, str]) -> Record:
    gravest = findings_of(meets)[0]
    return replace(
        record,
        status=Status.REVIEW,
        reason=gravest.code,
        message=gravest.message,
        meets=meets,
    )


def _with_the_number(tally: Tally, key: str, marks: Marks) -> str | None:
    """A document that is the same invoice by its number."""
    if not marks.number:
        return None
    spans = [with_number(who, marks) for who in sellers_in(marks)]
    if marks.amount and marks.date:
        spans.append(with_slip(marks))
    for other, theirs in _copies(tally, key, spans):
        if theirs.number != marks.number:
            continue
        is_same_sum = theirs.amount == marks.amount
        if _is_same_seller(marks, theirs):
            if is_same_sum or _days_between(marks, theirs) <= YEAR_DAYS:
                return other
        elif is_same_sum and theirs.date == marks.date:
            return other
    return None


def _with_the_amount(tally: Tally, key: str, marks: Marks) -> str | None:
    """A document that may be the same invoice, by seller, amount and date."""
    if not (marks.amount and marks.date):
        return None
    spans = [with_amount(who, marks) for who in sellers_in(marks)]
    for other, theirs in _copies(tally, key, spans):
        is_same = theirs.amount == marks.amount and _is_same_seller(marks, theirs)
        if is_same and _days_between(marks, theirs) <= NEAR_DAYS:
            return other
    return None


def _with_the_picture(tally: Tally, key: str, marks: Marks) -> str | None:
    """A document that looks the same, and of whose number, amount and date two are the same.

    So one may have been misread, and the seller as well. The seller's next bill looks the
    same, too, but differs in number and date.
    """
    if not marks.picture:
        return None
    looks = int(marks.picture, 16)
    for other, theirs in _copies(tally, key, with_print(marks)):
        shared = sum(a == b != "" for a, b in zip(marks[:3], theirs[:3], strict=True))
        differ = (looks ^ int(theirs.picture or "0", 16)).bit_count()
        if theirs.picture and shared >= 2 and differ <= NEAR_BITS:
            return other
    return None


def _copies(tally: Tally, key: str, spans: Iterable[Span]) -> Iterator[tuple[str, Marks]]:
    """The documents in *spans* that count, and do not wait on account of *key* itself."""
    for other, record, marks in _standing(tally, key, spans):
        against = {code: one for code, one in record.meets.items() if code != ACCOUNT}
        if key not in against.values():
            yield other, marks


def _with_another_account(tally: Tally, key: str, marks: Marks) -> str | None:
    """A document in which this seller has an account other than one that is new in this one."""
    for account in marks.accounts:
        if _is_known(tally, key, marks, account):
            continue
        spans = (span for who in sellers_in(marks) for span in with_others(who, account))
        for other, _, theirs in _standing(tally, key, spans):
            if account not in theirs.accounts and _is_same_seller(marks, theirs):
                return other
    return None


def _is_known(tally: Tally, key: str, marks: Marks, account: str) -> bool:
    """Whether a document other than *key* makes the account known."""
    spans = (knowing(who, account) for who in sellers_in(marks))
    return any(
        record.status in KNOWING and account in theirs.accounts and _is_same_seller(marks, theirs)
        for _, record, theirs in _standing(tally, key, spans)
    )


def _doubt(tally: Tally, rival: str, key: str, marks: Marks) -> None:
    """Let *rival* wait for a person, too, if it alone stands for its accounts."""
    record = tally.get(rival)
    theirs = record.marks
    if record.status is not Status.DONE or theirs is None:
        return
    is_older = bool(theirs.date and marks.date) and theirs.date < marks.date
    if is_older or any(_is_known(tally, rival, theirs, one) for one in theirs.accounts):
        return
    tally.put(rival, _in_review(record, {**record.meets, ACCOUNT: key}))


def _standing(tally: Tally, key: str, spans: Iterable[Span]) -> Iterator[tuple[str, Record, Marks]]:
    for span in spans:
        for other in tally.marked(span):
            record = tally.find(other) if other != key else None
            if record is not None and record.marks and record.status in STANDING:
                yield other, record, record.marks


def _is_same_seller(a: Marks, b: Marks) -> bool:
    """By the VAT id, else by the name: an invoice that leaves the one out has the other."""
    if a.seller_id and b.seller_id:
        return a.seller_id == b.seller_id
    return bool(a.seller_name) and a.seller_name == b.seller_name


def _days_between(a: Marks, b: Marks) -> int:
    """How far apart they were issued; 0 where one does not say."""
    if not (a.date and b.date):
        return 0
    return abs((date.fromisoformat(a.date) - date.fromisoformat(b.date)).days)
