"""Secrets, from the files or the commands that the settings name. Never from a flag."""

import shlex
import subprocess
from pathlib import Path

from tallysheet.errors import ConfigError
from tallysheet.settings import Settings

COMMAND_LIMIT_S = 60.0
MOST_PASSWORDS = 1000
"""Trying one takes some milliseconds, and only encrypted documents take any."""


def api_key(settings: Settings) -> str | None:
    """The model's API key, or none where the provider's own variable counts.

    Blocks while it reads or runs.

    Raises:
        ConfigError: The file cannot be read, or the command fails. What they hold or print
            is never part of the message.
    """
    told = _told("api_key", settings.api_key_file, settings.api_key_command)
    return None if told is None else told.strip()


def pdf_passwords(settings: Settings) -> tuple[str, ...]:
    """The passwords that may open encrypted PDFs, in their order; blanks in them count.

    Blocks while it reads or runs.

    Raises:
        ConfigError: As for `api_key`; or there are more than `MOST_PASSWORDS`.
    """
    told = _told("pdf_passwords", settings.pdf_passwords_file, settings.pdf_passwords_command)
    passwords = tuple(dict.fromkeys(filter(None, (told or "").splitlines())))
    if len(passwords) > MOST_PASSWORDS:
        raise ConfigError(
            f"There are {len(passwords):,} passwords for PDFs, and at most {MOST_PASSWORDS:,}"
            " are tried.",
            "Keep those that open the documents of this batch.",
        )
    return passwords


def _told(setting: str, file: Path | None, command: str | None) -> str | None:
    """What the file holds or else the command prints; none where neither is named."""
    if file is not None:
        try:
            return file.expanduser().read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{file}, which {setting}_file names, cannot be read ({type(error).__name__}).",
                f"Correct {setting}_file, or remove it.",
            ) from None
    if command is not None:
        try:
            words = shlex.split(command)
            ran = subprocess.run(  # noqa: S603  the operator's own command, without a shell
                words, capture_output=True, text=True, check=True, timeout=COMMAND_LIMIT_S
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise ConfigError(
                f"The command that {setting}_command names failed ({type(error).__name__}).",
                f"Correct {setting}_command: it must print what is asked for and exit with 0.",
            ) from None
        return ran.stdout
    return None
