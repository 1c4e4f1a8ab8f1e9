"""Where every number, date and run of text stands among the words of a document.

The words are gone through once; after that each value is found by a look-up,
and the look-ups of one document together take no more than `MOST_STEPS`.
Numbers and dates are entered under everything they could mean, because which
of 1,234 it is, the value that is looked for decides.
"""

import re
import sys
import unicodedata
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice, pairwise
from operator import itemgetter

from tallysheet.extract._months import BEGINNINGS
from tallysheet.model import Parsed, Word

Place = Sequence[int]
"""The words that a value stands in, by their positions in the document."""

MOST_WORDS = 100_000
"""Words of a document that are gone through; values behind them stay without citation."""
MOST_STEPS = 1_000_000
MOST_PLACES = 1_000
"""Places that are told apart for one text."""
REMEMBERED = 8_192
"""Words whose meanings are kept, since documents repeat themselves and each other."""
MOST_SCATTERED_STARTS = 30
LEAST_SCATTERED = 3
"""Tokens of a text that may be found with other words in between."""

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_NUMBER = re.compile(r"\d[\d.,'\u2019\u00a0\u202f]{0,40}")
_HEAD = re.compile(r"(?<![\d.,'\u2019])\d{1,3}$")
_GROUP = re.compile(r"\d{3}(?![\d'\u2019])(?:[.,]\d{1,6})?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}")
_MOST_GROUPS = 5
_KEYS = (4, 12)
"""Lengths of the beginnings by which text is looked up."""
_DRESS = re.compile(r"[\d\s.,:;'\u2019()\[\]/+-]")
"""What stands around a currency or a country code in one word with it."""

_LINKS = "de del of the den le el o a st nd rd th er ste"
_BETWEEN = frozenset((*_LINKS.split(), "\u5e74", "\u6708", "\u65e5"))
"""What may stand between the parts of a date."""


def folded(text: str) -> str:
    """*text* without case, accents, width and other dress."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


@lru_cache(REMEMBERED)
def _tokens(text: str) -> tuple[tuple[str, ...], str]:
    """The tokens of *text*, and all of it where it is too short to be looked up by a key."""
    tokens = tuple(map(sys.intern, _TOKEN.findall(folded(text))))
    whole = "".join(tokens)
    return tokens, whole if len(whole) < _KEYS[0] else ""


@lru_cache(REMEMBERED)
def amounts(text: str) -> frozenset[Decimal]:
    """Every number that *text*, digits and separators, can mean in some locale."""
    plain = re.sub(r"['\u2019\u00a0\u202f]", "", text).rstrip(".,")
    marks = [c for c in plain if c in ".,"]
    meant = set()
    if not marks:
        meant.add(plain)
    elif marks.count(marks[-1]) == 1:
        whole, _, part = plain.rpartition(marks[-1])
        if len(marks) == 1 or _GROUPED.fullmatch(whole):
            meant.add(re.sub(r"[.,]", "", whole) + "." + part)
    if len(set(marks)) == 1 and _GROUPED.fullmatch(plain):
        meant.add(re.sub(r"[.,]", "", plain))
    return frozenset(Decimal(number) for number in meant)


@lru_cache(REMEMBERED)
def _numbers(text: str) -> tuple[tuple[Decimal, ...], bool]:
    """What the numbers in a word can mean, and whether its end may go on in the next word."""
    found = (amount for number in _NUMBER.finditer(text) for amount in amounts(number[0]))
    return tuple(found), _HEAD.search(text) is not None


@lru_cache(REMEMBERED)
def dates(parts: tuple[tuple[str, int], ...]) -> frozenset[date]:
    """Every date that three parts, each with its month where it names one, can mean."""
    orders = (dict(zip(order, parts, strict=True)) for order in ("ymd", "dmy", "mdy"))
    return frozenset(found for fields in orders for found in _date(fields))


def _date(fields: dict[str, tuple[str, int]]) -> set[date]:
    (year, named_year), (month, named), (day, named_day) = fields["y"], fields["m"], fields["d"]
    if named_year or named_day or len(year) not in (2, 4) or len(day) > 2:
        return set()
    try:
        number = named or int(month)
        return {date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))}
    except ValueError:
        return set()


class Sightings:
    """An index of the words of one document.

    Args:
        parsed: The document.
    """

    def __init__(self, parsed: Parsed) -> None:
        self.words: list[tuple[int, Word]] = []
        """Page number and word, in reading order."""
        self.numbers: defaultdict[Decimal, list[Place]] = defaultdict(list)
        """Without their sign."""
        self.dates: defaultdict[date, list[Place]] = defaultdict(list)
        self._tokens: list[str] = []
        self._owners: list[int] = []
        self._offsets: list[int] = []
        self._ends: dict[int, int] = {}
        self._starts: defaultdict[str, list[int]] = defaultdict(list)
        self._at: defaultdict[str, list[int]] = defaultdict(list)
        self._short: defaultdict[str, list[Place]] = defaultdict(list)
        self._bare: defaultdict[str, list[Place]] = defaultdict(list)
        self._known: dict[str, list[Place]] = {}
        self._steps = 0
        for page in parsed.pages:
            room = MOST_WORDS - len(self.words)
            self.words += [(page.number, word) for word in page.words[:room]]
        self._enter_tokens()
        self._enter_numbers()
        self._enter_dates()

    def text(self, value: str) -> list[Place]:
        """Where *value* stands, however it is cased, spaced, hyphenated or broken.

        A value of many words may have others in between, as in columns; it is
        looked for so only where it stands nowhere as a whole.
        """
        tokens, _ = _tokens(value)
        whole = "".join(tokens)
        if not whole:
            return []
        if len(whole) < _KEYS[0]:
            return self._short.get(whole, [])
        if whole not in self._known:
            places = list(islice(self._whole(whole), MOST_PLACES))
            if not places and len(tokens) >= LEAST_SCATTERED:
                places = list(self._scattered(tokens))
            self._known[whole] = places
        return self._known[whole]

    def bare(self, values: Iterable[str]) -> list[Place]:
        """Where one of *values* is all of a word but digits and punctuation, in its own case."""
        if not self._bare:
            for at, (_, word) in enumerate(self.words):
                self._bare[_DRESS.sub("", word.text)].append((at,))
        return sorted(
            (place for value in values for place in self._bare.get(value, ())), key=itemgetter(0)
        )

    def _enter_tokens(self) -> None:
        every, owners, offsets = self._tokens, self._owners, self._offsets
        offset = 0
        for at, (_, word) in enumerate(self.words):
            tokens, alone = _tokens(word.text)
            if alone:
                self._short[alone].append((at,))
            for token in tokens:
                self._at[token].append(len(every))
                every.append(token)
                owners.append(at)
                offsets.append(offset)
                offset += len(token)
        self._ends = {end: last for last, end in enumerate(offsets[1:])}
        if every:
            self._ends[offset] = len(every) - 1
        self._stream = stream = "".join(every)
        for length in _KEYS:
            # Those that begin too near the end are too short for a key of this length.
            for index in range(bisect_right(offsets, offset - length)):
                start = offsets[index]
                self._starts[stream[start : start + length]].append(index)

    def _enter_numbers(self) -> None:
        for at, (_, word) in enumerate(self.words):
            meant, goes_on = _numbers(word.text)
            for amount in meant:
                self.numbers[amount].append((at,))
            if goes_on:
                self._enter_grouped(at)

    def _enter_grouped(self, at: int) -> None:
        """Enter numbers whose groups of thousands are words of their own, such as 1 234,50."""
        head = _HEAD.search(self.words[at][1].text)
        digits = head[0] if head else ""
        for to in range(at + 1, min(at + _MOST_GROUPS, len(self.words))):
            group = _GROUP.match(self.words[to][1].text)
            if group is None:
                return
            digits += group[0].replace(",", ".")
            self.numbers[Decimal(digits)].append(range(at, to + 1))
            if len(self.words[to][1].text) > 3:
                return

    def _enter_dates(self) -> None:
        parts: deque[tuple[str, int]] = deque(maxlen=3)
        owners: deque[int] = deque(maxlen=3)
        for token, owner in zip(self._tokens, self._owners, strict=True):
            if token in _BETWEEN:
                continue
            named = BEGINNINGS.get(token, 0)
            if not named and not (token.isascii() and token.isdigit() and len(token) <= 8):
                parts.clear()
                owners.clear()
                continue
            parts.append((token, named))
            owners.append(owner)
            if len(token) == 8 and not named:
                self._enter_compact(token, owner)
            if len(parts) == 3:
                for found in dates(tuple(parts)):
                    self.dates[found].append(range(owners[0], owners[-1] + 1))

    def _enter_compact(self, token: str, owner: int) -> None:
        """Enter eight digits without a break, such as 20240315."""
        for cuts in ((0, 4, 6, 8), (0, 2, 4, 8)):
            parts = tuple((token[a:b], 0) for a, b in pairwise(cuts))
            for found in dates(parts):
                self.dates[found].append((owner,))

    def _whole(self, value: str) -> Iterator[Place]:
        length = max(length for length in _KEYS if length <= len(value))
        for index in self._starts.get(value[:length], ()):
            self._steps += 1
            if self._steps > MOST_STEPS:
                return
            start = self._offsets[index]
            last = self._ends.get(start + len(value))
            if last is not None and self._stream.startswith(value, start):
                yield range(self._owners[index], self._owners[last] + 1)

    def _scattered(self, tokens: Sequence[str]) -> Iterator[Place]:
        """Where all *tokens* follow each other with no more than as many others between."""
        for index in self._at.get(tokens[0], ())[:MOST_SCATTERED_STARTS]:
            if self._steps > MOST_STEPS:
                return
            end = min(index + 3 * len(tokens) + 12, len(self._tokens))
            owners, wanted = [], iter(tokens)
            token: str | None = next(wanted)
            for at in range(index, end):
                self._steps += 1
                if self._tokens[at] == token:
                    owners.append(self._owners[at])
                    token = next(wanted, None)
            if token is None:
                yield tuple(dict.fromkeys(owners))
