"""The pages of one document that are pictures, or hold some: read for as long as there is time."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from io import BytesIO
from time import perf_counter

from tallysheet.errors import DocumentError
from tallysheet.model import Box, Page, Picture, Word
from tallysheet.parse._likeness import likeness_of
from tallysheet.parse._lines import Sheet
from tallysheet.parse._words import in_order
from tallysheet.parse.ocr import Image, called, read, require

MOST_SHOWN = 20
"""Pictures of one document that a model is sent: what Bedrock's Converse takes in one request."""
SHOWN_SIDE = 1568
"""Pixels along the longer side of a picture that a model is sent: Anthropic's guide to vision
names it as the size beyond which pictures are made smaller before they are looked at."""
SHOWN_QUALITY = 80
NOTHING_READ = Sheet((), (), 0)
ENOUGH_S = 15.0
"""Seconds after which no other page is begun: one takes about five, a child has thirty."""


class Scans:
    """Reads those pages of one document that are pictures, for as long as there is time.

    Args:
        shown: Whether the pictures themselves are wanted as well, for a model that sees.
    """

    def __init__(self, *, shown: bool = False) -> None:
        self._began = perf_counter()
        self._to_show = MOST_SHOWN if shown else 0
        self.refusal: DocumentError | None = None
        """Why pictures cannot be read at all, once one was tried."""
        self.unread: list[int] = []
        """Numbers of the pages for which there was no time."""
        self.missing: list[int] = []
        """Numbers of the pages that nobody reads: OCR does not, and they are not shown either."""
        self.warnings: list[str] = []
        """What the reader of a result should know besides, as sentences."""

    def replaces(self, page: int, laid: Collection[Word]) -> bool:
        """Whether pictures are read here, and so take the place of words *laid* over them.

        Whoever laid them there may have laid others than the picture shows. Where it cannot
        be read they stay, and their page counts as one that nobody has read.
        """
        if laid and (refused := self._refused()):
            self.missing.append(page)
            self.warnings.append(
                f"Page {page} is a picture with words laid over it that nobody sees; "
                f"whether they are its own is not known: it{refused.removeprefix(' and')}"
            )
            return False
        return bool(laid)

    def read(self, page: Page, draw: Callable[[], Image]) -> tuple[Page, list[str]]:
        """*page* with its words, or its picture, and what its reader should know, as sentences.

        Args:
            page: One that has no text.
            draw: Makes the picture; only called if it is going to be looked at.
        """
        shown = self._to_show > 0
        self._to_show -= shown
        drawn = draw() if shown else None
        late, sheet, said = self._is_late(page), NOTHING_READ, ""
        if not late and not (said := self._refused()):
            drawn = drawn or draw()
            sheet = read(drawn, page.width, page.height)
            turn = sheet.turn
            size = (page.height, page.width) if turn % 180 else (page.width, page.height)
            page = Page(page.number, *size, sheet.words, hidden=page.hidden, scores=sheet.scores)
            turned = f" after a turn by {turn}°" if turn else ""
            found = "which may misread" if sheet.words else "which found no words on it"
            said = f" and was read by {called()}{turned}, {found}."
        elif not (late or shown):
            self.missing.append(page.number)
        if drawn is not None:
            page = replace(page, likeness=likeness_of(drawn, sheet, page.width, page.height))
        if shown and drawn is not None:
            page = replace(page, picture=picture_of(drawn, page.number, sheet.turn))
            if not page.words:
                said = (
                    " that only the model has seen:"
                    " there are no words on it to check what it says against."
                )
        return page, [] if late else [f"Page {page.number} is a picture{said}"]

    def complete(
        self, page: Page, boxes: Sequence[Box], draw: Callable[[Box], Image]
    ) -> tuple[Page, list[str]]:
        """*page* with what images on it say beside its text, and sentences on that.

        Args:
            page: One that has text, and images that the text leaves out.
            boxes: Where those are.
            draw: Makes the picture of a part of the page.
        """
        if self._to_show:
            self._to_show -= 1
            whole = draw(Box(0, 0, page.width, page.height))
            page = replace(page, picture=picture_of(whole, page.number))
        if self._is_late(page):
            return page, []
        what = f"Page {page.number} has pictures beside its text"
        if refused := self._refused():
            return page, [f"{what}, each of which{refused.removeprefix(' and')}"]
        found: list[tuple[Word, float]] = []
        for box in boxes:
            sheet = read(draw(box), box.x1 - box.x0, box.y1 - box.y0)
            if not sheet.turn:  # what lies on its side in a part of a page is no part of its text
                moved = (_moved(word, box.x0, box.y0) for word in sheet.words)
                found += zip(moved, sheet.scores, strict=True)
        words = tuple(page.words)
        told = [(word, 1.0) for word in words]
        told += [(word, score) for word, score in found if not _is_there(word, words)]
        if len(told) == len(words):
            return page, [f"{what}, in which {called()} found nothing more."]
        told = in_order(told)
        page = replace(
            page, words=tuple(word for word, _ in told), scores=tuple(score for _, score in told)
        )
        return page, [f"{what}, which were read by {called()} and may be misread."]

    def _is_late(self, page: Page) -> bool:
        """Whether there is no time for *page*, which is then noted."""
        late = perf_counter() - self._began > ENOUGH_S
        if late:
            self.unread.append(page.number)
        return late

    def _refused(self) -> str:
        """Why nothing can be read, as the end of a sentence; empty where nothing is in the way."""
        try:
            require()
        except DocumentError as error:
            self.refusal = error
            return f" and was not read. {error.fix}"
        return ""


def picture_of(drawn: Image, page: int, turn: int = 0) -> Picture:
    """The picture of a page as models are sent it, turned clockwise by so many degrees."""
    small = drawn.rotate(-turn, expand=True) if turn else drawn.copy()
    small.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    packed = BytesIO()
    small.convert("RGB").save(packed, "JPEG", quality=SHOWN_QUALITY)
    return Picture(page, "image/jpeg", packed.getvalue())


def _moved(word: Word, right: float, down: float) -> Word:
    text, x0, y0, x1, y1 = word
    x0, x1 = round(x0 + right, 2), round(x1 + right, 2)
    return Word(text, x0, round(y0 + down, 2), x1, round(y1 + down, 2))


def _is_there(word: Word, words: Sequence[Word]) -> bool:
    """Whether one of *words* stands where *word* was read: they are the same."""
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return any(
        (other.x0 <= x <= other.x1 and other.y0 <= y <= other.y1)
        or (
            word.x0 <= (other.x0 + other.x1) / 2 <= word.x1
            and word.y0 <= (other.y0 + other.y1) / 2 <= word.y1
        )
        for other in words
    )
