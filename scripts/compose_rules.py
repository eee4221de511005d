"""What a compose file of ours has to keep to, beyond the schema: pure functions from its content to complaints."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Compose = Mapping[str, Any]
Complaints = Iterator[str]

LOOPBACK = ("127.0.0.1", "[::1]", "::1")
PUBLISHING = {"api-server"}
"""The services that may publish a port."""

SECRET_WORD = re.compile(
    r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|FERNET|_KEY$|_CONN$|BROKER_URL|RESULT_BACKEND|PRIVATE"
)
HARMLESS = re.compile(r"_(FILE|CMD|KWARGS)$|AIRFLOW__SECRETS__BACKEND|TOKENIZERS_PARALLELISM")
LOGIN_IN_URL = re.compile(r"://[^/@\s:]*:[^/@\s]+@")
VARIABLE = re.compile(r"(?<!\$)\$(?:\{(?P<name>[A-Za-z_]\w*)(?P<rest>[^}]*)\}|(?P<bare>[A-Za-z_]\w*))")
PINNED = re.compile(r"^[\w./-]+:(?P<tag>\d+\.\d+[\w.-]*)(@sha256:[0-9a-f]{64})?$")


def services(compose: Compose) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the services by name."""
    yield from (compose.get("services") or {}).items()


def runs_once(service: Mapping[str, Any]) -> bool:
    """Tell whether a service ends by itself: it is not to be restarted."""
    return str(service.get("restart")) == "no"


def environment_of(service: Mapping[str, Any]) -> dict[str, str]:
    """Return a service's variables, whichever of the two forms they are written in."""
    found = service.get("environment") or {}
    if isinstance(found, Mapping):
        return {str(name): "" if value is None else str(value) for name, value in found.items()}
    return {name: value for name, _, value in (str(each).partition("=") for each in found)}


def conditions_of(service: Mapping[str, Any]) -> dict[str, str]:
    """Return what a service waits for, and until when."""
    found = service.get("depends_on") or {}
    if isinstance(found, Mapping):
        return {name: str((each or {}).get("condition")) for name, each in found.items()}
    return dict.fromkeys(found, "service_started")


def health(compose: Compose) -> Complaints:
    """Every service that stays has a healthcheck; one that ends by itself is waited for."""
    awaited = {name for _, service in services(compose) for name in conditions_of(service)}
    for name, service in services(compose):
        check = (service.get("healthcheck") or {}).get("test")
        if runs_once(service):
            if name not in awaited:
                yield f"{name}: runs once, but nothing waits for its end"
        elif not check or check in ("NONE", ["NONE"]) or (service["healthcheck"]).get("disable"):
            yield f"{name}: no healthcheck"


def waiting(compose: Compose) -> Complaints:
    """What a service waits for exists, and can come true; nobody waits in a circle."""
    known = dict(services(compose))
    for name, service in known.items():
        for other, condition in conditions_of(service).items():
            if other not in known:
                yield f"{name}: waits for {other}, which doesn't exist"
            elif condition == "service_completed_successfully" and not runs_once(known[other]):
                yield f"{name}: waits for the end of {other}, which never ends"
            elif condition == "service_healthy" and not known[other].get("healthcheck"):
                yield f"{name}: waits for the health of {other}, which has no healthcheck"
            elif condition not in ("service_completed_successfully", "service_healthy"):
                yield f"{name}: waits for {other} without a condition that says it is ready"
    seen: dict[str, bool] = {}

    def circular(name: str) -> bool:
        if name in seen:
            return seen[name]
        seen[name] = True
        seen[name] = any(circular(other) for other in conditions_of(known[name]) if other in known)
        return seen[name]

    yield from (f"{name}: waits in a circle" for name in known if circular(name))


def limits(compose: Compose) -> Complaints:
    """Every service has a limit of cores and of memory, rotates its logs, and says when it is restarted."""
    for name, service in services(compose):
        limit = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
        yield from (f"{name}: no limit of {what}" for what in ("cpus", "memory") if not limit.get(what))
        options = (service.get("logging") or {}).get("options") or {}
        if not options.get("max-size") or not options.get("max-file"):
            yield f"{name}: its log grows without bound"
        if not service.get("restart"):
            yield f"{name}: no restart policy"


def confinement(compose: Compose) -> Complaints:
    """No service has more rights than it needs."""
    for name, service in services(compose):
        if "no-new-privileges:true" not in (service.get("security_opt") or []):
            yield f"{name}: may gain new privileges"
        if service.get("cap_drop") != ["ALL"]:
            yield f"{name}: keeps capabilities"
        if service.get("privileged") or service.get("network_mode") == "host" or service.get("pid") == "host":
            yield f"{name}: is not confined"
        if str(service.get("user", "")).split(":")[0] in ("0", "root") and not runs_once(service):
            yield f"{name}: runs as root"
        if any("docker.sock" in str(each) for each in service.get("volumes") or []):
            yield f"{name}: gets the Docker socket"


def published(compose: Compose) -> Complaints:
    """Only what people look at is published, and only on the machine itself."""
    for name, service in services(compose):
        for port in service.get("ports") or []:
            if isinstance(port, Mapping):
                host = str(port.get("host_ip", ""))
            else:
                host = next((each for each in LOOPBACK if str(port).startswith(f"{each}:")), "")
            if host not in LOOPBACK:
                yield f"{name}: publishes {port} beyond this machine"
            if name not in PUBLISHING:
                yield f"{name}: publishes {port}; only {', '.join(sorted(PUBLISHING))} may"


def literal_secrets(compose: Compose) -> Complaints:
    """No password, key or login stands in the file."""
    for name, service in services(compose):
        for variable, value in environment_of(service).items():
            if LOGIN_IN_URL.search(value):
                yield f"{name}: {variable} holds a login"
            elif value and SECRET_WORD.search(variable) and not HARMLESS.search(variable):
                yield f"{name}: {variable} is given in the file; take it from a secret"
        if LOGIN_IN_URL.search(str(service.get("command", ""))):
            yield f"{name}: its command holds a login"


def secrets(compose: Compose, made: Collection[str]) -> Complaints:
    """Every secret that is used is declared, every declared one is made and used, and comes from its own file."""
    declared = compose.get("secrets") or {}
    used = set()
    for name, service in services(compose):
        granted = {each if isinstance(each, str) else each.get("source") for each in service.get("secrets") or []}
        used |= granted
        yield from (f"{name}: secret {each} is not declared" for each in sorted(granted - set(declared)))
        text = " ".join([*environment_of(service).values(), str(service.get("command", ""))])
        text += str((service.get("healthcheck") or {}).get("test", ""))
        read = set(re.findall(r"/run/secrets/([\w.]+)", text))
        yield from (f"{name}: reads secret {each}, which it is not given" for each in sorted(read - granted))
    for each, source in declared.items():
        if each not in made:
            yield f"secret {each}: make-secrets.sh doesn't make it"
        if source.get("file") != f"./secrets/{each}":
            yield f"secret {each}: expected the file ./secrets/{each}, got {source}"
        if each not in used:
            yield f"secret {each}: no service uses it"


def images(compose: Compose) -> Complaints:
    """Images of others are pinned to a version; our own is built."""
    for name, service in services(compose):
        image = str(service.get("image", ""))
        if not service.get("build") and not PINNED.match(image):
            yield f"{name}: image {image or 'missing'} is not pinned to a version"


def places(compose: Compose) -> Complaints:
    """Named volumes and networks are declared, and every declared one is used."""
    for what in ("volumes", "networks"):
        declared, used = set(compose.get(what) or {}), set()
        for name, service in services(compose):
            found = service.get(what) or []
            if what == "volumes":
                sources = [str(each).split(":")[0] for each in found if isinstance(each, str)]
                wanted = {each for each in sources if not each.startswith((".", "/", "$", "~"))}
            else:
                wanted = set(found)
            used |= wanted
            yield from (f"{name}: {what[:-1]} {each} is not declared" for each in sorted(wanted - declared))
        yield from (f"{what[:-1]} {each}: no service uses it" for each in sorted(declared - used))


def variables_with_defaults(text: str) -> Complaints:
    """Every variable that Compose fills in has a default, and is not one that Kintsugi's settings would trip over."""
    for match in VARIABLE.finditer("\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))):
        name = match["name"] or match["bare"]
        if match["bare"] or not (match["rest"] or "").startswith(":-"):
            yield f"${name}: has no default"
        if name.startswith(("KINTSUGI_", "AIRFLOW_")):
            yield f"${name}: is named like a setting; whoever exports it sets something else too"


def known_settings(compose: Compose, kintsugi: Collection[str], airflow: Mapping[str, bool]) -> Complaints:
    """Every ``KINTSUGI_…`` and ``AIRFLOW__…`` variable sets something that exists.

    Args:
        kintsugi: known keys as ``section.key``.
        airflow: known options as ``section.key`` in lower case, and whether each may be the output of a command.
    """
    for name, service in services(compose):
        for variable in environment_of(service):
            key = variable.replace("__", ".").lower()
            if variable.startswith("KINTSUGI_") and key.removeprefix("kintsugi_") not in kintsugi:
                yield f"{name}: {variable} is no setting of Kintsugi"
            elif variable.startswith("AIRFLOW__"):
                option = key.removeprefix("airflow.")
                command = option.endswith("_cmd") and option not in airflow
                option = option.removesuffix("_cmd") if command else option
                if option not in airflow:
                    yield f"{name}: {variable} is no option of Airflow"
                elif command and not airflow[option]:
                    yield f"{name}: {variable}: Airflow takes no command for this option"


ALONE: tuple[Callable[[Compose], Complaints], ...] = (
    health,
    waiting,
    limits,
    confinement,
    published,
    literal_secrets,
    images,
    places,
)
"""The rules that need nothing but the file."""
