"""What a reply says of the provider, and what becomes of a fault that no waiting mends."""

from tallysheet.errors import ConfigError, DocumentError
from tallysheet.models._dialect import Fault, FaultKind, Reply, Said
from tallysheet.models._slot import Verdict

CONGESTED = {429, 503, 529}
"""Statuses that say: one too many."""


class Complaint(DocumentError):
    """A refusal that does not say what is wrong with the document: it may be nothing."""

    how = ""
    """Who refuses it, and in which way."""
    words = ""
    """What the provider says, fit to be shown; empty if that is not known."""


def final_error(
    name: str, host: str, reply: Reply, fault: Fault, *, key_from: str
) -> ConfigError | DocumentError | None:
    """The error that *fault* ends a question with; None where it may be asked again.

    Args:
        name: Provider and model.
        host: Who answered.
        reply: What was said; only its status is told.
        fault: What that means.
        key_from: Where the key is looked for, in words.
    """
    what = ", ".join([reply.trouble or f"status {reply.status}", *fault.codes])
    match fault.kind:
        case FaultKind.CREDENTIALS:
            return ConfigError(
                f"{host} does not accept the key for {name} ({what}).",
                f"Set {key_from} to a key that may use this model.",
            )
        case FaultKind.QUOTA:
            return ConfigError(
                f"The account for {name} at {host} is empty or at its limit ({what}).",
                "Fill it up or raise the limit there, then run the same command again.",
            )
        case FaultKind.UNKNOWN_MODEL:
            return ConfigError(
                f"{host} knows no model {name.partition(':')[2]!r} at this address ({what}).",
                "Check the model's name and the base URL.",
            )
        case FaultKind.UNTRUSTED:
            return ConfigError(
                f"No safe connection to {host} for {name} ({what}).",
                "Check the base URL, and the certificates this machine trusts.",
            )
        case FaultKind.TOO_LONG:
            return DocumentError(
                "too_long",
                f"The document is longer than {name} can read ({what}).",
                "Use a model with a longer context.",
            )
        case FaultKind.REFUSED:
            return DocumentError(
                "model_refused",
                f"{name} refuses to read this document ({what}).",
                "Look at it, or run it with another model.",
            )
        case FaultKind.UNUSABLE:
            refusal = Complaint(
                "model_refused",
                f"{name} does not take this document ({what}).",
                "If every document fails so, the model may not support structured output.",
            )
            refusal.how = f"{name} at {host} ({what})"
            return refusal
    return None


def verdict_of(reply: Reply, told: Said | Fault) -> Verdict:
    """What a reply says of the provider, for all who want something of it."""
    if isinstance(told, Said):
        return Verdict(good=True)
    if told.kind is FaultKind.RATE_LIMIT or (
        told.kind is FaultKind.OVERLOAD and reply.status in CONGESTED
    ):
        return Verdict(congested=True)
    is_hard = told.kind in (FaultKind.OVERLOAD, FaultKind.CONNECTION) or (
        told.kind is FaultKind.GARBLED and reply.status < 400
    )
    return Verdict(failed=is_hard)
