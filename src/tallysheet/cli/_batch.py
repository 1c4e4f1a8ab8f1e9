"""Which batch, and which documents of it, does the user mean?"""

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from tallysheet.errors import ConfigError
from tallysheet.store import SUFFIX, part_of


def the_batch(address: str | None) -> str:
    """The batch that was named, or the only one in the working folder.

    Raises:
        ConfigError: None was named, and there is not exactly one here.
    """
    if address is not None:
        return address
    here = sorted(p.name for p in Path().glob(f"*{SUFFIX}") if p.is_dir())
    if len(here) == 1:
        return here[0]
    found = f"There are several here: {', '.join(here)}." if here else "There is none here."
    raise ConfigError(
        f"Which batch? {found}",
        "Name it with --batch: the folder or address that was given to tallysheet run.",
    )


def the_documents(names: Sequence[str], address: str | None) -> tuple[str, list[str]]:
    """The batch and the documents' keys in it.

    A document is named by its key, or by the path of its file, which tells the
    batch too: ``invoices/a.pdf`` is ``a.pdf`` of the batch of ``invoices``. A
    folder among the names that is a source tells only the batch.
    """
    batch, keys = address, []
    for name in names:
        if batch is None and _has_batch(Path(name)):
            batch = name
            if Path(name).is_file():
                keys.append(part_of(os.fsencode(Path(name).name)))
            continue
        source = next((p for p in Path(name).parents if _has_batch(p)), None)
        if batch is None and source is not None:
            batch = str(source)
        if source is not None and batch == str(source):
            parts = Path(name).relative_to(source).parts
            keys.append("/".join(part_of(os.fsencode(part)) for part in parts))
        else:
            keys.append(name)
    return the_batch(batch), keys


def the_document(name: str, address: str | None) -> tuple[str, str]:
    """The batch and the key of one document; see `the_documents`.

    Raises:
        typer.BadParameter: It is the name of a batch.
    """
    batch, keys = the_documents([name], address)
    if not keys:
        raise typer.BadParameter(
            f"{name} is a batch; name a document in it, as in: {Path(name) / 'invoice.pdf'}",
            param_hint="DOCUMENT",
        )
    return batch, keys[0]


def _has_batch(path: Path) -> bool:
    """Whether *path* is the source of a batch, or a batch."""
    if not path.name:
        return False
    return path.name.endswith(SUFFIX) or path.with_name(path.name + SUFFIX).is_dir()
