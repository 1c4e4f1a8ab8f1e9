"""XML parsed without trusting it, and the little of a tree that reading needs.

1. Only the document element is parsed. The prolog before it is skipped by hand:
   with it go the declaration, whose encoding no longer holds for decoded text,
   and any document type, the door of every entity attack, which is refused.
2. The parser resolves nothing, loads nothing, and keeps libxml2's own bounds
   (depth 256, ten million characters a text).
3. Attachments, which nobody here reads, are cut out first where they are large: they
   may be longer than the parser takes.
4. lxml is imported here and nowhere else.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tallysheet.errors import DocumentError

MOST_BYTES = 20_000_000
"""An e-invoice beyond this is an attack, or an archive with an invoice in it."""

LARGE = 1_000_000
"""From so many characters on a document is looked through for attachments."""
ATTACHED = re.compile(
    r"(<(?:[\w.-]{1,40}:)?(?:EmbeddedDocumentBinaryObject|AttachmentBinaryObject|Attachment)"
    r"(?:\s[^<>]{0,2000})?>)[A-Za-z0-9+/=\s]{1000,}(?=</)"
)
"""What UBL, the Cross Industry Invoice and FatturaPA have attached, in base64."""

SPACE = " \t\r\n\ufeff"
"""White space of XML, and the byte order mark that decoding may have left in front."""

BOUNDS = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG})
"""What libxml2 reports where a document is well formed so far, but passes its bounds."""

NAMED = frozenset({etree.ErrorTypes.WAR_NS_URI, etree.ErrorTypes.WAR_NS_URI_RELATIVE})
"""What it reports of namespaces that are no addresses, as programs in Italy wrote for years."""

INTACT = "Ask the sender for an intact file."


class Node:
    """One element: its name, its text, its attributes and its children by name."""

    __slots__ = ("_element",)

    def __init__(self, element: Any) -> None:
        self._element = element

    @property
    def name(self) -> str:
        """The name without its namespace."""
        return str(etree.QName(self._element).localname)

    @property
    def namespace(self) -> str:
        """The namespace, empty where there is none; blanks that belong to none are left out."""
        return "".join(str(etree.QName(self._element).namespace or "").split())

    @property
    def text(self) -> str:
        """The text before the first child, as it stands."""
        return self._element.text or ""

    def attribute(self, name: str) -> str:
        """The value of attribute *name*, empty where there is none."""
        return self._element.get(name) or ""

    def children(self, name: str) -> Iterator["Node"]:
        """The child elements called *name* in any namespace, in their order."""
        return map(Node, self._element.iterchildren("{*}" + name))


def parse(xml: str) -> Node:
    """Parse decoded text and return the document element.

    Raises:
        DocumentError: ``xml_forbidden``, ``corrupt_xml`` or ``too_large``.
    """
    if len(xml) > MOST_BYTES:
        raise _too_large()
    try:
        element = _document_element(xml)
        lean = ATTACHED.sub(r"\1", element) if len(element) > LARGE else element
        data = lean.encode("utf-8")
    except UnicodeEncodeError:
        raise DocumentError(
            "corrupt_xml", "The e-invoice holds half a character.", INTACT
        ) from None
    if len(data) > MOST_BYTES:
        raise _too_large()
    try:
        return Node(etree.fromstring(data, _parser()))
    except etree.XMLSyntaxError as error:
        if error.code in NAMED and (node := _leniently(data)):
            return node
        if error.code in BOUNDS:
            raise _too_large() from None
        line, column = error.position
        raise DocumentError(
            "corrupt_xml",
            f"The e-invoice is not well-formed XML (below its prolog: line {line}, "
            f"column {column}).",
            INTACT,
        ) from None


def _leniently(data: bytes) -> Node | None:
    """The root of XML in which nothing is wrong but the names of namespaces."""
    parser = _parser(recover=True)
    element = etree.fromstring(data, parser)
    wrong = {entry.type for entry in parser.error_log}
    return Node(element) if element is not None and wrong <= NAMED else None


def _parser(*, recover: bool = False) -> Any:
    return etree.XMLParser(
        recover=recover,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _document_element(xml: str) -> str:
    """Cut off the prolog: declaration, comments, instructions.

    Raises:
        DocumentError: ``xml_forbidden`` for a document type, ``corrupt_xml`` for
            anything else that may not stand there.
    """
    at = 0
    while True:
        while xml[at : at + 1] in SPACE and at < len(xml):
            at += 1
        if xml.startswith("<?", at):
            at = _past("?>", xml, at + 2)
        elif xml.startswith("<!--", at):
            at = _past("-->", xml, at + 4)
        else:
            break
    if xml.startswith("<!", at):
        raise DocumentError(
            "xml_forbidden",
            "The XML declares a document type, which an e-invoice never needs and attacks do.",
            "Do not trust its sender; ask for the invoice in another way.",
        )
    if not xml.startswith("<", at):
        raise DocumentError("corrupt_xml", "The e-invoice is not XML.", INTACT)
    return xml[at:]


def _past(mark: str, xml: str, start: int) -> int:
    end = xml.find(mark, start)
    if end < 0:
        raise DocumentError("corrupt_xml", "The prolog of the XML never ends.", INTACT)
    return end + len(mark)


def _too_large() -> DocumentError:
    return DocumentError(
        "too_large",
        f"The e-invoice passes a bound: {MOST_BYTES // 1_000_000} MB in all, "
        "10 MB in one text, 256 elements inside each other.",
        "Ask the sender to leave out or shrink what is embedded in it.",
    )
