"""What is attached to a mail (EML).

Mail is what its writer and a dozen programs on the way made of it, so it is read with
the most forgiving of the standard library's policies, and within bounds of our own:

1. Headers are cut before anybody parses them; some parsers of theirs take quadratic time.
2. A mail in a mail is not looked into: it is a member, byte for byte as it came.
3. The text of the mail is no member. Whether it is the invoice is not guessed.
"""

from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import Compat32
from functools import partial
from io import BytesIO

from tallysheet.errors import DocumentError
from tallysheet.parse.members._entry import MOST_ENTRIES, Entry, too_many

MOST_HEADER = 8192
"""Characters of one header. Those that matter here are a line or two."""
MOST_HEADERS = 65_536
"""Bytes of a mail in a mail in which its subject is looked for."""
BOUNDARY = b"\n--"
MARK = b"\xef\xbb\xbf"
BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/calendar"})
"""What a mail says itself, where it has no name of its own and is not called an attachment."""
MAILS = frozenset({"message/rfc822", "message/global"})
SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)


class _Policy(Compat32):
    """Headers as they stand, cut, and in readable letters where they are not what they should."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MOST_HEADER]

    def header_fetch_parse(self, name: str, value: str) -> str:
        return _letters(value.encode("ascii", "surrogateescape"))


class _Piece(Message):
    """A part of a mail. What it calls a message is left closed."""

    def get_content_type(self) -> str:
        """As the parser shall see it."""
        said = self.said_type()
        return "application/octet-stream" if said.startswith("message/") else said

    def said_type(self) -> str:
        """As the mail has it."""
        return super().get_content_type()

    def said_name(self) -> str:
        """Its file name as the mail has it; empty where it has none that can be read."""
        try:
            return self.get_filename() or ""
        except ValueError:  # a zero in the name of its alphabet
            return ""


POLICY = _Policy(message_factory=_Piece)


def mail_entries(data: bytes) -> list[Entry]:
    """The attachments of a mail, and what else it carries beside its text, in order.

    Raises:
        DocumentError: ``encrypted``, ``corrupt`` or ``too_many_members``.
    """
    count = data.count(BOUNDARY)
    if count > MOST_ENTRIES:
        raise too_many(count, MOST_ENTRIES)
    source = BytesIO(data)
    source.seek(len(data) - len(data.removeprefix(MARK).lstrip()))
    try:
        mail = BytesParser(_Piece, policy=POLICY).parse(source)
    except (RecursionError, ValueError, LookupError):
        raise _damaged("its parts are nested far too deeply, or are no parts at all") from None
    pieces = _leaves(mail)
    if not pieces:
        raise _damaged("it says that it has parts, and there are none")
    return [_entry(piece) for piece in pieces if not _is_body(piece)]


def _leaves(mail: Message) -> list[_Piece]:
    """The pieces that are not made of pieces, in order."""
    found: list[_Piece] = []
    waiting: list[object] = [mail]
    while waiting:
        piece = waiting.pop()
        if not isinstance(piece, _Piece):
            continue
        if piece.said_type() == "multipart/encrypted":
            raise DocumentError(
                "encrypted",
                "The message is encrypted.",
                "Open it with your mail program, save what is attached, and add that.",
            )
        payload = piece.get_payload()
        if isinstance(payload, list):
            waiting += reversed(payload)
        elif piece.get_content_maintype() != "multipart":
            found.append(piece)
    return found


def _is_body(piece: _Piece) -> bool:
    said = piece.said_type()
    if said.startswith("message/") and said not in MAILS:
        return True  # reports of mail servers
    return (
        said in BODIES and piece.get_content_disposition() != "attachment" and not piece.said_name()
    )


def _entry(piece: _Piece) -> Entry:
    payload = piece.get_payload()
    return Entry(
        _name(piece),
        len(payload) if isinstance(payload, str) else 0,
        partial(_content, piece),
        aside="It is a signature." if piece.said_type() in SIGNATURES else "",
    )


def _content(piece: _Piece) -> bytes:
    content = piece.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name(piece: _Piece) -> str:
    """As the mail has it, or the subject of a mail in the mail; empty where there is none."""
    name = piece.said_name()
    if name:
        return _decoded(name)
    if piece.said_type() not in MAILS:
        return ""
    head = BytesHeaderParser(_Piece, policy=POLICY).parse(BytesIO(_content(piece)[:MOST_HEADERS]))
    subject = _decoded(head.get("subject", "")).replace("/", "_")
    return f"{subject}.eml" if subject else ""


def _decoded(text: str) -> str:
    """*text* with its encoded words (RFC 2047) read, as far as they can be."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _letters(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _damaged(how: str) -> DocumentError:
    return DocumentError(
        "corrupt", f"The message is damaged: {how}.", "Ask its sender for an intact file."
    )
