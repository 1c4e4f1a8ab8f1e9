"""The bare engine in a process of its own: pdfium's characters and boxes as words with boxes.

That is what readers of PDFs offer, here in the plainest loop: words end where pdfium sees a
space, wherever they stand. No reading order, no lines, no look for hidden text, no upright
pages, no copy for anybody else.

python bench/_parse_engine.py COUNT
"""

import gc
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

import pypdfium2
from pypdfium2 import raw

from _models_stores import Invoices

Word = tuple[str, float, float, float, float]


def words_of(data: bytes) -> list[Word]:
    """The words of a document, each with its box."""
    words: list[Word] = []
    with pypdfium2.PdfDocument(data) as pdf:
        for page in pdf:
            text = page.get_textpage()
            words += words_on(text)
            text.close()
            page.close()
    return words


def words_on(text: pypdfium2.PdfTextPage) -> Iterator[Word]:
    """Those of a page."""
    rect, letters = raw.FS_RECTF(), ""
    x0 = y0 = x1 = y1 = 0.0
    for at in range(raw.FPDFText_CountChars(text)):
        letter = chr(raw.FPDFText_GetUnicode(text, at))
        if letter.isspace():
            if letters:
                yield letters, x0, y0, x1, y1
            letters = ""
            continue
        raw.FPDFText_GetLooseCharBox(text, at, rect)
        if letters:
            x0, y0 = min(x0, rect.left), min(y0, rect.bottom)
            x1, y1 = max(x1, rect.right), max(y1, rect.top)
        else:
            x0, y0, x1, y1 = rect.left, rect.bottom, rect.right, rect.top
        letters += letter
    if letters:
        yield letters, x0, y0, x1, y1


def main(count: int) -> None:
    """Read so many pages and say how long that took."""
    source = Invoices(count)
    words_of(source.pdf(0))
    gc.freeze()
    cpu_s, started_s = time.process_time(), time.perf_counter()
    seen = sum(len(words_of(source.pdf(number))) for number in range(count))
    wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    assert seen > count
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
