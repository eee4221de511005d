"""Every rule for compose files notices what it is there for."""

import copy

import pytest

from scripts import compose_rules as rules


def service(**changes):
    return {
        "image": "postgres:17.6",
        "restart": "unless-stopped",
        "healthcheck": {"test": ["CMD", "true"]},
        "deploy": {"resources": {"limits": {"cpus": "1", "memory": "1g"}}},
        "logging": {"options": {"max-size": "10m", "max-file": "3"}},
        "security_opt": ["no-new-privileges:true"],
        "cap_drop": ["ALL"],
    } | changes


def stack(**services):
    return {"services": {name.replace("_", "-"): each for name, each in services.items()}}


ONCE = service(restart="no", healthcheck=None)


def complaints(compose):
    return [complaint for rule in rules.ALONE for complaint in rule(compose)]


def test_a_good_stack_has_no_complaints():
    waits = {"first": {"condition": "service_completed_successfully"}, "store": {"condition": "service_healthy"}}
    assert complaints(stack(store=service(), first=ONCE, part=service(depends_on=waits))) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"healthcheck": None}, "no healthcheck"),
        ({"healthcheck": {"test": ["NONE"]}}, "no healthcheck"),
        ({"healthcheck": {"test": ["CMD", "true"], "disable": True}}, "no healthcheck"),
        ({"restart": "no"}, "nothing waits for its end"),
        ({"restart": None}, "no restart policy"),
        ({"deploy": {"resources": {"limits": {"cpus": "1"}}}}, "no limit of memory"),
        ({"deploy": {}}, "no limit of cpus"),
        ({"logging": {}}, "grows without bound"),
        ({"security_opt": []}, "new privileges"),
        ({"cap_drop": []}, "keeps capabilities"),
        ({"privileged": True}, "not confined"),
        ({"network_mode": "host"}, "not confined"),
        ({"user": "0:0"}, "runs as root"),
        ({"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}, "Docker socket"),
        ({"image": "postgres"}, "not pinned"),
        ({"image": "postgres:latest"}, "not pinned"),
        ({"image": "postgres:17"}, "not pinned"),
        ({"ports": ["127.0.0.1:5432:5432"]}, "only api-server may"),
        ({"environment": {"POSTGRES_PASSWORD": "secret"}}, "take it from a secret"),
        ({"environment": ["POSTGRES_PASSWORD=secret"]}, "take it from a secret"),
        ({"environment": {"AIRFLOW__CORE__FERNET_KEY": "x"}}, "take it from a secret"),
        ({"environment": {"STORE": "mongodb://me:mine@host/"}}, "holds a login"),
        ({"command": "tool redis://:word@redis"}, "command holds a login"),
        ({"volumes": ["lost:/data"]}, "volume lost is not declared"),
        ({"networks": ["nowhere"]}, "network nowhere is not declared"),
        ({"depends_on": {"ghost": {"condition": "service_healthy"}}}, "doesn't exist"),
        ({"depends_on": ["other"]}, "without a condition"),
        ({"depends_on": {"other": {"condition": "service_completed_successfully"}}}, "never ends"),
        ({"depends_on": {"part": {"condition": "service_healthy"}}}, "in a circle"),
    ],
)
def test_a_fault_of_a_service_is_noticed(changes, complaint):
    found = complaints(stack(part=service(**changes), other=service()))
    assert any(each.startswith("part: ") and complaint in each for each in found), found


@pytest.mark.parametrize("port", ["8080:8080", "0.0.0.0:8080:8080", {"target": 8080, "published": "8080"}, 8080])
def test_a_port_that_others_reach_is_noticed(port):
    found = complaints(stack(api_server=service(ports=[port])))
    assert [each for each in found if "beyond this machine" in each]


@pytest.mark.parametrize("port", ["127.0.0.1:8080:8080", {"target": 8080, "host_ip": "127.0.0.1"}])
def test_a_port_on_the_machine_itself_is_fine(port):
    assert complaints(stack(api_server=service(ports=[port]))) == []


@pytest.mark.parametrize(
    "variable", ["POSTGRES_PASSWORD_FILE", "AIRFLOW__CORE__FERNET_KEY_CMD", "AIRFLOW__SECRETS__BACKEND_KWARGS"]
)
def test_a_place_of_a_secret_is_no_secret(variable):
    assert complaints(stack(part=service(environment={variable: "/run/secrets/x"}))) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda it: it["services"]["part"].update(secrets=["other"]), "secret other is not declared"),
        (lambda it: it["services"]["part"].update(secrets=[]), "which it is not given"),
        (lambda it: it["services"]["part"].update(secrets=[]), "no service uses it"),
        (lambda it: it["secrets"].update(word={"file": "./elsewhere"}), "expected the file"),
        (lambda it: it["secrets"].update(more={"file": "./secrets/more"}), "doesn't make it"),
    ],
)
def test_a_secret_that_does_not_fit_is_noticed(change, complaint):
    good = stack(part=service(secrets=["word"], environment={"WORD_FILE": "/run/secrets/word"}))
    good["secrets"] = {"word": {"file": "./secrets/word"}}
    assert list(rules.secrets(good, {"word"})) == []
    bad = copy.deepcopy(good)
    change(bad)
    assert any(complaint in each for each in rules.secrets(bad, {"word"}))


def test_a_volume_that_nobody_uses_is_noticed():
    assert "volume lost: no service uses it" in complaints(stack(part=service()) | {"volumes": {"lost": {}}})


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("memory: ${MEMORY:-1g}", 0),
        ("test: $$(cat x) $${HOSTNAME}", 0),
        ("# ${COMMENT}", 0),
        ("memory: ${MEMORY}", 1),
        ("memory: ${MEMORY:?needed}", 1),
        ("memory: $MEMORY", 1),
        ("port: ${KINTSUGI_PORT:-8080}", 1),
    ],
)
def test_a_variable_without_a_default_is_noticed(line, number):
    assert len(list(rules.variables_with_defaults(line))) == number


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("KINTSUGI_MONGO__URI", ""),
        ("KINTSUGI_MONGO__URL", "no setting of Kintsugi"),
        ("AIRFLOW__CORE__EXECUTOR", ""),
        ("AIRFLOW__CORE__FERNET_KEY_CMD", ""),
        ("AIRFLOW__CORE__EXECUTR", "no option of Airflow"),
        ("AIRFLOW__CORE__EXECUTOR_CMD", "takes no command"),
        ("POSTGRES_DB", ""),
    ],
)
def test_a_setting_that_does_not_exist_is_noticed(variable, complaint):
    compose = stack(part=service(environment={variable: "x"}))
    found = list(rules.known_settings(compose, {"mongo.uri"}, {"core.executor": False, "core.fernet_key": True}))
    assert found == [] if not complaint else complaint in found[0]
