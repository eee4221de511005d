"""The app on a temporary platform, mounted as Airflow mounts it; with and without somebody logged in."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kintsugi.platform import Platform
from tests.airflow import conftest as airflow_environment

airflow_database = airflow_environment.airflow_database


@pytest.fixture
def app(platform: Platform) -> FastAPI:
    from kintsugi_airflow.pages.app import make_app
    from kintsugi_airflow.pages.opened import OpenedOnce

    return make_app(OpenedOnce(lambda: platform))


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """Nobody is logged in."""
    with TestClient(mounted(app)) as client:
        yield client


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """An admin is logged in, and reads HTML."""
    log_in(app, "admin")
    with TestClient(mounted(app), headers={"accept": "text/html"}) as client:
        yield client


def log_in(app: FastAPI, role: str, name: str = "ada") -> None:
    """Let every request to the app come from this user, by the rules of Airflow's own auth manager."""
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.security import get_user

    create_auth_manager()
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username=name, role=role)


def mounted(app: FastAPI) -> FastAPI:
    outer = FastAPI()
    outer.mount("/kintsugi", app)
    return outer
