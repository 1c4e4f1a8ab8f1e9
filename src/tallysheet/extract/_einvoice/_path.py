"""Paths into an XML tree, as the tables write them: a small part of XPath.

``A/B``          every B in every A, whatever their namespaces
``A/@unit``      that attribute
``.``            the element itself
``A[B/C=x|y]``   only where the first B/C with a text is x or y, in any case
``A[@unit!=]``   only where the attribute is there and not empty
``A[B|C!=]``     only where B or, failing that, C is there and not empty
``A[@unit=$u]``  only where it equals what the reader knows as *u*; an unknown
                 *u* equals nothing

Compiled once, when a table is loaded; looked up in time linear to the elements
that the path's names pass by.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from tallysheet.extract._einvoice._xml import Node

STEP = re.compile(r"([\w.@]+)((?:\[[^\]]*\])*)(?:/|$)")
CONDITION = re.compile(r"\[([^\]=!]*)(!?=)([^\]]*)\]")


class Raw(NamedTuple):
    """A value as it stands in the XML."""

    text: str
    format: str
    """The code of its notation (UNTDID 2379), empty where none is given."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of an element for a step to take it."""

    paths: tuple["Path", ...]
    negated: bool
    wanted: tuple[str, ...]

    def holds(self, node: Node, known: Mapping[str, str]) -> bool:
        """Whether *node* is one of those meant."""
        return (self._found(node, known) in self._meant(known)) != self.negated

    def _found(self, node: Node, known: Mapping[str, str]) -> str:
        for path in self.paths:
            for raw in path.values(node, known):
                if text := raw.text.strip().upper():
                    return text
        return ""

    def _meant(self, known: Mapping[str, str]) -> tuple[str, ...]:
        if self.wanted[0].startswith("$"):
            value = known.get(self.wanted[0][1:].lower(), "")
            return (value,) if value else ()
        return self.wanted


@dataclass(frozen=True, slots=True)
class Step:
    """One element name, and the conditions on it."""

    name: str
    conditions: tuple[Condition, ...]

    def take(self, node: Node, known: Mapping[str, str]) -> Iterator[Node]:
        """Those children of *node* that the step means, or *node* itself for ``.``."""
        children = iter((node,)) if self.name == "." else node.children(self.name)
        if not self.conditions:
            return children
        return (node for node in children if all(c.holds(node, known) for c in self.conditions))


@dataclass(frozen=True, slots=True)
class Path:
    """Steps down a tree, and the attribute at their end if there is one."""

    steps: tuple[Step, ...]
    attribute: str = ""

    @classmethod
    def compile(cls, written: str) -> Self:
        """Compile what a table has *written*.

        Raises:
            ValueError: It is no path: the table has a slip of the pen.
        """
        if STEP.sub("", written):
            raise ValueError(f"not a path: {written}")
        steps: list[Step] = []
        attribute = ""
        for name, conditions in STEP.findall(written):
            if name.startswith("@"):
                attribute = name[1:]
            else:
                steps.append(Step(name, _conditions(conditions)))
        return cls(tuple(steps), attribute)

    def nodes(self, node: Node, known: Mapping[str, str]) -> Iterator[Node]:
        """All elements at the end of the path, in their order."""
        return self._below(node, 0, known)

    def values(self, node: Node, known: Mapping[str, str]) -> Iterator[Raw]:
        """All values at the end of the path, in their order."""
        for found in self.nodes(node, known):
            if self.attribute:
                yield Raw(found.attribute(self.attribute), "")
            else:
                yield Raw(found.text, found.attribute("format"))

    def _below(self, node: Node, at: int, known: Mapping[str, str]) -> Iterator[Node]:
        if at == len(self.steps):
            yield node
            return
        for child in self.steps[at].take(node, known):
            yield from self._below(child, at + 1, known)


def _conditions(written: str) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            tuple(Path.compile(path) for path in paths.split("|")),
            sign == "!=",
            tuple(value.upper().split("|")),
        )
        for paths, sign, value in CONDITION.findall(written)
    )
