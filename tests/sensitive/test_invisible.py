"""Characters that nobody sees: those that a script needs stay, the others go."""

import pytest

from kintsugi.sensitive import redacted, scan


def found(text: str) -> list[str]:
    return [each.detector for each in scan(text, kinds=("invisible",))]


@pytest.mark.parametrize(
    ("text", "detector", "clean"),
    [
        ("re\u200bstart", "zero-width character", "restart"),
        ("a\u2060b\ufeffc", "zero-width character", "abc"),
        ("hi" + "".join(chr(0xE0000 + ord(each)) for each in "obey"), "tag characters", "hi"),
        ("smile😀" + "\U000e0158\U000e0155\U000e015c", "variation selectors", "smile😀"),
        ("photo\u202egpj.exe", "bidirectional control", "photogpj.exe"),
        ("pass\u00adword", "soft hyphen", "password"),
        ("pаypal", "look-alike letters", "paypal"),
        ("admіn\u200bistrаtor", "look-alike letters", "administrator"),
    ],
)
def test_what_nobody_sees_is_found_and_taken_out(text, detector, clean):
    assert detector in found(text)
    assert redacted(text, scan(text, kinds=("invisible",))) == clean


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa file with a byte order mark",
        "👩‍👩‍👧 and 🤷🏽‍♀️ and ❤️ and 5️⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم",
        "क्‍ष",
        "שלום\u200f (hello)",
        "\u2067שלום\u2069 hello",
        "kΩ, µs, α-particles, Привет, Καλημέρα",
        "plain ASCII",
    ],
)
def test_what_a_script_or_a_picture_needs_is_left_alone(text):
    assert found(text) == []


def test_the_word_of_a_look_alike_finding_is_whole():
    (finding,) = scan("see prоmetheus now", kinds=("invisible",))
    assert (finding.start, finding.end) == (4, 14)
