"""The one name of a question, by which any process knows it in any job."""

import hashlib
import json
from functools import lru_cache

from tallysheet.ports import Question


def key_of(model: str, question: Question) -> str:
    """The one name of *question* to *model*: 64 hexadecimal digits.

    The bound of its answer is not in it, since that is learned anew in every run.
    """
    shown = [hashlib.sha256(picture.data).hexdigest() for picture in question.pictures]
    common = f"{_json(question.instructions)}, {_json(question.schema)}"
    says = f"[{json.dumps(model)}, {common}, {json.dumps([question.text, *shown])[1:]}"
    return hashlib.sha256(says.encode()).hexdigest()


@lru_cache(maxsize=8)
def _json(text: str) -> str:
    """The bulk of what a key is made of, and the same for all questions."""
    return json.dumps(text)
