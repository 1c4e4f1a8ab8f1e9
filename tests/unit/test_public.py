"""What the package promises to its importers."""

import subprocess
import sys

import pytest

import tallysheet
from tallysheet import errors

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
