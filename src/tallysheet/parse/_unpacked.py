"""Members of a container, many a trip: what a child takes out of it, and how that is taken in.

A file goes to a child whole. Once for each of its members, an archive of a thousand would go
there a thousand times.
"""

import json
from collections.abc import Mapping

from tallysheet.errors import DocumentError
from tallysheet.parse._wanted import Wanted
from tallysheet.ports import Offload

TOGETHER_BYTES = 16 * 1024 * 1024
"""Of members that are taken out in one trip; one may have more, and then comes alone."""

Content = bytes | tuple[str, str, str]
"""The bytes of a member, or why they cannot be had: reason, message and fix."""


def unpack(request: bytes) -> bytes:
    """Take out a member, and those that follow it in its container: a line of JSON, their bytes.

    Args:
        request: `Wanted`, in front of the bytes of the file.

    Raises:
        DocumentError: The container cannot be opened, or has no such member.
    """
    from tallysheet.parse.members import member, members_from

    wanted, data = Wanted.taken_off(request)
    *above, name = wanted.members
    for outer in above:
        data = member(data, outer)
    heads: list[tuple[str, int | list[str]]] = []
    contents: list[bytes] = []
    left = TOGETHER_BYTES
    for found, content in members_from(data, name):
        if isinstance(content, DocumentError):
            heads.append((found, [content.reason, content.message, content.fix]))
            continue
        left -= len(content)
        if left < 0 and heads:
            break
        heads.append((found, len(content)))
        contents.append(content)
    return b"".join((json.dumps(heads).encode(), b"\n", *contents))


async def unpacked(data: bytes, wanted: Wanted, *, offload: Offload) -> Mapping[str, Content]:
    """The member that is *wanted* of the file *data*, and as many of those after it as fit.

    Raises:
        DocumentError: As `unpack` does, or one of the reasons that *offload* has.
        WorkerLost: As *offload* says.
    """
    answer = (await offload.run(unpack, wanted.in_front_of(data))).data
    begins = answer.index(b"\n") + 1
    found: dict[str, Content] = {}
    for name, head in json.loads(answer[:begins]):
        if isinstance(head, int):
            found[name] = answer[begins : begins + head]
            begins += head
        else:
            reason, message, fix = head
            found[name] = reason, message, fix
    return found
