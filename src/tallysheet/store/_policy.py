"""The least that tallysheet must be allowed to do on S3, as policies to hand to AWS.

What each statement is for is said where it stands: a right that nobody can explain is
a right that nobody dares to take away.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tallysheet.errors import ConfigError

ROOT = "manifest.json"
PROBES = "probe-*"
SEGMENTS = "seg/*"

Policy = dict[str, Any]

_LITERAL = str.maketrans({"*": "${*}", "?": "${?}", "$": "${$}"})
"""What a policy would take for a pattern, and how it writes the character itself."""


def access_policy(source: str | None, batch: str) -> Policy:
    """The IAM policy of whoever runs tallysheet.

    Args:
        source: The ``s3://`` address of the documents; none where there are only updates.
        batch: The ``s3://`` address at which ``manifest.json`` stands.

    Raises:
        ConfigError: One of them is no ``s3://`` address.
    """
    statements = [] if source is None else _reader(*_split(source))
    return _policy([*statements, *_writer(*_split(batch))])


def bucket_policy(batch: str) -> Policy:
    """The bucket policy that lets nobody write the manifest without a condition.

    Raises:
        ConfigError: *batch* is no ``s3://`` address.
    """
    bucket, prefix = _split(batch)
    # Both keys absent is what is denied: creation carries the one, replacement the other.
    unconditional = {"Null": {"s3:if-match": "true", "s3:if-none-match": "true"}}
    return _policy(
        [
            {
                "Sid": "NobodyWritesTheManifestBlindly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:PutObject"],
                "Resource": [_objects(bucket, _below(prefix) + ROOT)],
                "Condition": unconditional,
            }
        ]
    )


def _reader(bucket: str, prefix: str) -> Sequence[Policy]:
    # Without s3:ListBucket an absent key is answered with 403 instead of 404. S3 then takes
    # the key for s3:prefix, so the patterns hold keys, too: the source itself may be one.
    patterns = [prefix, f"{prefix}/*"] if prefix else ["*"]
    return (
        _list("ListDocuments", bucket, patterns if prefix else ()),
        _allow("ReadDocuments", ["s3:GetObject"], [_objects(bucket, p) for p in patterns]),
    )


def _writer(bucket: str, prefix: str) -> Sequence[Policy]:
    below = _below(prefix)
    everything = _objects(bucket, f"{below}*")
    return (
        _list("TellWhatIsNotThere", bucket, [f"{below}*"] if prefix else ()),
        _allow("WriteBatch", ["s3:GetObject", "s3:PutObject"], [everything]),
        # The probe removes what it wrote, and merging removes the segments that it replaced.
        _allow("RemoveProbes", ["s3:DeleteObject"], [_objects(bucket, below + PROBES)]),
        _allow("RemoveMergedSegments", ["s3:DeleteObject"], [_objects(bucket, below + SEGMENTS)]),
    )


def _list(sid: str, bucket: str, patterns: Sequence[str]) -> Policy:
    statement = _allow(sid, ["s3:ListBucket"], [f"arn:aws:s3:::{bucket}"])
    if patterns:
        statement["Condition"] = {"StringLike": {"s3:prefix": list(patterns)}}
    return statement


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Policy:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
    }


def _policy(statements: Sequence[Mapping[str, Any]]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _split(url: str) -> tuple[str, str]:
    """Part an address into its bucket and its prefix, which a policy takes literally."""
    kind, _, place = url.partition("://")
    bucket, _, prefix = place.partition("/")
    if kind.lower() != "s3" or not bucket:
        raise ConfigError(
            f"{url} is no s3:// address: policies can be written only for those.",
            "Give s3://BUCKET/PREFIX, and the same kind with --out.",
        )
    return bucket, prefix.rstrip("/").translate(_LITERAL)


def _below(prefix: str) -> str:
    return f"{prefix}/" if prefix else ""


def _objects(bucket: str, pattern: str) -> str:
    return f"arn:aws:s3:::{bucket}/{pattern}"
