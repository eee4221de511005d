from kintsugi.upkeep.age import OlderLine, ages


def test_a_number_too_long_for_a_version_is_no_version():
    digits = "1" * 5_000
    found = ages(f"Pi is 3.{digits}\nUse 4.2", f"Pi is 3.2{digits}\nUse 4.10")
    assert found.one_is_older == (OlderLine("Use 4.2", "Use 4.10"),)
    assert not found.other_is_older


def test_the_long_end_of_a_version_is_read_as_text():
    digits = "1" * 5_000
    assert ages(f"Use 4.2.{digits}", f"Use 4.10.{digits}").one_is_older


def test_a_line_with_a_placeholder_is_another_line():
    found = ages("From 4.1 to <version> since <date>", "From 4.1 to 4.2 since 2026-01-01")
    assert not found.one_is_older
    assert not found.other_is_older
