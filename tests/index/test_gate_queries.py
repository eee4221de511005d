"""Golden queries come from the user's file, then from feedback, then from the documents themselves."""

import json
import re
from dataclasses import replace

import pytest

from kintsugi.errors import DataError
from kintsugi.index.gate import GoldenQuery, golden_queries
from kintsugi.index.gate.from_feedback import feedback_queries
from kintsugi.index.gate.from_file import read_golden
from kintsugi.index.gate.known_items import known_items, words_of
from kintsugi.records import Document, Partition
from kintsugi.retrieval.feedback import give_feedback
from tests.builders import RUN, document
from tests.index.corpus import bury, seed_known_items, store

GOOD = {"query": "what is in one?", "relevant": ["one.md"]}


@pytest.fixture
def corpus(platform):
    platform.records.put(
        [
            Partition(
                id=Partition.key_of("notes", "all"),
                source="notes",
                key="all",
                state="committed",
                run=RUN,
                changed_at=1.0,
            )
        ]
    )
    for name in ("one.md", "two.md"):
        store(platform, name, [f"Passage about the {name.removesuffix('.md')} thing, quite short."])
    return platform


def write(platform, *lines) -> None:
    said = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines)
    platform.settings.golden.write_bytes(b"\n".join(said))


def read(platform):
    return list(read_golden(platform.records, platform.settings.golden))


def id_of(name: str) -> str:
    return document(name).id


def test_a_good_line_is_a_query(corpus):
    write(
        corpus, {"query": " what is\nin one? ", "relevant": ["one.md", "notes/two.md"], "weight": 2.5, "note": "mine"}
    )
    (query,) = read(corpus)
    assert query.text == "what is in one?"
    assert query.grades == {id_of("one.md"): 1, id_of("two.md"): 1}
    assert (query.origin, query.weight, query.graded) == ("golden", 2.5, False)


def test_grades_make_a_graded_query_and_a_grade_of_zero_is_not_relevant(corpus):
    write(corpus, {"query": "one?", "relevant": {"one.md": 3, "two.md": 0}})
    (query,) = read(corpus)
    assert (query.grades, query.graded) == ({id_of("one.md"): 3}, True)


BAD = {
    "not JSON": (b"{query: one}", "a JSON object like"),
    "not an object": ([1, 2], "a JSON object like"),
    "not UTF-8": (b'{"query": "\xff"}', "expected UTF-8; got byte 0xff"),
    "endless": (b"x" * 300_000, "at most 100,000 bytes"),
    "nested": (b"[" * 90_000, "a JSON object like"),
    "no query": ({"relevant": ["one.md"]}, "query, a text; got nothing"),
    "empty query": (GOOD | {"query": " "}, "query, a text"),
    "long query": (GOOD | {"query": "x" * 4_001}, "at most 4000 characters; got 4001"),
    "half a pair": (b'{"query": "\\ud800", "relevant": ["one.md"]}', "valid Unicode"),
    "no relevant": ({"query": "one?"}, "relevant, a list of documents"),
    "empty relevant": (GOOD | {"relevant": []}, "relevant, a list of documents"),
    "relevant of numbers": (GOOD | {"relevant": [1]}, r"relevant, a list of documents .*; got \[1\]"),
    "unknown document": (GOOD | {"relevant": ["never.md"]}, "document 'never.md': unknown"),
    "grade": (GOOD | {"relevant": {"one.md": 1.5}}, r"a grade of 0 … 100 for 'one.md'; got 1.5"),
    "only grade 0": (GOOD | {"relevant": {"one.md": 0}}, "a grade above 0"),
    "weight": (GOOD | {"weight": -1}, "weight, a number above 0"),
    "weight of too many digits": (
        b'{"query": "?", "relevant": ["one.md"], "weight": 1%s}' % (b"0" * 400),
        "up to 1000",
    ),
    "weight without end": (b'{"query": "?", "relevant": ["one.md"], "weight": Infinity}', "up to 1000"),
    "weight true": (GOOD | {"weight": True}, "weight, a number above 0"),
    "weight not a number": (b'{"query": "?", "relevant": ["one.md"], "weight": NaN}', "weight, a number above 0"),
    "the same again": (GOOD, "a query of its own; got that of line 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named_with_what_was_expected_and_the_rest_goes_on(corpus, name):
    line, said = BAD[name]
    write(corpus, GOOD, b"", line, GOOD | {"query": "last"})
    first, problem, last = read(corpus)
    assert (first.text, last.text) == ("what is in one?", "last")
    assert isinstance(problem, DataError)
    assert problem.what.startswith("golden queries golden.jsonl, line 3")
    assert re.search(said, str(problem)), str(problem)
    assert problem.next_step


def test_no_file_is_no_query(corpus):
    assert read(corpus) == []


def test_a_file_that_cannot_be_read_is_one_problem(corpus):
    corpus.settings.golden.mkdir()
    (problem,) = read(corpus)
    assert "can't be read" in str(problem)


def praise(platform, question, *names, useful=True, who=""):
    give_feedback(platform, question, [id_of(name) for name in names], useful=useful, run=RUN, who=who)


def test_what_people_found_useful_is_relevant_the_newest_question_first(corpus, clock):
    praise(corpus, "first?", "one.md", "two.md")
    clock.advance(1)
    praise(corpus, "second?", "two.md")
    queries = list(feedback_queries(corpus.records, 10))
    assert [(query.text, set(query.grades)) for query in queries] == [
        ("second?", {id_of("two.md")}),
        ("first?", {id_of("one.md"), id_of("two.md")}),
    ]
    assert [query.text for query in feedback_queries(corpus.records, 1)] == ["second?"]


def test_a_document_is_relevant_when_more_people_praise_it_than_not(corpus):
    praise(corpus, "which?", "one.md", "two.md")
    praise(corpus, "which?", "two.md", useful=False, who="ann")
    assert [set(query.grades) for query in feedback_queries(corpus.records, 10)] == [{id_of("one.md")}]
    praise(corpus, "which?", "one.md", useful=False, who="ben")
    assert list(feedback_queries(corpus.records, 10)) == []


def test_a_deleted_document_is_not_asked_for(corpus):
    praise(corpus, "one?", "one.md")
    bury(corpus, "one.md")
    assert list(feedback_queries(corpus.records, 10)) == []


def test_the_users_queries_come_first_then_feedback_then_known_items(corpus):
    seed_known_items(corpus)
    write(corpus, GOOD, b"oops")
    praise(corpus, "two?", "two.md")
    praise(corpus, GOOD["query"], "two.md")
    found = golden_queries(corpus, 50)
    assert [query.origin for query in found.queries[:3]] == ["golden", "feedback", "known item"]
    assert found.queries[0].grades == {id_of("one.md"): 1}, "the user's word counts more than feedback's"
    assert len({query.text for query in found.queries}) == len(found.queries) == 50
    assert [query.origin for query in golden_queries(corpus, 2).queries] == ["golden", "feedback"]
    assert len(found.problems) == 1


def test_of_a_file_that_is_wrong_throughout_only_the_first_problems_are_kept(corpus):
    write(corpus, *[b"oops"] * 100)
    assert [problem.what[-6:] for problem in golden_queries(corpus).problems] == [f"line {n}" for n in range(1, 6)]


def test_known_items_read_texts_in_pages(platform):
    class Reads:
        def __init__(self, inner):
            self._inner = inner
            self.calls = []

        def __getattr__(self, name):
            self.calls.append(name)
            return getattr(self._inner, name)

    seed_known_items(platform)
    records = Reads(platform.records)
    assert len(list(known_items(records, 60))) == 60
    assert sorted(records.calls) == ["get_many", "scan"]


def test_known_items_are_the_same_each_time_and_one_of_each_document_first(platform):
    seed_known_items(platform)
    queries = list(known_items(platform.records, 60))
    assert queries == list(known_items(platform.records, 60))
    assert len({next(iter(query.grades)) for query in queries[:40]}) == 40
    assert len(queries) == 60
    assert all(query.text.startswith("word") for query in queries)


def test_known_items_hardly_change_while_the_corpus_grows(platform):
    seed_known_items(platform)
    before = {query.text for query in known_items(platform.records, 200)}
    for number in range(10):
        store(platform, f"new-{number}.md", [" ".join(f"fresh{number}x{position}" for position in range(30))])
    assert before <= {query.text for query in known_items(platform.records, 200)}


def test_known_items_come_from_the_whole_document_its_end_included():
    text = " ".join(f"Sentence {number} speaks of subject{number:04} and nothing else." for number in range(1_000))
    places = []
    for document_number in range(200):
        words = words_of(text, f"document {document_number}", 0).split()
        places.append(next(int(word.removeprefix("subject")) for word in words if word.startswith("subject")))
    fifths = [sum(fifth * 200 <= place < (fifth + 1) * 200 for place in places) for fifth in range(5)]
    assert min(fifths) >= 20, fifths


def test_a_known_item_is_made_of_the_telling_words_of_one_sentence():
    text = "It is what it is. When the scheduler loses its database connection, restart the triggerer before anything."
    assert words_of(text, "d", 0).split() == [
        "scheduler",
        "loses",
        "database",
        "connection",
        "restart",
        "triggerer",
        "anything",
    ]


@pytest.mark.parametrize("text", ["", "One.", "It is what it is, and so on. " * 40, "!?" * 5_000])
def test_a_text_without_enough_telling_words_gives_no_query(text):
    assert words_of(text, "d", 0) == ""


def test_text_without_sentences_or_blanks_gives_bounded_words():
    assert len(words_of("x" * 100_000 + " ".join(f"{n:08}" for n in range(100)), "d", 0)) < 400


def test_deleted_documents_are_not_asked_for(platform):
    seed_known_items(platform)
    bury(platform, "07.md")
    gone = document("07.md").id
    assert platform.records.get(Document, gone)
    assert all(gone not in query.grades for query in known_items(platform.records, 200))


def test_a_query_keeps_its_vector_whatever_it_counts():
    query = GoldenQuery("one?", {"d": 1}, "golden")
    assert query.text_hash == replace(query, weight=3, origin="feedback").text_hash
