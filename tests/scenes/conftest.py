"""Folders of invoices to run on: made once, copied for whoever changes something."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples import demo_set, many
from scene import tallysheet
from scene_model import Served, served_model

STREAM = 12


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dozen of the demo: hybrid, XML, rules, one wrong, one broken. Only read it."""
    folder = tmp_path_factory.mktemp("demo")
    for sample in demo_set():
        (folder / sample.name).write_bytes(sample.data)
    return folder


@pytest.fixture(scope="session")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen invoices of one page, all of which can be read. Only read it."""
    folder = tmp_path_factory.mktemp("stream")
    for sample in many(STREAM):
        (folder / sample.name).write_bytes(sample.data)
    return folder


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, demo: Path) -> Path:
    """A folder with ``invoices`` and the batch made of it. Only look at it."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(demo, folder / "invoices")
    assert tallysheet("run", "invoices", cwd=folder).code == 1
    return folder


@pytest.fixture
def my_desk(tmp_path: Path, desk: Path) -> Path:
    """A copy of `desk`, to change."""
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def fresh(tmp_path: Path, stream: Path) -> Path:
    """A folder with ``invoices`` that nobody has read; all of them can be."""
    shutil.copytree(stream, tmp_path / "invoices")
    return tmp_path


@pytest.fixture
def two(tmp_path: Path, stream: Path) -> Path:
    """The same with only two invoices, ``a.pdf`` and ``b.pdf``."""
    (tmp_path / "invoices").mkdir()
    for name, file in zip(("a.pdf", "b.pdf"), sorted(stream.iterdir()), strict=False):
        shutil.copyfile(file, tmp_path / "invoices" / name)
    return tmp_path


@pytest.fixture
def model() -> Iterator[Served]:
    """A language model that answers every question, and can be held."""
    with served_model() as served:
        yield served
