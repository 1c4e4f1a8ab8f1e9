"""What the rules make of a line whose words they do not know, on pages that they read right.

Layouts that nobody tuned on are read wrong by a word that is not known more often than by where
it stands. So each page that is done and right is read again with one line changed: its words made
unknown, the line lost, or another one beside it that has unknown words and other digits. Counted
is how often a document is still done though a value is wrong. Some minutes; nothing is downloaded.

    python bench/unknown_words.py [--samples N] [--seed S] [--times N] [--show]
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from _truth import CORPORA, PATHS, Case, Chance, is_right, is_visible, sample_cases, zugferd_cases
from accuracy import COSTLY, judged
from accuracy import read as read_case
from tallysheet.evaluate import value_at
from tallysheet.extract import Rules
from tallysheet.model import Draft, Page, Parsed, Word
from tallysheet.ports import Question
from tallysheet.settings import Settings
from tallysheet.testing import Inline

SAME_LINE = 4.0
"""Points by which the middles of words of one line lie apart at most."""
FEWEST_LETTERS = 2
MOST_WORDS = 14
"""Words of a line that is copied: a longer one is a sentence."""
CODES = frozenset(["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK"])
VOWELS = "aeiou"
CONSONANTS = "bdfgklmnprstvz"

Change = Callable[[Page, Sequence[int], Chance], Page]


def unknown(text: str, chance: Chance) -> str:
    """*text* with other letters, each a vowel or a consonant as before; codes of money stay."""
    letters = [char for char in text if char.isalpha()]
    coded = any(map(str.isdigit, text)) or text.strip(".:,") in CODES
    if coded or len(letters) < FEWEST_LETTERS:
        return text
    made = []
    for char in text:
        new = chance.choice(VOWELS if char.lower() in VOWELS else CONSONANTS)
        made.append((new.upper() if char.isupper() else new) if char.isalpha() else char)
    return "".join(made)


def other(text: str, chance: Chance) -> str:
    """*text* with other digits; a rate stays, and a number does not begin with a nought."""
    if "%" in text:
        return text
    made, first = [], True
    for char in text:
        made.append(
            chance.choice("123456789" if first else "0123456789") if char.isdigit() else char
        )
        first = first and not char.isdigit()
    return "".join(made)


def lines(words: Sequence[Word]) -> list[list[int]]:
    """The words that have letters or digits in one line each, by where they are in *words*."""
    rows: list[tuple[float, list[int]]] = []
    for at in sorted(range(len(words)), key=lambda at: words[at].y0 + words[at].y1):
        middle = (words[at].y0 + words[at].y1) / 2
        if rows and abs(rows[-1][0] - middle) < SAME_LINE:
            rows[-1][1].append(at)
        else:
            rows.append((middle, [at]))
    return [sorted(row, key=lambda at: words[at].x0) for _, row in rows]


def made_unknown(page: Page, row: Sequence[int], chance: Chance) -> Page:
    """With the words of that line made unknown."""
    words = list(page.words)
    for at in row:
        words[at] = words[at]._replace(text=unknown(words[at].text, chance))
    return replace(page, words=tuple(words))


def lost(page: Page, row: Sequence[int], chance: Chance) -> Page:
    """Without that line."""
    del chance
    kept = [at for at in range(len(page.words)) if at not in row]
    return replace(
        page,
        words=tuple(page.words[at] for at in kept),
        scores=tuple(page.scores[at] for at in kept) if page.scores else (),
    )


def beside(page: Page, row: Sequence[int], chance: Chance) -> Page:
    """With another line above or below that one: unknown words, and other digits."""
    above = chance.random() < 0.5
    words = [page.words[at] for at in row]
    height = 1.3 * max(word.y1 - word.y0 for word in words)
    edge = min(word.y0 for word in words) if above else max(word.y1 for word in words)
    moved = [
        word._replace(y0=word.y0 + height, y1=word.y1 + height)
        if (word.y0 + word.y1) / 2 > edge
        else word
        for word in page.words
    ]
    down = 0.0 if above else height
    new = [
        word._replace(
            text=other(unknown(word.text, chance), chance), y0=word.y0 + down, y1=word.y1 + down
        )
        for word in words
    ]
    cut = min(row) if above else max(row) + 1
    scores = page.scores
    return replace(
        page,
        height=page.height + height,
        words=(*moved[:cut], *new, *moved[cut:]),
        scores=(*scores[:cut], *(1.0 for _ in new), *scores[cut:]) if scores else (),
    )


CHANGES: dict[str, Change] = {
    "its words made unknown": made_unknown,
    "the line lost": lost,
    "another one beside it": beside,
}


def changed(parsed: Parsed, change: Change, chance: Chance) -> Parsed | None:
    """*parsed* with one line of its first page changed that has a digit, if there is one."""
    page = parsed.pages[0]
    page = replace(page, words=tuple(page.words))
    rows = [
        row
        for row in lines(page.words)
        if len(row) <= MOST_WORDS
        and any(map(str.isdigit, "".join(page.words[at].text for at in row)))
    ]
    if not rows:
        return None
    return replace(parsed, pages=(change(page, chance.choice(rows), chance), *parsed.pages[1:]))


async def ended(parsed: Parsed) -> tuple[bool, Draft]:
    """Whether the document is called done, and what was read."""
    answer = await Rules(Inline()).answer(Question(parsed))
    draft = Draft.model_validate_json(answer.text)
    return judged(parsed, draft) >= Settings().review_below, draft


def wrong_in(case: Case, draft: Draft, text: str) -> list[str]:
    """The fields with a wrong value, of those that a person could read on the page."""
    found = ((name, value_at(draft.invoice, PATHS[name])) for name in COSTLY & case.truth.keys())
    return [
        f"{name} {value}, in truth {case.truth[name]}"
        for name, value in found
        if value is not None
        and is_visible(name, case.truth[name], text)
        and not is_right(name, case.truth[name], value)
    ]


async def measure(cases: Iterator[Case], times: int, *, show: bool) -> dict[str, Counter[str]]:
    """How changed pages end, by the way they were changed."""
    found = {name: Counter[str]() for name in CHANGES}
    for case in cases:
        parsed, draft, _ = await read_case(case)
        text = " ".join(word.text for page in parsed.pages for word in page.words)
        done = judged(parsed, draft) >= Settings().review_below
        if not parsed.pages or not done or wrong_in(case, draft, text):
            continue
        for at in range(times):
            for name, change in CHANGES.items():
                chance = Chance.of(case.name, name, at)
                if (page := changed(parsed, change, chance)) is None:
                    continue
                still, read = await ended(page)
                wrong = wrong_in(case, read, text) if still else []
                found[name].update(pages=1, done=still, wrong=bool(wrong))
                for one in wrong if show else ():
                    print(f"{case.name}, {name}: {one}")
    return found


def main() -> None:
    """Change pages of the samples, and of the ZUGFeRD corpus where it is."""
    options = argparse.ArgumentParser(description="Lines whose words the rules do not know.")
    options.add_argument("--samples", type=int, default=90, help="how many samples of our own")
    options.add_argument("--seed", type=int, default=2027, help="the seed of the samples")
    options.add_argument("--times", type=int, default=5, help="changes of each kind to a document")
    options.add_argument("--show", action="store_true", help="name what is wrong")
    chosen = options.parse_args()

    def cases() -> Iterator[Case]:
        if CORPORA.is_dir():
            yield from zugferd_cases(CORPORA)
        yield from sample_cases(chosen.samples, chosen.seed)

    found = asyncio.run(measure(cases(), chosen.times, show=chosen.show))
    for name, count in found.items():
        pages, done, wrong = count["pages"], count["done"], count["wrong"]
        print(f"{name.ljust(24)}{pages:6} pages, {done:6} done, {wrong:4} wrong", end=" ")
        print(f"({100 * wrong / max(1, done):.1f} % of those done)")


if __name__ == "__main__":
    main()
