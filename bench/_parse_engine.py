"""The bare engine in a process of its own: what no reader of PDFs by pdfium can beat.

It opens each invoice and asks for every character and its box, in the plainest loop, and
does nothing with them: no words, no lines, no copy for anybody else.

python bench/_parse_engine.py COUNT
"""

import gc
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

import pypdfium2
from pypdfium2 import raw

from _models_stores import Invoices


def characters_of(data: bytes) -> int:
    """How many there are; each is asked for, and for its box."""
    seen, rect = 0, raw.FS_RECTF()
    with pypdfium2.PdfDocument(data) as pdf:
        for page in pdf:
            text = page.get_textpage()
            for at in range(raw.FPDFText_CountChars(text)):
                raw.FPDFText_GetUnicode(text, at)
                raw.FPDFText_GetLooseCharBox(text, at, rect)
                seen += 1
            text.close()
            page.close()
    return seen


def main(count: int) -> None:
    """Read so many pages and say how long that took."""
    source = Invoices(count)
    characters_of(source.pdf(0))
    gc.freeze()
    cpu_s, started_s = time.process_time(), time.perf_counter()
    seen = sum(characters_of(source.pdf(number)) for number in range(count))
    wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    assert seen > count
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
