"""What the plugin registers, and what loading it costs."""

import subprocess
import sys

import pytest

from tests.airflow.conftest import ROOT


def test_the_plugin_loader_finds_the_page_and_nothing_else_at_the_top_of_the_folder():
    assert sorted(path.name for path in (ROOT / "plugins").glob("*.py")) == ["kintsugi_plugin.py"]
    assert "kintsugi_airflow/" in (ROOT / "plugins" / ".airflowignore").read_text()


def test_airflow_accepts_the_plugin_and_puts_it_into_the_navigation():
    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()
    assert errors == {}
    assert "kintsugi" in {plugin.name for plugin in plugins}
    views, _ = plugins_manager._get_ui_plugins()
    view = next(view for view in views if view["name"] == "Kintsugi")
    assert view["destination"] == "nav"
    assert view["href"] == "kintsugi/", "relative, so that it holds where Airflow is served below a path"
    assert view["icon"].startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("name", ["Index", "Sources", "Quarantine", "Expertise"])
def test_each_page_has_an_entry_of_its_own_in_the_navigation(name):
    from airflow import plugins_manager

    views, _ = plugins_manager._get_ui_plugins()
    entries = {view["name"]: view for view in views}
    assert entries[name]["href"] == f"kintsugi/{name.lower()}"
    assert entries[name]["nav_top_level"] is True
    assert len({view["url_route"] for view in entries.values()}) == len(entries)
    assert len({view["icon"] for view in entries.values() if view.get("icon")}) == len(entries)


def test_airflow_mounts_the_app_and_the_first_request_builds_it():
    import asyncio

    from kintsugi_airflow.pages.entry import OnFirstRequest

    built, served = [], []

    async def app(scope, receive, send):
        served.append(scope["path"])

    lazy = OnFirstRequest(lambda: built.append(1) or app)
    assert built == []
    for path in ("/a", "/b"):
        asyncio.run(lazy({"path": path}, None, None))
    assert built == [1]
    assert served == ["/a", "/b"]


def test_loading_the_plugin_imports_nothing_heavy():
    program = (
        "import sys; import airflow.plugins_manager; before = set(sys.modules);"
        f"sys.path.insert(0, {str(ROOT / 'plugins')!r});"
        "import time; start = time.perf_counter(); import kintsugi_plugin; took = time.perf_counter() - start;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new & {'fastapi', 'jinja2', 'pydantic', 'lancedb', 'torch', 'numpy', 'structlog'}), took < 0.3)"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert out.stdout.strip().splitlines()[-1] == "[] True"
