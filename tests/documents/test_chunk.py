"""Cutting documents into passages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kintsugi.documents.chunk import passages
from kintsugi.documents.parse import parse
from kintsugi.documents.parsed import Parsed
from kintsugi.documents.tokens import TokenCount, model_tokens
from kintsugi.errors import ConfigurationError
from kintsugi.records.document import embedding_text
from kintsugi.settings import EmbeddingSettings
from kintsugi.sources import media

TOKENS = model_tokens(EmbeddingSettings())
WORDS = ["queue", "disk", "scheduler", "restarts", "overflow", "naïve", "日本語", "x" * 150, "a_b-c.d", "1,024", "—"]

word = st.sampled_from(WORDS) | st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8
)
sentence = st.lists(word, min_size=1, max_size=30).map(lambda words: " ".join(words) + ".")
paragraph = st.lists(sentence, min_size=1, max_size=6).map(" ".join)
listing = st.lists(sentence, min_size=1, max_size=8).map(lambda items: "\n".join(f"- {item}" for item in items))
code = st.lists(sentence, min_size=1, max_size=8).map(lambda lines: "\n".join(("```", *lines, "```")))
heading = st.tuples(st.integers(1, 4), st.sampled_from(WORDS[:7])).map(lambda each: f"{'#' * each[0]} {each[1]}")
body = st.lists(paragraph | listing | code, max_size=5).map("\n\n".join)
document = st.lists(st.tuples(heading, body), max_size=5).map(
    lambda sections: "\n\n".join(f"{title}\n\n{text}" for title, text in sections)
)


def markdown(text: str) -> Parsed:
    return parse(text.encode(), media.MARKDOWN, "doc.md")


def size(parsed: Parsed, passage) -> int:
    text = parsed.text[passage.start : passage.end]
    return len(TOKENS.starts(embedding_text(passage.title, passage.heading, text))) + TOKENS.special


@settings(max_examples=60, deadline=None)
@given(document.filter(str.strip), st.integers(48, 256))
def test_passages_are_exact_ordered_small_enough_and_cover_everything(text, limit):
    parsed = markdown(text)
    found = passages(parsed, TOKENS, limit)
    covered = [False] * len(parsed.text)
    at = 0
    for each in found:
        quoted = parsed.text[each.start : each.end]
        assert quoted == quoted.strip() != ""
        assert each.start >= at
        at = each.end
        assert size(parsed, each) <= limit
        covered[each.start : each.end] = [True] * (each.end - each.start)
    for title in parsed.headings:
        covered[title.start : title.end] = [True] * (title.end - title.start)
    assert all(done or character.isspace() for done, character in zip(covered, parsed.text, strict=True))


@settings(max_examples=40, deadline=None)
@given(st.lists(body.filter(str.strip), min_size=2, max_size=5), paragraph, st.data())
def test_an_edit_in_one_section_leaves_the_passages_of_all_others_alone(bodies, edit, data):
    changed = data.draw(st.integers(0, len(bodies) - 1))

    def quoted(sections):
        parsed = markdown("\n\n".join(f"# Section {n}\n\n{text}" for n, text in enumerate(sections)))
        return {
            n: [parsed.text[p.start : p.end] for p in passages(parsed, TOKENS, 96) if p.heading == (f"Section {n}",)]
            for n in range(len(sections))
            if n != changed
        }

    fenced_open = any(text.count("```") % 2 for text in bodies)
    if not fenced_open:
        assert quoted(bodies) == quoted([edit if n == changed else text for n, text in enumerate(bodies)])


def test_an_edit_in_a_long_text_without_headings_moves_few_boundaries():
    lines = [f"2026-11-24 19:{n // 60:02}:{n % 60:02} worker {n % 7} finished job {n * 37 % 1009}" for n in range(900)]

    def quoted(all_lines):
        parsed = parse("\n".join(all_lines).encode(), media.LOG, "app.log")
        return {parsed.text[p.start : p.end] for p in passages(parsed, TOKENS, 220)}

    before = quoted(lines)
    assert len(before - quoted(lines[1:])) <= 4
    assert len(before - quoted([*lines[:450], "something else", *lines[450:]])) <= 4
    assert len(before - quoted([*lines, "one more line"])) <= 1


def test_words_are_cut_only_when_one_alone_is_too_long():
    parsed = markdown("short words here " + "y" * 20_000 + " and after")
    found = passages(parsed, TOKENS, 64)
    pieces = [parsed.text[p.start : p.end] for p in found]
    assert "".join("".join(pieces).split()) == "".join(parsed.text.split())
    assert max(len(piece) for piece in pieces) < 1200
    words = {each for piece in pieces for each in piece.split() if set(each) != {"y"}}
    assert words == {"short", "words", "here", "and", "after"}


def test_a_table_and_a_code_block_stay_whole_where_they_fit():
    filler = "Some words about it. " * 18
    table = "| host | load |\n|---|---|\n" + "\n".join(f"| web{n} | {n} |" for n in range(8))
    block = "```\nfirst\n\nsecond\n\nthird\n```"
    parsed = markdown(f"# A\n\n{filler}\n\n{table}\n\n{filler}\n\n{block}\n")
    pieces = [parsed.text[p.start : p.end] for p in passages(parsed, TOKENS, 128)]
    assert any(table in piece for piece in pieces)
    assert any(block in piece for piece in pieces)


def test_headings_are_context_and_a_bare_heading_is_a_passage():
    parsed = markdown("# Top\n\nintro\n\n## Inner\n\ntext\n\n## Bare\n")
    shown = [(p.heading, parsed.text[p.start : p.end]) for p in passages(parsed, TOKENS, 220)]
    assert shown == [(("Top",), "intro"), (("Top", "Inner"), "text"), (("Top", "Bare"), "## Bare")]


def test_a_very_long_title_and_path_leave_room_for_the_text():
    deep = "\n\n".join(f"{'#' * level} {'heading words ' * 12}" for level in range(1, 7))
    parsed = markdown(f"{deep}\n\n{'body text. ' * 200}")
    for each in passages(parsed, TOKENS, 64):
        assert size(parsed, each) <= 64


def test_long_texts_are_counted_in_windows_that_change_nothing():
    text = "Some words, and 1,024 more. " * 400
    whole, windowed = TokenCount(TOKENS, text), TokenCount(TOKENS, text, window=777)
    stretches = [(start, start + 100) for start in range(0, len(text), 250)]
    assert [whole(*each) for each in stretches] == [windowed(*each) for each in stretches]


def test_a_model_without_tokenizer_is_a_wrong_setting(tmp_path):
    with pytest.raises(ConfigurationError, match=r"embedding.model .*no tokenizer.json"):
        model_tokens(EmbeddingSettings(model=str(tmp_path)))
