"""PDFs that a drawing library cannot make: forms, layers, and fonts that name other letters.

Each shows some rows of text, and adds an order where people see it, or where only machines
look: the numbers in brackets are the chapters of ISO 32000-1.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from fontTools.agl import UV2AGL

from hostile_files import page_with, stream

FIRST_CODE = 33
"""Of a font's own letters."""
WIDTH = 600
"""Of every letter of Courier, in thousandths of its size."""
SPOT = b"[57 100 540 150]"
"""Where something is laid on the page: below all rows."""
APPEARANCE = 6
"""The first object that a page of ours adds."""

Row = tuple[float, float, str]
"""From the left, from the bottom, in points; and what it says."""
Pairs = Sequence[tuple[str, str]]
"""What a letter of a font is said to mean, and what it draws; nothing where it draws nothing."""


class Added(NamedTuple):
    """What makes an attack of the honest page."""

    content: bytes = b""
    resources: bytes = b""
    fonts: bytes = b""
    page: bytes = b""
    catalog: bytes = b""
    more: Sequence[bytes] = ()
    """Objects of its own, numbered from `APPEARANCE`."""


def made(rows: Sequence[Row], added: Added) -> bytes:
    """The page with *rows*, and what was added."""
    honest = b"\n".join(_text(text, x, y) for x, y, text in rows)
    return page_with(
        stream(honest + b"\n" + added.content),
        resources=added.resources,
        fonts=added.fonts,
        page=added.page,
        catalog=added.catalog,
        more=added.more,
    )


def _text(text: str, x: float, y: float, *, size: float = 10, ink: bytes = b"0 g") -> bytes:
    said = _string(text)
    return b"BT %b /F %g Tf %g %g Td %b Tj ET" % (ink, size, x, y, said)


def _string(text: str) -> bytes:
    plain = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return b"(" + plain.encode("latin-1") + b")"


def _lines(order: str, *, ink: bytes = b"0 g", size: float = 8) -> bytes:
    """The order in lines of at most 90 letters, in the middle of `SPOT`."""
    lines = [""]
    for word in order.split():
        if len(lines[-1]) + len(word) > 90:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return b"\n".join(
        _text(line, 60, 135 - 12 * at, size=size, ink=ink) for at, line in enumerate(lines)
    )


# -- forms (12.7) -------------------------------------------------------------------------


def _field(entries: bytes, look: bytes | None) -> Added:
    """A text field with these entries, and its appearance, if it has one."""
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(note)/Rect%b%b%b>>" % (
        SPOT,
        entries,
        b"/AP<</N %d 0 R>>" % (APPEARANCE + 1) if look is not None else b"",
    )
    form = b"/AcroForm<</Fields[%d 0 R]/NeedAppearances true>>" % APPEARANCE
    more = [widget] if look is None else [widget, _form_of(look)]
    return Added(page=b"/Annots[%d 0 R]" % APPEARANCE, catalog=form, more=more)


def _form_of(content: bytes, entries: bytes = b"") -> bytes:
    box = b"/Type/XObject/Subtype/Form/BBox%b/Matrix[1 0 0 1 0 0]" % SPOT
    return stream(content, box + b"/Resources<</Font<</F 5 0 R>>>>" + entries)


def _annotation(order: str, entries: bytes = b"") -> Added:
    """A note that is written onto the page, as reviewers do."""
    note = b"<</Type/Annot/Subtype/FreeText/Rect%b/Contents%b/AP<</N %d 0 R>>%b>>" % (
        SPOT,
        _string(order),
        APPEARANCE + 1,
        entries,
    )
    more = [note, _form_of(_lines(order))]
    return Added(page=b"/Annots[%d 0 R]" % APPEARANCE, more=more)


# -- layers (8.11) ------------------------------------------------------------------------


def _layers(default: bytes, usage: bytes = b"") -> tuple[bytes, bytes]:
    """The catalog's entry for one layer, and the layer, which is the first object added."""
    layer = b"%d 0 R" % APPEARANCE
    catalog = b"/OCProperties<</OCGs[%b]/D<<%b>>>>" % (layer, default.replace(b"@", layer))
    return catalog, b"<</Type/OCG/Name(Draft)%b>>" % usage


OFF = b"/Order[@]/OFF[@]"


def _in_layer(order: str, default: bytes = OFF, usage: bytes = b"") -> Added:
    catalog, layer = _layers(default, usage)
    content = b"/OC /L BDC\n%b\nEMC" % _lines(order)
    named = b"/Properties<</L %d 0 R>>" % APPEARANCE
    return Added(content, named, catalog=catalog, more=[layer])


def _in_group_of_layers(order: str) -> Added:
    """It is to be seen only while all of some layers are, and one is off."""
    catalog, layer = _layers(OFF)
    group = b"<</Type/OCMD/OCGs[%d 0 R]/P/AllOn>>" % APPEARANCE
    content = b"/OC /L BDC\n%b\nEMC" % _lines(order)
    named = b"/Properties<</L %d 0 R>>" % (APPEARANCE + 1)
    return Added(content, named, catalog=catalog, more=[layer, group])


def _form_in_layer(order: str) -> Added:
    catalog, layer = _layers(OFF)
    form = _form_of(_lines(order), b"/OC %d 0 R" % APPEARANCE)
    named = b"/XObject<</X %d 0 R>>" % (APPEARANCE + 1)
    return Added(b"/X Do", named, catalog=catalog, more=[layer, form])


def _annotation_in_layer(order: str) -> Added:
    catalog, layer = _layers(OFF)
    note, look = _annotation(order, b"/OC %d 0 R" % APPEARANCE).more
    note = note.replace(b"/N %d 0 R" % (APPEARANCE + 1), b"/N %d 0 R" % (APPEARANCE + 2))
    page = b"/Annots[%d 0 R]" % (APPEARANCE + 1)
    return Added(page=page, catalog=catalog, more=[layer, note, look])


# -- what is said about the file (14) -----------------------------------------------------


def _described(order: str) -> Added:
    """Metadata as XMP has it (14.3.2)."""
    packet = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt><rdf:li>'
        f"{order}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    )
    more = [stream(packet.encode(), b"/Type/Metadata/Subtype/XML")]
    return Added(catalog=b"/Metadata %d 0 R" % APPEARANCE, more=more)


def _structured(order: str) -> Added:
    """What a screen reader says of the structure (14.7, 14.9.3)."""
    said = _string(order)
    root = b"<</Type/StructTreeRoot/K %d 0 R>>" % (APPEARANCE + 1)
    part = b"<</S/P/P %d 0 R/Alt%b/E%b/T%b>>" % (APPEARANCE, said, said, said)
    catalog = b"/StructTreeRoot %d 0 R/MarkInfo<</Marked true>>" % APPEARANCE
    return Added(catalog=catalog, more=[root, part])


def _read_out(order: str) -> Added:
    """What is to be read out in place of a dash (14.9.4)."""
    return Added(b"/Span <</ActualText %b>> BDC\n%b\nEMC" % (_string(order), _text("-", 60, 130)))


def _scripted(order: str) -> Added:
    """A script that says it as the file is opened (12.6.4.16)."""
    script = b"/OpenAction<</S/JavaScript/JS%b>>" % _string(f'app.alert("{order}")')
    return Added(catalog=script)


def _of_its_program(order: str) -> Added:
    """What a program keeps in it for itself (14.5)."""
    kept = b"/PieceInfo<</Own<</LastModified(D:20260305)/Private<</Note%b>>>>>>" % _string(order)
    return Added(page=kept)


# -- fonts that name other letters (9.10) -------------------------------------------------


def in_font(pairs: Pairs) -> Added:
    """Lines in a font of their own, which draws one thing and is said to mean another."""
    letters = list(dict.fromkeys(pairs))
    code_of = {pair: FIRST_CODE + at for at, pair in enumerate(letters)}
    names = b" ".join(b"/" + _glyph(shown) for _, shown in letters)
    widths = b" ".join(b"%d" % (WIDTH if shown else 0) for _, shown in letters)
    last = FIRST_CODE + len(letters) - 1
    font = (
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier/FirstChar %d/LastChar %d/Widths[%b]"
        b"/Encoding<</Type/Encoding/Differences[%d %b]>>/ToUnicode %d 0 R>>"
        % (FIRST_CODE, last, widths, FIRST_CODE, names, APPEARANCE + 1)
    )
    rows: list[list[int]] = [[]]
    for pair in pairs:
        if len(rows[-1]) >= 100 and pair[1] == " ":
            rows.append([])
        rows[-1].append(code_of[pair])
    content = b"\n".join(
        b"BT 0 g /N 8 Tf 60 %d Td <%b> Tj ET" % (135 - 12 * at, bytes(row).hex().encode())
        for at, row in enumerate(rows)
    )
    meaning = stream(_meaning({code_of[pair]: pair[0] for pair in letters}))
    return Added(content, fonts=b"/N %d 0 R" % APPEARANCE, more=[font, meaning])


def _glyph(shown: str) -> bytes:
    return UV2AGL[ord(shown or " ")].encode()


def _meaning(of: Mapping[int, str]) -> bytes:
    """What each code of a font means, as programs are told (9.10.3)."""
    rows = b"\n".join(
        b"<%02x> <%b>" % (code, meant.encode("utf-16-be").hex().encode())
        for code, meant in of.items()
    )
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def\n"
        b"1 begincodespacerange <00> <ff> endcodespacerange\n"
        b"%d beginbfchar\n%b\nendbfchar endcmap end end" % (len(of), rows)
    )


TAGS = 0xE0000
"""Unicode has ASCII once more from here on, as tags that nothing shows."""
ALIKE = str.maketrans(
    "aceiopxyABCEHKMOPTX",
    "\u0430\u0441\u0435\u0456\u043e\u0440\u0445\u0443"
    "\u0391\u0392\u0421\u0395\u041d\u039a\u041c\u041e\u0420\u0422\u0425",
)
"""Letters of Greek and Cyrillic that look like these."""
UNALIKE = {twin: letter for letter, twin in ALIKE.items()}


def _plain(order: str) -> list[tuple[str, str]]:
    return [(letter, letter) for letter in order]


def _between(mark: str) -> Callable[[str], Added]:
    """The order with a character that draws nothing after each of its letters."""
    return lambda order: in_font([pair for one in _plain(order) for pair in (one, (mark, ""))])


def _around(first: str, last: str) -> Callable[[str], Added]:
    """The order between two characters that draw nothing."""
    return lambda order: in_font([(first, ""), *_plain(order), (last, "")])


def _replaced(by: Callable[[str], str]) -> Callable[[str], Added]:
    """The order in letters that look like its own."""
    return lambda order: in_font([(by(letter), letter) for letter in order])


def _bold(letter: str) -> str:
    """Its twin among the mathematical letters."""
    if letter.isascii() and letter.isalpha():
        return chr(ord(letter) - ord("A") + 0x1D400 - 6 * letter.islower())
    return chr(ord(letter) - ord("0") + 0x1D7CE) if letter.isdecimal() else letter


def _in_tags(order: str) -> Added:
    """After a word that is seen."""
    return in_font([*_plain("Thanks"), *((chr(TAGS + ord(letter)), "") for letter in order)])


HIDDEN: Mapping[str, Callable[[str], Added]] = {
    "form field, hidden": lambda o: _field(b"/F 2/V" + _string(o), _lines(o)),
    "form field, not for the screen": lambda o: _field(b"/F 32/V" + _string(o), _lines(o)),
    "form field, white": lambda o: _field(b"/F 4/V" + _string(o), _lines(o, ink=b"1 g")),
    "form field, tiny": lambda o: _field(b"/F 4/V" + _string(o), _lines(o, size=0.4)),
    "form field that shows another value": lambda o: _field(b"/F 4/V" + _string(o), b""),
    "form field, tiny by default": lambda o: _field(b"/F 4/DA(/F 0.4 Tf 1 g)/V" + _string(o), None),
    "form field's hint": lambda o: _field(b"/F 4/V(-)/TU%b/DV%b" % (_string(o), _string(o)), b""),
    "note in a layer that is off": _annotation_in_layer,
    "hidden note on the page": lambda o: _annotation(o, b"/F 2"),
    "layer that is off": _in_layer,
    "layer that is off unless named": lambda o: _in_layer(o, b"/BaseState/OFF/Order[@]"),
    "layer that is off on the screen": lambda o: _in_layer(
        o,
        b"/Order[@]/AS[<</Event/View/Category[/View]/OCGs[@]>>]",
        b"/Usage<</View<</ViewState/OFF>>>>",
    ),
    "layers of which one is off": _in_group_of_layers,
    "form in a layer that is off": _form_in_layer,
    "metadata": _described,
    "structure": _structured,
    "read out": _read_out,
    "script": _scripted,
    "kept by its program": _of_its_program,
    "tags on the page": _in_tags,
    "a dash that means a sentence": lambda o: in_font([(o, "-")]),
}
"""Ways in which no person sees the order on the page."""

SEEN: Mapping[str, Callable[[str], Added]] = {
    "form field": lambda o: _field(b"/F 4/V" + _string(o), _lines(o)),
    "note on the page": _annotation,
    "layer that is on": lambda o: _in_layer(o, b"/Order[@]/ON[@]"),
    "zero width": _between("\u200b"),
    "soft hyphens": _between("\u00ad"),
    "struck through": _between("\u0336"),
    "right to left": _around("\u202e", "\u202c"),
    "isolated": _around("\u2067", "\u2069"),
    "look-alikes": _replaced(lambda letter: letter.translate(ALIKE)),
    "mathematical letters": _replaced(_bold),
    "full width": _replaced(lambda one: chr(ord(one) + 0xFEE0) if one > " " else one),
}
"""Ways in which people see it, and programs may not recognise it."""
