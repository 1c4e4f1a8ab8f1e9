"""How many tokens a request takes: estimated without a tokenizer, corrected by what was real.

Tokenizers differ by model, most cannot be had offline, and those that can take
seconds to import. A mean of what a model itself reported is right after a few replies.
"""

from tallysheet.models._dialect import Usage
from tallysheet.ports import Question

CHARACTERS_PER_TOKEN = 2.3
"""Of invoices as text, before a model has said better: 2.27 measured on tables with o200k."""
WEIGHT_OF_PLAIN_TEXT = 0.64
"""How much less a character of our instructions and schema takes: 3.6 a token, with o200k."""
TOKENS_PER_PICTURE = 1_600
"""Of a page in its most legible size: the figure of Anthropic's guide to vision."""
MOST_TOKENS_PER_PICTURE = 6_000
"""OpenAI's and Google's guides say up to 3,800 and 2,300, Anthropic's up to 4,784."""
MOST_TOKENS_PER_ODD_PICTURE = {"gpt-4o-mini": 36_835}
"""By the start of a model's name: OpenAI counts 2,833 and 5,667 a tile for this one, of 6 tiles."""
MOST_TOKENS_AROUND = 1_000
"""What providers put around a request at most: Anthropic's text about tools takes 350 to 700."""

TOKENS_OUT_PER_TOKEN = 3.0
"""Tokens of an answer for each of the document: 2.7 to 4.0 measured on 40 invoices of 2 to 44
lines (o200k), since a strict schema has every property named, even the absent ones."""
TOKENS_OUT_AT_LEAST = 300
TOKENS_OUT_PER_PICTURE = 2_000
"""A page of 500 tokens would be answered with 1,500, a full one with 6,800."""
ROOM = 2.0
"""How much longer than expected an answer may get before it is cut."""
ROOM_ABOVE_LONGEST = 1.25
"""How much longer than the longest so far, for its document: less, where all are alike."""
ROOM_TO_THINK = 3_072
"""More for a model of which nothing is known yet: some think first, and that counts."""
LEAST_ROOM = 512
MORE_ROOM = 4
"""How much longer the next answer may get when one was cut."""

ENOUGH = 8
"""Replies after which a model is known."""
REMEMBERED = 32
"""Replies that a mean goes back over, in weight."""
BYTES_PER_TOKEN = 16
"""A model that counts fewer tokens than one for so many bytes does not count what it reads."""


class Tokens:
    """What requests to one model take, learned from its replies.

    A few numbers are kept, however many replies there are.

    Args:
        model: The model's name; it decides how pictures count.
    """

    def __init__(self, model: str = "") -> None:
        self._characters_per_token = CHARACTERS_PER_TOKEN
        self._tokens_per_picture = float(TOKENS_PER_PICTURE)
        self._answer = 1.0
        self._longest = 0.0
        self._replies = 0
        self._frame = _Frame()
        name = model.rpartition(":")[2]
        self._most_per_picture = next(
            (most for start, most in MOST_TOKENS_PER_ODD_PICTURE.items() if name.startswith(start)),
            MOST_TOKENS_PER_PICTURE,
        )

    def tokens_in(self, question: Question) -> int:
        """How many tokens reading *question* probably takes."""
        pictures = len(question.pictures) * self._tokens_per_picture
        return round(_characters(question) / self._characters_per_token + pictures)

    def most_tokens_in(self, question: Question) -> int:
        """How many it can take at most: no tokenizer makes more tokens than there are bytes.

        What all questions have in common counts as what the model has taken for it.
        """
        return self._frame.most(question) + self._most_of_document(question)

    def _most_of_document(self, question: Question) -> int:
        shown = [text for pair in question.mistakes for text in pair]
        texts = sum(map(_bytes, [question.text, *shown]))
        return texts + len(question.pictures) * self._most_per_picture

    def tokens_out(self, question: Question) -> int:
        """How many tokens the answer to *question* probably takes."""
        return round(self._answer * _expected(question))

    def most_tokens_out(self, question: Question, *, limit: int, cut_at: int = 0) -> int:
        """How long the answer may get: tight, for some providers take it off the quota at once.

        Args:
            question: What is asked.
            limit: How long an answer of this model may be at all.
            cut_at: Where the last answer to it was cut, if it was.
        """
        if cut_at:
            return min(limit, cut_at * MORE_ROOM)
        often = ROOM * self._answer
        if self._replies < ENOUGH:
            room = max(LEAST_ROOM, ROOM_TO_THINK // (1 + self._replies))
        else:
            room = LEAST_ROOM
            often = min(often, ROOM_ABOVE_LONGEST * self._longest)
        return min(limit, room + round(often * _expected(question)))

    def learn(self, question: Question, usage: Usage, *, cut: bool = False) -> None:
        """Take note of what a reply really took, a cut one too; one that does not say is none."""
        if usage.tokens_in <= 0 or usage.tokens_out <= 0:
            return
        self._frame.learn(question, usage.tokens_in, self._most_of_document(question))
        self._replies += 1
        weight = max(1 / self._replies, 1 / REMEMBERED)
        text = _characters(question) / self._characters_per_token
        if question.pictures:
            # What the text takes is known from documents without pictures.
            seen = max(usage.tokens_in - text, 0.0) / len(question.pictures)
            self._tokens_per_picture += weight * (seen - self._tokens_per_picture)
        else:
            per_token = _characters(question) / usage.tokens_in
            self._characters_per_token += weight * (per_token - self._characters_per_token)
        answer = usage.tokens_out / _expected(question)
        self._answer += weight * (answer - self._answer)
        # The longest is forgotten as slowly as the mean. Nobody knows how long a cut one is.
        faded = self._longest + (self._answer - self._longest) / REMEMBERED
        self._longest = max(answer * ROOM if cut else answer, self._answer, faded)


class _Frame:
    """What all questions have in common: instructions, schema, and what a provider puts around.

    Each reply says between which bounds its tokens lie: all that were read are too many, and
    without one for each byte of the document they are too few. As long as the replies agree,
    the least of the upper bounds holds. Once they do not, the model counts the same words
    differently from one time to the next (behind a router, say), and bytes count again.
    """

    def __init__(self) -> None:
        self._common = ("", "")
        self._replies = self._least = self._most = 0

    def most(self, question: Question) -> int:
        """How many tokens it can take at most."""
        common = (question.instructions, question.schema)
        by_bytes = sum(map(_bytes, common)) + MOST_TOKENS_AROUND
        if self._replies < ENOUGH or common != self._common or self._least > self._most:
            return by_bytes
        return min(by_bytes, self._most)

    def learn(self, question: Question, tokens_in: int, most_of_document: int) -> None:
        """Take note of a reply for which *tokens_in* were read, the document's among them."""
        common = (question.instructions, question.schema)
        if common != self._common or not self._replies:
            self._common, self._replies = common, 0
            self._least, self._most = sum(map(_bytes, common)) // BYTES_PER_TOKEN, tokens_in
        self._replies += 1
        self._least = max(self._least, tokens_in - most_of_document)
        self._most = min(self._most, tokens_in)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _texts(question: Question) -> list[str]:
    shown = [text for pair in question.mistakes for text in pair]
    return [question.instructions, question.text, question.schema, *shown]


def _characters(question: Question) -> float:
    """All characters, those that are not a document's counted for less."""
    plain = len(question.instructions) + len(question.schema)
    return sum(map(len, _texts(question))) - (1 - WEIGHT_OF_PLAIN_TEXT) * plain


def _expected(question: Question) -> float:
    """Tokens of the answer, before anything is known of the model."""
    text = TOKENS_OUT_PER_TOKEN * len(question.text) / CHARACTERS_PER_TOKEN
    return TOKENS_OUT_AT_LEAST + text + TOKENS_OUT_PER_PICTURE * len(question.pictures)
