"""Jobs in OpenAI's dialect: a file of requests, a batch of it, a file of answers.

See https://platform.openai.com/docs/guides/batch. Azure has the same endpoints with three
differences (https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/batch): a file is
not ready as soon as it is there, states can be written in capitals, and jobs are for
deployments of a type of their own, which answer nothing else.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Reply
from tallysheet.models._jobs import (
    LISTED,
    LOOKED_THROUGH,
    LaterCall,
    Looked,
    Row,
    Steps,
    Undone,
    good,
    in_path,
    named,
)

ASKED_AT = "/chat/completions"
OURS = "tallysheet"
"""Under which of a job's metadata our token stands."""
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
AWAITED = frozenset({"pending", "running", "notrunning", "uploading"})
"""What a file is of which no batch can be made yet; OpenAI's own are ready at once."""
PAUSE_S = 5.0
MOST_PAUSES = 360
"""How often a file is looked at before it is given up: for half an hour."""
FILES = ("output_file_id", "error_file_id", "input_file_id")


class OpenAIJobs:
    """How whoever has OpenAI's batch endpoints is given jobs.

    Args:
        asked: A request for a single question: it says where, and by whose key.
        model: What the model is called in jobs, if that is not what it is called otherwise.
    """

    most_rows = 50_000
    least_rows = 1
    knows_tokens = True

    def __init__(self, asked: Call, *, model: str | None = None) -> None:
        self._model = model
        self._parts = urlsplit(asked.url)
        self.host = self._parts.hostname or ""
        # Azure's dated addresses name the deployment, which is none of a job's.
        self._path, deployed, _ = self._parts.path.removesuffix(ASKED_AT).partition("/deployments/")
        self._asked_at = ASKED_AT if deployed else f"/v1{ASKED_AT}"
        self._headers = dict(asked.headers)

    def submit(self, rows: Sequence[Row], token: str) -> Steps[str]:
        """Upload the file and make a batch of it; see `JobDialect`."""
        # A boundary that no invoice holds.
        boundary = f"tallysheet-{token}"
        lines = [self._line(row) for row in rows]
        head = (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="purpose"\r\n\r\n'
            f"batch\r\n--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{boundary}.jsonl"\r\n'
            "Content-Type: application/jsonl\r\n\r\n"
        )
        form = b"".join([head.encode(), *lines, f"\r\n--{boundary}--\r\n".encode()])
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        uploaded = yield Call(self._url("/files"), form, self._headers | kind)
        file = named(uploaded)
        yield from self._ready(file, uploaded)
        body = {
            "input_file_id": file,
            "endpoint": self._asked_at,
            "completion_window": "24h",
            "metadata": {OURS: token},
        }
        return named((yield self._call("POST", "/batches", body)))

    def _ready(self, file: str, told: Reply) -> Steps[None]:
        """Wait until a batch can be made of *file*, which stands as *told*."""
        for _ in range(MOST_PAUSES):
            status = wire.text_of(good(told).get("status")).lower()
            if status == "error":
                yield self._call("DELETE", f"/files/{in_path(file)}")
                raise Undone(Reply(400, {}, {"error": {"code": "file_not_processed"}}))
            if status not in AWAITED:
                return
            url = self._url(f"/files/{in_path(file)}")
            told = yield LaterCall(url, b"", self._headers, "GET", after_s=PAUSE_S)
        raise Undone(Reply(0, {}, {}, "FileNotProcessed"))

    def _line(self, row: Row) -> bytes:
        about = json.dumps({"custom_id": row.key, "method": "POST", "url": self._asked_at})
        # A line end in JSON can only stand between two of its parts.
        body = row.body.replace(b"\n", b" ").replace(b"\r", b" ")
        if self._model:
            body = json.dumps(json.loads(body) | {"model": self._model}).encode()
        return about[:-1].encode() + b', "body": ' + body + b"}\n"

    def find(self, token: str, number: int, since: str) -> Steps[tuple[str, ...]]:
        """The batches whose metadata hold *token*; see `JobDialect`."""
        del number, since
        after: dict[str, str] = {}
        for _ in range(LOOKED_THROUGH):
            query = urlencode({"limit": LISTED, **after})
            page = good((yield self._call("GET", "/batches", query=query)))
            jobs = wire.blocks(page.get("data"))
            found = [job for job in jobs if wire.mapping(job.get("metadata")).get(OURS) == token]
            if found:
                return tuple(wire.text_of(job.get("id")) for job in found)
            if not jobs or not page.get("has_more"):
                break
            after = {"after": wire.text_of(jobs[-1].get("id"))}
        return ()

    def look(self, job: str) -> Steps[Looked]:
        """What has become of the batch; see `JobDialect`."""
        told = good((yield self._call("GET", f"/batches/{in_path(job)}")))
        status = wire.text_of(told.get("status")).lower()
        errors = wire.blocks(wire.mapping(told.get("errors")).get("data"))
        return Looked(
            is_over=status in OVER,
            parts=tuple(filter(None, (wire.text_of(told.get(name)) for name in FILES[:2]))),
            troubles=wire.plain_codes(*(error.get("code") for error in errors)),
            has_failed=status == "failed",
        )

    def fetch(self, part: str) -> Call:
        """The content of a file; see `JobDialect`."""
        return self._call("GET", f"/files/{in_path(part)}/content")

    def read(self, row: Mapping[str, Any]) -> tuple[str, Reply | None]:
        """One line of such a file; see `JobDialect`."""
        key, response = wire.text_of(row.get("custom_id")), wire.mapping(row.get("response"))
        status = wire.count(response.get("status_code"))
        return key, Reply(status, {}, wire.mapping(response.get("body"))) if status else None

    def cancel(self, job: str) -> Steps[None]:
        """Have the batch cancelled; see `JobDialect`."""
        yield self._call("POST", f"/batches/{in_path(job)}/cancel")

    def remove(self, job: str) -> Steps[None]:
        """Remove the files, the invoices in them with it; a batch itself stays listed."""
        told = good((yield self._call("GET", f"/batches/{in_path(job)}")))
        for name in FILES:
            if file := wire.text_of(told.get(name)):
                yield self._call("DELETE", f"/files/{in_path(file)}")

    def discard(self, token: str) -> Steps[None]:
        """Remove the file that was uploaded under *token*; see `JobDialect`."""
        query = urlencode({"purpose": "batch"})
        page = good((yield self._call("GET", "/files", query=query)))
        for file in wire.blocks(page.get("data")):
            if file.get("filename") == f"{OURS}-{token}.jsonl":
                yield self._call("DELETE", f"/files/{in_path(wire.text_of(file.get('id')))}")

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: str = ""
    ) -> Call:
        data = b"" if body is None else json.dumps(body).encode()
        return Call(self._url(path, query), data, self._headers, method)

    def _url(self, path: str, query: str = "") -> str:
        both = "&".join(filter(None, (self._parts.query, query)))
        return urlunsplit((self._parts.scheme, self._parts.netloc, self._path + path, both, ""))
