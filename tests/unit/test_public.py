"""What the package promises to its importers."""

import subprocess
import sys
from types import ModuleType

import pytest

import tallysheet
from tallysheet import errors, model, parse
from tallysheet.parse._process import PROGRAM

OPTIONAL = ("obstore", "aiohttp", "typer", "rich", "lxml", "pypdfium2", "ray", "fastapi")


def test_every_public_name_is_there_and_sorted() -> None:
    """`tallysheet.__all__` is the promise."""
    found = [getattr(tallysheet, name) for name in tallysheet.__all__]

    assert all(found)
    assert tallysheet.__all__ == sorted(tallysheet.__all__)
    assert set(tallysheet.__all__) == set(tallysheet._HOMES)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tallysheet.nothing


def test_importing_the_package_loads_nothing_optional() -> None:
    """Nobody waits for what they do not use."""
    code = "import sys, tallysheet; print(' '.join(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not set(loaded) & set(OPTIONAL)
    assert "pydantic" not in loaded


@pytest.mark.parametrize("room", [model, parse])
def test_every_name_of_a_room_that_loads_late_is_there(room: ModuleType) -> None:
    """Each name stands where the room looks for it, and no other name does."""
    found = {name: getattr(room, name) for name in room.__all__}

    assert set(room._HOME_OF) <= set(found)
    assert all(vars(room)[name] is value for name, value in found.items())
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = room.nothing


def test_a_child_that_reads_loads_nothing_that_only_parents_need() -> None:
    """It would wait for that a quarter of a second, and with it whoever began a run."""
    code = f"import sys, {', '.join((PROGRAM, *parse.MODULES))}; print(' '.join(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "pypdfium2" in loaded
    assert not set(loaded) & {"asyncio", "pydantic", "lxml", "PIL"}


@pytest.mark.parametrize(
    "error",
    [
        errors.DocumentError("corrupt", "It is damaged.", "Send it again."),
        errors.DocumentError("bad_answer", "It cannot be used.", cost_usd=0.25),
        errors.MissingExtra("s3:// addresses", "s3"),
        errors.ConfigError("No such setting.", "Did you mean x?"),
        errors.LeaseLost("Gone."),
    ],
)
def test_errors_survive_pickling(error: errors.TallysheetError) -> None:
    """They cross process borders in the programs of others."""
    import pickle  # noqa: TID251  what is tested is that others may

    again = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert type(again) is type(error)
    assert (again.message, again.fix, str(again)) == (error.message, error.fix, str(error))
    assert vars(again) == vars(error)


def test_one_error_unwraps_a_group() -> None:
    """Whoever calls us did not ask for a group of tasks."""
    group = BaseExceptionGroup("", [BaseExceptionGroup("", [errors.Outage("Down.")])])

    with pytest.raises(errors.Outage, match="Down"), errors.one_error():
        raise group
