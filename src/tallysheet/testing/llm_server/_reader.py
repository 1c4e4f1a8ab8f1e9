"""A model that really reads: what it answers stands in the document it was given.

It is no good reader and need not be. It finds what a test or a rehearsal needs: a
number, a date, a currency, who sells, and sums that add up, each copied from the text,
so that whoever checks the answer against the document finds it there. Where a table of
true invoices is given, it answers with the one whose number the document shows.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tallysheet.testing.llm_server._said import Asked

_AMOUNT = re.compile(r"(?<![\w.,])\d{1,3}(?:[.,'’ ]?\d{3})*[.,]\d{2}(?![.,]?\d)(?! ?%)")
_LABELLED = re.compile(
    r"(?i)\b(?:invoice|rechnung|facture|factura|fattura|fatura|factuur|beleg|reference)[\w-]*"
    r"(?:[ -](?:no|nr|number|num[eé]ro|n|id)\b\.?)?(?: ?(?:[.:#°º]|n[.°º]+))*\s+"
    r"((?=\S*\d)[A-Z0-9][A-Z0-9/-]{2,})(?=\s|$)"
)
_ALONE = re.compile(r"(?:^|\s)((?![A-Z]{2}\d{8})(?=\S*\d\d)[A-Z]{1,4}-?\d[\d/-]{3,})(?=\s|$)")
_DATES = (
    re.compile(r"\b(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b"),
    re.compile(r"\b(?P<d>\d\d?)[./-](?P<m>\d\d?)[./-](?P<y>20\d\d)\b"),
    re.compile(r"\b(?P<d>\d\d?)\.? (?:de )?(?P<name>[^\W\d]{3,})\.? (?:de )?(?P<y>20\d\d)\b"),
    re.compile(r"\b(?P<name>[A-Z][a-z]{2,8})\.? (?P<d>\d\d?), (?P<y>20\d\d)\b"),
)
_MONTHS = (
    *("jan gen ene", "feb fév fev", "mar mär maa", "apr avr abr", "may mai mei mag"),
    *("jun juin giu", "jul juil lug", "aug aoû ago", "sep set", "oct okt ott out"),
    *("nov", "dec dez déc dic"),
)
"""How months begin in seven languages."""
_SYMBOLS = {"€": "EUR", "£": "GBP", "$": "USD", "Fr.": "CHF"}
_CURRENCY = re.compile(r"\b(EUR|USD|GBP|CHF|SEK|DKK|NOK|PLN|CZK|CAD|AUD|JPY)\b|€|£|\$|Fr\.")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_FRAME = re.compile(r"(?m)^</?(?:document|page) .*$\n?")
_ROW = re.compile(r"(?m)^(\d{1,4}) +([^\n]*?)(?: {3}[^\n]*?)?\s(\S+)$")

_ORDERED_JSON = re.compile(r"(?is)\b(?:answer|respond|reply|return|output)\b[^{]{0,80}(\{.*\})")
_ORDERED = re.compile(
    r"(?i)\b(?:set|change|report|give|use|put|say)\b[^.\n]{0,30}?"
    r"\b(number|seller|total|gross|iban|date)\b[^.\n]{0,20}?(?:\b(?:to|as|is)\b:?|[:=])\s*"
    r"[\"'“]?([^\n\"'”]{1,60}?)[\"'”]?(?=[.;]?\s*(?:\n|$)|[.;] )"
)
"""What an obedient model takes for an order: which value, and what it is to be."""


class Reader:
    """Answers questions out of the documents that come with them.

    Args:
        truth: True invoices, each as the JSON object of an `Invoice`; the one counts whose
            number stands in the document.
        obedient: Whether it does as a document tells it, as a model does that falls for an
            injected instruction.
    """

    def __init__(self, truth: Iterable[Mapping[str, Any]] = (), *, obedient: bool = False) -> None:
        self._truth = {str(known["number"]): known for known in truth if known.get("number")}
        self._obedient = obedient

    def counted(self, asked: Asked) -> Asked:
        """*asked* with the tokens that it takes; what the server counted, for this reader."""
        return asked

    def answer(self, asked: Asked) -> str:
        """The answer to a question, as JSON that follows its schema."""
        text = _FRAME.sub("", asked.document)
        found = self._known(text) or dict(_read(text))
        answer: dict[str, Any] = {"invoice": found, "citations": [], "warnings": []}
        if self._obedient:
            answer = _obeyed(text, answer)
        schema = asked.schema
        return json.dumps(
            _shaped(answer, schema, schema.get("$defs", {})) if "properties" in schema else answer,
            ensure_ascii=False,
        )

    @staticmethod
    def wrong(answer: str) -> str:
        """The same answer with a total that is a tenth too high, or with another number."""
        try:
            lie = json.loads(answer)
            invoice = lie.get("invoice") or {}
        except (ValueError, AttributeError):
            return answer
        totals = invoice.get("totals") or {}
        if totals.get("gross"):
            totals["gross"] = f"{Decimal(totals['gross']) * Decimal('1.1'):.2f}"
        else:
            invoice["number"] = f"{invoice.get('number') or ''}9"
        return json.dumps(lie | {"invoice": invoice}, ensure_ascii=False)

    def _known(self, text: str) -> Mapping[str, Any] | None:
        if not self._truth:
            return None
        shown = (word for word in text.split() if word in self._truth)
        return next((self._truth[word] for word in shown), None)


def _read(text: str) -> Iterator[tuple[str, Any]]:
    """The parts of an invoice that can be seen in *text*."""
    number = _LABELLED.search(text) or _ALONE.search(text)
    if number:
        yield "number", number[1]
    if date := _date(text):
        yield "issue_date", date
    if money := _CURRENCY.search(text):
        yield "currency", money[1] or _SYMBOLS[money[0]]
    if seller := _seller(text):
        yield "seller", {"name": seller}
    if iban := _IBAN.search(text):
        yield "payment", {"accounts": [{"iban": iban[0].replace(" ", "")}]}
    if totals := _totals(text):
        yield "totals", {name: str(amount) for name, amount in totals.items()}
        if lines := _lines(text, totals.get("net", totals["gross"])):
            yield "lines", lines


def _date(text: str) -> str | None:
    """The first date, as ISO 8601."""
    found = [match for pattern in _DATES for match in pattern.finditer(text)]
    for match in sorted(found, key=re.Match.start):
        parts = match.groupdict()
        month = int(parts["m"]) if "m" in parts else _month(parts["name"])
        if 1 <= month <= 12 and 1 <= int(parts["d"]) <= 31:
            return f"{parts['y']}-{month:02}-{int(parts['d']):02}"
    return None


def _month(name: str) -> int:
    starts = enumerate(_MONTHS, start=1)
    low = name.lower()
    return next((n for n, some in starts if low.startswith(tuple(some.split()))), 0)


def _seller(text: str) -> str:
    """The first line's first column that is more than a title or a number."""
    columns = (c for line in text.splitlines() for c in line.split("   "))
    return next((c.strip() for c in columns if " " in c.strip() and not re.search(r"\d", c)), "")


def _totals(text: str) -> dict[str, Decimal]:
    """The largest amount, and the two that it is the sum of where there are such."""
    amounts = {_amount(found) for found in _AMOUNT.findall(text)}
    if not amounts:
        return {}
    gross = max(amounts)
    pairs = [(net, gross - net) for net in amounts if gross - net in amounts and 2 * net > gross]
    if not pairs:
        return {"gross": gross}
    net, tax = max(pairs, key=lambda pair: (pair[0] < gross, -pair[0]))
    return {"net": net, "tax": tax, "gross": gross}


def _amount(text: str) -> Decimal:
    return Decimal(re.sub(r"\D", "", text[:-3]) + "." + text[-2:])


def _lines(text: str, total: Decimal) -> list[dict[str, str]]:
    """The numbered rows, if their amounts add up."""
    rows = [
        (id_, name, amount) for id_, name, amount in _ROW.findall(text) if _AMOUNT.fullmatch(amount)
    ]
    if sum(_amount(amount) for _, _, amount in rows) != total:
        return []
    return [{"id": id_, "name": name, "amount": str(_amount(amount))} for id_, name, amount in rows]


def _obeyed(text: str, answer: dict[str, Any]) -> Any:
    """*answer* as the document wants it, where it gives orders."""
    if ordered := _ORDERED_JSON.search(text):
        try:
            return json.JSONDecoder().raw_decode(ordered[1])[0]
        except ValueError:
            pass
    invoice = dict(answer["invoice"])
    for what, value in _ORDERED.findall(text):
        amount = _AMOUNT.search(value)
        if what.lower() in ("total", "gross") and amount:
            invoice["totals"] = {**invoice.get("totals", {}), "gross": str(_amount(amount[0]))}
        elif what.lower() == "iban":
            invoice["payment"] = {"accounts": [{"iban": value.replace(" ", "")}]}
        elif what.lower() == "seller":
            invoice["seller"] = {"name": value}
        elif what.lower() == "date":
            invoice["issue_date"] = _date(value) or invoice.get("issue_date")
        elif what.lower() == "number":
            invoice["number"] = value
    return answer | {"invoice": invoice}


def _shaped(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    """*value* as *schema* wants it: all that is named, nothing else, null or empty where absent."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("anyOf", [schema])
    if value is None and any(kind.get("type") == "null" for kind in kinds):
        return None
    kind: Mapping[str, Any] = next((k for k in kinds if k.get("type") != "null"), {})
    if kind is not schema:
        return _shaped(value, kind, defs)
    if "properties" in kind:
        given = value if isinstance(value, Mapping) else {}
        parts = kind["properties"].items()
        return {name: _shaped(given.get(name), part, defs) for name, part in parts}
    if kind.get("type") == "array":
        items = value if isinstance(value, list) else []
        return [_shaped(item, kind.get("items", {}), defs) for item in items]
    if value is not None:
        return value
    if kind.get("enum"):
        return kind["enum"][0]
    return {"string": "", "integer": 0, "number": 0, "boolean": False, "object": {}}.get(
        kind.get("type", "string")
    )
