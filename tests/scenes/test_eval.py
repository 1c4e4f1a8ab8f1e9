"""`tallysheet eval`: how right a source is read, told on the terminal, as JSON and as a page."""

import json
import re
import signal
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from samples import mix, write_samples
from scene import started, tallysheet
from scene_model import Served


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``invoices``, ``truth.jsonl``, and the batch of them. Only look at it."""
    folder = tmp_path_factory.mktemp("corpus")
    write_samples(mix(5, 7, kinds=["plain", "hybrid"]), folder)
    assert tallysheet("run", "invoices", cwd=folder).code == 0
    return folder


def changed(
    corpus: Path, folder: Path, change: Callable[[list[dict[str, Any]]], object]
) -> tuple[Path, list[dict[str, Any]]]:
    """The truth of *corpus* with a change, as a file in *folder*, and its rows."""
    rows = [json.loads(row) for row in (corpus / "truth.jsonl").read_text("utf-8").splitlines()]
    change(rows)
    file = folder / "truth.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file, rows


def lie(rows: list[dict[str, Any]]) -> None:
    """Let the first document have another gross total than it shows."""
    rows[0]["invoice"]["totals"]["gross"] = "1.23"


class Page(HTMLParser):
    """What a browser would fetch, run and show of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and every address in it."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def test_a_source_is_read_and_held_against_the_truth(corpus: Path, tmp_path: Path) -> None:
    """One command reads, compares and leaves nothing behind but what was asked for."""
    place = tmp_path / "tmp"
    place.mkdir()

    ran = tallysheet(
        "eval", "invoices", "--truth", "truth.jsonl", "--no-e-invoice",
        cwd=corpus, env={"TMPDIR": str(place)},
    )  # fmt: skip

    assert ran.code == 0, ran
    assert re.search(r"^gross +5 +0 +0 +0 +0 +100\.0 % +100\.0 % +100\.0 %$", ran.stdout, re.M)
    assert "done and wrong     0 of 5 (0.0 %) called done" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert not list(place.iterdir())


def test_a_batch_that_is_there_is_not_read_again(corpus: Path, tmp_path: Path) -> None:
    """Its results are compared as they are, and each wrong value is told with both sides."""
    file, rows = changed(corpus, tmp_path, lie)

    ran = tallysheet("eval", "invoices.tallysheet", "--truth", str(file), "--json", cwd=corpus)

    (found,) = ran.events
    (wrong,) = found["wrong"]
    assert (ran.code, found["documents"], found["seconds_a_document"]) == (0, 5, None)
    assert (found["false_successes"], found["false_success_rate"]) == (1, 0.2)
    assert (wrong["document"], wrong["false_success"]) == (rows[0]["document"], True)
    assert [(v["field"], v["true"]) for v in wrong["values"]] == [("gross", "1.23")]


def test_the_terminal_names_what_is_done_and_wrong(corpus: Path, tmp_path: Path) -> None:
    """The one figure that matters stands with its documents and both values."""
    file, rows = changed(corpus, tmp_path, lie)

    ran = tallysheet("eval", "invoices.tallysheet", "--truth", str(file), cwd=corpus)

    name = re.escape(rows[0]["document"])
    assert "done and wrong     1 of 5 (20.0 %) called done" in ran.stdout
    assert re.search(rf"^  {name}: gross \S+ instead of 1\.23$", ran.stdout, re.MULTILINE)


def test_the_report_shows_where_a_wrong_value_stands(corpus: Path, tmp_path: Path) -> None:
    """The page holds the picture and the box, runs nothing and fetches nothing."""
    file, _ = changed(corpus, tmp_path, lie)
    html = tmp_path / "report.html"

    ran = tallysheet(
        "eval", "invoices", "--out", str(tmp_path / "kept.tallysheet"),
        "--truth", str(file), "--no-e-invoice", "--html", str(html),
        cwd=corpus,
    )  # fmt: skip

    page = Page()
    page.feed(html.read_text("utf-8"))
    assert ran.code == 0, ran
    assert (page.tags.count("article"), page.tags.count("image"), page.tags.count("rect")) == (
        1,
        1,
        1,
    )
    assert "script" not in page.tags
    assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in page.links)
    assert (tmp_path / "kept.tallysheet" / "manifest.json").is_file()


def test_documents_on_one_side_only_are_counted_and_named(corpus: Path, tmp_path: Path) -> None:
    """A document without truth, or without a file, is not compared and not passed over."""

    def swap(rows: list[dict[str, Any]]) -> None:
        rows[0]["document"] = "elsewhere.pdf"

    file, _ = changed(corpus, tmp_path, swap)

    ran = tallysheet("eval", "invoices.tallysheet", "--truth", str(file), cwd=corpus)

    assert "1 not in the truth: " in ran.stdout
    assert "1 not in the batch: elsewhere.pdf" in ran.stdout


def test_what_cannot_be_compared_is_said_before_anything_is_read(
    corpus: Path, tmp_path: Path
) -> None:
    """A wrong file, no file and no common document have a message, a fix and an exit code."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"path": "a.pdf", "net_total": "1,00"}\n', "utf-8")
    other = tmp_path / "other.jsonl"
    other.write_text('{"path": "a.pdf", "net_total": "1.00"}\n', "utf-8")

    def ran(*words: str) -> tuple[int, str]:
        told = tallysheet("eval", *words, "--json", cwd=corpus)
        return told.code, told.error["message"]

    wrong = ran("invoices", "--truth", str(bad))
    absent = ran("invoices", "--truth", "nowhere.jsonl")
    strange = ran("invoices.tallysheet", "--truth", str(other))
    both = ran("invoices.tallysheet", "--truth", "truth.jsonl", "--model", "rules")
    closed = ran("invoices", "--truth", "truth.jsonl", "--html", "nowhere/report.html")

    assert wrong == (6, "bad.jsonl, line 1: field net_total: '1,00' is no amount such as 1234.50.")
    assert absent[0] == 2
    assert "no file nowhere.jsonl" in absent[1]
    assert strange[0] == 6
    assert "No document of the batch is in the truth file" in strange[1]
    assert both[0] == 2
    assert "a batch already" in both[1]
    assert closed == (6, "'nowhere/report.html' cannot be written.")


ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_a_stopped_eval_leaves_nothing_behind(
    corpus: Path, tmp_path: Path, model: Served, number: signal.Signals, code: int
) -> None:
    """It ends at once with the code of its signal, and what was to be removed is removed."""
    place = tmp_path / "tmp"
    place.mkdir()
    invoices, truth = str(corpus / "invoices"), str(corpus / "truth.jsonl")
    model.hold()
    with started(
        "eval", invoices, "--truth", truth, "--no-e-invoice", "--concurrency=2",
        cwd=tmp_path, env={**model.environment, "TMPDIR": str(place)},
    ) as running:  # fmt: skip
        model.arrived(2)
        assert len(list(place.iterdir())) == 1
        running.signal(number)
        ended = running.ended()

    assert (ended.code, ended.stdout) == (code, "")
    assert not list(place.iterdir())
