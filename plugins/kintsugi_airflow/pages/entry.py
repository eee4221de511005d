"""What the plugin needs at import time, and nothing heavier: every Airflow process loads plugins, one serves pages."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOUNT = "/kintsugi"
"""Where Airflow mounts the app."""

ICONS = {"light": "#bd8412", "dark": "#f2c14e"}
"""Colour of the navigation's icon on a light and on a dark ground, chosen or not."""

Asgi = Callable[..., Any]


class OnFirstRequest:
    """An ASGI app that is built when its first request comes, on the server's event loop and therefore once."""

    def __init__(self, build: Callable[[], Asgi]) -> None:
        self._build = build
        self._app: Asgi | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand the request to the app."""
        if self._app is None:
            self._app = self._build()
        await self._app(scope, receive, send)


def build_pages() -> Asgi:
    """Return the app on the platform that this process's environment describes."""
    from kintsugi_airflow.pages.app import make_app

    return make_app()


def icon(ground: str, name: str = "icon.svg") -> str:
    """Return an icon of the navigation as a data URL for a ``light`` or ``dark`` ground; the mended bowl by default."""
    svg = (Path(__file__).parent / "static" / name).read_text().replace("currentColor", ICONS[ground])
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
