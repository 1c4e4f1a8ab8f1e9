"""Two, four and eight real runs share a batch, are killed and sleep past their lease."""

import os
from pathlib import Path

import pytest

from many_runs import play
from s3_servers import S3Server

ROUNDS = int(os.environ.get("ROUNDS", "1"))
DOCUMENTS, EVENTS = 120 * ROUNDS, 4 * ROUNDS


@pytest.mark.timeout(300 * ROUNDS)
@pytest.mark.parametrize(
    ("runs", "crew"),
    [
        pytest.param(2, False, id="two started by hand"),
        pytest.param(4, True, id="one run of four processes"),
    ],
)
async def test_in_a_folder_every_document_has_one_outcome(
    tmp_path: Path, runs: int, crew: bool
) -> None:
    """None is stuck, none is done twice but what a killed or sleeping one had in hand."""
    seen = await play(
        *(str(tmp_path / "source"), str(tmp_path / "batch"), tmp_path, {}),
        documents=DOCUMENTS,
        runs=runs,
        events=EVENTS,
        crew=crew,
        seed=runs,
    )

    assert not seen.wrongs
    assert (seen.runs.befell["killed"], seen.runs.befell["slept"]) == (EVENTS // 2, EVENTS // 2)


@pytest.mark.timeout(400 * ROUNDS)
async def test_on_s3_eight_runs_share_a_batch(tmp_path: Path, s3: S3Server) -> None:
    """The same in a bucket, where all eight write to one root."""
    url = s3.fresh_url()

    seen = await play(
        *(f"{url}/source", f"{url}/batch", tmp_path, s3.environment),
        documents=2 * DOCUMENTS,
        runs=8,
        events=EVENTS,
        crew=False,
        seed=8,
    )

    assert not seen.wrongs
    assert (seen.runs.befell["killed"], seen.runs.befell["slept"]) == (EVENTS // 2, EVENTS // 2)
