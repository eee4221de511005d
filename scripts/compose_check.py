"""Hold docker/ against the compose schema and our own rules (``make compose-check``). Needs no Docker."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from scripts import compose_rules as rules
from scripts import dockerfile_rules

DOCKER = Path(__file__).resolve().parents[1] / "docker"
FILE = "compose.yaml"
"""The file that is ours; an override beside it is somebody's own."""

ASK_AIRFLOW = """
import json
from airflow.configuration import retrieve_configuration_description
sections = retrieve_configuration_description(include_providers=True).items()
print(json.dumps({
    f"{section}.{key}".lower(): bool(option.get("sensitive"))
    for section, content in sections for key, option in content["options"].items()
}))
"""


def compose_schema() -> dict[str, Any]:
    """Return the compose specification's own JSON schema, from the package check-jsonschema."""
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def schema_complaints(compose: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Yield where the file leaves the schema."""
    from jsonschema.validators import validator_for

    validator = validator_for(schema)(schema)
    for error in sorted(validator.iter_errors(compose), key=lambda each: list(map(str, each.absolute_path))):
        yield f"{'.'.join(map(str, error.absolute_path)) or 'the file'}: {error.message}"


def airflow_options() -> dict[str, bool]:
    """Return the options of the installed Airflow and its providers, and whether each may come from a command.

    A process of its own asks: importing Airflow makes a home for it, here one that goes again.
    """
    with TemporaryDirectory(prefix="airflow-home-") as home:
        answer = subprocess.run(
            [sys.executable, "-c", ASK_AIRFLOW],
            env=os.environ | {"AIRFLOW_HOME": home},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    options: dict[str, bool] = json.loads(answer.stdout.splitlines()[-1])
    return options


def secrets_made(script: Path) -> set[str]:
    """Return the names of the secrets that make-secrets.sh makes."""
    listed = subprocess.run([str(script), "--list"], capture_output=True, text=True, check=True, timeout=30)
    return set(listed.stdout.split())


def complaints(folder: Path, airflow: Mapping[str, bool]) -> Iterator[str]:
    """Yield everything that is wrong in the folder; ``airflow`` is what `airflow_options` returned."""
    from kintsugi.settings import known_keys

    schema, made = compose_schema(), secrets_made(folder / "make-secrets.sh")
    text = (folder / FILE).read_text(encoding="utf-8")
    compose = yaml.safe_load(text)
    found = [*schema_complaints(compose, schema)]
    if not found:  # the rules rely on the shape
        found += [complaint for rule in rules.ALONE for complaint in rule(compose)]
        found += rules.secrets(compose, made)
        found += rules.variables_with_defaults(text)
        found += rules.known_settings(compose, known_keys(), airflow)
    yield from (f"{FILE}: {complaint}" for complaint in found)
    ignored = dockerfile_rules.DockerIgnore((folder / "Dockerfile.dockerignore").read_text(encoding="utf-8"))
    dockerfile = (folder / "Dockerfile").read_text(encoding="utf-8")
    yield from (f"Dockerfile: {each}" for each in dockerfile_rules.complaints(dockerfile, folder.parent, ignored))


def main() -> int:
    """Print what is wrong; return 1 when anything is."""
    found = list(complaints(DOCKER, airflow_options()))
    for complaint in found:
        sys.stdout.write(f"{complaint}\n")
    verdict = f"wrong in {len(found)} places" if found else "good; checked without Docker, nothing was started"
    sys.stdout.write(f"docker/{FILE} and Dockerfile: {verdict}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
