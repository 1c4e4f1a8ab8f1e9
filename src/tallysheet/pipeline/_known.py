"""What the settings tell about buyers and sellers, read once a run."""

from tallysheet.errors import ConfigError
from tallysheet.model import Known
from tallysheet.settings import Settings
from tallysheet.validate import accounts_of, companies_of


def known_of(settings: Settings) -> Known:
    """Our companies, and the accounts in the file that the settings name.

    Blocks while it reads.

    Raises:
        ConfigError: The file cannot be read, or an entry is wrong.
    """
    text = ""
    if settings.known_accounts_file is not None:
        try:
            text = settings.known_accounts_file.expanduser().read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{settings.known_accounts_file}, which known_accounts_file names, cannot be read"
                f" ({type(error).__name__}).",
                "Correct known_accounts_file, or remove it.",
            ) from None
    return Known(companies_of(settings.our_companies), accounts_of(text))
