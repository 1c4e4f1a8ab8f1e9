"""Fits the second opinion on what the rules read to documents whose truth is known.

Takes folders of documents with a truth file each, as `tallysheet eval` does (docs/accuracy.md),
and writes the numbers into the package. The more senders, layouts and languages there are, the
better they are on others; a hundred documents of ten senders are not enough. Printed is how often
the value that is most probable is the true one, of folders that were left out when fitting.

    pip install "scikit-learn>=1.8"
    python bench/opinion.py DIRECTORY...             fit, print, and write
    python bench/opinion.py --check DIRECTORY...     fit and print
    python bench/opinion.py --note TEXT DIRECTORY... and say where the documents are from

Each directory holds documents and ``truth.jsonl``. What is not to be read by eyes, such as an
e-invoice within a PDF, is left aside.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from _truth import SWISS_SUFFIX
from tallysheet.evaluate import read_truth
from tallysheet.extract._rules._fitted import fitted
from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._parties import find_parties
from tallysheet.extract._rules._table import find_table
from tallysheet.extract._rules._view import view_of
from tallysheet.extract._rules._weighed._candidates import (
    Candidate,
    amounts,
    codes,
    days,
    key_of_amount,
)
from tallysheet.extract._rules._weighed._names import names
from tallysheet.extract._rules._weighed._owned import tax_numbers
from tallysheet.extract._rules._weighed._surroundings import Surroundings
from tallysheet.extract._rules._weighed._weights import NUMBERS
from tallysheet.parse import parse
from tallysheet.pipeline import SystemClock
from tallysheet.testing import Inline

FOLDS = 5
FEWEST_DOCUMENTS = 5
"""Documents in which a name must stand to be weighed."""
FEWEST_LETTERS, SHARE = 4, 6
"""Letters, and tenths of the whole, of which a part of a code or a name counts as right."""
STRENGTH = 1.0
TREES = {
    "max_iter": 80,
    "learning_rate": 0.12,
    "max_leaf_nodes": 15,
    "l2_regularization": 1.0,
    "min_samples_leaf": 20,
    "early_stopping": False,
    "random_state": 0,
}
SORTS = {
    "number": "codes",
    "issue_date": "days",
    "seller.name": "names",
    "seller.vat_id": "tax numbers",
    "totals.net": "amounts",
    "totals.tax": "amounts",
    "totals.gross": "amounts",
    "totals.due": "amounts",
}

OPEN = ("totals.due",)
"""Of which nothing is known where a truth says nothing."""


@dataclass(frozen=True)
class Document:
    """All candidates of one document, and what is true of it."""

    folder: str
    candidates: Mapping[str, Sequence[Candidate]]
    truth: Mapping[str, object]


@dataclass
class Table:
    """The candidates of one field, of all documents."""

    document: np.ndarray
    fold: np.ndarray
    right: np.ndarray
    names: list[tuple[str, ...]]
    numbers: np.ndarray
    columns: tuple[str, ...]

    def among(self, rows: np.ndarray) -> list[tuple[str, ...]]:
        """The names of those *rows*."""
        return [names for names, wanted in zip(self.names, rows, strict=True) if wanted]


class Said:
    """A weight for each name, fitted so that their sums tell right from wrong."""

    def __init__(self, table: Table, rows: np.ndarray) -> None:
        seen = {
            (document, name)
            for document, names in zip(table.document[rows], table.among(rows), strict=True)
            for name in names
        }
        often = Counter(name for _, name in seen)
        kept = sorted(name for name, count in often.items() if count >= FEWEST_DOCUMENTS)
        self._columns = {name: at for at, name in enumerate(kept)}
        model = LogisticRegression(
            C=STRENGTH, l1_ratio=1.0, solver="liblinear", max_iter=300, random_state=0
        )
        model.fit(self._matrix(table.among(rows)), table.right[rows])
        self.start = float(model.intercept_[0])
        self.weights = {
            name: float(round(model.coef_[0][at], 4))
            for name, at in self._columns.items()
            if abs(model.coef_[0][at]) > 1e-3
        }

    def of(self, rows: Iterable[tuple[str, ...]]) -> np.ndarray:
        """The sums of some candidates."""
        return np.array(
            [self.start + sum(self.weights.get(name, 0.0) for name in {*names}) for names in rows]
        )

    def _matrix(self, rows: Sequence[tuple[str, ...]]) -> csr_matrix:
        found = [
            sorted({self._columns[name] for name in names if name in self._columns})
            for names in rows
        ]
        ends = np.cumsum([0, *map(len, found)])
        flat = np.array([at for row in found for at in row], dtype=int)
        return csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(found), len(self._columns)))


def read(path: Path) -> Mapping[str, Sequence[Candidate]]:
    """All candidates on the page of the document at *path*."""
    parsed = replace(asyncio.run(parse(path.read_bytes(), offload=Inline())), xml=None)
    view = view_of(parsed)
    if not view.sheet.lines:
        return dict.fromkeys(SORTS.values(), ())
    items = fitted(view, find_table(view)).lines
    around = Surroundings(view)
    return {
        "codes": list(codes(around, items)),
        "days": list(days(around, items)),
        "names": [one for _, one in names(around)],
        "tax numbers": list(tax_numbers(around, find_parties(view))),
        "amounts": list(amounts(around, items)),
    }


def documents_of(folder: Path) -> list[Document]:
    """Those of the truth file of *folder* that are invoices."""
    rows = (folder / "truth.jsonl").read_text("utf-8").splitlines()
    found = []
    for key, truth in read_truth(rows, "truth.jsonl").items():
        if truth.is_readable and (folder / key).exists():
            found.append(Document(folder.name, read(folder / key), truth.values))
    return found


def is_right(path: str, key: str, true: object) -> bool:
    """Whether a candidate is the value, or of a code or a name enough of it."""
    if true is None:
        return False
    if isinstance(true, Decimal):
        return key == key_of_amount(true)
    if isinstance(true, date):
        return key == true.isoformat()
    return any(_is_part(path, key, letters(name)) for name in str(true).splitlines())


def _is_part(path: str, key: str, whole: str) -> bool:
    """Whether *key* is enough of *whole*; of a VAT number it must be all."""
    if path == "seller.vat_id":
        return SWISS_SUFFIX.sub("", key) == SWISS_SUFFIX.sub("", whole)
    if key == whole:
        return True
    part = len(key) >= FEWEST_LETTERS and 10 * len(key) >= SHARE * len(whole)
    if path == "number":
        return part and (whole.startswith(key) or whole.endswith(key))
    longer = len(whole) > FEWEST_LETTERS and whole in key and len(key) < len(whole) + 20
    return (part and key in whole) or longer


def table_of(documents: Sequence[Document], path: str, folds: Mapping[str, int]) -> Table:
    """One row a candidate."""
    rows = [
        (at, document, one)
        for at, document in enumerate(documents)
        if path not in OPEN or document.truth.get(path) is not None
        for one in document.candidates[SORTS[path]]
    ]
    columns = tuple(rows[0][2].numbers)
    return Table(
        np.array([at for at, _, _ in rows]),
        np.array([folds[document.folder] for _, document, _ in rows]),
        np.array([is_right(path, one.key, document.truth.get(path)) for _, document, one in rows]),
        [one.names for _, _, one in rows],
        np.array([[float(one.numbers[name]) for name in columns] for _, _, one in rows]),
        columns,
    )


def with_sums(table: Table, sums: np.ndarray) -> np.ndarray:
    """The numbers of all candidates, their sums, and how far those are behind the best."""
    best: dict[int, float] = {}
    for document, value in zip(table.document, sums, strict=True):
        best[document] = max(best.get(document, value), value)
    behind = sums - np.array([best[document] for document in table.document])
    return np.column_stack([table.numbers, sums, behind])


def fit(table: Table) -> tuple[dict[str, Any], np.ndarray]:
    """The numbers for one field, and how probable each candidate is by others fitted without it."""
    said = np.zeros(len(table.right))
    out = np.zeros(len(table.right))
    for fold in range(FOLDS):
        own = table.fold == fold
        said[own] = Said(table, ~own).of(table.among(own))
    asked = with_sums(table, said)
    for fold in range(FOLDS):
        own = table.fold == fold
        trees = HistGradientBoostingClassifier(**TREES).fit(asked[~own], table.right[~own])
        out[own] = trees.predict_proba(asked[own])[:, 1]
    whole = Said(table, np.ones(len(table.right), dtype=bool))
    trees = HistGradientBoostingClassifier(**TREES).fit(asked, table.right)
    numbers = {
        "start": round(whole.start, 4),
        "names": whole.weights,
        "base": round(float(trees._baseline_prediction[0, 0]), 4),
        "numbers": list(table.columns),
        "trees": [tree_of(one[0].nodes, 0) for one in trees._predictors],
    }
    return numbers, out


def tree_of(nodes: Any, at: int) -> Any:
    """A tree as nested lists: which number, with what it is compared, and what follows."""
    node = nodes[at]
    if node["is_leaf"]:
        return float(round(float(node["value"]), 4))
    below, above = (tree_of(nodes, int(node[side])) for side in ("left", "right"))
    most = float(f"{float(node['num_threshold']):.5g}")
    return [int(node["feature_idx"]), most, below, above]


def print_found(path: str, documents: Sequence[Document], table: Table, out: np.ndarray) -> None:
    """How often the most probable value is the true one, where it is among the candidates."""
    best: dict[int, tuple[float, bool]] = {}
    for document, probability, right in zip(table.document, out, table.right, strict=True):
        best[document] = max(best.get(document, (-1.0, False)), (float(probability), bool(right)))
    there = {document for document, right in zip(table.document, table.right, strict=True) if right}
    first = sum(right for _, right in best.values())
    stated = sum(document.truth.get(path) is not None for document in documents)
    print(f"{path:<15}{first:>7}{len(there):>8}{stated:>8}{first / max(1, len(there)):>9.1%}")


def written(provenance: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """What the package comes with: a line a name and a tree, so that a change of some is seen."""
    rows = [f'{{"provenance":{_json(provenance)},\n"fields":{{']
    for at, (path, numbers) in enumerate(fields.items()):
        rest = {key: numbers[key] for key in ("start", "base", "numbers")}
        names = ",\n".join(f"{_json(name)}:{_json(w)}" for name, w in numbers["names"].items())
        trees = ",\n".join(map(_json, numbers["trees"]))
        head = f"{',' if at else ''}{_json(path)}:{_json(rest)[:-1]},"
        rows.append(f'{head}\n"names":{{\n{names}}},\n"trees":[\n{trees}]}}')
    return "\n".join(rows) + "\n}}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def all_of(folders: Sequence[Path]) -> Iterator[Document]:
    """The documents of all *folders*."""
    with ProcessPoolExecutor() as pool:
        for found in pool.map(documents_of, folders):
            yield from found


def main() -> None:
    """Read, fit, print, and write it down."""
    options = argparse.ArgumentParser(description="Fit the second opinion.")
    options.add_argument("folders", nargs="+", type=Path, metavar="DIRECTORY")
    options.add_argument("--check", action="store_true", help="write nothing")
    options.add_argument("--note", default="", help="where the documents are from")
    chosen = options.parse_args()
    documents = list(all_of(chosen.folders))
    folders = sorted({document.folder for document in documents})
    folds = {folder: at % FOLDS for at, folder in enumerate(folders)}
    fields = {}
    print("               right   there  stated    of those there")
    for path in SORTS:
        table = table_of(documents, path, folds)
        fields[path], out = fit(table)
        print_found(path, documents, table, out)
    provenance = {
        "made": SystemClock().now().date().isoformat(),
        "tallysheet": version("tallysheet"),
        "command": "python bench/opinion.py",
        "documents": len(documents),
        "note": chosen.note,
    }
    if not chosen.check:
        NUMBERS.write_text(written(provenance, fields), "utf-8")


if __name__ == "__main__":
    main()
