"""Jobs on Bedrock: a file of questions in S3, a job over it, and files of answers beside it.

See https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html. Jobs of its
one dialect for all models, Converse, take no tools ("Records that include toolConfig fail
with a 400 error"), so the schema stands in the prompt there. What is in S3 is asked for by
requests to addresses below the place in S3, which `Parcels` carries: PUT, GET, DELETE, and
LIST for all that stands below one.
"""

import json
import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Reply
from tallysheet.models._jobs import LEAST, TOO_FEW, Looked, Row, Steps, Undone, good, in_path
from tallysheet.models.bedrock import schema_text

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_BEDROCK"
OVER = frozenset({"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"})
ANSWERED = frozenset({"PartiallyCompleted", "Stopped", "Expired"})
"""What may be over without a failure and without an answer."""
_NAME = re.compile(r"tallysheet-([0-9a-z]{1,64})")
_FULL = "ServiceQuotaExceededException"


def control_url(runtime_url: str) -> str:
    """Where jobs are given, by where single questions are asked: the same, but for ``-runtime``."""
    return runtime_url.replace("://bedrock-runtime", "://bedrock", 1)


class BedrockJobs:
    """How Bedrock is given jobs.

    Args:
        model: As for single questions.
        base_url: Where its control plane is.
        place: Where in S3 questions and answers are exchanged, ``s3://BUCKET/PREFIX``.
        role: The ARN of the role by which Bedrock reads and writes there.

    Raises:
        ConfigError: The base URL cannot be one.
    """

    # Both are quotas of an account for each model: these are the usual ones.
    most_rows = 50_000
    least_rows = LEAST["bedrock"]
    knows_tokens = True

    def __init__(self, model: str, *, base_url: str, place: str, role: str) -> None:
        example = "https://bedrock.eu-central-1.amazonaws.com"
        self._url, self.host = wire.endpoint(base_url, "/model-invocation-job", example=example)
        self._model = model
        self._place = place
        self._role = role

    def submit(self, rows: Sequence[Row], token: str) -> Steps[str]:
        """Put the file into S3 and make a job of it; see `JobDialect`."""
        asked, answered = f"{self._place}/in/{token}.jsonl", f"{self._place}/out/{token}/"
        kept = yield Call(asked, b"".join(map(_line, rows)), {}, "PUT")
        if kept.status != 200:
            raise Undone(kept)
        body = {
            "jobName": f"tallysheet-{token}",
            "clientRequestToken": token,
            "modelId": self._model,
            "roleArn": self._role,
            "modelInvocationType": "Converse",
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": asked, "s3InputFormat": "JSONL"}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": answered}},
        }
        made = yield Call(self._url, json.dumps(body).encode(), {})
        if 400 <= made.status < 500:
            # No job will ever name it, and there are invoices in it.
            yield Call(asked, b"", {}, "DELETE")
        if _FULL in made.headers.get("x-amzn-errortype", ""):
            # So many jobs at a time and no more: room comes by itself.
            raise Undone(Reply(429, {}, {}))
        return _arn(made)

    def find(self, token: str, number: int, since: str) -> Steps[tuple[str, ...]]:
        """The job that *token* names; see `JobDialect`."""
        del number, since
        query = urlencode({"nameContains": token})
        page = good((yield Call(f"{self._url}s?{query}", b"", {}, "GET")))
        jobs = wire.blocks(page.get("invocationJobSummaries"))
        named = [wire.text_of(job.get("jobArn")) for job in jobs]
        return tuple(filter(None, named))

    def look(self, job: str) -> Steps[Looked]:
        """What has become of it, and which files of answers there are; see `JobDialect`."""
        told, token = yield from self._told(job)
        status = wire.text_of(told.get("status"))
        if status not in OVER:
            return Looked(is_over=False)
        kept = yield from self._kept(f"out/{token}/")
        parts = tuple(address for address in kept if address.endswith(".jsonl.out"))
        return Looked(
            is_over=True,
            parts=parts,
            troubles=_troubles(status, wire.text_of(told.get("message"))),
            has_failed=not parts and status not in ANSWERED,
        )

    def fetch(self, part: str) -> Call:
        """A file of answers; see `JobDialect`."""
        return Call(part, b"", {}, "GET")

    def read(self, row: Mapping[str, Any]) -> tuple[str, Reply | None]:
        """One line of such a file; see `JobDialect`."""
        key, said = wire.text_of(row.get("recordId")), wire.mapping(row.get("modelOutput"))
        if said:
            return key, Reply(200, {}, said)
        # In what words a job refuses a question is nothing to learn for single ones from.
        status = wire.count(wire.mapping(row.get("error")).get("errorCode"))
        return key, Reply(status, {}, {}) if status >= 400 else None

    def cancel(self, job: str) -> Steps[None]:
        """Have it stopped; see `JobDialect`."""
        yield Call(f"{self._url}/{in_path(job)}/stop", b"", {})

    def remove(self, job: str) -> Steps[None]:
        """Remove what is in S3, the invoices with it; a job itself stays listed."""
        _, token = yield from self._told(job)
        yield from self.discard(token)

    def discard(self, token: str) -> Steps[None]:
        """Remove what is in S3 under *token*; see `JobDialect`."""
        kept = yield from self._kept(f"out/{token}/")
        for address in (f"{self._place}/in/{token}.jsonl", *kept):
            yield Call(address, b"", {}, "DELETE")

    def _told(self, job: str) -> Steps[tuple[Mapping[str, Any], str]]:
        """What is said of *job*, and our token for it."""
        reply = yield Call(f"{self._url}/{in_path(job)}", b"", {}, "GET")
        told = good(reply)
        name = _NAME.fullmatch(wire.text_of(told.get("jobName")))
        if name is None:
            raise Undone(reply)
        return told, name[1]

    def _kept(self, prefix: str) -> Generator[Call, Reply, list[str]]:
        """The addresses of all that stands below *prefix* in S3."""
        listed = good((yield Call(f"{self._place}/{prefix}", b"", {}, "LIST"))).get("addresses")
        return list(map(str, listed)) if isinstance(listed, list) else []


def _line(row: Row) -> bytes:
    """A question as a line of a job: what it cannot hold there is said in the prompt."""
    asked = json.loads(row.body)
    system = [part for part in asked.pop("system", ()) if "cachePoint" not in part]
    tools = asked.pop("toolConfig", None)
    if tools is not None:
        schema = tools["tools"][0]["toolSpec"]["inputSchema"]["json"]
        text = "".join(part["text"] for part in system)
        system = [{"text": schema_text(text, json.dumps(schema, separators=(",", ":")))}]
    if system:
        asked["system"] = system
    return json.dumps({"recordId": row.key, "modelInput": asked}).encode() + b"\n"


def _arn(made: Reply) -> str:
    arn = good(made).get("jobArn")
    if not isinstance(arn, str) or not arn:
        raise Undone(made)
    return arn


def _troubles(status: str, message: str) -> tuple[str, ...]:
    """Why it failed, in plain codes: the message itself tells of accounts and roles."""
    said = message.lower()
    if "records" in said and "minimum" in said:
        return (TOO_FEW,)
    if any(word in said for word in ("permission", "denied", "not authorized")):
        return ("the_role_has_not_the_rights",)
    return () if status == "Failed" else ("no_answers_in_s3",)
