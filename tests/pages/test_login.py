"""Nobody sees anything without Airflow's login."""

import re

import pytest
from fastapi.routing import APIRoute

from kintsugi_airflow.pages.links import Links


def test_every_route_refuses_a_stranger(app, stranger):
    asked = 0
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} would not be behind the login"
        for method in route.methods:
            path = re.sub(r"\{.*?\}", "page.css", route.path)
            answer = stranger.request(method, f"/kintsugi{path}", json={"question": "?"} if method == "POST" else None)
            assert answer.status_code in (401, 403), f"{method} {path}"
            asked += 1
    assert asked >= 5


@pytest.mark.parametrize("path", ["docs", "redoc", "openapi.json"])
def test_the_app_does_not_publish_a_description_of_itself(client, path):
    assert client.get(f"/kintsugi/{path}").status_code == 404


def test_a_person_without_login_is_led_to_it_and_from_there_back_to_the_question(stranger):
    answer = stranger.get(
        "/kintsugi/", params={"question": "why?"}, headers={"accept": "text/html"}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fkintsugi%2F%3Fquestion%3Dwhy%253F"
    assert "Documents" not in answer.text


def test_the_login_is_found_where_airflow_is_served_below_a_path():
    assert Links("/team/kintsugi").login() == "/team/api/v2/auth/login?next=%2Fteam%2Fkintsugi%2F"


def test_a_token_of_airflow_opens_the_page(stranger, airflow_database):
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = create_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ada", role="viewer"))
    assert stranger.get("/kintsugi/", cookies={"_token": token}).status_code == 200
    assert stranger.get("/kintsugi/", headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_a_forged_token_does_not(stranger, airflow_database):
    from airflow.api_fastapi.app import create_auth_manager

    create_auth_manager()
    assert stranger.get("/kintsugi/", cookies={"_token": "abc.def.ghi"}).status_code in (401, 403)
