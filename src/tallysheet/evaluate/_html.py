"""The report as one HTML page: what is wrong, beside the picture of where it stands.

Everything is in the page: no script, nothing from elsewhere, and a policy that forbids
both. What comes out of documents is escaped, and what would be obeyed instead of shown,
such as marks that turn the direction of writing, is replaced.
"""

from collections.abc import Iterator, Mapping
from html import escape

from tallysheet.evaluate._alike import Verdict
from tallysheet.evaluate._regions import Looks, Sheet
from tallysheet.evaluate._reliability import Reliability
from tallysheet.evaluate._score import Compared, Score, Value, part, rates, text_of
from tallysheet.model import Box, Status

ROUND = 24.0
"""Points around a box that are shown."""
LEAST_WIDTH, LEAST_HEIGHT = 300.0, 90.0
"""Points that are shown at least, so that a reader sees what stands beside it."""
MOST_WIDTH, MOST_HEIGHT = 420.0, 220.0
"""Points that are shown at most of two boxes together; farther apart, each is shown alone."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light; --ink: #1c2024; --dim: #60646c; --edge: #d9dce1; --bad: #b42318;
  --good: #0b6b3a; --paper: #fff; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 76rem; color: var(--ink);
  background: #f6f7f8; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; } .dim { color: var(--dim); } .bad { color: var(--bad); }
.good { color: var(--good); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem;
  margin: 1.25rem 0 0; }
.facts div, article, .wide { background: var(--paper); border: 1px solid var(--edge);
  border-radius: 8px; padding: .75rem 1rem; }
.facts dt { color: var(--dim); font-size: .875rem; }
.facts dd { margin: 0; font-size: 1.375rem; font-weight: 600; }
.facts small { display: block; font-size: .875rem; font-weight: 400; color: var(--dim); }
.wide { overflow-x: auto; padding: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem; text-align: right; white-space: nowrap;
  border-top: 1px solid var(--edge); }
thead th { border-top: 0; color: var(--dim); font-weight: 500; font-size: .875rem; }
th:first-child { text-align: left; font-weight: 500; position: sticky; left: 0;
  background: var(--paper); }
article { margin: 0 0 1rem; }
.value { display: grid; gap: .5rem 1.25rem; padding: .75rem 0; margin-top: .75rem;
  border-top: 1px solid var(--edge); }
.value dl { margin: 0; } .value dt { color: var(--dim); font-size: .875rem; }
.value dd { margin: 0 0 .4rem; overflow-wrap: anywhere; font-weight: 600; }
figure { margin: 0 0 .5rem; } figcaption { color: var(--dim); font-size: .875rem; }
.value svg { display: block; width: 100%; height: auto; border: 1px solid var(--edge);
  border-radius: 4px; background: #fff; }
.ours { fill: #b4231822; stroke: var(--bad); } .truth { fill: #0b6b3a22; stroke: var(--good); }
.ours, .truth { stroke-width: 1; filter: drop-shadow(0 0 1px #fff); }
.sheets { position: absolute; width: 0; height: 0; overflow: hidden; }
@media (min-width: 48rem) { .value { grid-template-columns: minmax(14rem, 1fr) 2fr; } }
"""
NAMED = {
    Verdict.WRONG: "another value was read",
    Verdict.MISSED: "nothing was read",
    Verdict.EXTRA: "read, and not in the truth",
}


def report(
    found: Score,
    looks: Mapping[str, Looks],
    *,
    name: str,
    cost_usd: float,
    seconds: float | None,
) -> Iterator[str]:
    """The page, in portions.

    Args:
        found: What was found.
        looks: What can be shown of documents, by their keys.
        name: Of what was measured.
        cost_usd: What reading all documents cost.
        seconds: What it took, where that is known.
    """
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{shown(name)}: how right it was read</title>\n<style>{STYLE}</style></head>\n"
        f"<body><main><h1>{shown(name)}</h1>\n"
        '<p class="dim">What was read, held against the truth.</p>\n'
    )
    yield _facts(found, cost_usd, seconds)
    yield _fields(found)
    yield _probabilities(found.reliability)
    yield from _alone(found)
    wrong = [one for one in found.documents if one.wrong or one.is_false_success]
    groups = (
        ("Called done, and wrong where it matters", [d for d in wrong if d.is_false_success]),
        ("Other values that are not right", [d for d in wrong if not d.is_false_success]),
    )
    number = 0
    for title, documents in groups:
        if documents:
            yield f"<h2>{title}</h2>\n"
        for one in documents:
            number += 1
            yield _document(one, looks.get(one.document, Looks()), number)
    if not wrong:
        yield '<h2>Nothing is wrong</h2><p class="good">Every value is as the truth has it.</p>\n'
    yield "</main></body></html>\n"


def shown(text: str) -> str:
    """*text* out of a document, safe in a page."""
    return escape("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text))


def _facts(found: Score, cost_usd: float, seconds: float | None) -> str:
    count, done = len(found.documents), found.status(Status.DONE)
    false, review = len(found.false_successes), found.status(Status.REVIEW)
    each = part(seconds, count) if seconds is not None else None
    rows = [
        ("documents", f"{count:,}", f"{found.status(Status.FAILED):,} could not be read"),
        (
            "done and wrong",
            f'<span class="{"bad" if false else "good"}">{false:,}</span>',
            f"{_percent(part(false, done))} of {done:,} done",
        ),
        ("sent to review", f"{review:,}", f"{_percent(part(review, count))} of all"),
        ("cost a document", f"${(part(cost_usd, count) or 0.0):.4f}", f"${cost_usd:,.2f} in all"),
    ]
    if each is not None:
        rows.append(("seconds a document", f"{each:.2f}", f"{seconds:,.1f} s in all"))
    cells = (f"<div><dt>{a}</dt><dd>{b}<small>{c}</small></dd></div>" for a, b, c in rows)
    return f'<dl class="facts">{"".join(cells)}</dl>\n'


def _fields(found: Score) -> str:
    counted = [one for one in Verdict if one is not Verdict.ABSENT]
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("field", *(one.value for one in counted), "precision", "recall", "accuracy")
    )
    rows = []
    for label, counts in found.fields.items():
        rated = rates(counts)
        cells = [f"{counts[one]:,}" for one in counted]
        cells += [_percent(rated[name]) for name in ("precision", "recall", "accuracy")]
        told = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{label}</th>{told}</tr>')
    lines = found.lines
    said = (
        f"<p>Line items: {lines.amounts:,} of {lines.true:,} read with their amounts,"
        f" {lines.whole:,} as a whole; all are there in {lines.complete:,} of"
        f" {lines.documents:,} documents.</p>"
        if lines.true
        else ""
    )
    return (
        '<h2>Field by field</h2>\n<div class="wide" tabindex="0" role="region"'
        f' aria-label="Field by field"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n{said}\n"
    )


def _probabilities(found: Reliability) -> str:
    """How true the probabilities of values are; nothing where there are none."""
    if found.error is None:
        return ""
    names = ("said to be right with", "values", "wrong", "should be wrong", "right", "said")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{one.least:.2f} to {one.most:.2f}</th><td>{one.values:,.0f}</td>'
        f"<td>{one.wrong:,.0f}</td><td>{one.should_be_wrong:,.1f}</td>"
        f"<td>{_percent(one.part_right)}</td><td>{_percent(one.mean)}</td></tr>"
        for one in found.bins
    )
    return (
        '<h2>How true the probabilities are</h2>\n<div class="wide" tabindex="0" role="region"'
        f' aria-label="How true the probabilities are"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n<p>Off by {_percent(found.error)} on the mean.</p>\n"
    )


def _alone(found: Score) -> Iterator[str]:
    for names, what in (
        (found.waiting, "not read yet, and not compared"),
        (found.without_truth, "in the batch, and not in the truth"),
        (found.without_document, "in the truth, and not in the batch"),
    ):
        if names:
            items = "".join(f"<li>{shown(name)}</li>" for name in names)
            yield f"<details><summary>{len(names):,} {what}</summary><ul>{items}</ul></details>\n"


def _document(one: Compared, looks: Looks, number: int) -> str:
    told = " · ".join(filter(None, (one.record.status.value, one.source, one.record.reason)))
    sheets = "".join(_sheet(sheet, number) for sheet in looks.sheets.values())
    unread = (one.record.message or "") if one.source is None else ""
    why = one.trouble or unread or looks.trouble
    trouble = f'<p class="bad">{shown(why)}</p>' if why else ""
    # Of what nobody could read, everything was missed.
    values = "" if unread else "".join(_value(value, looks, number) for value in one.wrong)
    return (
        f'<article><h3>{shown(one.document)}</h3><p class="dim">{shown(told)}</p>{trouble}\n'
        + (f'<svg class="sheets" aria-hidden="true"><defs>{sheets}</defs></svg>' if sheets else "")
        + f"{values}</article>\n"
    )


def _sheet(sheet: Sheet, number: int) -> str:
    return (
        f'<image id="s{number}-{sheet.number}" width="{sheet.width:g}" height="{sheet.height:g}"'
        f' preserveAspectRatio="none" href="data:{sheet.media_type};base64,{sheet.data}"/>'
    )


def _value(value: Value, looks: Looks, number: int) -> str:
    ours, true = text_of(value.read), text_of(value.true)
    rows = f"<dt>ours</dt><dd>{_said(ours)}</dd><dt>truth</dt><dd>{_said(true)}</dd>"
    if value.sure is not None:
        rows += f"<dt>said to be right with</dt><dd>{_percent(value.sure)}</dd>"
    figures = "".join(_figures(value, looks, number))
    return (
        f'<section class="value"><dl><dt>{value.field.label}</dt>'
        f"<dd>{NAMED[value.verdict]}</dd>{rows}</dl><div>{figures}</div></section>\n"
    )


def _said(text: str | None) -> str:
    return '<span class="dim">nothing</span>' if text is None else f"<bdi>{shown(text)}</bdi>"


def _figures(value: Value, looks: Looks, number: int) -> Iterator[str]:
    """The regions that show where a value was read, and where the true one stands."""
    boxes: list[tuple[str, int, Box]] = []
    cited = value.citation
    if cited is not None and cited.page is not None and cited.box is not None:
        boxes.append(("ours", cited.page, cited.box))
    if value.field.path in looks.places:
        boxes.append(("truth", *looks.places[value.field.path]))
    boxes = [one for one in boxes if one[1] in looks.sheets]
    if not boxes:
        return
    if len(boxes) == 2 and boxes[0][1] == boxes[1][1]:
        x0, y0, x1, y1 = _around([box for _, _, box in boxes])
        if x1 - x0 <= MOST_WIDTH and y1 - y0 <= MOST_HEIGHT:
            yield _figure(boxes, looks.sheets[boxes[0][1]], number)
            return
    for one in boxes:
        yield _figure([one], looks.sheets[one[1]], number)


def _figure(boxes: list[tuple[str, int, Box]], sheet: Sheet, number: int) -> str:
    x0, y0, x1, y1 = _around([box for _, _, box in boxes])
    width = min(sheet.width, max(LEAST_WIDTH, x1 - x0 + 2 * ROUND))
    height = min(sheet.height, max(LEAST_HEIGHT, y1 - y0 + 2 * ROUND))
    left = min(max(0.0, (x0 + x1 - width) / 2), sheet.width - width)
    top = min(max(0.0, (y0 + y1 - height) / 2), sheet.height - height)
    marks = "".join(
        f'<rect class="{whose}" x="{b.x0 - 1:.1f}" y="{b.y0 - 1:.1f}"'
        f' width="{b.x1 - b.x0 + 2:.1f}" height="{b.y1 - b.y0 + 2:.1f}"/>'
        for whose, _, b in boxes
    )
    what = " and ".join("what was read" if whose == "ours" else "the truth" for whose, *_ in boxes)
    said = f"Page {sheet.number}: {what}"
    return (
        f'<figure><svg viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" role="img"'
        f' aria-label="{said}"><use href="#s{number}-{sheet.number}"/>{marks}</svg>'
        f"<figcaption>{said}</figcaption></figure>"
    )


def _around(boxes: list[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
