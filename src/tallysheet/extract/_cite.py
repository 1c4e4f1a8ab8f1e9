"""Find every value of a draft among the words, so that a person can see where it stands.

A value that stands nowhere gets no citation: it was computed, taken from
elsewhere, or made up, and validation says so. Where it stands in several
places, the one nearest to its neighbours of the same group is cited: the
quantity beside its item, the city beside its street.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter

from tallysheet.extract._currencies import forms_of
from tallysheet.extract._sightings import Place, Sightings
from tallysheet.model import Box, Citation, Draft, Leaf, Parsed, leaves_of

QUOTE = "quote"
"""The method of a citation that is a model's own word, until it is found."""
WORDS = "words"
"""The method of a citation that was found by its value."""
MOST_TEXT = 500
"""Characters of a citation."""
AROUND = 8
"""Places before and behind that are measured for the nearest one."""

HOW = {
    "quoted": (QUOTE, 0.95),
    "only": (WORDS, 0.9),
    "nearest": (WORDS, 0.7),
    "said": (QUOTE, 0.5),
}
"""Method and score: inside its quote, in one place only, nearest of several, a code's quote."""

CODES = frozenset({"kind", "unit", "means_code", "vat_category", "category", "scheme"})
"""Fields whose value is a code that documents write as words: found by a quote alone."""
NAMED = frozenset({"country", "currency", "tax_currency"})
"""Fields whose code stands as a word in capitals, or is quoted."""

Value = str | Decimal | date


def cited(draft: Draft, parsed: Parsed) -> Draft:
    """*draft* with a citation for each value that stands in the words of *parsed*.

    Citations that have a box, or come from an e-invoice, stay as they are. A
    quote stays only if it stands in the words and says what the value says.
    """
    leaves = list(leaves_of(draft.invoice))
    kept = {p: c for p, c in draft.citations.items() if c.method != QUOTE}
    open_leaves = [leaf for leaf in leaves if leaf.path not in kept]
    if not open_leaves or not any(page.words for page in parsed.pages):
        return draft.model_copy(update={"citations": kept})
    seen = Sightings(parsed)
    groups: defaultdict[str, list[Leaf]] = defaultdict(list)
    for leaf in open_leaves:
        groups[leaf.group].append(leaf)
    last: dict[str, int] = {}
    for name, group in groups.items():
        # Equal lines follow each other: the next one begins behind the one before.
        kind = name.partition("[")[0]
        found, anchor = _cited_group(group, draft.citations, seen, behind=last.get(kind, -1))
        kept |= found
        last[kind] = anchor
    return draft.model_copy(update={"citations": kept})


def _cited_group(
    leaves: Sequence[Leaf], said: Mapping[str, Citation], seen: Sightings, *, behind: int
) -> tuple[dict[str, Citation], int]:
    """Citations for the values of one group, and the position they gather around.

    The least ambiguous value sets the position; if even that one stands in
    several places, the first of them *behind* the position of the group before.
    """
    found = sorted(((_places(leaf, seen), leaf) for leaf in leaves), key=lambda pair: len(pair[0]))
    citations: dict[str, Citation] = {}
    anchor: int | None = None
    for places, leaf in found:
        quote = _quoted(said.get(leaf.path), seen)
        place, how = _chosen(leaf, places, quote, seen, anchor=anchor, behind=behind)
        if place:
            anchor = place[0] if anchor is None else anchor
            citations[leaf.path] = _citation(place, how, seen)
    ordered = {leaf.path: citations[leaf.path] for leaf in leaves if leaf.path in citations}
    return ordered, behind if anchor is None else anchor


def _places(leaf: Leaf, seen: Sightings) -> list[Place]:
    """Every place where the value stands, in reading order."""
    if isinstance(leaf.value, Decimal):
        return seen.numbers.get(abs(leaf.value), [])
    if isinstance(leaf.value, date):
        return seen.dates.get(leaf.value, [])
    if leaf.name in CODES:
        return []
    if leaf.name in NAMED:
        return seen.bare(forms_of(leaf.value))
    return seen.text(leaf.value)


def _quoted(quote: Citation | None, seen: Sightings) -> Place:
    """Where the words of *quote* stand, on its page if it names one."""
    if quote is None:
        return ()
    places = seen.text(quote.text)
    pages = [p for p in places if seen.words[p[0]][0] == quote.page]
    return next(iter(pages or places), ())


def _chosen(
    leaf: Leaf,
    places: list[Place],
    quote: Place,
    seen: Sightings,
    *,
    anchor: int | None,
    behind: int,
) -> tuple[Place, str]:
    """The place to cite, empty if there is none to be had, and how it was found."""
    inside = [p for p in places if quote[0] <= p[0] and p[-1] <= quote[-1]] if quote else []
    if inside:
        return inside[0], "quoted"
    if not places:
        return (quote if leaf.name in CODES | NAMED else ()), "said"
    if len(places) == 1:
        return places[0], "only"
    if anchor is None:
        after = bisect_left(places, behind + 1, key=itemgetter(0))
        return places[after % len(places)], "nearest"
    return _nearest(places, anchor, seen), "nearest"


def _nearest(places: list[Place], anchor: int, seen: Sightings) -> Place:
    """The place nearest to the word at *anchor*: on its page, in its row, beside it."""
    after = bisect_left(places, anchor, key=itemgetter(0))
    around = places[max(0, after - AROUND) : after + AROUND]
    page, word = seen.words[anchor]

    def distance(place: Place) -> tuple[int, int, float]:
        number, other = seen.words[place[0]]
        rows = abs(other.y0 - word.y0) / max(word.y1 - word.y0, 1.0)
        return abs(number - page), round(rows), abs(other.x0 - word.x0)

    return min(around, key=distance)


def _citation(place: Place, how: str, seen: Sightings) -> Citation:
    page = seen.words[place[0]][0]
    words = [word for number, word in (seen.words[at] for at in place) if number == page]
    box = Box(
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
    )
    text = " ".join(word.text for word in words)[:MOST_TEXT]
    method, score = HOW[how]
    return Citation(page=page, box=box, text=text, method=method, score=score)
