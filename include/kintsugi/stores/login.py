"""The password of an engine and the files that its settings name."""

from pathlib import Path

from kintsugi.errors import ConfigurationError
from kintsugi.settings import MongoSettings, OpenSearchSettings


def password_of(section: str, settings: MongoSettings | OpenSearchSettings) -> str:
    """Return the password: what the file holds, else what is set. A line end at the file's end is no part of it.

    Args:
        section: ``mongo`` or ``opensearch``, for what is said.

    Raises:
        ConfigurationError: the file isn't there, can't be read, or isn't UTF-8.
    """
    if settings.password_file is None:
        return settings.password.get_secret_value()
    key = f"{section}.password_file"
    file = present(key, settings.password_file)
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"  # the other's own text quotes the file
        raise ConfigurationError(
            f"setting {key!r}",
            expected="a text file that this user may read",
            got=f"{file}: {reason}",
            next_step="correct its permissions or its content",
        ) from None


def present(key: str, file: Path) -> Path:
    """Return the file that the setting ``key`` names.

    Raises:
        ConfigurationError: there is none.
    """
    if not file.is_file():
        raise ConfigurationError(
            f"setting {key!r}",
            expected="a file that exists",
            got=str(file),
            next_step="correct the path or make the file",
        )
    return file
