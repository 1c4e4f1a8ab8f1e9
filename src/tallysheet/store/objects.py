"""Object stores: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.

Needs the extra ``s3``, ``gcs`` or ``azure``. Rules that guard the manifest:

1. A conditional write is sent once, by a client whose own retries are off: obstore
   would retry silently after a lost reply and report its own success as a conflict.
   Reads and deletes go through a second client, which retries.
2. A version is what the store's condition is made of, and nothing else is passed:
   the ETag, or on Google Cloud Storage the generation.
3. An error of the library is never shown: its text can hold what the server said
   about our keys. Only its class, the HTTP status and the server's one-word code are.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import AzureStore, GCSStore, S3Store

from tallysheet.errors import (
    ConfigError,
    Conflict,
    NotFound,
    Outage,
    OutcomeUnknown,
    StoreError,
)
from tallysheet.ports import ABSENT, Blob, Entry, Version
from tallysheet.store._keys import in_batch, parts_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

FAILURES = (BaseError, OSError, ValueError)
"""What obstore raises: its own errors, and a few built-in ones."""

PATIENCE = timedelta(seconds=60)
"""For how long a read is retried before it counts as an outage."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_STATUS = re.compile(r'^\s+(?:status: (\d{3})|code: "(\d{3})"),$', re.MULTILINE)
"""Of a reply, or of one part of a removal, which on Azure is a batch of one."""
_CODE = re.compile(r'^\s+"[^\n]*?<Code>([A-Za-z0-9]{1,64})</Code>', re.MULTILINE)
_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound"})
"""What S3 and Azure call that."""
_HOST_OF_CREDENTIALS = re.compile(r"^\s+https?://(169\.254\.|metadata\.google)", re.MULTILINE)
_REDIRECT = re.compile(r"^\s+inner: BareRedirect,$", re.MULTILINE)
_NOT_SENT = re.compile(r"^\s+kind: Connect,$", re.MULTILINE)

_CREDENTIALS = {
    "s3": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a profile or single sign-on,"
    ' run: eval "$(aws configure export-credentials --format env)". The key needs'
    " s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket.",
    "gs": "Set GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login.",
    "az": "Set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY.",
}


class ObjectStore:
    """A `Store` on a bucket, or below a prefix of it.

    Where the server gives the same ETag to the same bytes, as S3 does, the same bytes
    are the same version again. On Google Cloud Storage a listing's versions are ETags
    and those of `get` generations.

    Args:
        url: ``s3://BUCKET/PREFIX``, ``gs://BUCKET/PREFIX`` or ``az://CONTAINER/PREFIX``.

    Raises:
        ConfigError: The address or the settings in the environment are no good.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._scheme, _, place = self._url.partition("://")
        bucket, _, prefix = place.partition("/")
        if not bucket:
            raise ConfigError(
                f"{url!r} names no bucket.", f"Write {self._scheme}://BUCKET or add a prefix."
            )
        try:
            self._once = _client(self._scheme, bucket, prefix, {"max_retries": 0})
            self._patient = _client(self._scheme, bucket, prefix, {"retry_timeout": PATIENCE})
        except FAILURES as error:
            raise ConfigError(
                f"{self._url} cannot be opened: {type(error).__name__}.",
                _CREDENTIALS[self._scheme],
            ) from None

    @property
    def url(self) -> str:
        """The address, without a trailing slash."""
        return self._url

    async def get(self, key: str) -> Blob:
        """Read what stands under *key*; see `Store.get`."""
        parts_of(key, where=self._url)
        try:
            reply = await self._patient.get_async(key)
            data = bytes(await reply.bytes_async())
        except FAILURES as error:
            raise self._unread(f"reading {self._url}/{key}", error) from None
        return Blob(data, self._version(key, reply.meta))

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*; see `Store.put`."""
        parts_of(key, where=self._url)
        mode = "create" if expect == ABSENT else {self._condition: str(expect)}
        try:
            reply = await self._once.put_async(key, data, mode=mode, use_multipart=False)
        except FAILURES as error:
            raise self._unwritten(f"writing {self._url}/{key}", error) from None
        return self._version(key, reply)

    async def delete(self, key: str) -> None:
        """Remove *key*; nothing happens where nothing stands."""
        parts_of(key, where=self._url)
        try:
            await self._patient.delete_async(key)
        except FAILURES as error:
            reason = self._unread(f"deleting {self._url}/{key}", error)
            if not isinstance(reason, NotFound):
                raise reason from None

    async def stored_at(self, key: str) -> datetime:
        """When *key* was written by the store's own clock: to show, never to decide by."""
        parts_of(key, where=self._url)
        try:
            meta = await self._patient.head_async(key)
        except FAILURES as error:
            raise self._unread(f"reading {self._url}/{key}", error) from None
        moment: datetime = meta["last_modified"]
        return moment

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*; the places of batches are skipped."""
        folder, _, _ = prefix.rpartition("/")  # the library matches whole parts only
        held: Entry | None = None
        try:
            async for chunk in self._patient.list(folder or None, chunk_size=1000):
                for entry in map(_entry, chunk):
                    if held and not _is_marker(held, before=entry):
                        yield held
                    held = entry if _belongs(entry.key, prefix) else None
        except FAILURES as error:
            raise self._unread(f"listing {self._url}", error) from None
        if held:
            yield held

    @property
    def _condition(self) -> str:
        return "version" if self._scheme == "gs" else "e_tag"

    def _version(self, key: str, meta: Mapping[str, Any]) -> Version:
        version = meta[self._condition]
        if not version:
            raise ConfigError(
                f"{self._url}/{key} has no version: the store gives none.",
                "A batch needs a store that gives ETags and honours If-Match.",
            )
        return Version(version)

    def _unread(self, doing: str, error: Exception) -> StoreError | ConfigError:
        """What a failed read means."""
        failure = _Failure.of(error)
        if failure.status == 404 and failure.code not in _NO_BUCKET:
            return NotFound(f"{failure.told(doing)}.")
        return self._final(doing, failure) or Outage(
            f"{failure.told(doing)}.", "Run the same command again."
        )

    def _unwritten(self, doing: str, error: Exception) -> StoreError | ConfigError:
        """What a failed conditional write means; when in doubt, that it may stand."""
        failure = _Failure.of(error)
        told = f"{failure.told(doing)}."
        condition_failed = isinstance(error, AlreadyExistsError | PreconditionError)
        if condition_failed and failure.code not in _NO_BUCKET:
            return Conflict(told)
        if failure.not_sent or failure.status == 429 or failure.code == "RequestTimeout":
            return Outage(told, "Nothing was stored. Run the same command again.")
        return self._final(doing, failure) or OutcomeUnknown(told)

    def _final(self, doing: str, failure: "_Failure") -> ConfigError | None:
        """What only the user can mend, if it is that."""
        if failure.about_credentials or failure.status in (401, 403):
            fix = _CREDENTIALS[self._scheme]
        elif failure.status == 404:
            fix = "Create the bucket or container, or correct its name."
        elif failure.status in (301, 307, 400):
            fix = "Check the bucket's name and region, and that the credentials have not expired."
        elif failure.status in (405, 501):
            fix = "A batch needs a store that honours If-Match and If-None-Match."
        elif failure.kind == "InvalidPathError":
            fix = "Rename the object whose key has an empty, dotted or unprintable part."
        else:
            return None
        return ConfigError(f"{failure.told(doing)}.", fix)


@dataclass(frozen=True, slots=True)
class _Failure:
    """What can be told from an error of obstore, and may be shown."""

    kind: str
    status: int | None
    code: str
    not_sent: bool
    about_credentials: bool

    @classmethod
    def of(cls, error: Exception) -> "_Failure":
        """Read the library's own account, below its message, where quotes have no line breaks."""
        _, _, account = str(error).rpartition("\nDebug source:\n")
        status, code = _STATUS.search(account), _CODE.search(account)
        redirected = _REDIRECT.search(account)
        return cls(
            kind=type(error).__name__,
            status=int(status[1] or status[2]) if status else 301 if redirected else None,
            code=code[1] if code else "",
            not_sent=_NOT_SENT.search(account) is not None,
            about_credentials=_HOST_OF_CREDENTIALS.search(account) is not None,
        )

    def told(self, doing: str) -> str:
        """The failure in words, without a full stop."""
        facts = (self.kind, f"status {self.status}" if self.status else "", self.code)
        return f"{doing[:1].upper()}{doing[1:]} failed: {', '.join(filter(None, facts))}"


def _entry(meta: Mapping[str, Any]) -> Entry:
    version = meta["e_tag"] or f"{meta['last_modified']}-{meta['size']}"
    return Entry(meta["path"], meta["size"], Version(version))


def _is_marker(entry: Entry, *, before: Entry) -> bool:
    """Whether an entry is the empty object by which consoles show a folder."""
    return entry.size == 0 and before.key.startswith(f"{entry.key}/")


def _belongs(key: str, prefix: str) -> bool:
    return key != "" and key.startswith(prefix) and not in_batch(key.split("/"))


def _client(scheme: str, bucket: str, prefix: str, retry: "RetryConfig") -> Any:
    """Make a client; whatever is not given is read from the environment by obstore."""
    below = prefix or None
    if scheme == "gs":
        return GCSStore(bucket, prefix=below, retry_config=retry)
    if scheme == "az":
        return AzureStore(bucket, prefix=below, retry_config=retry)
    config: S3Config = {"conditional_put": "etag", "disable_bulk_delete": True}
    options: ClientConfig = {}
    endpoint = next(filter(None, map(os.environ.get, _ENDPOINTS)), None)
    if endpoint:
        config["endpoint"] = endpoint
        options["allow_http"] = _may_be_plain(endpoint)
    return S3Store(bucket, prefix=below, config=config, client_options=options, retry_config=retry)


def _may_be_plain(endpoint: str) -> bool:
    """Whether an endpoint may be spoken to without encryption.

    Raises:
        ConfigError: It would have to be, and nobody said that it may.
    """
    address = urlsplit(endpoint)
    allowed = os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")
    if address.scheme == "http" and address.hostname not in _LOOPBACK and not allowed:
        raise ConfigError(
            f"The endpoint {address.hostname} would be spoken to without encryption.",
            "Write https:// in AWS_ENDPOINT_URL, or set AWS_ALLOW_HTTP=true.",
        )
    return allowed or address.hostname in _LOOPBACK
