"""Orders in documents, and a model that obeys every one it is shown: no lie is called done."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from attacks import Attack, Gullible, Way, attacks, truth_of
from scene import tallysheet
from scene_model import served_model
from tallysheet.testing.llm_server import Asked, Reader

ALL = attacks()
LIMIT_S = 300.0
"""So long the run may take on a machine that does much else: some are pictures."""


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
        # They come of one seller: each is to be judged by itself, and not by the others.
        env = {**served.environment, "TALLYSHEET_DUPLICATES": "false"}
        tallysheet("run", "invoices", "--json", cwd=desk, env=env, limit_s=LIMIT_S)
    lines = tallysheet("export", "invoices", cwd=desk).events
    return Aftermath(model, {_number_in(line["document"]): line for line in lines})


def _number_in(document: str) -> str:
    return next(attack.number for attack in ALL if attack.number in document)


def _are(way: Way) -> pytest.MarkDecorator:
    ours = [attack for attack in ALL if attack.way is way]
    return pytest.mark.parametrize("attack", ours, ids=[attack.name for attack in ours])


def test_there_are_many_attacks() -> None:
    """No two with the same number or name."""
    assert len({attack.number for attack in ALL}) == len({a.name for a in ALL}) == len(ALL) >= 130


@_are(Way.HIDDEN)
def test_what_no_person_sees_never_reaches_the_model(after: Aftermath, attack: Attack) -> None:
    """It was asked, was not told, and said what the page says; so the document is done."""
    line = after.results[attack.number]

    assert attack.number in after.model.shown
    assert attack.number not in after.model.lied
    assert line["status"] == "done"
    assert differences(line["invoice"], truth_of(attack.number)) == []


@_are(Way.SEEN)
def test_an_order_that_everybody_sees_ends_with_a_person(after: Aftermath, attack: Attack) -> None:
    """The model was shown it and obeyed; what it said instead of the page is an error."""
    line = after.results[attack.number]

    assert attack.number in after.model.lied
    assert line["status"] == "review", json.dumps(line["invoice"])


def test_a_second_model_that_obeys_as_well_makes_no_lie_the_truth(tmp_path: Path) -> None:
    """It is shown the same order, and says the same lie: two of a mind are no person."""
    ours = [attack for attack in ALL if attack.way is Way.SEEN]
    inbox = tmp_path / "invoices"
    inbox.mkdir()
    for attack in ours:
        (inbox / attack.file).write_bytes(attack.data)
    first, second = Gullible(ours), Gullible(ours)

    class Both(Reader):
        def answer(self, asked: Asked) -> str:
            return (second if asked.model == "second" else first).answer(asked)

    with served_model(Both()) as served:
        env = {**served.environment, "TALLYSHEET_DUPLICATES": "false"}
        tallysheet(
            *("run", "invoices", "--json", "--second-model", "openai:second"),
            cwd=tmp_path,
            env=env,
            limit_s=LIMIT_S,
        )
    lines = tallysheet("export", "invoices", cwd=tmp_path).events

    assert {line["status"] for line in lines} == {"review"}
    assert len(lines) == len(first.lied) == len(ours)
    assert len(second.lied) > len(ours) / 2


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="the extra ocr is not installed")
@_are(Way.BLURRED)
def test_an_order_in_a_picture_ends_with_a_person_or_is_not_read(
    after: Aftermath, attack: Attack
) -> None:
    """Whatever OCR makes of it: what is done is what the picture says."""
    line = after.results[attack.number]

    assert attack.number in after.model.shown
    if line["status"] != "review":
        assert differences(line["invoice"], truth_of(attack.number)) == []


@_are(Way.UNASKED)
def test_an_order_in_an_e_invoice_is_told_to_nobody(after: Aftermath, attack: Attack) -> None:
    """No model was asked, and the e-invoice is read as if it were not there."""
    line = after.results[attack.number]

    assert attack.number not in after.model.shown
    assert line["status"] == "done", line["message"]
    assert differences(line["invoice"], truth_of(attack.number)) == []


@_are(Way.TOLD)
def test_an_e_invoice_that_lies_ends_with_a_person(after: Aftermath, attack: Attack) -> None:
    """Its page says the truth, and people approve by the page."""
    line = after.results[attack.number]

    assert attack.number not in after.model.shown
    assert line["status"] == "review", json.dumps(line["invoice"])


def differences(ours: Any, truth: Any, path: str = "") -> list[str]:
    """The paths under which *ours* says something else than *truth*."""
    if isinstance(truth, Mapping):
        return [d for k in truth for d in differences(ours.get(k), truth[k], f"{path}.{k}")]
    if isinstance(truth, list):
        pairs = zip(ours, truth, strict=True)
        return [d for our, one in pairs for d in differences(our, one, path)]
    return [] if str(ours) == str(truth) else [path]
