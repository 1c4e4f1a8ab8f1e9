"""Whether a value that was read says what is true: exactly, nearly, or not."""

import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from tallysheet.evaluate._fields import Kind

LEGAL_FORMS = frozenset(
    [
        *("gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "ek", "co"),
        *("sarl", "sas", "sasu", "sa", "eurl", "sprl", "bv", "nv", "vof", "srl", "spa", "snc"),
        *("sl", "slu", "ltd", "limited", "plc", "llp", "inc", "llc", "corp", "pvt", "pty"),
        *("ab", "as", "aps", "oy", "zoo", "sro", "doo"),
    ]
)
"""Words that say what kind of company it is: registers and letterheads differ on them."""


class Verdict(StrEnum):
    """What became of one value."""

    EXACT = "exact"
    """Read as it is."""
    ALIKE = "alike"
    """Read, but for accents, punctuation or, in a name, its legal form."""
    WRONG = "wrong"
    """Another one was read."""
    MISSED = "missed"
    """It is there, and nothing was read."""
    EXTRA = "extra"
    """Something was read, and there is nothing."""
    ABSENT = "absent"
    """Nothing is there, and nothing was read."""


def letters(text: str) -> str:
    """Letters and digits of *text*, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if char.isalnum())


def bare(name: str) -> str:
    """A name without its legal form; with it, where it is nothing else."""
    words = [letters(word) for word in name.split()]
    return "".join(word for word in words if word not in LEGAL_FORMS) or "".join(words)


def verdict(kind: Kind, true: object, read: object, *, either_sign: bool = False) -> Verdict:
    """Hold *read* against *true*.

    Args:
        kind: Of the field.
        true: What stands there; none where nothing does.
        read: What was read; none where nothing was.
        either_sign: Whether an amount may have either sign, as in credit notes: some print
            what is given back as a negative amount, some say so in the title alone.
    """
    if true is None:
        return Verdict.ABSENT if read is None else Verdict.EXTRA
    if read is None:
        return Verdict.MISSED
    if kind is Kind.AMOUNT:
        return _of(_amount(true, either_sign) == _amount(read, either_sign))
    if kind is Kind.DATE:
        return _of(_day(true) == _day(read))
    told, said = str(true), str(read)
    if kind is Kind.CODE:
        return _of(letters(told) == letters(said))
    if _spaced(told) == _spaced(said):
        return Verdict.EXACT
    if letters(told) and letters(told) == letters(said):
        return Verdict.ALIKE
    if kind is Kind.NAME and any(bare(row) and bare(row) == bare(said) for row in _rows(told)):
        return Verdict.ALIKE
    return Verdict.WRONG


def _of(is_right: bool) -> Verdict:
    return Verdict.EXACT if is_right else Verdict.WRONG


def _amount(value: object, either_sign: bool) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return abs(amount) if either_sign else amount


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _spaced(text: str) -> str:
    return " ".join(text.casefold().split())


def _rows(name: str) -> list[str]:
    """A name over several rows may be any of them, or all."""
    return [*name.splitlines(), name]
