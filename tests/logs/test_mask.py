"""What varies in a word is open; its text stays."""

import pytest

from kintsugi.logs.mask import masked


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("connection", "connection"),
        ("4711", "<*>"),
        ("(4711),", "(<*>),"),
        ("blk_38865049064139660", "<*>"),
        ("attempt_1445_m_000001_0:", "<*>:"),
        ("uid=0", "uid=<*>"),
        ("/10.250.19.102:54106", "<*>"),
        ("10.251.30.85:50010:Got", "<*>:Got"),
        ("5c:50:15:4c:18:13", "<*>"),
        ("7f3b8f6e-0d2b-4d0e-9a53-1e6f5a0a7c11", "<*>"),
        ("https://host/a?b=1,", "<*>,"),
        ("/var/log/app.log.", "<*>."),
        (r"C:\Windows\cbs.dll", "<*>"),
        ("0x1f", "<*>"),
        ("sshd[19939]:", "sshd[<*>]:"),
        ("enabled=true", "enabled=<*>"),
        ("2024-01-01T00:00:00+00:00", "<*>"),
        ("illegal.........0", "illegal.........<*>"),
    ],
)
def test_what_varies_is_open_and_what_is_around_it_stays(word, expected):
    assert masked(word) == expected


def test_a_masked_word_masks_to_itself():
    for word in ("core.123", "x=5,y=6", "a/b/c-7", "<*>", "<1"):
        assert masked(masked(word)) == masked(word)


def test_of_a_very_long_word_only_the_beginning_may_be_text():
    assert masked("data=1" + "a" * 100_000) == "data=<*>"
    assert masked("a" * 100_000) == "<*>"
