"""Batches of invoices into checked data, with one shared manifest that loses no update.

::

    summary = tallysheet.run_sync("./invoices")
    print(summary.counts)

    async for event in tallysheet.run("./invoices"):
        print(event)

Nothing heavy is loaded until it is used: ``import tallysheet`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallysheet.errors import (
        ConfigError,
        DocumentError,
        Fenced,
        LeaseLost,
        ManifestDamaged,
        Outage,
        TallysheetError,
    )
    from tallysheet.manifest import Claim, Outcome
    from tallysheet.model import Document, Finding, Invoice, Marks, Record, Result, Status
    from tallysheet.pipeline import Manifest, Plan, Summary, open_batch, plan, run, run_sync
    from tallysheet.settings import Settings

_HOMES = {
    "Claim": "tallysheet.manifest",
    "ConfigError": "tallysheet.errors",
    "Document": "tallysheet.model",
    "DocumentError": "tallysheet.errors",
    "Fenced": "tallysheet.errors",
    "Finding": "tallysheet.model",
    "Invoice": "tallysheet.model",
    "LeaseLost": "tallysheet.errors",
    "Manifest": "tallysheet.pipeline",
    "ManifestDamaged": "tallysheet.errors",
    "Marks": "tallysheet.model",
    "Outage": "tallysheet.errors",
    "Outcome": "tallysheet.manifest",
    "Plan": "tallysheet.pipeline",
    "Record": "tallysheet.model",
    "Result": "tallysheet.model",
    "Settings": "tallysheet.settings",
    "Status": "tallysheet.model",
    "Summary": "tallysheet.pipeline",
    "TallysheetError": "tallysheet.errors",
    "open_batch": "tallysheet.pipeline",
    "plan": "tallysheet.pipeline",
    "run": "tallysheet.pipeline",
    "run_sync": "tallysheet.pipeline",
}
"""Where each public name really stands."""

__all__ = [
    "Claim",
    "ConfigError",
    "Document",
    "DocumentError",
    "Fenced",
    "Finding",
    "Invoice",
    "LeaseLost",
    "Manifest",
    "ManifestDamaged",
    "Marks",
    "Outage",
    "Outcome",
    "Plan",
    "Record",
    "Result",
    "Settings",
    "Status",
    "Summary",
    "TallysheetError",
    "open_batch",
    "plan",
    "run",
    "run_sync",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tallysheet' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
