"""The batch mode of Bedrock: jobs over files in a store, as its control plane tells of them.

A job moves on when somebody looks at it. Its answers come in the reverse order, since none
is promised.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tallysheet.ports import ABSENT, Store
from tallysheet.testing.llm_server._dialects import BEDROCK, MALFORMED
from tallysheet.testing.llm_server._said import Asked, Said

_PATH = re.compile(r"/model-invocation-job(?:s|/([^/]+)(/stop)?)?")
_ARN = "arn:aws:bedrock:eu-central-1:123456789012:model-invocation-job/"


@dataclass(slots=True)
class BedrockJob:
    """One job."""

    arn: str
    about: dict[str, Any]
    """What it was made with."""
    keys: list[str]
    """The ids of its records."""
    looks: int = 0
    """How often somebody looked how it stands."""
    status: str = "Submitted"
    message: str = ""


@dataclass(slots=True, kw_only=True)
class BedrockJobs:
    """What the batch mode is like, and what it was given."""

    store: Store
    """The place in S3 that all addresses in jobs are below."""
    least: int = 100
    """How many records a job must hold."""
    looks: int = 1
    """How often a job is looked at before it is over."""
    expired: Callable[[int], bool] = lambda number: False
    """Which records, counted from 0 in each job, are not answered in time."""
    failed: Callable[[int], str] = lambda number: ""
    """With which message the job of this number, counted from 0, fails as a whole."""
    lost: Callable[[int], bool] = lambda number: False
    """After which job, counted from 0, its maker gets no reply."""
    refused: Callable[[int], str] = lambda number: ""
    """With which error the request for a job of this number is refused."""
    jobs: dict[str, BedrockJob] = field(default_factory=dict)
    """All jobs, by our tokens, the oldest first."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of all requests."""
    _tries: int = 0

    @property
    def questions(self) -> list[str]:
        """The keys of all questions in all jobs, in the order of their coming."""
        return [key for job in self.jobs.values() for key in job.keys]

    async def answer(
        self, method: str, path: str, raw: bytes, *, say: Callable[[dict[str, Any], Asked], Said]
    ) -> tuple[int, str, bytes] | None:
        """Answer one request with a status, an error's name and a body.

        The status is 0 for no reply; None where it is not the control plane's request.

        Args:
            method: ``GET`` or ``POST``.
            path: Where it was sent.
            raw: Its body.
            say: What the model says to a request.
        """
        parts = urlsplit(path)
        found = _PATH.fullmatch(parts.path)
        if found is None:
            return None
        self.requests.append((method, parts.path))
        try:
            if found[1] is not None:
                job = next(j for j in self.jobs.values() if j.arn == unquote(found[1]))
                return await self._about(method, job, found[2], say)
            if method == "GET":
                return _object(self._listed(parse_qs(parts.query)["nameContains"][0]))
            return await self._make(json.loads(raw))
        except StopIteration:
            return _error(404, "ResourceNotFoundException")
        except MALFORMED:
            return _error(400, "ValidationException")

    async def _make(self, about: dict[str, Any]) -> tuple[int, str, bytes]:
        number, self._tries = self._tries, self._tries + 1
        if name := self.refused(number):
            return _error(400, name)
        token = about["clientRequestToken"]
        if token not in self.jobs:
            source = about["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
            lines = (await self.store.get(self._key(source))).data.splitlines()
            keys = [json.loads(line)["recordId"] for line in lines]
            arn = f"{_ARN}{len(self.jobs):012x}"
            self.jobs[token] = BedrockJob(arn, about, keys)
        if self.lost(number):
            return 0, "", b""
        return _object({"jobArn": self.jobs[token].arn})

    async def _about(
        self,
        method: str,
        job: BedrockJob,
        way: str | None,
        say: Callable[[dict[str, Any], Asked], Said],
    ) -> tuple[int, str, bytes]:
        if way == "/stop":
            job.status = "Stopped"
            return _object({})
        job.looks += method == "GET"
        if job.status == "Submitted" and job.looks >= self.looks:
            await self._end(job, say)
        return _object({**job.about, **_summary(job), "message": job.message})

    async def _end(self, job: BedrockJob, say: Callable[[dict[str, Any], Asked], Said]) -> None:
        number = [*self.jobs.values()].index(job)
        if len(job.keys) < self.least:
            job.message = (
                f"Batch job {job.arn} contains less records ({len(job.keys)}) than the required"
                f" minimum of: {self.least}"
            )
        else:
            job.message = self.failed(number)
        if job.message:
            job.status = "Failed"
            return
        source = job.about["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
        lines = (await self.store.get(self._key(source))).data.splitlines()
        there = [line for at, line in enumerate(lines) if not self.expired(at)]
        said = [_record(json.loads(line), job.about["modelId"], say) for line in reversed(there)]
        target = job.about["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        folder = f"{self._key(target)}{job.arn.rpartition('/')[2]}"
        name = source.rpartition("/")[2]
        for key, data in ((f"{name}.out", b"".join(said)), ("manifest.json.out", b"{}\n")):
            await self.store.put(f"{folder}/{key}", data, expect=ABSENT)
        job.status = "Completed" if len(there) == len(lines) else "Expired"

    def _listed(self, part: str) -> Mapping[str, Any]:
        jobs = [job for job in self.jobs.values() if part in job.about["jobName"]]
        return {"invocationJobSummaries": [_summary(job) for job in jobs]}

    def _key(self, address: str) -> str:
        """The key of *address* in the store; a KeyError where it is not below it."""
        below = f"{self.store.url}/"
        if not address.startswith(below):
            raise KeyError(address)
        return address.removeprefix(below)


def _record(row: dict[str, Any], model: str, say: Callable[[dict[str, Any], Asked], Said]) -> bytes:
    body, told = row["modelInput"], {"recordId": row["recordId"], "modelInput": row["modelInput"]}
    try:
        if "toolConfig" in body:
            raise KeyError("toolConfig")
        asked = BEDROCK.read(f"/model/{quote(model, safe='')}/converse", body, len(str(body)))
        said = say(body, asked)
    except MALFORMED:
        asked, said = Asked("", "", "", {}, "", 0, 0), Said(status=400)
    if said.status >= 400:
        told["error"] = {"errorCode": said.status, "errorMessage": "As told."}
    else:
        told["modelOutput"] = BEDROCK.write(said, asked)
    return json.dumps(told).encode() + b"\n"


def _summary(job: BedrockJob) -> Mapping[str, Any]:
    return {"jobArn": job.arn, "jobName": job.about["jobName"], "status": job.status}


def _object(told: Mapping[str, Any]) -> tuple[int, str, bytes]:
    return 200, "", json.dumps(told).encode()


def _error(status: int, name: str) -> tuple[int, str, bytes]:
    return status, name, json.dumps({"message": "As the server was told."}).encode()
