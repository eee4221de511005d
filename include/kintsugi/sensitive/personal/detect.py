"""All detectors of personal data."""

from collections.abc import Iterator

from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.personal.addresses import addresses
from kintsugi.sensitive.personal.numbers import numbers
from kintsugi.sensitive.personal.telephones import telephones
from kintsugi.sensitive.reading import Reading


def personal_data(reading: Reading) -> Iterator[Finding]:
    """Yield personal data; an IP address, a name or a postal address alone is not counted as such."""
    yield from addresses(reading)
    yield from telephones(reading)
    yield from numbers(reading)
