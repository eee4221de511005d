"""What Kintsugi adds to Airflow's UI; the only file here that the plugin loader may see (`.airflowignore`)."""

from airflow.plugins_manager import AirflowPlugin

from kintsugi_airflow import preload
from kintsugi_airflow.pages.entry import MOUNT, OnFirstRequest, build_pages, icon


class KintsugiPlugin(AirflowPlugin):
    """The pages *Kintsugi*, *Index*, *Sources*, *Quarantine* and *Expertise* in the navigation, and their app.

    ``href`` is relative, so that it also holds where Airflow is served below a path.
    """

    name = "kintsugi"
    listeners = [preload]
    fastapi_apps = [{"name": "Kintsugi", "url_prefix": MOUNT, "app": OnFirstRequest(build_pages)}]
    external_views = [
        {
            "name": "Kintsugi",
            "href": f"{MOUNT.removeprefix('/')}/",
            "url_route": "kintsugi",
            "destination": "nav",
            "nav_top_level": True,
            "icon": icon("light"),
            "icon_dark_mode": icon("dark"),
        },
        {
            "name": "Index",
            "href": f"{MOUNT.removeprefix('/')}/index",
            "url_route": "kintsugi-index",
            "destination": "nav",
            "nav_top_level": True,
            "icon": icon("light", "icon-index.svg"),
            "icon_dark_mode": icon("dark", "icon-index.svg"),
        },
        {
            "name": "Sources",
            "href": f"{MOUNT.removeprefix('/')}/sources",
            "url_route": "kintsugi-sources",
            "destination": "nav",
            "nav_top_level": True,
            "icon": icon("light", "icon-sources.svg"),
            "icon_dark_mode": icon("dark", "icon-sources.svg"),
        },
        {
            "name": "Quarantine",
            "href": f"{MOUNT.removeprefix('/')}/quarantine",
            "url_route": "kintsugi-quarantine",
            "destination": "nav",
            "nav_top_level": True,
            "icon": icon("light", "icon-quarantine.svg"),
            "icon_dark_mode": icon("dark", "icon-quarantine.svg"),
        },
        {
            "name": "Expertise",
            "href": f"{MOUNT.removeprefix('/')}/expertise",
            "url_route": "kintsugi-expertise",
            "destination": "nav",
            "nav_top_level": True,
            "icon": icon("light", "icon-expertise.svg"),
            "icon_dark_mode": icon("dark", "icon-expertise.svg"),
        },
    ]
