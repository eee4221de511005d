"""What counts as a sentence that can be quoted."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.retrieval.sentences import FEWEST_CHARACTERS, MOST_CHARACTERS, sentences


def quoted(text: str) -> list[str]:
    return [" ".join(text[span.start : span.end].split()) for span in sentences(text)]


def test_prose_is_cut_at_full_stops_also_across_wrapped_lines():
    text = "The scheduler stopped sending\nheartbeats. Restart it, e.g. with make run. Then wait!"
    assert quoted(text) == [
        "The scheduler stopped sending heartbeats.",
        "Restart it, e.g. with make run.",
    ] + ([] if len("Then wait!") < FEWEST_CHARACTERS else ["Then wait!"])


def test_list_items_are_sentences_without_their_marks_and_headings_are_none():
    text = "## Repair\n\n- Look at the incident first\n- Then start the heal run\n1. A numbered step comes here\n"
    assert quoted(text) == ["Look at the incident first", "Then start the heal run", "A numbered step comes here"]


def test_a_line_of_a_code_block_is_quoted_whole():
    text = "Run this now, please:\n\n```bash\nkintsugi incidents --json\nkintsugi heal INCIDENT\n```\n"
    assert quoted(text) == ["Run this now, please:", "kintsugi incidents --json", "kintsugi heal INCIDENT"]


def test_version_numbers_and_file_names_do_not_end_a_sentence():
    assert quoted("Airflow 3.3.2 reads airflow.cfg at start.") == ["Airflow 3.3.2 reads airflow.cfg at start."]


@given(st.text(alphabet=st.sampled_from("aB .!?\n-#`1|~é\u2028"), max_size=1500))
def test_sentences_lie_in_order_do_not_overlap_and_are_bounded(text):
    end = 0
    for span in sentences(text):
        assert end <= span.start < span.end <= len(text)
        assert span.end - span.start <= MOST_CHARACTERS
        end = span.end
