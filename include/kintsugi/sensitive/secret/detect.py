"""All detectors of secrets."""

from collections.abc import Iterator

from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.reading import Reading
from kintsugi.sensitive.secret.assigned import assigned_secrets
from kintsugi.sensitive.secret.private_keys import private_keys
from kintsugi.sensitive.secret.tokens import issued_tokens


def secrets(reading: Reading) -> Iterator[Finding]:
    """Yield every secret of a text; two detectors may find the same one."""
    yield from issued_tokens(reading)
    yield from private_keys(reading)
    yield from assigned_secrets(reading)
