"""Pages as rules have not seen them: strange words, lost strips. Made of pages with known truth.

The rules were tuned on the corpora, where they hardly err. How often a value is right that
was found without its usual label, only pages can tell on which labels are missing.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from _truth import Chance
from tallysheet.evaluate import letters
from tallysheet.model import Page, Word

GIBBERISH = "aeiourstln"
Damage = Callable[[Page, Chance, Collection[str]], Page]


def strange(share: float) -> Damage:
    """Some words become gibberish, as in a language that the rules do not know.

    Words of true values and all with a digit stay.
    """

    def damage(page: Page, chance: Chance, true: Collection[str]) -> Page:
        def said(word: Word) -> Word:
            text = letters(word.text)
            if len(text) < 2 or not text.isalpha() or text in true or chance.random() > share:
                return word
            other = "".join(chance.choice(GIBBERISH) if c.isalpha() else c for c in word.text)
            return word._replace(text=other.capitalize() if word.text[0].isupper() else other)

        return replace(page, words=tuple(map(said, page.words)))

    return damage


def cut(page: Page, chance: Chance, true: Collection[str]) -> Page:
    """A strip is missing, up to a quarter of the page: folded, stained, cut off."""
    del true
    across = chance.random() < 1 / 2
    size = page.height if across else page.width
    begin = chance.uniform(0, 0.85) * size
    end = begin + chance.uniform(0.05, 0.25) * size

    def is_left(word: Word) -> bool:
        middle = (word.y0 + word.y1) / 2 if across else (word.x0 + word.x1) / 2
        return not begin < middle < end

    kept = [at for at, word in enumerate(page.words) if is_left(word)]
    words = tuple(page.words[at] for at in kept)
    scores = tuple(page.scores[at] for at in kept) if page.scores else ()
    return replace(page, words=words, scores=scores)


def whole(page: Page, chance: Chance, true: Collection[str]) -> Page:
    """As it is."""
    del chance, true
    return page


DAMAGES: Mapping[str, tuple[float, Damage]] = {
    "as is": (1.0, whole),
    "a fifth of the words strange": (1 / 3, strange(0.2)),
    "half of the words strange": (1 / 3, strange(0.5)),
    "a strip missing": (1 / 3, cut),
}
"""What is done to pages, and how much a value read off them weighs: half of all is damaged."""
