"""Image files → pages of words: each is decoded with care, then read by OCR.

A picture of some kilobytes can unfold to gigabytes, so its size is asked before
a pixel is decoded, and only the decoder of the kind that it is may try.
"""

import warnings
from collections.abc import Container, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO

from PIL import Image

from tallysheet.errors import DocumentError
from tallysheet.model import Page, Parsed
from tallysheet.parse._kind import HEIC, JPEG, PNG, TIFF, WEBP
from tallysheet.parse._rounds import BETTER
from tallysheet.parse._scans import Scans
from tallysheet.parse.ocr import most_scale

DECODERS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", WEBP: "WEBP", HEIC: "HEIF"}
"""What Pillow calls the kinds that we read."""
MOST_PIXELS = 50_000_000
"""A sheet of A3 at 400 dpi has 31 million."""
MOST_FRAMES = 20
"""Pages of a TIFF file that are looked at."""
MOST_COUNTED = 10_000
"""Those that are told to be missing, one by one."""
USUAL_DPI = 150.0
HONEST_DPI = (50.0, 1200.0)
"""What a file says of its resolution beyond these is a program's default or a mistake."""
ORIENTATION = 0x0112
"""Where cameras note how they were held."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a picture upright, by what the camera noted."""
SIDEWAYS = 5
"""From this note on, width and height change places."""


def read_picture(
    data: bytes, media_type: str, *, shown: bool = False, only: Container[int] | None = None
) -> Parsed:
    """Read the words of an image file: one page, or one a frame where it is TIFF.

    Args:
        data: The file.
        media_type: What it is.
        shown: Whether its pages are wanted as pictures, too.
        only: Numbers of the pages to read, if not all.

    Raises:
        DocumentError: ``image_too_large``, ``corrupt``, ``no_text``, or ``unsupported``
            where it is HEIC and what reads that is not installed.
        MemoryError: It takes more memory than there is.
    """
    if media_type == HEIC:
        _learn_heic()
    scans = Scans(shown=shown)
    pages: list[Page] = []
    sentences: list[str] = []
    with _decoding():
        image = Image.open(BytesIO(data), formats=[DECODERS[media_type]])
        frames = getattr(image, "n_frames", 1) if media_type == TIFF else 1
    for at in range(min(frames, MOST_FRAMES)):
        if only is not None and at + 1 not in only:
            continue
        with _decoding():
            image.seek(at)
            _check_size(*image.size)
        width, height = _points(image)
        page = Page(at + 1, round(width, 2), round(height, 2))
        page, sentence = scans.read(page, partial(_upright, image))
        pages.append(page)
        sentences += sentence
    if not scans.unread and not any(page.words or page.picture for page in pages):
        raise scans.refusal or DocumentError(
            "no_text", "It is a picture, and OCR finds no words on it.", BETTER
        )
    if frames > MOST_FRAMES:
        sentences.append(f"It has {frames:,} pages; the first {MOST_FRAMES} were read.")
    missing = (*scans.missing, *range(MOST_FRAMES + 1, min(frames, MOST_COUNTED) + 1))
    return Parsed(
        media_type,
        tuple(pages),
        warnings=tuple(sentences),
        unread=tuple(scans.unread),
        missing=missing,
    )


def _learn_heic() -> None:
    """Teach Pillow what iPhones write: the extra ``heic``."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        raise DocumentError(
            "unsupported",
            "This is a HEIC image, and what reads those is not installed.",
            "Install it with: pip install 'tallysheet[heic]'; or save the image as a JPEG, "
            "and add that.",
        ) from None
    register_heif_opener(thumbnails=False)


@contextmanager
def _decoding() -> Iterator[None]:
    """Whatever Pillow raises on a hostile file, as an error of the document."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except (DocumentError, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise _too_large("far too many pixels") from None
    except Exception:  # noqa: BLE001 - decoders raise some ten kinds, none of them documented
        raise DocumentError(
            "corrupt",
            "It is damaged: the picture cannot be decoded.",
            "Ask its sender for an intact file.",
        ) from None


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(f"{width:,} × {height:,} pixels")


def _too_large(size: str) -> DocumentError:
    return DocumentError(
        "image_too_large",
        f"The picture has {size}, and at most {MOST_PIXELS:,} are read.",
        "Scan it again at 200 dpi, or save it smaller.",
    )


def _points(image: Image.Image) -> tuple[float, float]:
    """Width and height of the upright page, in points."""
    across, down = _dpi(image)
    width, height = image.size[0] * 72 / across, image.size[1] * 72 / down
    return (height, width) if _note(image) >= SIDEWAYS else (width, height)


def _dpi(image: Image.Image) -> tuple[float, float]:
    try:
        across, down = map(float, image.info["dpi"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return USUAL_DPI, USUAL_DPI
    least, most = HONEST_DPI
    honest = least <= across <= most and least <= down <= most
    return (across, down) if honest else (USUAL_DPI, USUAL_DPI)


def _note(image: Image.Image) -> int:
    try:
        note = image.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001 - a picture with broken notes is still a picture
        return 1
    return note if note in TURNS else 1


def _upright(image: Image.Image) -> Image.Image:
    """The picture as it is seen: upright, on white, and no larger than OCR can use."""
    with _decoding():
        note, full = _note(image), image.size
        scale = min(1.0, most_scale(*full))
        size = (max(1, round(full[0] * scale)), max(1, round(full[1] * scale)))
        image.draft(None, size)  # a JPEG image can be decoded smaller, which is cheap
        picture = _scalable(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        if picture.mode == "RGBA":
            paper = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(paper, picture)
        picture = picture.convert("RGB")
        return picture.transpose(TURNS[note]) if note in TURNS else picture


def _scalable(image: Image.Image) -> Image.Image:
    """The same picture in a form in which pixels can be averaged."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith("I"):  # 16 bits, of which a plain conversion would keep the lower 8
        return image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")
