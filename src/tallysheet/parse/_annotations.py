"""What is laid on top of a page and shows text: filled-in forms, notes, stamps."""

import pypdfium2 as pdfium
from pypdfium2 import raw

DRAWN = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)
"""Annotations that show text of their own."""
UNSEEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
LAYER = b"OC"
"""Names the layer that an annotation belongs to."""


def has_drawn_text(page: pdfium.PdfPage) -> bool:
    """Whether annotations of *page* show text, which pdfium reads once it is part of the page.

    It would read those as well that no screen shows, or whose layer is off: they are taken
    off the page first. So are those of a layer that is on, because it does not say which is.
    """
    found = False
    for at in reversed(range(raw.FPDFPage_GetAnnotCount(page))):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        is_drawn = raw.FPDFAnnot_GetSubtype(annotation) in DRAWN
        is_unseen = raw.FPDFAnnot_GetFlags(annotation) & UNSEEN
        is_unsure = is_unseen or raw.FPDFAnnot_HasKey(annotation, LAYER)
        raw.FPDFPage_CloseAnnot(annotation)
        if is_drawn and is_unsure:
            raw.FPDFPage_RemoveAnnot(page, at)
        found = found or (is_drawn and not is_unsure)
    return found
