"""Files that mean harm or are broken, made here, each with what must become of it.

``python tests/hostile_files.py [FOLDER]`` lays them all into a folder, runs tallysheet over
it, and prints a row for each: what was expected, what happened, how long it took.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from PIL import Image

READ = "read"
"""Done or in review: it was read, whatever is on it."""
SPLIT = "split"
"""It was opened, and what it holds has rows of its own."""
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Hostile:
    """One file.

    Attributes:
        name: What it is called; ``/`` parts folders.
        lay: Puts it at that path.
        expected: What may become of it: `READ`, the reasons it may fail for, or nothing
            where it must not be taken for a document at all.
        why: What it tries.
    """

    name: str
    lay: Callable[[Path], None]
    expected: tuple[str, ...]
    why: str


def _of(make: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(make()) and None


# -- PDF, from nothing --------------------------------------------------------------------


def pdf_of(objects: Sequence[bytes], *, root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, with a table of where each stands."""
    out, starts = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer\n<</Size %d/Root %d 0 R%b>>\n" % (len(objects) + 1, root, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
WORDS = b"BT /F 12 Tf 50 700 Td (Invoice No: H-1) Tj 0 -20 Td (Total EUR 11.90) Tj ET"


def page_with(
    content: bytes,
    *,
    box: bytes = b"[0 0 595 842]",
    resources: bytes = b"",
    fonts: bytes = b"",
    page: bytes = b"",
    more: Sequence[bytes] = (),
    catalog: bytes = b"",
) -> bytes:
    """A PDF of one page: its content is object 4 (a whole object), *more* are 6 and up."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R%b>>" % catalog,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox%b/Contents 4 0 R%b"
            b"/Resources<</Font<</F 5 0 R%b>>%b>>>>" % (box, page, fonts, resources),
            content,
            FONT,
            *more,
        ]
    )


def written(*, user: str | None = None, owner: str | None = None, pages: int = 1) -> bytes:
    """A plain invoice, perhaps encrypted."""
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for _ in range(pages):
        pdf.add_page()
        for line in ("Invoice No: H-1", "Date: 2026-03-01", "Total EUR 11.90"):
            pdf.cell(text=line, new_x="LMARGIN", new_y="NEXT")
    if owner:
        pdf.set_encryption(owner, user, encryption_method=EncryptionMethod.RC4)
    return bytes(pdf.output())


def many_pages(count: int) -> bytes:
    """As many pages as that, all with the same words."""
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    page = b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/MediaBox[0 0 595 842]/Count %d/Kids[%b]>>" % (count, kids),
            stream(WORDS),
            FONT,
            *([page] * count),
        ]
    )


def deflated(megabytes: int, *, twice: bool = False) -> bytes:
    """A page whose content is *megabytes* of blanks."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b" " * MB) for _ in range(megabytes)) + packer.flush()
    filters = b"/Filter/FlateDecode"
    if twice:
        data, filters = zlib.compress(data, 9), b"/Filter[/FlateDecode/FlateDecode]"
    return page_with(stream(data, filters))


def fan_out(deep: int, wide: int) -> bytes:
    """Forms of which each draws the next one *wide* times."""
    names = [b"/N" if at < deep else b"" for at in range(1, deep + 1)]
    forms = [
        stream(
            (b"/N Do " * wide) if name else WORDS,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>"
            b"/XObject<</N %d 0 R>>>>" % (6 + at),
        )
        for at, name in enumerate(names, start=1)
    ]
    return page_with(
        stream(b"/N Do"), resources=b"/XObject<</N 6 0 R>>", more=[*forms, stream(WORDS)]
    )


def self_drawing() -> bytes:
    """A form that draws itself."""
    form = stream(
        b"/N Do /N Do",
        b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</N 6 0 R>>>>",
    )
    return page_with(stream(b"/N Do"), resources=b"/XObject<</N 6 0 R>>", more=[form])


def page_loop() -> bytes:
    """A tree of pages that is its own branch, and says it has two thousand million."""
    return pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>"]
    )


def deep_tree(levels: int) -> bytes:
    """A tree of pages that is as deep as that."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            *(b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (at + 3) for at in range(levels)),
            b"<</Type/Page/MediaBox[0 0 9 9]>>",
        ]
    )


def drawn_image(entries: bytes, data: bytes) -> bytes:
    """A page that shows one image and nothing else."""
    image = stream(data, b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray" + entries)
    return page_with(
        stream(b"q 500 0 0 700 40 40 cm /I Do Q"), resources=b"/XObject<</I 6 0 R>>", more=[image]
    )


def huge_image(side: int) -> bytes:
    """White, *side* pixels each way."""
    packer = zlib.compressobj(9)
    row = b"\xff" * (side // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    entries = b"/Width %d/Height %d/BitsPerComponent 1/Filter/FlateDecode" % (side, side)
    return drawn_image(entries, data)


def huge_jbig2(side: int) -> bytes:
    """The same in 30 bytes: a page of that format is blank unless something is drawn on it."""
    information = side.to_bytes(4, "big") * 2 + bytes(8) + b"\0" + b"\0\0"
    data = bytes(4) + b"\x30\0\x01" + len(information).to_bytes(4, "big") + information
    entries = b"/Width %d/Height %d/BitsPerComponent 1/Filter/JBIG2Decode" % (side, side)
    return drawn_image(entries, data)


def active() -> bytes:
    """It wants to run a script and a program when it is opened, and brings one along."""
    return page_with(
        stream(WORDS),
        catalog=b"/OpenAction 6 0 R/AA<</WC 7 0 R>>"
        b"/Names<</EmbeddedFiles<</Names[(a.exe)8 0 R]>>>>",
        more=[
            b"<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1:9/'\\))>>",
            b"<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>",
            b"<</Type/Filespec/F(../../a.exe)/EF<</F 9 0 R>>>>",
            stream(b"MZ\x90\0", b"/Type/EmbeddedFile"),
        ],
    )


def with_xml(xml: bytes) -> bytes:
    """A page with words, and *xml* embedded as its e-invoice."""
    return page_with(
        stream(WORDS),
        catalog=b"/Names<</EmbeddedFiles<</Names[(factur-x.xml)6 0 R]>>>>",
        more=[
            b"<</Type/Filespec/F(factur-x.xml)/UF(factur-x.xml)/EF<</F 7 0 R>>>>",
            stream(xml, b"/Type/EmbeddedFile"),
        ],
    )


# -- XML ----------------------------------------------------------------------------------

UBL = (
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cbc='
    '"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">{}</Invoice>'
)


def xml(inside: str, head: str = "") -> bytes:
    """An e-invoice that has *inside* for its number."""
    return (head + UBL.format(f"<cbc:ID>{inside}</cbc:ID>")).encode()


def laughs() -> bytes:
    """Entities of entities of entities."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return xml("&l9;", f'<!DOCTYPE Invoice [<!ENTITY l0 "ha">{entities}]>')


# -- pictures -----------------------------------------------------------------------------


def picture(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """A white picture."""
    file = io.BytesIO()
    Image.new("L", size, 255).save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    crc = zlib.crc32(name + data)
    return len(data).to_bytes(4, "big") + name + data + crc.to_bytes(4, "big")


def png_bomb(side: int) -> bytes:
    """White, *side* pixels each way, some hundred kilobytes."""
    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * ((side + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = side.to_bytes(4, "big") * 2 + b"\x01\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_with_a_bomb_beside_it() -> bytes:
    """A small picture with a text of 512 MB beside it."""
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(b" " * MB) for _ in range(512)) + packer.flush()
    good = picture("PNG")
    return good[:33] + chunk(b"zTXt", b"a\0\0" + text) + good[33:]


def looping_tiff() -> bytes:
    """Its one page names itself as the next one."""
    return b"II*\0" + (8).to_bytes(4, "little") + b"\0\0" + (8).to_bytes(4, "little")


# -- archives and mails --------------------------------------------------------------------


def zipped(*files: tuple[str, bytes]) -> bytes:
    """An archive of these, under just these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def locked_zip() -> bytes:
    """An archive that says of its one file that it has a password."""
    data = bytearray(zipped(("a.pdf", written())))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def deep_mail(levels: int) -> bytes:
    """Parts in parts in parts."""
    heads = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(levels)
    )
    return b"From: a@example.org\nMIME-Version: 1.0\n" + heads


# -- what is no regular file --------------------------------------------------------------


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(101 * MB)


def noise() -> bytes:
    """The same random bytes in every run: what begins by chance as XML has a test of its own."""
    return hashlib.shake_256(b"noise").digest(65_536)


def _nothing(path: Path) -> None:
    """It is there once the file that holds it has been opened."""


def _link(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


LIMITS = ("memory_limit", "time_limit", "crashed")
NO_TEXT = ("no_text",)

FILES = (
    Hostile("empty.pdf", lambda path: path.touch(), ("empty",), "no bytes"),
    Hostile("blank.pdf", _of(lambda: b" \n" * 9999), ("empty",), "blanks"),
    Hostile("header.pdf", _of(lambda: b"%PDF-1.7\n"), ("corrupt",), "a header and no more"),
    Hostile("noise.pdf", _of(noise), ("unsupported",), "random bytes"),
    Hostile(
        "half.pdf", _of(lambda: written()[: len(written()) // 3]), ("corrupt",), "a part of a PDF"
    ),
    Hostile("late.pdf", _of(lambda: b"Received: x\r\n" * 150 + written()), (READ,), "junk before"),
    Hostile(
        "no-xref.pdf",
        _of(lambda: written().replace(b"startxref", b"startxxxx")),
        (READ,),
        "no table of its parts",
    ),
    Hostile("locked.pdf", _of(lambda: written(owner="o", user="u")), ("encrypted",), "password"),
    Hostile("owned.pdf", _of(lambda: written(owner="o")), (READ,), "only its owner has one"),
    Hostile("10000-pages.pdf", _of(lambda: many_pages(10_000)), (READ,), "10,000 pages"),
    Hostile("bomb.pdf", _of(lambda: deflated(2048)), LIMITS, "2 GB of blanks in 2 MB"),
    Hostile("bomb2.pdf", _of(lambda: deflated(2048, twice=True)), LIMITS, "the same in 9 KB"),
    Hostile(
        "operators.pdf",
        _of(
            lambda: page_with(
                stream(zlib.compress(b"BT (a) Tj ET " * 4_000_000), b"/Filter/FlateDecode")
            )
        ),
        (*LIMITS, *NO_TEXT, READ),
        "4 million texts",
    ),
    Hostile("forms.pdf", _of(lambda: fan_out(11, 10)), (*LIMITS, *NO_TEXT, READ), "10^11 drawings"),
    Hostile("itself.pdf", _of(self_drawing), (*LIMITS, *NO_TEXT), "a drawing of itself"),
    Hostile("loop.pdf", _of(page_loop), ("corrupt",), "a page that is its own parent"),
    Hostile(
        "deep.pdf", _of(lambda: deep_tree(50_000)), ("corrupt", *LIMITS), "a deep tree of pages"
    ),
    Hostile(
        "arrays.pdf",
        _of(lambda: page_with(stream(b"[" * 1_000_000 + WORDS))),
        (READ, *NO_TEXT, *LIMITS),
        "a million brackets",
    ),
    Hostile("image.pdf", _of(lambda: huge_image(60_000)), (*NO_TEXT, *LIMITS), "3.6 gigapixels"),
    Hostile(
        "jbig2.pdf", _of(lambda: huge_jbig2(60_000)), (*NO_TEXT, *LIMITS), "the same in 30 bytes"
    ),
    Hostile(
        "vast.pdf",
        _of(lambda: page_with(stream(WORDS), box=b"[0 0 2000000 2000000]")),
        (READ,),
        "a page of 700 m",
    ),
    Hostile(
        "flat.pdf",
        _of(lambda: page_with(stream(WORDS), box=b"[0 0 0 0]")),
        (READ, *NO_TEXT),
        "a page of no size",
    ),
    Hostile("active.pdf", _of(active), (READ,), "scripts, a program"),
    Hostile(
        "xxe.pdf",
        _of(
            lambda: with_xml(
                xml("&x;", '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>')
            )
        ),
        (READ,),
        "embedded XML that reads files",
    ),
    Hostile(
        "xxe.xml",
        _of(lambda: xml("&x;", '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
        ("xml_forbidden",),
        "XML that reads files",
    ),
    Hostile(
        "dtd.xml",
        _of(lambda: xml("1", '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x.dtd">')),
        ("xml_forbidden",),
        "XML that loads its grammar",
    ),
    Hostile("laughs.xml", _of(laughs), ("xml_forbidden",), "a thousand million laughs"),
    Hostile(
        "nested.xml",
        _of(lambda: xml("<a>" * 100_000 + "</a>" * 100_000)),
        ("too_large",),
        "100,000 levels",
    ),
    Hostile("long.xml", _of(lambda: xml("a" * 30 * MB)), ("too_large",), "a number of 30 MB"),
    Hostile("cut.xml", _of(lambda: xml("1")[:-9]), ("corrupt_xml",), "its end is missing"),
    Hostile("feed.xml", _of(lambda: b"<rss><channel/></rss>"), ("unsupported",), "other XML"),
    Hostile(
        "page.pdf", _of(lambda: b"<!DOCTYPE html><html></html>"), ("unsupported",), "a web page"
    ),
    Hostile("invoice.png", _of(written), (READ,), "a PDF with another ending"),
    Hostile("gigapixel.png", _of(lambda: png_bomb(50_000)), ("image_too_large",), "2.5 gigapixels"),
    Hostile(
        "text.png", _of(png_with_a_bomb_beside_it), (*NO_TEXT, "corrupt", *LIMITS), "512 MB of text"
    ),
    Hostile("white.png", _of(lambda: picture("PNG")), NO_TEXT, "nothing on it"),
    Hostile("cut.jpg", _of(lambda: picture("JPEG", (900, 900))[:200]), ("corrupt",), "cut off"),
    Hostile("loop.tif", _of(looping_tiff), ("corrupt",), "a page that follows itself"),
    Hostile("cut.webp", _of(lambda: picture("WEBP", (400, 400))[:30]), ("corrupt",), "cut off"),
    Hostile(
        "bomb.zip", _of(lambda: zipped(("b.pdf", bytes(300 * MB)))), (SPLIT,), "300 MB in 300 KB"
    ),
    Hostile("bomb.zip#b.pdf", _nothing, ("too_large",), "what is in it"),
    Hostile(
        "deep.zip",
        _of(lambda: zipped(("1.zip", zipped(("2.zip", zipped(("3.zip", zipped()))))))),
        (SPLIT,),
        "archives in archives",
    ),
    Hostile("deep.zip#1.zip", _nothing, (SPLIT,), "the second"),
    Hostile("deep.zip#1.zip#2.zip", _nothing, ("too_deep",), "the third"),
    Hostile(
        "tricks.zip",
        _of(lambda: zipped(("../../etc/passwd.pdf", b"x"), ("/a#pages=1-1.pdf", b"y"))),
        (SPLIT,),
        "names that lead elsewhere",
    ),
    Hostile("tricks.zip#etc/passwd.pdf", _nothing, ("unsupported",), "one of them"),
    Hostile("locked.zip", _of(locked_zip), (SPLIT,), "a file with a password"),
    Hostile("locked.zip#a.pdf", _nothing, ("encrypted",), "that file"),
    Hostile("notes.zip", _of(lambda: zipped(("a.txt", b"Hello"))), ("no_members",), "no invoice"),
    Hostile(
        "many.zip",
        _of(lambda: zipped(*((f"{n}.pdf", b"%%PDF-%d" % n) for n in range(2000)))),
        ("too_many_members",),
        "2,000 files",
    ),
    Hostile("deep.eml", _of(lambda: deep_mail(10_000)), ("no_members", "corrupt"), "10,000 parts"),
    Hostile("huge.pdf", _sparse, ("too_large",), "101 MB"),
    Hostile("pipe.pdf", lambda path: os.mkfifo(path), (), "a pipe that nobody fills"),
    Hostile("folder.pdf", lambda path: path.mkdir(), (), "a folder"),
    Hostile("outside.pdf", _link("/etc/passwd"), (), "a link out of the folder"),
    Hostile("round", _link("."), (), "a link to its own folder"),
    Hostile("nowhere.pdf", _link("missing.pdf"), (), "a link to nothing"),
)


def lay_all(folder: Path) -> None:
    """Put all of them into *folder*."""
    for file in FILES:
        path = folder / file.name
        file.lay(path)


def main(folder: Path) -> int:
    """Lay, run, and tell; return how many rows are not as expected."""
    lay_all(folder)
    command = (sys.executable, "-m", "tallysheet", "run", folder, "--json")
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    settled = {event["document"]: event for event in events if event["event"] == "settled"}
    wrong = 0
    for file in FILES:
        event = settled.get(file.name)
        happened = outcome_of(event)
        fine = happened in file.expected or (happened == "" and not file.expected)
        wrong += not fine
        took_s = sum(event["stages_s"].values()) if event else 0.0
        expected = " or ".join(file.expected) or "no document"
        sys.stdout.write(
            f"{'   ' if fine else 'NOT'} {file.name:<16} {file.why:<32} {took_s:6.1f} s  "
            f"{happened or 'no document':<16} (expected {expected})\n"
        )
    return wrong


def outcome_of(event: dict[str, str] | None) -> str:
    """`READ`, `SPLIT`, the reason it failed for, or nothing where it was no document."""
    if event is None:
        return ""
    if event["status"] == SPLIT:
        return SPLIT
    return event["reason"] if event["status"] == "failed" else READ


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])) > 0)
    with tempfile.TemporaryDirectory() as place:
        sys.exit(main(Path(place) / "hostile") > 0)
