"""What an address means: which store, one document or many, and where its batch is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tallysheet.errors import ConfigError, MissingExtra
from tallysheet.ports import ABSENT
from tallysheet.store import FolderStore, MemoryStore, batch_url, open_source, open_store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is also the working folder's parent."""
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "batch"),
    [
        ("./invoices/", "invoices.tallysheet"),
        ("invoices", "invoices.tallysheet"),
        ("../in.d//", "../in.d.tallysheet"),
        ("/data/invoices/", "/data/invoices.tallysheet"),
        ("one.pdf", "one.pdf.tallysheet"),
        ("/", "/.tallysheet"),
        ("file:///data/my%20invoices/", "/data/my invoices.tallysheet"),
        ("memory://inbox/", "memory://inbox.tallysheet"),
        ("s3://bucket/inbox/", "s3://bucket/inbox.tallysheet"),
        ("s3://bucket/2026/inbox", "s3://bucket/2026/inbox.tallysheet"),
        ("s3://bucket", "s3://bucket/.tallysheet"),
        ("S3://bucket/", "s3://bucket/.tallysheet"),
        ("gs://bucket/a", "gs://bucket/a.tallysheet"),
        ("az://container", "az://container/.tallysheet"),
    ],
)
def test_a_batch_is_kept_beside_its_source(source: str, batch: str) -> None:
    """Under the name of the source; in a bucket that is all source, hidden inside."""
    assert batch_url(source) == batch


@pytest.mark.parametrize(
    ("source", "batch"),
    [
        (".", "work.tallysheet"),
        ("./", "work.tallysheet"),
        ("..", ".tallysheet"),
        ("~/invoices/", "invoices.tallysheet"),
        ("sub/..", "work.tallysheet"),
    ],
)
def test_a_source_without_a_name_is_named_by_where_it_is(
    home: Path, source: str, batch: str
) -> None:
    """Dots and the tilde are resolved, so the batch lies beside the folder and not in it."""
    expected = f"{home}{batch}" if source == ".." else str(home / batch)

    assert batch_url(source) == expected


def test_an_address_opens_the_store_of_its_kind(tmp_path: Path) -> None:
    """A path and ``file://`` are folders; ``memory://`` is memory, the same for one name."""
    assert open_store(str(tmp_path)).url == str(tmp_path)
    assert open_store(f"file://{tmp_path}/a%20b").url == f"{tmp_path}/a b"
    assert isinstance(open_store("memory://inbox"), MemoryStore)


async def test_the_same_memory_address_is_the_same_store() -> None:
    """What one opener puts, the next one gets; another name is another store."""
    await open_store("memory://same").put("a", b"one", expect=ABSENT)

    again, other = open_store("memory://same/"), open_store("memory://other")

    assert (await again.get("a")).data == b"one"
    assert [entry async for entry in other.list()] == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://host/inbox", "known are paths, file://, memory://, s3://, gs://, az://"),
        ("s3a://bucket", "mean s3://"),
        ("file://host/inbox", "names no file of this machine"),
        ("", "no address"),
        ("a\0b", "no address"),
        ("s3://", "names no bucket"),
        ("s3:///inbox", "names no bucket"),
    ],
)
def test_an_address_that_means_nothing_is_refused(address: str, said: str) -> None:
    """With what is known, or what was probably meant."""
    with pytest.raises(ConfigError, match=said):
        open_store(address)


async def test_a_path_to_a_folder_is_a_source_of_all_its_files(tmp_path: Path) -> None:
    """A batch beside the documents is not one of them."""
    for key in ("a.pdf", "b/c.pdf"):
        await FolderStore(tmp_path).put(key, b"one", expect=ABSENT)
    await FolderStore(tmp_path / "x.tallysheet").put("manifest.json", b"{}", expect=ABSENT)

    source = await open_source(f"{tmp_path}/")

    assert [entry.key async for entry in source.list()] == ["a.pdf", "b/c.pdf"]


@pytest.mark.parametrize("name", ["a.pdf", "back\\slash.pdf", "link.pdf"])
async def test_a_path_to_a_file_is_a_source_of_one_document(tmp_path: Path, name: str) -> None:
    """Whatever else lies in the folder; it can be read and not written."""
    (tmp_path / "real").mkdir()
    for each in ("a.pdf", "back\\slash.pdf", "real/r.pdf"):
        (tmp_path / each).write_bytes(b"one")
    (tmp_path / "link.pdf").symlink_to("real/r.pdf")

    source = await open_source(str(tmp_path / name))

    [entry] = [entry async for entry in source.list()]
    blob = await source.get(entry.key)
    assert (blob.data, blob.version, entry.size) == (b"one", entry.version, 3)
    assert [entry async for entry in source.list("other")] == []
    with pytest.raises(ConfigError, match="one document"):
        await source.put(entry.key, b"two", expect=entry.version)
    with pytest.raises(ConfigError, match="one document"):
        await source.delete(entry.key)


async def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """With the name of what lies there and was probably meant."""
    (tmp_path / "invoices").mkdir()

    with pytest.raises(ConfigError, match=r"mean .*invoices'") as raised:
        await open_source(str(tmp_path / "invocies"))

    assert "invocies" in raised.value.message


async def test_an_object_is_a_source_of_one_document(s3) -> None:
    """An address that names an object shows it alone; one that names none is a prefix."""
    url = s3.fresh_url()
    for key in ("a.pdf", "b/a.pdf"):
        await open_store(url).put(key, b"one", expect=ABSENT)

    one = await open_source(f"{url}/b/a.pdf")
    many = await open_source(f"{url}/b")
    all_of_it = await open_source(f"{url}/")

    assert one.url == f"{url}/b/a.pdf"
    assert [entry.key async for entry in one.list()] == ["a.pdf"]
    assert [entry.key async for entry in many.list()] == ["a.pdf"]
    assert [entry.key async for entry in all_of_it.list()] == ["a.pdf", "b/a.pdf"]


def test_an_address_of_a_kind_that_is_not_installed_says_what_to_install(monkeypatch) -> None:
    """Without the library the error names the extra."""
    for name in ("obstore", "obstore.exceptions", "obstore.store"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "tallysheet.store.objects", raising=False)

    with pytest.raises(MissingExtra, match=r"tallysheet\[gcs\]"):
        open_store("gs://bucket/inbox")


def test_opening_a_folder_loads_no_library_for_object_stores() -> None:
    """Whoever has no bucket waits for none of it."""
    code = "import sys, tallysheet.store as s; s.open_store('x'); print('obstore' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert run.stdout == "False\n"
    assert not os.path.exists("x")
