"""Bytes to text."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.documents.decode import decode
from kintsugi.errors import DataError

GERMAN = "Die Störung wurde behoben. Größere Mengen müssen geprüft werden. Übrigens: schöne Grüße!\n" * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_read_in_any_usual_encoding(encoding):
    assert decode(GERMAN.encode(encoding), "a.txt") == GERMAN


def test_line_ends_become_one_kind():
    assert decode(b"a\r\nb\rc\n", "a.txt") == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("data", "check", "message"),
    [
        (b"", "empty", r"document a.txt: empty; expected text; got 0 bytes .*; next: write something"),
        (b" \n\x00\t", "empty", "4 bytes without content"),
        (b"PK\x03\x04" + b"\x80\x00" * 40, "binary", r"got a zip archive or an office document; next: export it"),
        (bytes(range(256)) * 4, "binary", r"control bytes"),
        (b"\xef\xbb\xbfabc\xff", "encoding", r"not utf-8-sig, which its first bytes promise; next: save it as UTF-8"),
        (GERMAN.encode().decode("cp1252", "replace").encode(), "encoding-damage", r"e.g. .*Ã.*; next: export it again"),
        (GERMAN.encode("latin-1").decode("utf-8", "replace").encode(), "encoding-damage", "damaged characters"),
    ],
)
def test_what_is_not_text_is_refused_with_the_reason(data, check, message):
    with pytest.raises(DataError, match=message) as caught:
        decode(data, "a.txt")
    assert caught.value.check == check


def test_a_text_that_only_speaks_of_damage_passes():
    text = "Signs such as `Ã¼`, `â€™` or `\ufffd` mean encoding damage. " * 3
    assert decode(text.encode(), "a.md") == text


@given(st.binary(max_size=300))
def test_any_bytes_give_storable_text_or_a_refusal(data):
    with suppress(DataError):
        decode(data, "a.txt").encode("utf-8")
