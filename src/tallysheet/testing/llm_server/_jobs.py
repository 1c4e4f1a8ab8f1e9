"""The batch modes of OpenAI and Anthropic: files and jobs, kept in memory, that end as told.

Pure, and without a clock of its own: a job moves on when somebody looks at it.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tallysheet.testing.llm_server._dialects import ANTHROPIC, MALFORMED, OPENAI
from tallysheet.testing.llm_server._said import Asked, Said

_FILE = re.compile(r"/v1/files(?:/([\w-]+)(/content)?)?")
_BATCH = re.compile(r"/v1(/messages)?/batches(?:/([\w-]+)(/cancel|/results)?)?")
_FORM = re.compile(rb".*\r\n\r\n(.*)\r\n--[^\r\n]+--\r\n\Z", re.DOTALL)
_CALLED = re.compile(rb'filename="([^"\r\n]*)"')
PAGE = 100
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Job:
    """One job."""

    name: str
    is_openai: bool
    rows: list[dict[str, Any]]
    made: datetime
    about: dict[str, Any]
    """What it was made with."""
    looks: int = 0
    """How often somebody looked how it stands."""
    is_cancelled: bool = False


@dataclass(slots=True, kw_only=True)
class Jobs:
    """What the batch mode of this server is like, and what it was given."""

    looks: int = 1
    """How often a job is looked at before it is over."""
    lasts_s: float = 0.0
    """For how many seconds it goes on at least, however often it is looked at."""
    expired: Callable[[int], bool] = lambda number: False
    """Which rows, counted from 0 in each job, come to their end without an answer."""
    missing: Callable[[int], bool] = lambda number: False
    """Which rows, counted likewise, are not among the answers at all."""
    failed: Callable[[int], str] = lambda number: ""
    """With which code the job of this number, counted from 0, fails as a whole."""
    unready: int = 0
    """How often an uploaded file is looked at before a job can be made of it, as on Azure."""
    capitals: bool = False
    """Whether OpenAI's states of jobs are told in capitals, as on Azure."""
    lost: Callable[[int], bool] = lambda number: False
    """After which job, counted from 0, its maker gets no reply."""
    jobs: dict[str, Job] = field(default_factory=dict)
    """All jobs, the oldest first."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What was uploaded or answered and not removed."""
    names: dict[str, str] = field(default_factory=dict)
    """What each uploaded file is called by its owner."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of all requests."""
    _made: int = 0
    _now: datetime = NEVER
    _seen: Counter[str] = field(default_factory=Counter)

    @property
    def questions(self) -> list[str]:
        """The keys of all questions in all jobs, in the order of their coming."""
        return [row["custom_id"] for job in self.jobs.values() for row in job.rows]

    def answer(
        self,
        method: str,
        path: str,
        raw: bytes,
        *,
        now: datetime,
        say: Callable[[dict[str, Any], Asked], Said],
    ) -> tuple[int, bytes] | None:
        """Answer one request with a status and a body; 0 for none, None if it is none of these.

        Args:
            method: ``GET``, ``POST`` or ``DELETE``.
            path: Where it was sent.
            raw: Its body.
            now: The time of day.
            say: What the model says to a request.
        """
        parts = urlsplit(path)
        file, batch = _FILE.fullmatch(parts.path), _BATCH.fullmatch(parts.path)
        if file is None and batch is None:
            return None
        self.requests.append((method, parts.path))
        self._now = now
        try:
            if file is not None:
                return self._file(method, file[1], file[2], raw)
            if batch is not None:
                openai, name, way = batch[1] is None, batch[2], batch[3]
                if name is not None:
                    return self._about(method, self.jobs[name], way, say)
                if method == "GET":
                    return self._listed(openai, parse_qs(parts.query))
                return self._make(openai, raw)
        except MALFORMED:
            return _error(400 if method == "POST" else 404)
        return _error(404)

    def _file(
        self, method: str, name: str | None, way: str | None, raw: bytes
    ) -> tuple[int, bytes]:
        if name is None and method == "GET":
            return _object({"data": [self._told_file(each) for each in self.names]})
        if name is None:
            form = _FORM.search(raw)
            if form is None:
                return _error(400)
            name = f"file-{len(self.requests)}"
            self.files[name] = form[1]
            called = _CALLED.search(raw)
            self.names[name] = called[1].decode() if called else ""
            return _object(self._told_file(name))
        if method == "DELETE":
            del self.files[name]
            self.names.pop(name, None)
            return _object({"id": name, "deleted": True})
        if way is not None:
            return 200, self.files[name]
        self._seen[name] += 1
        return _object(self._told_file(name))

    def _told_file(self, name: str) -> dict[str, Any]:
        is_ready = name in self.files and self._seen[name] >= self.unready
        status = "processed" if is_ready else "pending"
        return {"id": name, "object": "file", "status": status, "filename": self.names[name]}

    def _make(self, openai: bool, raw: bytes) -> tuple[int, bytes]:
        about = json.loads(raw)
        if openai:
            file = about["input_file_id"]
            if self._told_file(file)["status"] != "processed":
                return _error(400)
            lines = self.files[file].splitlines()
            rows = [json.loads(line) for line in lines if line.strip()]
        else:
            rows = about["requests"]
            about = {}
        keys = [row["custom_id"] for row in rows]
        if not keys or len(keys) != len(set(keys)):
            return _error(400)
        number, self._made = self._made, self._made + 1
        job = Job(f"{'batch' if openai else 'msgbatch'}_{number}", openai, rows, self._now, about)
        self.jobs[job.name] = job
        return (0, b"") if self.lost(number) else _object(self._told(job))

    def _listed(self, openai: bool, query: Mapping[str, list[str]]) -> tuple[int, bytes]:
        jobs = [job for job in reversed(self.jobs.values()) if job.is_openai is openai]
        after = query.get("after", query.get("after_id"))
        if after:
            jobs = jobs[[job.name for job in jobs].index(after[0]) + 1 :]
        page = jobs[: int(query.get("limit", [str(PAGE)])[0])]
        return _object(
            {
                "data": [self._told(job) for job in page],
                "has_more": len(page) < len(jobs),
                "last_id": page[-1].name if page else None,
            }
        )

    def _about(
        self, method: str, job: Job, way: str | None, say: Callable[[dict[str, Any], Asked], Said]
    ) -> tuple[int, bytes]:
        if way == "/results":
            if not self._is_over(job):
                return _error(404)
            return 200, self._results(job, say)
        if method == "DELETE":
            del self.jobs[job.name]
            return _object({"id": job.name, "type": "message_batch_deleted"})
        if way == "/cancel":
            job.is_cancelled = True
        elif method == "GET":
            job.looks += 1
            output = f"file-of-{job.name}"
            is_done = job.is_openai and self._is_over(job) and not self._why(job)
            if is_done and output not in self.files:
                self.files[output] = self._results(job, say)
        return _object(self._told(job))

    def _is_over(self, job: Job) -> bool:
        has_lasted = (self._now - job.made).total_seconds() >= self.lasts_s
        return (job.looks >= self.looks and has_lasted) or job.is_cancelled

    def _why(self, job: Job) -> str:
        return self.failed(int(job.name.rpartition("_")[2]))

    def _told(self, job: Job) -> dict[str, Any]:
        is_over, number = self._is_over(job), len(job.rows)
        if not job.is_openai:
            return {
                "id": job.name,
                "type": "message_batch",
                "processing_status": "ended" if is_over else "in_progress",
                "created_at": job.made.isoformat(),
                "request_counts": {
                    "processing": 0 if is_over else number,
                    "succeeded": number if is_over else 0,
                    "errored": 0,
                    "canceled": 0,
                    "expired": 0,
                },
                # An address that a client must not follow with its key.
                "results_url": "https://elsewhere.invalid/results",
            }
        why = self._why(job) if is_over else ""
        status = ("failed" if why else "completed") if is_over else "in_progress"
        return {
            **job.about,
            "id": job.name,
            "object": "batch",
            "status": status.capitalize() if self.capitals else status,
            "errors": {"data": [{"code": why, "message": "As told."}]} if why else None,
            "output_file_id": f"file-of-{job.name}" if is_over and not why else None,
            "error_file_id": None,
            "request_counts": {"total": number},
        }

    def _results(self, job: Job, say: Callable[[dict[str, Any], Asked], Said]) -> bytes:
        there = (at for at in range(len(job.rows)) if not self.missing(at))
        return b"".join(self._result(job, at, say) for at in there)

    def _result(self, job: Job, at: int, say: Callable[[dict[str, Any], Asked], Said]) -> bytes:
        row = job.rows[at]
        key, dialect = row["custom_id"], OPENAI if job.is_openai else ANTHROPIC
        body = row["body" if job.is_openai else "params"]
        if self.expired(at) or job.is_cancelled:
            error = {"code": "batch_expired", "message": "Too late."}
            told = (
                {"custom_id": key, "response": None, "error": error}
                if job.is_openai
                else {"custom_id": key, "result": {"type": "expired"}}
            )
            return json.dumps(told).encode() + b"\n"
        try:
            asked = dialect.read("", body, len(json.dumps(body)))
            said = say(body, asked)
        except MALFORMED:
            asked, said = Asked("", "", "", {}, "", 0, 0), Said(status=400)
        written = dialect.write(said, asked)
        is_good = said.status < 400
        if job.is_openai:
            response = {"status_code": said.status, "request_id": "req_here", "body": written}
            return json.dumps({"custom_id": key, "response": response}).encode() + b"\n"
        result = (
            {"type": "succeeded", "message": written}
            if is_good
            else {"type": "errored", "error": written}
        )
        return json.dumps({"custom_id": key, "result": result}).encode() + b"\n"


def _object(told: Mapping[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps(told).encode()


def _error(status: int) -> tuple[int, bytes]:
    return status, json.dumps({"error": {"message": "As the server was told."}}).encode()
