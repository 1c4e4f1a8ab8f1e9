"""Jobs at Anthropic: the Message Batches API.

See https://docs.claude.com/en/docs/build-with-claude/batch-processing. A job cannot be
given a name of ours, so one whose reply was lost is known by its time, the number of its
questions and, once it is over, by their keys.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Reply
from tallysheet.models._jobs import LISTED, LOOKED_THROUGH, Looked, Row, Steps, good, in_path, named

AROUND = timedelta(minutes=30)
"""How far our clock, the provider's and the time an upload takes may be apart."""
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}
"""What a row's error would have been told with; else it is a 500."""


class AnthropicJobs:
    """How Anthropic is given jobs.

    Args:
        asked: A request for a single question: it says where, and by whose key.
    """

    most_rows = 100_000
    least_rows = 1
    knows_tokens = False

    def __init__(self, asked: Call) -> None:
        self._parts = urlsplit(asked.url)
        self.host = self._parts.hostname or ""
        self._headers = dict(asked.headers)

    def submit(self, rows: Sequence[Row], token: str) -> Steps[str]:
        """Post all requests at once; see `JobDialect`."""
        del token
        lines = [
            json.dumps({"custom_id": row.key})[:-1].encode() + b', "params": ' + row.body + b"}"
            for row in rows
        ]
        body = b'{"requests": [' + b",".join(lines) + b"]}"
        return named((yield Call(self._url(), body, self._headers)))

    def find(self, token: str, number: int, since: str) -> Steps[tuple[str, ...]]:
        """Those of about that time with so many questions; see `JobDialect`."""
        del token
        about = datetime.fromisoformat(since)
        after: dict[str, str] = {}
        found: list[str] = []
        for _ in range(LOOKED_THROUGH):
            query = urlencode({"limit": LISTED, **after})
            page = good((yield self._call("GET", query=query)))
            jobs = wire.blocks(page.get("data"))
            found += [
                wire.text_of(job.get("id")) for job in jobs if _may_be(job, number, about=about)
            ]
            last_id = wire.text_of(page.get("last_id"))
            is_older = bool(jobs) and _made(jobs[-1], about) < about - AROUND
            if not page.get("has_more") or not last_id or is_older:
                break
            after = {"after_id": last_id}
        return tuple(found)

    def look(self, job: str) -> Steps[Looked]:
        """Whether processing has ended; see `JobDialect`."""
        told = good((yield self._call("GET", f"/{in_path(job)}")))
        is_over = told.get("processing_status") == "ended"
        return Looked(is_over, (job,) if is_over else ())

    def fetch(self, part: str) -> Call:
        """The results, at our own address: the key goes to no other; see `JobDialect`."""
        return self._call("GET", f"/{in_path(part)}/results")

    def read(self, row: Mapping[str, Any]) -> tuple[str, Reply | None]:
        """One result; see `JobDialect`."""
        key, result = wire.text_of(row.get("custom_id")), wire.mapping(row.get("result"))
        if result.get("type") == "succeeded":
            return key, Reply(200, {}, wire.mapping(result.get("message")))
        if result.get("type") != "errored":
            return key, None
        error = wire.mapping(result.get("error"))
        kind = wire.text_of(wire.mapping(error.get("error")).get("type"))
        return key, Reply(STATUSES.get(kind, 500), {}, error)

    def cancel(self, job: str) -> Steps[None]:
        """Have processing stopped; see `JobDialect`."""
        yield self._call("POST", f"/{in_path(job)}/cancel")

    def remove(self, job: str) -> Steps[None]:
        """Remove it with all that was sent and answered; see `JobDialect`."""
        yield self._call("DELETE", f"/{in_path(job)}")

    def discard(self, token: str) -> Steps[None]:
        """Nothing is sent but the job itself; see `JobDialect`."""
        del token
        yield from ()

    def _call(self, method: str, path: str = "", *, query: str = "") -> Call:
        return Call(self._url(path, query), b"", self._headers, method)

    def _url(self, path: str = "", query: str = "") -> str:
        both = "&".join(filter(None, (self._parts.query, query)))
        whole = f"{self._parts.path}/batches{path}"
        return urlunsplit((self._parts.scheme, self._parts.netloc, whole, both, ""))


def _may_be(job: Mapping[str, Any], number: int, *, about: datetime) -> bool:
    counts = wire.mapping(job.get("request_counts"))
    return sum(map(wire.count, counts.values())) == number and (
        abs(_made(job, about) - about) < AROUND
    )


def _made(job: Mapping[str, Any], about: datetime) -> datetime:
    """When it was made; long before *about* where that cannot be read."""
    try:
        made = datetime.fromisoformat(wire.text_of(job.get("created_at")))
        return made if made.tzinfo else made.replace(tzinfo=about.tzinfo)
    except ValueError:
        return about - 2 * AROUND
