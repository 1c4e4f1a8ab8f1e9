"""The shape of the house, enforced: rows, privacy, third-party homes, size. No exemptions."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "tallysheet"
MOST_LINES = 300

ROWS = (
    {"cli", "page"},
    {"cluster"},
    {"pipeline", "race", "evaluate"},
    {"results"},
    {
        *("intake", "parse", "extract", "models", "validate", "confidence"),
        *("manifest", "export", "store", "testing"),
    },
    {"ports", "settings"},
    {"model"},
    {"errors"},
)
"""From the top: each room imports only from rooms in rows below its own."""

HOMES = {
    "typer": {"cli"},
    "click": {"cli"},
    "rich": {"cli"},
    "fastapi": {"page"},
    "jinja2": {"page"},
    "ray": {"cluster/_ray"},
    "pypdfium2": {
        f"parse/_{name}"
        for name in (
            *("annotations", "certain", "glyphs", "hidden", "ink", "letters", "objects"),
            *("pdf", "spoken", "unread"),
        )
    },
    "rapidocr": {"parse/ocr"},
    "PIL": {"parse/_picture"},
    "pi_heif": {"parse/_picture"},
    "olefile": {"parse/members/_outlook"},
    "lxml": {"extract/_einvoice"},
    "aiohttp": {"models", "testing"},
    "genai_prices": {"models/_price"},
    "yarl": {"models/_session"},
    "botocore": {"models/bedrock"},
    "obstore": {"store/objects"},
    "msgspec": {"manifest/_codec", "model/_words"},
    "zstandard": {"manifest/_codec"},
    "polars": {"export/tables"},
    "stdnum": {"validate", "extract/_rules"},
    "pydantic": {"settings", "model", "extract", "evaluate/_truth"},
}
"""Where each third-party package may be imported: a room, or one file or folder in it."""

FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(file: Path) -> str:
    """``parse/_pdf`` for ``src/tallysheet/parse/_pdf.py``; ``parse`` for its ``__init__``."""
    path = file.relative_to(PACKAGE).with_suffix("")
    return (path.parent if path.name == "__init__" else path).as_posix()


def imports_of(file: Path) -> Iterator[str]:
    """Every module named in an import, wherever it stands in the file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def row_of(room: str) -> int:
    """The row a room stands in, counted from the top."""
    return next(number for number, row in enumerate(ROWS) if room in row)


def is_module(path: str) -> bool:
    """Whether ``tallysheet.a.b`` names a module and not something inside one."""
    inside = PACKAGE.joinpath(*path.split(".")[1:])
    return inside.is_dir() or inside.with_suffix(".py").exists()


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_room_imports_only_from_rows_below_its_own(file: Path) -> None:
    """Faces see the flow, the flow sees the stages, and nothing sees upwards or sideways."""
    room = name_of(file).split("/")[0]
    if room in (".", "__main__"):
        pytest.skip("the front door sees every room")
    for imported in imports_of(file):
        if not imported.startswith("tallysheet."):
            continue
        other = imported.split(".")[1]
        if other != room:
            assert row_of(other) > row_of(room), f"{room} imports {imported}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_private_module_is_imported_only_inside_its_package(file: Path) -> None:
    """What stands in ``_name.py`` is reached through the package's ``__init__``."""
    for imported in imports_of(file):
        parts = imported.split(".")
        if parts[0] != "tallysheet":
            continue
        for at, part in enumerate(parts[1:], start=1):
            if part.startswith("_") and is_module(".".join(parts[: at + 1])):
                home = PACKAGE.joinpath(*parts[1:at])
                assert home in file.parents, f"{name_of(file)} imports {imported}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_third_party_package_is_imported_only_in_its_home(file: Path) -> None:
    """Each library has one place, so that changing it changes one place."""
    name = name_of(file)
    for imported in imports_of(file):
        top = imported.split(".")[0]
        if top == "tallysheet" or top in sys.stdlib_module_names:
            continue
        assert top in HOMES, f"{name} imports {top}, which has no home"
        at_home = any(name == home or name.startswith(f"{home}/") for home in HOMES[top])
        assert at_home, f"{name} imports {top}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_file_is_longer_than_a_person_reads_in_one_go(file: Path) -> None:
    """A file past the cap holds two things: part them."""
    lines = len(file.read_text(encoding="utf-8").splitlines())

    assert lines <= MOST_LINES, f"{name_of(file)} has {lines} lines"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_module_says_what_it_is(file: Path) -> None:
    """The first thing a reader meets is a sentence, and no name says nothing."""
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    vague = {"utils", "helpers", "common", "base", "manager", "handler", "service", "impl"}
    assert not vague & set(file.stem.strip("_").split("_"))
