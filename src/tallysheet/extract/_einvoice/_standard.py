"""Which profile of which standard an e-invoice says that it follows, by its identifier (BT-24).

Identifiers have grown by appending: a national profile stands behind the one it
narrows, an extension behind that. So the last one that is known counts.
"""

import re

from tallysheet.extract._einvoice._terms import Syntax
from tallysheet.extract._einvoice._xml import Node
from tallysheet.model import Standard

LONGEST = 200
"""Characters of an identifier that are looked at."""

LEVEL = r"(?P<major>\d)p(?P<minor>\d):(?P<level>[a-z]+)"
PROFILES = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"extension:xrechnung_(?P<version>[\d.]+)", "XRechnung Extension"),
        (r"xrechnung_(?P<version>[\d.]+)", "XRechnung"),
        (r"poacc:billing:(?P<version>[\d.]+)", "Peppol BIS Billing"),
        (r"poacc:selfbilling:(?P<version>[\d.]+)", "Peppol BIS Self-Billing"),
        (r"peppol:pint:[a-z-]+-(?P<version>\d+)", "Peppol PINT"),
        (rf"factur-x\.eu:{LEVEL}", "Factur-X {level}"),
        (rf"zugferd\.de:{LEVEL}", "ZUGFeRD {level}"),
        (rf"ferd:crossindustrydocument:[a-z]+:{LEVEL}", "ZUGFeRD {level}"),
        (r"nlcius:v?(?P<version>[\d.]+)", "NLCIUS"),
        (r"cius-(?P<level>[a-z]{2,4}):(?P<version>[\d.]+)", "CIUS-{level}"),
        (r"^urn:cen\.eu:en16931:(?P<version>\d{4})$", "EN 16931"),
        (r"^(?P<level>fpa|fpr|fsm)(?P<major>\d)(?P<minor>\d)$", "FatturaPA {level}"),
        (r"^fatturapa (?P<version>1\.[01])$", "FatturaPA"),
        (r"si-ubl:(?:[a-z]+:)?ver(?P<version>\d+\.\d+)", "SI-UBL"),
        (r"peppol\.eu:bis:peppol(?P<level>\d+a):ver(?P<version>\d+\.\d+)", "Peppol BIS {level}"),
    )
)
"""What to look for, in lower case, and what people call it."""


BARE = re.compile(r"\d\.\d")
"""A version alone, which says something beside the name of its syntax only."""
LEVELS = {"BASICWL": "BASIC WL", "KOMFORT": "COMFORT"}


def standard_of(root: Node, syntax: Syntax) -> Standard:
    """Say what the e-invoice below *root* claims to be."""
    found = (raw.text.strip() for path in syntax.identifier for raw in path.values(root, {}))
    identifier = next(filter(None, found), "")[:LONGEST]
    bare = f"{syntax.name} " if BARE.fullmatch(identifier) else ""
    profile, version = _known(f"{bare}{identifier}".lower())
    return Standard(
        syntax=syntax.name, profile=profile, version=version, identifier=identifier or None
    )


def _known(identifier: str) -> tuple[str | None, str | None]:
    """Profile and version, as people call them; nothing where nobody here knows it."""
    for pattern, name in PROFILES:
        if match := pattern.search(identifier):
            said = match.groupdict()
            version = said.get("version") or f"{said['major']}.{said['minor']}"
            level = (said.get("level") or "").upper()
            return name.format(level=LEVELS.get(level, level)), version.strip(".")
    return None, None
