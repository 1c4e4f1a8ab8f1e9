"""A sheet of paper to draw on, in millimetres from its top left corner.

The fonts are those that every PDF reader has, so no font file is needed; their
letters are those of Windows-1252, € among them.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Literal

from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.fonts import CORE_FONTS_CHARWIDTHS
from fpdf.fpdf import PAGE_FORMATS

Color = tuple[int, int, int]
Align = Literal["left", "right", "centre"]

INK: Color = (20, 20, 20)
GREY: Color = (105, 105, 105)
WHITE: Color = (255, 255, 255)

ENCODING = "cp1252"

NOTHING_ELSE: Mapping[str, str] = {}
"""Everything is read as it is written."""

MM_PER_POINT = 25.4 / 72
LEADING = 1.32
"""From line to line, as a multiple of the size of the letters."""


class Sheet:
    """The pages of one document, or of one of several in a file.

    Args:
        paper: ``A4`` or ``letter``.
        family: ``helvetica``, ``times`` or ``courier``.
        size: Of plain text, in points.
        created: The day the file claims to be made; the clock plays no part.
        after: The document that this one comes after, in the same file.
        inked: Whether what is written is painted, or lies on the page as OCR lays its
            words over a scan.
        spoken: What is to be read out for something written, as for those who cannot see;
            most machines read the same.
    """

    def __init__(
        self,
        *,
        paper: str,
        family: str,
        size: float,
        created: date,
        after: "Sheet | None" = None,
        inked: bool = True,
        spoken: Mapping[str, str] = NOTHING_ELSE,
    ) -> None:
        self._pdf: FPDF = after._pdf if after else FPDF(format=paper)
        self._pdf.core_fonts_encoding = ENCODING
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(datetime.combine(created, time(9), UTC))
        self._spoken = spoken
        self._paper = paper
        self._mode = TextMode.FILL if inked else TextMode.INVISIBLE
        self._family = family
        self.size = size
        self.width, self.height = (points / self._pdf.k for points in PAGE_FORMATS[paper.lower()])

    @property
    def pages(self) -> int:
        """How many pages the file has so far."""
        return len(self._pdf.pages)

    def add_page(self) -> None:
        """Go on on a new page."""
        self._pdf.add_page(format=self._paper)

    def step(self, size: float | None = None) -> float:
        """From one line to the next."""
        return (size or self.size) * LEADING * MM_PER_POINT

    def measure(self, text: str, *, size: float | None = None, bold: bool = False) -> float:
        """How wide *text* is."""
        return _width(self._family, text, bold) * (size or self.size) * MM_PER_POINT / 1000

    def fitting(
        self, text: str, width: float, *, size: float | None = None, bold: bool = False
    ) -> float:
        """*size*, or the smaller one in which *text* is no wider than *width*."""
        size = size or self.size
        return min(size, size * width / self.measure(text, size=size, bold=bold))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        bold: bool = False,
        align: Align = "left",
        color: Color = INK,
    ) -> None:
        """Write one line at *x* on the base line *y*."""
        if align != "left":
            width = self.measure(text, size=size, bold=bold)
            x -= width if align == "right" else width / 2
        self._set_font(size, bold=bold)
        self._pdf.text_mode = self._mode
        self._pdf.set_text_color(color)
        written = next((part for part in self._spoken if part in text), None)
        if written is None:
            self._pdf.text(x, y, text)
        else:
            self._speak(x, y, text, text.replace(written, self._spoken[written]))

    def block(
        self,
        x: float,
        y: float,
        lines: Iterable[str],
        *,
        size: float | None = None,
        align: Align = "left",
        color: Color = INK,
    ) -> float:
        """Write *lines* below each other, and return the base line after them."""
        for line in lines:
            self.text(x, y, line, size=size, align=align, color=color)
            y += self.step(size)
        return y

    def wrap(
        self, text: str, width: float, *, size: float | None = None, bold: bool = False
    ) -> Sequence[str]:
        """*text* broken between words into lines no wider than *width*."""
        if self.measure(text, size=size, bold=bold) <= width:
            return (text,)
        lines: list[str] = []
        for part in text.split(" "):
            longer = f"{lines[-1]} {part}" if lines else part
            if lines and self.measure(longer, size=size, bold=bold) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
        return lines

    def rule(
        self, x0: float, x1: float, y: float, *, thick: float = 0.2, color: Color = INK
    ) -> None:
        """Draw a level line."""
        self._pdf.set_draw_color(color)
        self._pdf.set_line_width(thick)
        self._pdf.line(x0, y, x1, y)

    def box(self, x: float, y: float, width: float, height: float, *, line: Color = INK) -> None:
        """Draw the outline of a box."""
        self._pdf.set_draw_color(line)
        self._pdf.set_line_width(0.2)
        self._pdf.rect(x, y, width, height)

    def fill(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        """Fill a box with colour."""
        self._pdf.set_fill_color(color)
        self._pdf.rect(x, y, width, height, style="F")

    def unpainted(self, x: float, y: float, text: str) -> None:
        """Write one line without ink."""
        mode, self._mode = self._mode, TextMode.INVISIBLE
        self.text(x, y, text)
        self._mode = mode

    def describe(self, text: str) -> None:
        """Write *text* where no page is: into what the file says of itself."""
        self._pdf.set_title(text)
        self._pdf.set_subject(text)
        self._pdf.set_keywords(text)

    def picture(self, data: bytes) -> None:
        """Put a picture on the whole page."""
        self._pdf.image(io.BytesIO(data), 0, 0, self.width, self.height)

    def embed_invoice(self, xml: bytes, created: date) -> None:
        """Attach an e-invoice as Factur-X does: the same invoice, in another form."""
        when = datetime.combine(created, time(9), UTC)
        self._pdf.embed_file(
            bytes=xml,
            basename="factur-x.xml",
            mime_type="text/xml",
            associated_file_relationship="Alternative",
            desc="Factur-X",
            creation_date=when,
            modification_date=when,
            compress=True,
        )
        self._pdf.set_xmp_metadata(FACTUR_X)

    def finish(self) -> bytes:
        """The document as a file."""
        return bytes(self._pdf.output())

    def _speak(self, x: float, y: float, text: str, instead: str) -> None:
        words = instead.encode("utf-16-be").hex().upper()
        self._pdf._out(f"/Span << /ActualText <FEFF{words}> >> BDC")
        self._pdf.text(x, y, text)
        self._pdf._out("EMC")

    def _set_font(self, size: float | None, *, bold: bool) -> None:
        self._pdf.set_font(self._family, "B" if bold else "", size or self.size)


@lru_cache(maxsize=20_000)
def _width(family: str, text: str, bold: bool) -> float:
    """How wide *text* is, in thousandths of the size of its letters.

    The library can tell, too, but it prepares for right-to-left writing and for
    emphasis each time, which took half of all the time that a page takes.
    """
    widths = CORE_FONTS_CHARWIDTHS[family + "B" * bold]
    return float(sum(widths[chr(code)] for code in text.encode(ENCODING)))


FACTUR_X = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/">
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
      <fx:DocumentType>INVOICE</fx:DocumentType>
      <fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
      <fx:Version>1.0</fx:Version>
      <fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
    </rdf:Description>
  </rdf:RDF>
</x:xmpmeta>
"""
"""How a reader recognises Factur-X before it looks at the attachments."""
