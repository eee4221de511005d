"""Write the pools of `airflow_settings.yaml` in the form that ``airflow pools import FILE`` reads."""

import json
import sys
from pathlib import Path
from typing import Any

from kintsugi.laptop.settings_file import AirflowObjects, read_settings_file


def importable(objects: AirflowObjects) -> dict[str, dict[str, Any]]:
    """Return the pools by name."""
    return {
        pool.pool_name: {
            "slots": pool.pool_slot,
            "description": pool.pool_description or "",
            "include_deferred": False,
        }
        for pool in objects.pools
    }


def main(source: str, target: str) -> None:
    """Read the settings file ``source`` and write ``target``."""
    Path(target).write_text(json.dumps(importable(read_settings_file(Path(source)))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
