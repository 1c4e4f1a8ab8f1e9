"""Settings: plain frozen values, each with its unit, from five places in a fixed order.

A flag beats an environment variable ``TALLYSHEET_*``, which beats the project's
file (``tallysheet.toml``, or ``[tool.tallysheet]`` in ``pyproject.toml``), which
beats the user's file, which beats the default. No secret is a setting: keys come
from the environment variables that providers already define, or from a file or
command that a setting names.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallysheet.errors import ConfigError

ENVIRONMENT = "TALLYSHEET_"
RULES = "rules"
"""The model that is none: it asks nobody."""
PROJECT_FILE = "tallysheet.toml"


class Settings(BaseModel):
    """Everything that a run can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default=RULES,
        description="Who reads what is not an e-invoice: `rules`, or provider and model"
        " (`openai:`, `anthropic:`, `bedrock:`); several with commas between are asked in order.",
    )
    second_model: str | None = Field(
        default=None,
        min_length=1,
        description="Who reads once more the fields that fail checks, and only these: as `model`.",
    )
    e_invoice: bool = Field(
        default=True, description="Read the XML inside hybrid PDFs; it is exact and free."
    )
    required: tuple[str, ...] = Field(
        default=("number", "issue_date", "currency", "seller.name", "totals.gross"),
        description="Field paths without which a document goes to review.",
    )
    review_below: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="A document goes to review if a required field is right with a smaller"
        " probability than this, from 0 to 1; 0 asks for none.",
    )
    duplicates: bool = Field(
        default=True,
        description="Whether documents are held against the others of their batch: a copy of an"
        " invoice, and another account of a seller, go to review.",
    )
    our_companies: tuple[str, ...] = Field(
        default=(),
        description="Who the buyer may be: names, VAT ids, or `Muster GmbH=DE136695976`. Another"
        " VAT id sends a document to review, another name is a warning.",
    )
    known_accounts_file: Path | None = Field(
        default=None,
        description="A file of sellers' accounts, lines of VAT id or name, a comma and an IBAN:"
        " another account of such a seller sends a document to review.",
    )
    concurrency: int = Field(
        default=64, ge=1, le=100_000, description="Documents with the model at the same time."
    )
    parse_workers: int = Field(
        default=0, ge=0, le=1024, description="Child processes that parse; 0 is one a core."
    )
    parse_limit_s: float = Field(
        default=30.0, gt=0, description="Seconds after which parsing one document is given up."
    )
    parse_memory_mb: int = Field(
        default=768, ge=128, description="Megabytes of memory that one child process may take."
    )
    lease_s: float = Field(
        default=30.0, ge=1, description="Seconds of silence after which a worker is taken for dead."
    )
    drain_s: float = Field(
        default=20.0,
        ge=0,
        description="Seconds that documents in flight may take to end after Ctrl-C.",
    )
    base_url: str | None = Field(
        default=None, description="Where the model's API is, if not at the provider's own address."
    )
    cache: bool = Field(
        default=True,
        description="Keep a model's answers beside the batch, and ask nothing twice.",
    )
    model_limit_s: float = Field(
        default=120.0, gt=0, description="Seconds after which one call to the model is given up."
    )
    model_patience_s: float = Field(
        default=1800.0,
        gt=0,
        description="Seconds for which a model may put one document off, from the first call on.",
    )
    run_limit_s: float | None = Field(
        default=None, gt=0, description="Seconds after which a run stops as after Ctrl-C (exit 5)."
    )
    requests_per_minute: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Calls a minute to each model, all workers together; what the provider allows"
        " unless given.",
    )
    tokens_per_minute: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="The same of tokens, those read and the most that may be answered.",
    )
    hedge: bool = Field(
        default=False,
        description="Ask a second time where an answer is late, for at most one call in 20 more.",
    )
    tier: str | None = Field(
        default=None,
        min_length=1,
        description="The service tier to ask for, such as `flex`, where a provider has it.",
    )
    batch: bool | None = Field(
        default=None,
        description="Ask the model in its provider's batch mode: half the price, within a day."
        " `False` asks at once also what a job of an earlier run still holds, and pays twice;"
        " unless given, that is left to a later run.",
    )
    batch_wait: bool = Field(
        default=True,
        description="Stay until the answers of `batch` are there; else hand everything in and"
        " stop (exit 5). The next run fetches them.",
    )
    batch_model: str | None = Field(
        default=None,
        min_length=1,
        description="What the model is called in jobs, if not as otherwise: on Azure, the name of"
        " the Global-Batch deployment beside the one that answers single questions.",
    )
    batch_size: int = Field(
        default=2000,
        ge=1,
        le=100_000,
        description="Documents in flight at the same time with `batch`, if `concurrency` is not"
        " more; so many wait for answers together.",
    )
    bedrock_batch_s3: str | None = Field(
        default=None,
        pattern=r"^s3://[^/]+",
        description="Where `batch` exchanges questions and answers with Bedrock:"
        " `s3://BUCKET/PREFIX`, in the model's region and apart from the documents.",
    )
    bedrock_batch_role: str | None = Field(
        default=None,
        pattern=r"^arn:[^:]+:iam::\d{12}:role/.+",
        description="The ARN of the role by which Bedrock reads and writes there.",
    )
    max_cost_usd: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="US dollars that models may cost in this run at most, failed calls included.",
    )
    prices: tuple[str, ...] = Field(
        default=(),
        description="What models cost, where the built-in table is to be overruled:"
        " `openai:gpt-5-mini=0.25/2.0`, US dollars a million tokens in and out.",
    )
    api_key_file: Path | None = Field(
        default=None, description="A file that holds the model's API key."
    )
    api_key_command: str | None = Field(
        default=None, description="A command that prints the model's API key."
    )
    pdf_passwords_file: Path | None = Field(
        default=None, description="A file of passwords for encrypted PDFs, one a line."
    )
    pdf_passwords_command: str | None = Field(
        default=None, description="A command that prints passwords for encrypted PDFs, one a line."
    )

    @property
    def in_flight(self) -> int:
        """Documents in flight at the same time.

        A quarter more than may be with a model: while those are, the others are claimed,
        parsed and stored, so that no place at the model stays empty meanwhile.
        """
        if self.batch:
            return max(self.concurrency, self.batch_size)
        return self.concurrency + (self.concurrency // 4 if self.model != RULES else 0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for each the place that decided it."""

    settings: Settings
    origins: Mapping[str, str]


def user_file() -> Path:
    """Where a user keeps settings for all projects: below ``$XDG_CONFIG_HOME``."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "tallysheet" / PROJECT_FILE


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: Path | None = None,
) -> Loaded:
    """Gather the settings from all places.

    Args:
        flags: What the command line says; values that are None say nothing.
        environment: The process's own unless given.
        folder: Where the project's file is looked for; the working folder unless given.
        user: The user's file, `user_file` unless given.

    Raises:
        ConfigError: A key is unknown or a value is wrong; says which, where, and the fix.
    """
    folder = folder or Path.cwd()
    layers: list[tuple[str, dict[str, Any]]] = []
    user = user or user_file()
    if user.is_file():
        layers.append((str(user), _toml(user)))
    layers += _project(folder)
    layers.append(("environment", _environment(os.environ if environment is None else environment)))
    layers.append(("flag", {k: v for k, v in (flags or {}).items() if v is not None}))

    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for place, layer in layers:
        for key, value in layer.items():
            if key not in Settings.model_fields:
                raise _unknown(key, place)
            values[key] = value
            origins[key] = f"{ENVIRONMENT}{key.upper()}" if place == "environment" else place
    try:
        return Loaded(Settings.model_validate(values), origins)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = str(first["loc"][0])
        raise ConfigError(
            f"The setting {key} (from: {origins[key]}) is wrong: {first['msg']}.",
            f"It means: {Settings.model_fields[key].description}",
        ) from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", "Mend or remove it.") from None


def _project(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """The project's own file; it wins over the table in pyproject.toml, which is then not read."""
    own = folder / PROJECT_FILE
    if own.is_file():
        return [(str(own), _toml(own))]
    pyproject = folder / "pyproject.toml"
    if pyproject.is_file():
        table = _toml(pyproject).get("tool", {}).get("tallysheet", {})
        return [(f"{pyproject} [tool.tallysheet]", table)]
    return []


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """``TALLYSHEET_PARSE_WORKERS=2`` is parse_workers; a list is written with commas."""
    found: dict[str, Any] = {}
    for name, text in environment.items():
        if name.startswith(ENVIRONMENT):
            key = name.removeprefix(ENVIRONMENT).lower()
            field = Settings.model_fields.get(key)
            is_list = field is not None and get_origin(field.annotation) is tuple
            found[key] = [part.strip() for part in text.split(",") if part] if is_list else text
    return found


def _unknown(key: str, place: str) -> ConfigError:
    name = f"{ENVIRONMENT}{key.upper()}" if place == "environment" else key
    close = get_close_matches(key, Settings.model_fields, n=1)
    known = ", ".join(Settings.model_fields)
    fix = f"Did you mean {close[0]}?" if close else f"There are: {known}."
    return ConfigError(f"There is no setting {name} (from: {place}).", fix)
