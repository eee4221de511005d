"""A question that is asked on the page, on real records and a real index."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from kintsugi.documents import intake
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi_airflow.pages.app import make_app
from kintsugi_airflow.pages.asking import EXAMPLES
from kintsugi_airflow.pages.opened import OpenedOnce
from tests.builders import RUN, HashEmbedder
from tests.pages.conftest import log_in, mounted

RUNBOOK = """# Chunks missing in the index

## Repair

**Never** rebuild the index when chunks are missing: `kintsugi heal` writes the missing chunks <once>.
"""
QUESTION = "What writes the missing chunks into the index?"


@pytest.fixture
def answering(platform: Platform) -> Iterator[TestClient]:
    """A page whose platform has one runbook published."""
    (platform.settings.runbooks / "14-missing.md").write_text(RUNBOOK)
    intake.ingest(platform, "runbooks", "all", RUN)
    wide = platform.using(embedder=HashEmbedder(dimension=1024))  # few words share a component
    publish(wide, RUN)
    app = make_app(OpenedOnce(lambda: wide))
    log_in(app, "viewer")
    with TestClient(mounted(app), headers={"accept": "text/html"}) as client:
        yield client


def test_a_quoted_sentence_reads_as_text_and_its_citation_names_the_place(answering):
    page = answering.get("/kintsugi/", params={"question": QUESTION}).text
    assert "<b>Never</b> rebuild the index" in page
    assert "<code>kintsugi heal</code> writes the missing chunks &lt;once&gt;." in page
    assert '<a class="mark" href="#citation-1"' in page
    assert '<li id="citation-1">' in page
    assert '<span class="heading">Repair</span>' in page
    assert "14-missing.md" in page


def test_an_answer_asks_whether_it_helped_and_a_refusal_to_answer_does_not(answering):
    page = answering.get("/kintsugi/", params={"question": QUESTION}).text
    cited = answering.get("/kintsugi/api/ask", params={"question": QUESTION}).json()["sentences"][0]["document"]
    assert f'data-documents="{cited}"' in page
    assert 'data-to="/kintsugi/api/feedback"' in page
    assert "Did this help?" not in answering.get("/kintsugi/", params={"question": "How do I bake bread?"}).text


def test_the_json_answer_keeps_the_characters_of_the_source(answering):
    answer = answering.post("/kintsugi/api/ask", json={"question": QUESTION}).json()
    assert answer["evidence"] is True
    assert answer["sentences"][0]["sentence"].startswith("**Never** rebuild")


def test_a_question_can_be_kept_to_some_sources(answering):
    answer = answering.post("/kintsugi/api/ask", json={"question": QUESTION, "sources": ["inbox"]}).json()
    assert answer["evidence"] is False
    assert answer["sentences"] == []


def test_without_evidence_nothing_is_claimed_and_questions_with_an_answer_are_offered(answering):
    page = answering.get("/kintsugi/", params={"question": "How do I bake bread?"}).text
    assert "There is no evidence for an answer" in page
    assert EXAMPLES[0] in page
    assert 'id="citation-1"' not in page


def test_an_answer_is_not_followed_by_example_questions(answering):
    assert EXAMPLES[1] not in answering.get("/kintsugi/", params={"question": QUESTION}).text


@pytest.mark.parametrize("body", [{"question": ""}, {"question": "x" * 1001}, {"question": "why", "surprise": 1}, {}])
def test_a_body_that_is_no_question_is_refused(answering, body):
    assert answering.post("/kintsugi/api/ask", json=body).status_code == 422
