"""The suite proves itself: planted bugs are noticed. `make mutants` tries them all."""

import shutil
from pathlib import Path

import mutants
import pytest
from mutants import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_planted_bug_still_fits_the_sources(mutant: Mutant, tmp_path: Path) -> None:
    """A bug that cannot be planted any more proves nothing."""
    for name, *_ in mutant.edits:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(mutants.source() / name, tmp_path / name)

    wrong = mutants.plant(mutant, tmp_path)

    assert not wrong


def test_every_mutant_names_a_test_that_stands() -> None:
    """The table says which test notices, and that test is there."""
    for mutant in MUTANTS:
        file, _, name = mutant.caught_by.partition("::")
        text = (mutants.HERE / file).read_text(encoding="utf-8")
        assert f"def {name.partition('[')[0]}(" in text, mutant.name


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.quick], ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_noticed(mutant: Mutant) -> None:
    """The named test fails on a copy of the sources that has the bug."""
    verdict = mutants.tried(mutant)

    assert verdict.caught, verdict.said
