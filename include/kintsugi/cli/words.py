"""Numbers and times as people read them on the command line."""

from datetime import UTC, datetime


def number_of(count: int, thing: str) -> str:
    """Return a number of things: *0 runs*, *1 run*, *2 runs*."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def moment(seconds: float) -> str:
    """Return a time in seconds since the epoch, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
