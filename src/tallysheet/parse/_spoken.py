"""What a PDF wants read out in place of what it shows: it is not read.

A stretch of a page may carry an ``ActualText`` (ISO 32000-1, 14.9.4), for whoever has it
read out. pdfium takes that for the text of the page, so an account could be seen and
another one be read. Taken away, the letters of the page themselves are left.
"""

import ctypes
from itertools import compress, repeat

from pypdfium2 import raw

from tallysheet.parse._calls import HANDLE, Handle, called
from tallysheet.parse._objects import TYPE_OF

FORM: int = raw.FPDF_PAGEOBJ_FORM
DEEPEST = 32
"""Forms in forms that are looked through; pdfium itself draws no deeper."""
KEY = ctypes.byref(ctypes.create_string_buffer(b"ActualText"))
MARKS_ON = called(raw.FPDFPageObj_CountMarks)
MARK_AT = called(raw.FPDFPageObj_GetMark, HANDLE)
TAKE_OFF = called(raw.FPDFPageObjMark_RemoveParam)
COUNT_IN = called(raw.FPDFFormObj_CountObjects)
OBJECT_IN = called(raw.FPDFFormObj_GetObject, HANDLE)


def silence(parts: list[Handle], kinds: list[int]) -> None:
    """Take from the objects of a page what is to be read out, before its text is asked for."""
    for _ in range(DEEPEST):
        marks = list(map(MARKS_ON, parts))
        for part, count in compress(zip(parts, marks, strict=True), marks):
            for at in range(count):
                TAKE_OFF(part, MARK_AT(part, at), KEY)
        if FORM not in kinds:
            return
        forms = [part for part, kind in zip(parts, kinds, strict=True) if kind == FORM]
        parts = [
            one for form in forms for one in map(OBJECT_IN, repeat(form), range(COUNT_IN(form)))
        ]
        kinds = list(map(TYPE_OF, parts))
