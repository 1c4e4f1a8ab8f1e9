"""The model's API key, from the file or the command that the settings name. Never from a flag."""

import shlex
import subprocess

from tallysheet.errors import ConfigError
from tallysheet.settings import Settings

COMMAND_LIMIT_S = 60.0


def api_key(settings: Settings) -> str | None:
    """The key, or none where the settings name no place: then the provider's own variable counts.

    Blocks while it reads or runs.

    Raises:
        ConfigError: The file cannot be read, or the command fails. What they hold or print
            is never part of the message.
    """
    if settings.api_key_file is not None:
        try:
            return settings.api_key_file.expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"The API key cannot be read from {settings.api_key_file}"
                f" ({type(error).__name__}).",
                "Correct api_key_file, or remove it to use the provider's own variable.",
            ) from None
    if settings.api_key_command is not None:
        try:
            words = shlex.split(settings.api_key_command)
            ran = subprocess.run(  # noqa: S603  the operator's own command, without a shell
                words, capture_output=True, text=True, check=True, timeout=COMMAND_LIMIT_S
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise ConfigError(
                f"The command for the API key failed ({type(error).__name__}).",
                "Correct api_key_command: it must print the key and exit with 0.",
            ) from None
        return ran.stdout.strip()
    return None
