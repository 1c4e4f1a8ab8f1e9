"""How probable it is that a value is right, and what is too doubtful to be called done.

====================  ========  ==========================================================
code                  severity  what was noticed
====================  ========  ==========================================================
``unsure.<field>``    error     a required field is right with a smaller probability than the
                                setting ``review_below`` asks for
====================  ========  ==========================================================
"""

from collections.abc import Iterator, Mapping, Sequence

from tallysheet.confidence._calibration import CALIBRATION, NUMBERS, Calibration, read_calibration
from tallysheet.confidence._evidence import FIELDS, Evidence, Origin, evidence_of
from tallysheet.model import Finding, Severity

__all__ = [
    "CALIBRATION",
    "FIELDS",
    "NUMBERS",
    "Calibration",
    "Evidence",
    "Origin",
    "check_confidence",
    "evidence_of",
    "read_calibration",
]


def check_confidence(
    confidence: Mapping[str, float], required: Sequence[str], *, below: float
) -> Iterator[Finding]:
    """Notice required fields that are probably not right enough.

    Args:
        confidence: Probabilities by field path, as `Calibration.probabilities` has them. Of
            what is missing in there nothing is said.
        required: Paths of fields that must be there.
        below: The probability that each of them must have; 0 notices nothing.
    """
    for path in required:
        sure = confidence.get(path, 1.0)
        if sure < below:
            yield Finding(
                code=f"unsure.{path}",
                severity=Severity.ERROR,
                fields=(path,),
                message=f"The value of {path} is right with a probability of {100 * sure:.1f} %,"
                f" and {100 * below:g} % are asked for (review_below).",
            )
