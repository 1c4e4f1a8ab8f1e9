"""The documentation says what the code does."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import reference
from tallysheet.manifest import diagram
from tallysheet.pipeline import Event

ROOT = Path(__file__).parent.parent.parent


def test_the_reference_is_the_one_that_the_code_makes() -> None:
    """Whoever changes what is public runs `make docs`."""
    written = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")

    assert written == reference.reference()


def test_every_event_and_every_field_of_it_is_explained() -> None:
    """What `--json` can print has its section, with a sentence for each field."""
    page = reference.reference()

    for kind in get_args(Event):
        _, _, section = page.partition(f"### {kind.__name__}\n")
        table = section.partition("\n#")[0]
        assert kind.__doc__.splitlines()[0] in table
        for field in fields(kind):
            assert re.search(rf"^\| `{field.name}` \| \S", table, re.MULTILINE), (kind, field.name)


def test_every_link_inside_the_documentation_leads_somewhere() -> None:
    """A page that moved takes its links along."""
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_picture_of_the_states_is_drawn_from_the_table() -> None:
    """There is one table, and the page shows it."""
    page = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")

    assert f"```mermaid\n{diagram()}\n```" in page


def test_every_dependency_has_its_reason() -> None:
    """Each package of pyproject.toml is named in docs/dependencies.md."""
    listed = re.findall(
        r'^    "([A-Za-z0-9-]+)[>=\[]|= \["([A-Za-z0-9-]+)>=',
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE,
    )  # fmt: skip
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")

    names = {a or b for a, b in listed} - {"tallysheet"}
    assert len(names) > 15
    assert not {name for name in names if name not in reasons}
