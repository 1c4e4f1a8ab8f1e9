"""Pictures of text → words with boxes, by RapidOCR: the extra ``ocr``.

Its models come with its package, so nothing is fetched at run time. It runs on
one thread, because the pool already has a child for each core, and is loaded
once a child, when the first picture comes. Detection sees a smaller picture
than recognition does: it is what takes the memory, and the letters need not be
legible to be found.

Where it is missing or does not start, the program tesseract takes its place.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from importlib.util import find_spec
from io import BytesIO
from math import sqrt
from operator import eq
from pathlib import Path
from typing import Any, Protocol, Self

from tallysheet.errors import DocumentError
from tallysheet.parse._lines import Corners, Line, Sheet, agreed, is_tall, sheet_of
from tallysheet.parse._tesseract import Tesseract, program

INSTALL = (
    "Install what reads pictures with: pip install 'tallysheet[ocr]'; "
    "or the program tesseract, and pip install 'tallysheet[tesseract]'; "
    "or add the invoice as a PDF with text, or as e-invoice XML."
)

MOST_SIDE = 2000
"""Pixels along the longer side: an A4 page at 170 dpi, at which small print is still read."""
LEAST_SIDE = 32
"""Pixels across; nothing narrower holds a line of text."""
DETECTION_SIDE = 1600
"""Pixels along the longer side when lines are looked for."""
DETECTION_PIXELS = 2_000_000
"""Pixels in all then; more would not fit into the memory of a child."""

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

    def rotate(self, angle: float, *, expand: bool = False, fillcolor: int | None = None) -> Self:
        """Another one, turned to the left by so many degrees."""
        ...

    def reduce(self, factor: int, /) -> Self:
        """Another one, so many times smaller."""
        ...

    def resize(self, size: tuple[int, int], *, box: tuple[float, float, float, float]) -> Self:
        """The part of it in a box of left, top, right and bottom, scaled."""
        ...

    def tobytes(self) -> bytes:
        """Its pixels, row by row."""
        ...

    def thumbnail(self, size: tuple[float, float]) -> None:
        """Make it smaller until it fits."""
        ...

    def convert(self, mode: str) -> Self:
        """The same in other colours."""
        ...

    def save(self, fp: BytesIO, kind: str, /, *, quality: int = 75) -> None:
        """Write it as a file."""
        ...


def most_scale(width: float, height: float) -> float:
    """By how much a picture of so many pixels may be scaled at most, so as to fit in memory."""
    longer, shorter = max(width, height), min(width, height)
    side: float = MOST_SIDE
    if DETECTION_SIDE**2 * shorter > DETECTION_PIXELS * longer:
        side = sqrt(DETECTION_PIXELS * longer / shorter)
    return side / longer


def read(picture: Image, width: float, height: float) -> Sheet:
    """The words in *picture* in reading order, on an upright page.

    Args:
        picture: Of a page, as it lies.
        width: Of the page as it lies, in points.
        height: The same.

    Raises:
        DocumentError: ``no_text`` where no OCR is installed or none starts; ``crashed``
            where Tesseract broke down.
        MemoryError: It takes more memory than there is.
    """
    if min(picture.size) < LEAST_SIDE:
        return sheet_of((), width, height)
    engine = _engine()
    try:
        lines = engine(picture)
    except Exception as error:
        if any(mark in str(error) for mark in OUT_OF_MEMORY):
            raise MemoryError from None
        raise
    across, down = width / picture.size[0], height / picture.size[1]
    placed = []
    for line in lines:
        a, b, c, d = ((x * across, y * down) for x, y in line.corners)
        placed.append(line._replace(corners=(a, b, c, d)))
    return sheet_of(placed, width, height)


def require() -> None:
    """Make sure that pictures can be read.

    Raises:
        DocumentError: ``no_text``: no OCR is installed, or none starts.
    """
    _engine()


def called() -> str:
    """What read a picture, in a sentence on it."""
    return "OCR (Tesseract)" if isinstance(_engine(), Tesseract) else "OCR"


def at_hand() -> str:
    """What would read pictures here, as a sentence. Takes a second: it is started for that.

    Raises:
        DocumentError: ``no_text``: nothing would.
    """
    engine = _engine()
    if isinstance(engine, Tesseract):
        return f"Pictures of text are read by Tesseract, in: {', '.join(engine.languages)}."
    return "Pictures of text are read by RapidOCR."


@cache
def _engine() -> Callable[[Image], list[Line]]:
    try:
        return _rapidocr() if _rapidocr_is_there() else _tesseract()
    except ImportError as error:
        with suppress(DocumentError):
            return _tesseract()
        missing = str(error).partition(":")[0][:60]
        raise DocumentError(
            "no_text",
            f"It is a picture, and the OCR that is installed does not start ({missing}).",
            "Install what it needs; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0",
        ) from None


def _rapidocr_is_there() -> bool:
    return all(map(find_spec, ("rapidocr", "onnxruntime", "PIL")))


def _tesseract() -> Tesseract:
    found = program()
    if found is None or find_spec("PIL") is None:
        raise DocumentError("no_text", "It is a picture, and OCR is not installed.", INSTALL)
    return Tesseract(found)


def _rapidocr() -> Callable[[Image], list[Line]]:
    """Start it; an ImportError says what it lacks."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with suppress(AttributeError):  # other systems have no such knob
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, GIVE_BACK_FROM)
    from rapidocr import RapidOCR
    from rapidocr import __path__ as places

    # By path, since a model that is only named is fetched from the network where it is missing.
    models = Path(places[0]) / "models"
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
    return partial(_lines_in, RapidOCR(params=paths | threads | settings))


def _lines_in(engine: Any, picture: Image) -> list[Line]:
    """Its own steps one by one: it takes each line's word for whether that stands on its head."""
    from rapidocr.main import RapidOCRError
    from rapidocr.utils.process_img import map_boxes_to_original

    pixels = engine.load_img(picture)
    image, record = engine.preprocess_img(pixels)
    try:
        strips, found = engine.detect_and_crop(image, record)
        strips, feet = engine.cls_and_rotate(strips)
        least = engine.text_cls.cls_thresh
        said = ["180" in label and sure > least for label, sure in feet.cls_res]
        flipped = agreed(said, list(map(is_tall, found.boxes)), [each.shape[1] for each in strips])
        strips = [
            strip if is_so else strip[::-1, ::-1].copy()
            for strip, is_so in zip(strips, map(eq, said, flipped), strict=True)
        ]
        read = engine.recognize_txt(strips)
    except RapidOCRError:  # there is nothing to read
        return []
    boxes = map_boxes_to_original(found.boxes, record, *pixels.shape[:2]).tolist()
    return [
        Line(text, (a, b, c, d), float(score), is_flipped)
        for text, score, (a, b, c, d), is_flipped in zip(
            read.txts, read.scores, _points(boxes), flipped, strict=True
        )
        if text.strip() and score >= engine.text_score
    ]


def _points(boxes: list[list[list[float]]]) -> Iterator[Corners]:
    for box in boxes:
        a, b, c, d = ((x, y) for x, y in box)
        yield a, b, c, d
