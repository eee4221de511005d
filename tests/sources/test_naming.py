"""External ids of files."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.sources.naming import safe_name


def test_ordinary_names_of_any_script_stay_as_they_are():
    assert safe_name("Störung 42 日本語 אבג.md") == "Störung 42 日本語 אבג.md"


def test_what_can_not_be_shown_is_encoded():
    assert safe_name("a\nb\x1b[31m\u202egpj.md") == "a%0Ab%1B[31m%E2%80%AEgpj.md"
    assert safe_name(b"caf\xe9.md".decode("utf-8", "surrogateescape")) == "caf%E9.md"


@given(st.binary(min_size=1), st.binary(min_size=1))
def test_different_names_stay_different(one, other):
    names = [each.decode("utf-8", "surrogateescape") for each in (one, other)]
    assert (safe_name(names[0]) == safe_name(names[1])) == (one == other)
    safe_name(names[0]).encode("utf-8")
