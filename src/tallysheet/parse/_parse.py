"""A document is sent to a child process and read there, and what comes back is taken in."""

from dataclasses import replace

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed
from tallysheet.parse._portions import decode
from tallysheet.parse._read import read
from tallysheet.parse._rounds import to_the_end
from tallysheet.parse._wanted import Wanted
from tallysheet.ports import Offload

MOST_BYTES = 100 * 1024 * 1024
"""A larger file is no invoice."""
WHOLE = Wanted()


async def parse(
    data: bytes,
    *,
    offload: Offload,
    wanted: Wanted = WHOLE,
    passwords: tuple[str, ...] = (),
) -> Parsed:
    """Read what can be read off a document, whatever kind it is.

    Of a file that holds others (a mail, an archive) there are only their names: `Parsed.parts`.

    Args:
        data: The file.
        offload: Where it is read.
        wanted: Which part of it, and how.
        passwords: Those that may open an encrypted PDF; sent only with one that needs any.

    Raises:
        DocumentError: It cannot be read: ``empty``, ``too_large``, ``unsupported``,
            ``no_text``, ``encrypted``, ``corrupt``, ``corrupt_xml``,
            ``image_too_large``, ``no_members``, ``too_many_members``, ``too_deep``, ``gone``
            where a part is no longer what it was, or one of the reasons that *offload* has.
        WorkerLost: As *offload* says.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(
            "too_large",
            f"It has {len(data):,} bytes, and at most {MOST_BYTES:,} are read.",
            "Split it, or take it out of the source.",
        )
    try:
        worked = await offload.run(read, wanted.in_front_of(data))
    except DocumentError as error:
        if error.reason != "encrypted" or not passwords:
            raise
        wanted = replace(wanted, passwords=passwords)
        worked = await offload.run(read, wanted.in_front_of(data))

    async def read_only(pages: tuple[int, ...]) -> Parsed:
        rest = replace(wanted, only=pages, shown=False)
        return await decode((await offload.run(read, rest.in_front_of(data))).data)

    return await to_the_end(await decode(worked.data), read_only)
