"""The language of the tables: where each term of the canonical invoice stands in the XML.

A table maps a field to the path of its value, or to several, of which the first
that holds something counts. What type a value is, the canonical invoice says.
A table is checked and compiled against it when it is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, get_args

from tallysheet.extract._einvoice._path import Path, Raw
from tallysheet.extract._einvoice._values import (
    BY_NAME,
    BY_TYPE,
    NAMES,
    PLUS,
    Read,
    text,
    total,
    upper,
)
from tallysheet.model import Invoice, Term


@dataclass(frozen=True, slots=True)
class In:
    """A group of terms below one element: the first at *path*, or the same for ``.``."""

    path: str
    table: "Table"


@dataclass(frozen=True, slots=True)
class Each:
    """A group of terms for each element at any of *paths*."""

    paths: tuple[str, ...]
    table: "Table"


class All:
    """All texts at *paths* as one value, a line each unless told otherwise."""

    def __init__(self, *paths: str, between: str = "\n", read: Read = text) -> None:
        self.paths = paths
        self.between = between
        self.read = read


class Sum:
    """What all numbers at *paths* come to, for a total that the syntax leaves to its reader."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths


@dataclass(frozen=True, slots=True)
class Code:
    """A code at *path*, in the terms of the standard by *meanings*."""

    path: str
    meanings: Mapping[str, str]

    def read(self, raw: Raw) -> str:
        """Look the code up.

        Raises:
            ValueError: It has no meaning that we know.
        """
        try:
            return self.meanings[upper(raw)]
        except KeyError:
            raise ValueError("not a known code") from None


Rule: TypeAlias = str | tuple[str, ...] | All | Sum | Code | In | Each
Table: TypeAlias = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A compiled rule for one value."""

    paths: tuple[Path, ...]
    read: Read
    meant: str
    """What the value should be, in words."""
    between: str | None = None
    """What stands between the texts where all of them make up the value, not the first alone."""
    many: bool = False
    """Whether the field holds all values, each as one."""


@dataclass(frozen=True, slots=True)
class Group:
    """A compiled rule for a group of terms."""

    paths: tuple[Path, ...]
    plan: "Plan"
    needs: frozenset[str]
    """The fields without which there is no such group."""
    many: bool


Plan: TypeAlias = Mapping[str, Leaf | Group]


@dataclass(frozen=True)
class Syntax:
    """One kind of e-invoice: what its root element is called, and its table."""

    name: str
    """What people call it."""
    root: str
    namespaces: tuple[str, ...]
    """How the root's namespace may begin; versions follow."""
    stated: str
    """Path of the identifier of the standard that a document follows (BT-24)."""
    table: Table
    kind: str = ""
    """The type of document (BT-3) that the root alone says, where the document leaves it out."""
    several: str = ""
    """The element below the root that is one invoice, where a file can hold several."""

    @cached_property
    def identifier(self) -> tuple[Path, ...]:
        """Where the document names the standard it follows, compiled."""
        return _paths((self.stated,))

    @cached_property
    def plan(self) -> Plan:
        """The table, compiled when it is first needed."""
        return compiled(self.table, Invoice)


def compiled(table: Table, model: type[Term]) -> Plan:
    """Compile *table* for the fields of *model*."""
    return {name: _rule(name, rule, model) for name, rule in table.items()}


def _rule(name: str, rule: Rule, model: type[Term]) -> Leaf | Group:
    annotation: Any = model.model_fields[name].annotation
    kind = _kind(annotation)
    many = str(annotation).startswith("tuple")
    if isinstance(rule, In | Each):
        paths = (rule.path,) if isinstance(rule, In) else rule.paths
        required = {key for key, field in kind.model_fields.items() if field.is_required()}
        return Group(_paths(paths), compiled(rule.table, kind), frozenset(required), many)
    if isinstance(rule, All):
        between = None if many else rule.between
        return Leaf(_paths(rule.paths), rule.read, NAMES[kind], between, many)
    if isinstance(rule, Sum):
        return Leaf(_paths(rule.paths), total, NAMES[kind], PLUS)
    if isinstance(rule, Code):
        return Leaf(_paths((rule.path,)), rule.read, "a code that we know", many=many)
    paths = (rule,) if isinstance(rule, str) else rule
    return Leaf(_paths(paths), BY_NAME.get(name, BY_TYPE[kind]), NAMES[kind], many=many)


def _paths(written: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(Path.compile(path) for path in written)


def _kind(annotation: Any) -> Any:
    """The type inside ``X | None``, ``tuple[X, ...]`` and ``Annotated[X, …]``."""
    while arguments := get_args(annotation):
        annotation = arguments[0]
    return annotation
