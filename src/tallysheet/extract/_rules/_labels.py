"""Finds what an invoice calls things: the phrases of ``labels.toml`` on the page.

Phrases are compared letter by letter with nothing in between, so that a
compound, its parts and a letter-spaced title are all the same phrase. Only
whole words match, and the longest phrase wins. Where OCR read the page, a word
with one letter wrong is still known if only one word of the phrases is so near:
``Factuurr.``, ``Invoice mumber``.
"""

import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from tallysheet.extract._rules._layout import CELL_GAP, Cell, Line, Sheet, Span

WEAK = 0.6
HINT = 0.4
"""What a weak phrase, and a mere hint, weigh against a strong one."""

HEADING_GAP = 0.45
"""Headings of a table that stand in one cell have wider gaps than this, in glyph heights."""
FEWEST_LETTERS = 3
"""Letters of the first of two words with a stroke: ``S/N`` is one."""
SHORT = 4
"""Letters of the longest phrase that may as well be an everyday word: ``de``, ``cash``."""

BLURRED = 8
"""Letters of the shortest word that is known with one of them wrong."""
LONG = 12
"""Letters of the shortest word that is known with two of them wrong."""
ALIKE_FROM = 4
"""Letters of the shortest that is known with one wrong if that looks like the right one."""
ALIKE = ("mnu", "nuv", "ceo0", "aeo", "ijlft1", "ftr", "bh8", "gq9", "s5")
"""Letters that OCR takes for each other: they decide where two words are as near."""

_WEIGHTS = {"": 1.0, "weak": WEAK, "hint": HINT}

_SPECIAL = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "ð": "d",
        "º": "",
        "°": "",
        "ª": "",
    }
)
_TOKEN = re.compile(r"[a-z0-9#%]+")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lower case, without accents: ``Fälligkeit`` becomes ``falligkeit``."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    return "".join(char for char in plain if not unicodedata.combining(char))


def tokens(text: str) -> list[str]:
    """The letters, digits, ``#`` and ``%`` of *text*, folded, parted where others stand."""
    found = _TOKEN.findall(fold(text))
    mixed = len(found) > 1 and text[-1:].isdigit() and any(char.isalpha() for char in text)
    return ["".join(found)] if mixed else found


def letters(text: str) -> str:
    """*text* folded, letters and digits only."""
    return "".join(char for char in fold(text) if char.isalnum())


@dataclass(frozen=True, slots=True)
class Label:
    """One phrase found on the page."""

    span: Span
    terms: Mapping[str, float]
    """What it may mean, and what the phrase weighs for that, up to 1."""
    languages: frozenset[str]
    leads: bool
    """Whether it is the first thing in its cell."""
    plain: bool
    """Whether it is a label wherever it stands: strong, and no short everyday word."""

    @property
    def titles(self) -> bool:
        """Whether it is the title of a document: one of an invoice, or of its corrections."""
        return any(term.startswith("title_") for term in self.terms)


@dataclass(frozen=True)
class Lexicon:
    """Phrases without spaces, sorted, with what each may mean."""

    phrases: tuple[str, ...]
    terms: Mapping[str, Mapping[str, float]]
    languages: Mapping[str, frozenset[str]]
    words: frozenset[str]
    """All words of the phrases."""

    def begins(self, key: str) -> bool:
        """Whether some phrase begins with *key*."""
        at = bisect_left(self.phrases, key)
        return at < len(self.phrases) and self.phrases[at].startswith(key)

    def find(self, line: Line, gap: float, *, blurred: bool = False) -> Iterator[Label]:
        """All phrases in *line*, from left to right, none overlapping another or a wide gap.

        A *blurred* line may have a letter of a word wrong.
        """
        for cell in line.parted(gap):
            found = list(self._in_cell(line, cell, blurred))
            headings = len(found) > 1 and _stand_apart(line, cell, found)
            yield from (replace(one, leads=True) for one in found) if headings else found

    def _in_cell(self, line: Line, cell: Cell, blurred: bool) -> Iterator[Label]:
        pieces = [
            (token, (at, part))
            for at in range(cell.span.first, cell.span.last)
            for part, text in enumerate(_alternatives(line.words[at].text))
            for token in self.tokens(text, blurred=blurred)
        ]
        at = 0
        while at < len(pieces):
            starts = at == 0 or pieces[at - 1][1] != pieces[at][1]
            key, taken = self.longest(pieces, at) if starts else ("", 0)
            if not key:
                at += 1
                continue
            yield Label(
                Span(line.number, pieces[at][1][0], pieces[at + taken - 1][1][0] + 1),
                self.terms[key],
                self.languages[key],
                leads=at == 0 or self._is_second(pieces, at),
                plain=len(key) > SHORT and max(self.terms[key].values()) == 1,
            )
            at += taken

    def _is_second(self, pieces: Sequence[tuple[str, tuple[int, int]]], at: int) -> bool:
        """Whether piece *at* is the other of two words that begin a cell: ``Ticket/Invoice``."""
        first = [token for token, where in pieces[:at] if where[1] == 0]
        same = pieces[at][1][0] == pieces[0][1][0] and len(first) == at
        return same and len("".join(first)) >= FEWEST_LETTERS

    def tokens(self, text: str, *, blurred: bool) -> list[str]:
        """Those of *text*, *blurred* ones as the words that they nearly are."""
        found = tokens(text)
        return [self._nearest(token) for token in found] if blurred else found

    def _nearest(self, token: str) -> str:
        """The only word of the phrases with one letter other, else more or less, else *token*.

        Of a long word two letters may be others.
        """
        if len(token) < ALIKE_FROM or token in self.words:
            return token
        likely = {
            word for form in (token, *_without_one(token)) for word in self._near.get(form, ())
        }
        near = [word for word in likely if _is_one_off(token, word)]
        near = [word for word in near if len(word) == len(token)] or near
        alike = [word for word in near if _looks_like(token, word)]
        near = alike or (near if len(token) >= BLURRED else [])
        if not near and len(token) >= LONG:
            near = [word for word in self._as_long[len(token)] if differ(token, word) == 2]
        return near[0] if len(near) == 1 else token

    @cached_property
    def _as_long(self) -> Mapping[int, Sequence[str]]:
        lengths: dict[int, list[str]] = defaultdict(list)
        for word in self.words:
            lengths[len(word)].append(word)
        return lengths

    @cached_property
    def _near(self) -> Mapping[str, Sequence[str]]:
        """The words, by themselves and by what is left of each without one letter."""
        forms: dict[str, list[str]] = defaultdict(list)
        for word in self.words:
            if len(word) >= ALIKE_FROM:
                for form in (word, *_without_one(word)):
                    forms[form].append(word)
        return forms

    def longest(self, pieces: Sequence[tuple[str, object]], at: int) -> tuple[str, int]:
        """The longest phrase from piece *at* on, and how many pieces it takes.

        A piece is a token and what it is part of; a phrase ends where that does.
        """
        best, taken = "", 0
        key = ""
        for more, (token, _) in enumerate(pieces[at:], start=1):
            key += token
            if not self.begins(key):
                break
            ends = at + more == len(pieces) or pieces[at + more][1] != pieces[at + more - 1][1]
            if ends and key in self.terms:
                best, taken = key, more
        return best, taken


def _without_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _is_one_off(one: str, other: str) -> bool:
    """Whether one letter parts them, and not at the end, where words are inflected."""
    if len(one) == len(other):
        return differ(one, other) == 1
    short, long = sorted((one, other), key=len)
    return short in _without_one(long) and not long.startswith(short)


def differ(one: str, other: str) -> int:
    """In how many letters two words of one length differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


def _looks_like(one: str, other: str) -> bool:
    """Whether they are as long, and the letters that differ look alike."""
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(
        a == b or any(a in like and b in like for like in ALIKE) for a, b in pairs
    )


def _stand_apart(line: Line, cell: Cell, labels: list[Label]) -> bool:
    """Whether *cell* holds nothing but headings, with more than a space between them."""
    words = line.words
    return sum(
        one.span.last - one.span.first for one in labels
    ) == cell.span.last - cell.span.first and all(
        words[one.span.first].x0 - words[one.span.first - 1].x1 > HEADING_GAP * line.height
        for one in labels[1:]
    )


def _alternatives(text: str) -> list[str]:
    """The two words of ``Buyer/Recipient``; a number with a stroke is one."""
    return [text] if any(map(str.isdigit, text)) else text.split("/")


@cache
def lexicon(name: str) -> Lexicon:
    """The table ``<name>.toml`` of this package, read once a process."""
    raw = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
    terms: dict[str, dict[str, float]] = {}
    languages: dict[str, set[str]] = {}
    words: set[str] = set()
    for term, rows in raw.items():
        for row, phrases in rows.items():
            language, _, force = row.partition("_")
            for phrase in phrases.split(";"):
                key = "".join(tokens(phrase))
                words.update(tokens(phrase))
                if key:
                    weights = terms.setdefault(key, {})
                    weights[term] = max(weights.get(term, 0.0), _WEIGHTS[force])
                    languages.setdefault(key, set()).add(language)
    return Lexicon(
        tuple(sorted(terms)),
        terms,
        {key: frozenset(found) for key, found in languages.items()},
        frozenset(words),
    )


def find_labels(sheet: Sheet, name: str = "labels", *, gap: float = CELL_GAP) -> list[list[Label]]:
    """The labels of each line of *sheet*."""
    lexicon_ = lexicon(name)
    return [
        list(lexicon_.find(line, gap, blurred=line.page in sheet.scanned)) for line in sheet.lines
    ]


def languages_of(labels: Iterable[Iterable[Label]]) -> Counter[str]:
    """How much of each language the labels speak; a phrase of several counts for none much."""
    votes: Counter[str] = Counter()
    for row in labels:
        for label in row:
            if len(label.languages) == 1 and max(label.terms.values()) > WEAK:
                votes.update(label.languages)
    return votes
