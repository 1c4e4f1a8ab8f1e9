"""Walk a compiled table over an XML tree: values, citations, and what could not be read."""

from dataclasses import dataclass, field
from typing import Any

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice._path import Raw
from tallysheet.extract._einvoice._terms import Group, Leaf, Plan
from tallysheet.extract._einvoice._values import Value
from tallysheet.extract._einvoice._xml import Node
from tallysheet.model import Draft

METHOD = "e-invoice"

CURRENCIES = ("currency", "tax_currency")
"""Read before all else, since they tell amounts of the same name apart."""

MOST_TERMS = 200_000
"""Values in one invoice: at 100 bytes each, no file that we accept holds more."""

GROUP = 4
"""As how many values a group of them counts: it costs the work of looking for all."""

MOST_WARNINGS = 50

MOST_QUOTED = 60
"""How many characters of an unreadable value a warning shows."""


def read(root: Node, plan: Plan) -> Draft:
    """Read the invoice below *root* by *plan*.

    Raises:
        DocumentError: ``too_large``: it holds more values than any invoice does.
    """
    scan = _Scan(_currencies(root, plan))
    invoice = scan.group(root, plan, "")
    return Draft.model_validate(
        {"invoice": invoice, "citations": scan.citations, "warnings": scan.sentences()}
    )


def _currencies(root: Node, plan: Plan) -> dict[str, str]:
    """The document's currency, and that of the tax where it is another one."""
    found = _Scan({}).group(root, {name: plan[name] for name in CURRENCIES if name in plan}, "")
    if found.get("tax_currency") == found.get("currency"):
        found.pop("tax_currency", None)
    return found


@dataclass(slots=True)
class _Scan:
    """What one walk over one document has gathered so far."""

    known: dict[str, str]
    """What the conditions of a path may name, such as ``$currency``."""
    citations: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    unread: int = 0
    terms: int = 0

    def group(self, node: Node, plan: Plan, prefix: str) -> dict[str, Any]:
        """Read all terms of *plan* below *node*; *prefix* begins their field paths."""
        found = {name: self._term(node, rule, prefix + name) for name, rule in plan.items()}
        return {name: value for name, value in found.items() if value is not None}

    def sentences(self) -> list[str]:
        """The warnings, bounded in number."""
        more = self.unread - len(self.warnings)
        return self.warnings + [f"{more} more values cannot be read."] * (more > 0)

    def _term(self, node: Node, rule: Leaf | Group, path: str) -> Any:
        if isinstance(rule, Group):
            items = self._groups(node, rule, path)
        elif rule.between is not None:
            return self._joined(node, rule, rule.between, path)
        else:
            items = self._values(node, rule, path)
        if rule.many:
            return items or None
        return items[0] if items else None

    def _groups(self, node: Node, rule: Group, path: str) -> list[Any]:
        items: list[Any] = []
        for way in rule.paths:
            for element in way.nodes(node, self.known):
                self._count(path, GROUP)
                before = len(self.citations)
                prefix = f"{path}[{len(items)}]." if rule.many else f"{path}."
                item = self.group(element, rule.plan, prefix)
                if item and rule.needs <= item.keys():
                    items.append(item)
                    if not rule.many:
                        return items
                else:
                    while len(self.citations) > before:
                        self.citations.popitem()
        return items

    def _values(self, node: Node, rule: Leaf, path: str) -> list[Value]:
        """All values of a field that holds many, else the first."""
        values: list[Value] = []
        for way in rule.paths:
            for raw in way.values(node, self.known):
                if not raw.text.strip():
                    continue
                value = self._read(raw, rule, f"{path}[{len(values)}]" if rule.many else path)
                if value is not None:
                    values.append(value)
                if not rule.many:
                    return values
        return values

    def _joined(self, node: Node, rule: Leaf, between: str, path: str) -> Value | None:
        texts = [raw.text.strip() for way in rule.paths for raw in way.values(node, self.known)]
        self._count(path, len(texts))
        whole = between.join(text for text in texts if text)
        return self._read(Raw(whole, ""), rule, path) if whole else None

    def _read(self, raw: Raw, rule: Leaf, path: str) -> Value | None:
        self._count(path, 1)
        try:
            value = rule.read(raw)
        except ValueError:
            self._warn(f"{path} stays empty: “{_quoted(raw.text)}” is not {rule.meant}.")
            return None
        self.citations[path] = {"text": raw.text, "method": METHOD, "score": 1.0}
        return value

    def _warn(self, sentence: str) -> None:
        self.unread += 1
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(sentence)

    def _count(self, path: str, terms: int) -> None:
        self.terms += terms
        if self.terms > MOST_TERMS:
            raise DocumentError(
                "too_large",
                f"The e-invoice holds more than {MOST_TERMS} values; {path} is one too many.",
                "Ask the sender to split it.",
            )


def _quoted(text: str) -> str:
    """The beginning of *text*, on one line."""
    line = " ".join(text[: 4 * MOST_QUOTED].split())
    return line if len(line) <= MOST_QUOTED else line[:MOST_QUOTED] + "…"
