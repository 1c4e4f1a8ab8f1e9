"""Pictures of text → words with boxes, by RapidOCR: the extra ``ocr``.

Its models come with its package, so nothing is fetched at run time. It runs on
one thread, because the pool already has a child for each core, and is loaded
once a child, when the first picture comes. Detection sees a smaller picture
than recognition does: it is what takes the memory, and the letters need not be
legible to be found.
"""

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from math import sqrt
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol, Self

from tallysheet.errors import DocumentError
from tallysheet.model import Page, Picture, Word
from tallysheet.parse._words import Glyph
from tallysheet.parse._words import words_of as words_from

INSTALL = (
    "Install what reads pictures with: pip install 'tallysheet[ocr]'; "
    "or add the invoice as a PDF with text, or as e-invoice XML."
)
BETTER = "Scan it again, upright, sharp and at 200 dpi or more, or add it as a PDF with text."

MOST_SIDE = 2000
"""Pixels along the longer side: an A4 page at 170 dpi, at which small print is still read."""
LEAST_SIDE = 32
"""Pixels across; nothing narrower holds a line of text."""
DETECTION_SIDE = 1600
"""Pixels along the longer side when lines are looked for."""
DETECTION_PIXELS = 2_000_000
"""Pixels in all then; more would not fit into the memory of a child."""
MOST_SHOWN = 20
"""Pictures of one document that a model is sent: what Bedrock's Converse takes in one request."""
SHOWN_SIDE = 1568
"""Pixels along the longer side of a picture that a model is sent: Anthropic's guide to vision
names it as the size beyond which pictures are made smaller before they are looked at."""
SHOWN_QUALITY = 80
ENOUGH_S = 15.0
"""Seconds after which no other page is begun: one takes about five, a child has thirty."""

ONE_THREAD = (
    *("OMP_THREAD_LIMIT", "OMP_NUM_THREADS"),
    *("OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"),
)
"""Variables by which the libraries below RapidOCR are told to use one thread."""
M_MMAP_THRESHOLD = -3
"""What glibc calls the size from which memory is given back to the system as soon as it is free."""
GIVE_BACK_FROM = 1024 * 1024
"""Bytes. A page then peaks at 560 MB and leaves 220, not 680 and 390, for a tenth more CPU."""
OUT_OF_MEMORY = ("bad_alloc", "Failed to allocate", "Insufficient memory")
"""How those libraries say that they were refused memory; each has an error of its own."""


class Image(Protocol):
    """An image as Pillow has it."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def copy(self) -> Self:
        """Another one that looks the same."""
        ...

    def thumbnail(self, size: tuple[float, float]) -> None:
        """Make it smaller until it fits."""
        ...

    def convert(self, mode: str) -> Self:
        """The same in other colours."""
        ...

    def save(self, fp: BytesIO, kind: str, /, *, quality: int) -> None:
        """Write it as a file."""
        ...


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

    def read(self, page: Page, draw: Callable[[], Image]) -> tuple[Page, str]:
        """*page* with its words, or its picture, and what its reader should know as a sentence.

        Args:
            page: One that has no text.
            draw: Makes the picture; only called if it is going to be looked at.
        """
        if not self._to_show:
            return self._recognised(page, draw)
        self._to_show -= 1
        drawn = draw()
        page = replace(page, picture=picture_of(drawn, page.number))
        page, sentence = self._recognised(page, lambda: drawn)
        if not page.words:
            sentence = (
                f"Page {page.number} is a picture that only the model has seen:"
                " there are no words on it to check what it says against."
            )
        return page, sentence

    def _recognised(self, page: Page, draw: Callable[[], Image]) -> tuple[Page, str]:
        what = f"Page {page.number} is a picture and was"
        if perf_counter() - self._began > ENOUGH_S:
            return page, f"{what} not read: the others took too long."
        try:
            require()
        except DocumentError as error:
            self.refusal = error
            return page, f"{what} not read. {error.fix}"
        words = words_of(draw(), page.width, page.height)
        found = "by OCR, which may misread" if words else "by OCR, which found no words on it"
        return replace(page, words=words), f"{what} read {found}."


def picture_of(drawn: Image, page: int) -> Picture:
    """The picture of a page as models are sent it."""
    small = drawn.copy()
    small.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    packed = BytesIO()
    small.convert("RGB").save(packed, "JPEG", quality=SHOWN_QUALITY)
    return Picture(page, "image/jpeg", packed.getvalue())


def most_scale(width: float, height: float) -> float:
    """By how much a picture of so many pixels may be scaled at most, so as to fit in memory."""
    longer, shorter = max(width, height), min(width, height)
    side: float = MOST_SIDE
    if DETECTION_SIDE**2 * shorter > DETECTION_PIXELS * longer:
        side = sqrt(DETECTION_PIXELS * longer / shorter)
    return side / longer


def words_of(picture: Image, width: float, height: float) -> tuple[Word, ...]:
    """The words in *picture* in reading order, placed on a page of that size in points.

    Raises:
        DocumentError: ``no_text`` where RapidOCR is not installed or does not start.
        MemoryError: It takes more memory than there is.
    """
    if min(picture.size) < LEAST_SIDE:
        return ()
    engine = _engine()
    try:
        found = engine(picture)
    except Exception as error:
        if any(mark in str(error) for mark in OUT_OF_MEMORY):
            raise MemoryError from None
        raise
    if not found.txts:
        return ()
    across, down = width / picture.size[0], height / picture.size[1]
    glyphs: list[Glyph | None] = []
    for text, corners in zip(found.txts, found.boxes.tolist(), strict=True):
        glyphs += _glyphs(text, [(x * across, y * down) for x, y in corners])
        glyphs.append(None)
    return tuple(words_from(glyphs))


def _glyphs(text: str, corners: list[tuple[float, float]]) -> list[Glyph | None]:
    """The characters of a line spread evenly over its box; None for a space.

    Corners go round from the top left one. A box that is far higher than wide
    holds text that runs down the page.
    """
    a, b, c, d = corners
    if abs(d[1] - a[1]) >= 1.5 * abs(b[0] - a[0]) and len(text) > 1:
        a, b, c, d = a, d, c, b
    glyphs: list[Glyph | None] = []
    for at, character in enumerate(text):
        if character.isspace():
            glyphs.append(None)
            continue
        steps = (at / len(text), (at + 1) / len(text))
        points = [_between(*edge, step) for edge in ((a, b), (d, c)) for step in steps]
        xs, ys = zip(*points, strict=True)
        glyphs.append(Glyph(character, min(xs), min(ys), max(xs), max(ys)))
    return glyphs


def _between(
    start: tuple[float, float], end: tuple[float, float], step: float
) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * step, start[1] + (end[1] - start[1]) * step


def require() -> None:
    """Make sure that pictures can be read.

    Raises:
        DocumentError: ``no_text``: RapidOCR is not installed or does not start.
    """
    _engine()


@cache
def _engine() -> Any:
    found = find_spec("rapidocr")
    if found is None or found.origin is None or find_spec("onnxruntime") is None:
        raise DocumentError("no_text", "It is a picture, and OCR is not installed.", INSTALL)
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with suppress(AttributeError):  # other systems have no such knob
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, GIVE_BACK_FROM)
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        missing = str(error).partition(":")[0][:60]
        raise DocumentError(
            "no_text",
            f"It is a picture, and the OCR that is installed does not start ({missing}).",
            "Install what it needs; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0",
        ) from None
    # By path, since a model that is only named is fetched from the network where it is missing.
    models = Path(found.origin).parent / "models"
    paths = {
        f"{task}.model_path": str(next(models.glob(f"*_{task.lower()}_*.onnx")))
        for task in ("Det", "Cls", "Rec")
    }
    threads = {f"EngineConfig.onnxruntime.{pool}_op_num_threads": 1 for pool in ("intra", "inter")}
    settings = {
        "Global.log_level": "critical",
        "Det.limit_type": "max",
        "Det.limit_side_len": DETECTION_SIDE,
        "Rec.rec_batch_num": 1,  # a batch is padded to its longest line: memory and time for naught
    }
    return RapidOCR(params=paths | threads | settings)
