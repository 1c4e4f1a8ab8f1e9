"""The language of the tables: where each term of the canonical invoice stands in the XML.

A table maps a field to the path of its value, or to several, of which the first
that holds something counts. What type a value is, the canonical invoice says.
A table is checked and compiled against it when it is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, get_args

from tallysheet.extract._einvoice._path import Path
from tallysheet.extract._einvoice._values import BY_NAME, BY_TYPE, NAMES, Read
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


@dataclass(frozen=True, slots=True)
class All:
    """All texts at *path*, a line each."""

    path: str


Rule: TypeAlias = str | tuple[str, ...] | All | In | Each
Table: TypeAlias = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A compiled rule for one value."""

    paths: tuple[Path, ...]
    read: Read
    meant: str
    """What the value should be, in words."""
    joined: bool = False
    """Whether all texts make up the value, and not the first alone."""
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

    root: str
    namespace: str
    """How the root's namespace begins; versions follow."""
    table: Table

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
        return Leaf(_paths((rule.path,)), BY_TYPE[kind], NAMES[kind], joined=not many, many=many)
    paths = (rule,) if isinstance(rule, str) else rule
    return Leaf(_paths(paths), BY_NAME.get(name, BY_TYPE[kind]), NAMES[kind], many=many)


def _paths(written: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(Path.compile(path) for path in written)


def _kind(annotation: Any) -> Any:
    """The type inside ``X | None``, ``tuple[X, ...]`` and ``Annotated[X, …]``."""
    while arguments := get_args(annotation):
        annotation = arguments[0]
    return annotation
