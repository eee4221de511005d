"""A word on an answer: kept for who is logged in, and taken from the page itself alone."""

from typing import Any

import pytest

from kintsugi.records import Feedback
from tests.builders import document
from tests.pages.conftest import log_in

PATH = "/kintsugi/api/feedback"
PAGE = {"sec-fetch-site": "same-origin", "accept": "application/json"}


@pytest.fixture
def cited(platform) -> str:
    """The id of a document that an answer may have cited."""
    platform.records.put([document("a.md")])
    return document("a.md").id


def word(*documents: str, **changes: Any) -> dict[str, Any]:
    return {"question": "why?", "documents": documents, "useful": True, "generation": "g-1"} | changes


def kept(platform) -> list[Feedback]:
    return list(platform.records.scan(Feedback))


def test_a_word_is_kept_with_who_said_it(client, platform, cited):
    answer = client.post(PATH, json=word(cited), headers=PAGE)
    assert answer.status_code == 200
    (said,) = kept(platform)
    assert answer.json() == {"id": said.id, "useful": True}
    assert (said.question, said.documents, said.useful, said.generation) == ("why?", (cited,), True, "g-1")
    assert said.who == "ada"


def test_the_last_word_of_a_person_counts_and_another_person_has_one_of_their_own(app, client, platform, cited):
    for useful in (True, False, False):
        client.post(PATH, json=word(cited, useful=useful), headers=PAGE)
    assert [each.useful for each in kept(platform)] == [False]
    log_in(app, "viewer", name="grace")
    client.post(PATH, json=word(cited), headers=PAGE)
    assert {each.who: each.useful for each in kept(platform)} == {"ada": False, "grace": True}


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"origin": "http://evil.example"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "null"},
        {},
    ],
)
def test_what_another_site_made_a_browser_send_is_refused_and_nothing_is_kept(client, platform, cited, headers):
    answer = client.post(PATH, json=word(cited), headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert kept(platform) == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_is_refused(client, platform, cited, kind):
    import json

    answer = client.post(PATH, content=json.dumps(word(cited)), headers={**PAGE, "content-type": kind})
    assert answer.status_code == 415
    assert kept(platform) == []


def test_a_browser_that_names_only_its_origin_is_heard(client, platform, cited):
    assert client.post(PATH, json=word(cited), headers={"origin": "http://testserver"}).status_code == 200


def test_a_program_with_a_token_needs_no_origin(stranger, platform, cited, airflow_database):
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username="robot", role="viewer"))
    bearer = {"authorization": f"Bearer {token}"}
    assert stranger.post(PATH, json=word(cited), headers=bearer).status_code == 200
    assert [each.who for each in kept(platform)] == ["robot"]
    assert stranger.post(PATH, json=word(cited), cookies={"_token": token}).status_code == 403
    forged = {"authorization": "Bearer x"}
    assert stranger.post(PATH, json=word(cited), headers=forged, cookies={"_token": token}).status_code in (401, 403)


def test_reading_it_is_not_saying_it(client):
    assert client.get(PATH).status_code == 405


@pytest.mark.parametrize(
    "changes",
    [
        {"question": ""},
        {"question": "x" * 1001},
        {"documents": []},
        {"documents": ["x"] * 21},
        {"useful": "yes"},
        {"useful": 1},
        {"who": "root"},
    ],
)
def test_a_body_that_is_no_word_on_an_answer_is_refused(client, platform, cited, changes):
    assert client.post(PATH, json=word(cited, **changes), headers=PAGE).status_code == 422
    assert kept(platform) == []


def test_a_word_on_a_document_that_is_not_there_is_refused_and_says_so(client, platform):
    answer = client.post(PATH, json=word("no-such-document"), headers=PAGE)
    assert answer.status_code == 422
    assert answer.json()["error"] == "DataError"
    assert "no-such-document" in answer.json()["got"]


def test_no_other_route_takes_more_than_a_question():
    """A route that writes has to be guarded by `own_request`: whoever adds one comes by here."""
    from fastapi.routing import APIRoute

    from kintsugi_airflow.pages.app import make_app
    from kintsugi_airflow.pages.origin import own_request

    posting = {
        route.path: own_request in {each.call for each in route.dependant.dependencies}
        for route in make_app().routes
        if isinstance(route, APIRoute) and route.methods - {"GET", "HEAD"}
    }
    assert posting == {
        "/api/ask": False,
        "/api/feedback": True,
        "/api/alerts/{source}": True,
        "/api/quarantine/{id}/release": True,
        "/api/quarantine/{id}/drop": True,
        "/api/expertise/{pattern}/{word}": True,
        "/expertise/retrieve": True,
        "/expertise/used": True,
    }
