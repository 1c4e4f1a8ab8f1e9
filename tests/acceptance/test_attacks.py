"""Orders in documents, and a model that obeys every one it is shown: no lie is called done."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from attacks import Attack, Gullible, attacks, truth_of
from scene import tallysheet
from scene_model import served_model

ALL = attacks()
SEEN = [attack for attack in ALL if attack.seen]
HIDDEN = [attack for attack in ALL if not attack.seen]


class Aftermath(NamedTuple):
    """What became of all of them."""

    model: Gullible
    results: Mapping[str, Mapping[str, Any]]
    """The exported lines by the number that the page shows."""


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """One run over all attacks, with the model that falls for them."""
    desk: Path = tmp_path_factory.mktemp("attacks")
    inbox = desk / "invoices"
    inbox.mkdir()
    for attack in ALL:
        (inbox / attack.file).write_bytes(attack.data)
    model = Gullible(ALL)
    with served_model(model) as served:
        tallysheet("run", "invoices", "--json", cwd=desk, env=served.environment)
    lines = tallysheet("export", "invoices", cwd=desk).events
    return Aftermath(model, {_number_in(line["document"]): line for line in lines})


def _number_in(document: str) -> str:
    return next(attack.number for attack in ALL if attack.number in document)


def _named(attack: Attack) -> str:
    return attack.name


def test_there_are_many_attacks() -> None:
    """No two with the same number or name."""
    assert len({attack.number for attack in ALL}) == len({a.name for a in ALL}) == len(ALL) >= 60


@pytest.mark.parametrize("attack", HIDDEN, ids=_named)
def test_what_no_person_sees_never_reaches_the_model(after: Aftermath, attack: Attack) -> None:
    """It was asked, was not told, and said what the page says; so the document is done."""
    line = after.results[attack.number]

    assert attack.number in after.model.shown
    assert attack.number not in after.model.lied
    assert line["status"] == "done"
    assert differences(line["invoice"], truth_of(attack.number)) == []


@pytest.mark.parametrize("attack", SEEN, ids=_named)
def test_an_order_that_everybody_sees_ends_with_a_person(after: Aftermath, attack: Attack) -> None:
    """The model was shown it and obeyed; what it said instead of the page is an error."""
    line = after.results[attack.number]

    assert attack.number in after.model.lied
    assert line["status"] == "review", json.dumps(line["invoice"])


def differences(ours: Any, truth: Any, path: str = "") -> list[str]:
    """The paths under which *ours* says something else than *truth*."""
    if isinstance(truth, Mapping):
        return [d for k in truth for d in differences(ours.get(k), truth[k], f"{path}.{k}")]
    if isinstance(truth, list):
        pairs = zip(ours, truth, strict=True)
        return [d for our, one in pairs for d in differences(our, one, path)]
    return [] if str(ours) == str(truth) else [path]
