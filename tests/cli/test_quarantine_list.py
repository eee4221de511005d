"""Refusals that are alike are one entry, so that they don't hide the others."""

from kintsugi.cli.quarantine_list import alike, quarantine_list
from kintsugi.records import Quarantined
from tests.builders import RUN

EMPTY = ("empty", "some text", "write something into it")
DAMAGED = ("damaged", "a whole file", "copy it again")


def refusal(number: int, why: tuple[str, str, str] = EMPTY, *, source: str = "inbox", value: str = "") -> Quarantined:
    check, expected, next_step = why
    return Quarantined(
        id=f"{number:032x}",
        source=source,
        partition="all",
        item=f"{number}.md",
        check=check,
        expected=expected,
        value=value or "nothing",
        next_step=next_step,
        run=RUN,
        refused_at=float(number),
    )


def shown(*refusals: Quarantined) -> list[str]:
    return quarantine_list(alike(refusals)).plain.splitlines()


def test_many_of_one_source_and_reason_are_one_entry_and_the_odd_one_is_seen():
    lines = shown(*(refusal(number) for number in range(60)), refusal(60, DAMAGED), refusal(61, source="other"))
    assert len(lines) < 20
    assert lines[0].startswith("60 of inbox  empty  ")
    assert [line.split()[0] for line in lines[1:6]] == ["0.md", "1.md", "2.md", "3.md", "4.md"]
    assert "and 55 more" in lines[6]
    assert sum("write something into it" in line for line in lines) == 2
    assert any(line.startswith("60.md  damaged  ") for line in lines)
    assert any(line.startswith("61.md  empty  ") for line in lines)


def test_each_of_those_that_are_named_has_its_id():
    first, second = refusal(1), refusal(2)
    lines = shown(first, second)
    assert lines[1].split() == ["1.md", first.id[:8]]
    assert lines[2].split() == ["2.md", second.id[:8]]


def test_what_came_is_told_of_the_newest_where_it_differs():
    assert "    expected some text, got nothing" in shown(refusal(2), refusal(1))
    assert "    expected some text, got b for the newest" in shown(refusal(2, value="b"), refusal(1, value="a"))


def test_what_is_to_be_done_otherwise_is_an_entry_of_its_own():
    other = ("empty", "some text", "ask who wrote it")
    assert [len(group) for group in alike([refusal(1), refusal(2, other), refusal(3)])] == [2, 1]
