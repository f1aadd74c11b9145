"""docker-compose.yml says what it must: everything waits for what it needs, no secret has a default, settings are known ones."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from settings import Settings
from worker import Work
from workflows.contracts import SEARCH_ATTRIBUTES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PRODUCT = ("migrate", "worker", "notices", "api")

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<text>[^}]*))?\}")

SAMPLE = {
    "POSTGRES_PASSWORD": "a" * 48,
    "CRM_DB_PASSWORD": "b" * 48,
    "TEMPORAL_DB_PASSWORD": "c" * 48,
    "PUBLIC_URL": "https://crm.example.com",
    "OIDC_ISSUER": "https://login.example.com",
    "OIDC_AUDIENCE": "purchase-approval",
    "OIDC_CLIENT_ID": "purchase-approval",
    "OIDC_CLIENT_SECRET": "d" * 48,
    "SESSION_SECRET": "e" * 48,
    "SIGNAL_KEYS": "f" * 48,
}


def filled_in(value: str, variables: dict[str, str]) -> str:
    """What Compose makes of ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}``."""

    def one(found: re.Match[str]) -> str:
        if variables.get(found["name"]):
            return variables[found["name"]]
        if found["operator"] == ":-":
            return found["text"]
        pytest.fail(f"{found['name']} is needed and not given")

    return VARIABLE.sub(one, value)


def environment(service: str) -> dict[str, str]:
    return {name: filled_in(str(value), SAMPLE) for name, value in SERVICES[service].get("environment", {}).items()}


def settings(values: dict[str, str]) -> Settings:
    """Settings from these variables alone, as a container has them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        for name, value in values.items():
            patch.setenv(name, value)
        return Settings()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_waits_only_for_one_that_can_say_it_is_done(service: str) -> None:
    for needed, how in SERVICES[service].get("depends_on", {}).items():
        assert needed in SERVICES
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[needed]["healthcheck"]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert SERVICES[needed]["restart"].startswith("on-failure"), f"{needed} would start again and again"


@pytest.mark.parametrize("service", SERVICES)
def test_every_network_volume_and_mounted_file_exists(service: str) -> None:
    assert set(SERVICES[service]["networks"]) <= set(COMPOSE["networks"])
    for mount in SERVICES[service].get("volumes", []):
        source = mount.split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_has_a_version(service: str) -> None:
    image = SERVICES[service]["image"]
    assert service in PRODUCT or re.search(r":\d+(\.\d+)*$", image), image


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_the_loopback_address_only(service: str) -> None:
    for port in SERVICES[service].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


def test_database_and_engine_have_no_way_out() -> None:
    assert COMPOSE["networks"]["internal"] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"api", "temporal-ui", "worker", "notices"}  # those give mails and files to their servers


def test_no_secret_has_a_default_and_each_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / "deploy" / "env.example").read_text()
    required = {found["name"] for found in VARIABLE.finditer(text) if found["operator"] == ":?"}
    optional = {found["name"] for found in VARIABLE.finditer(text)} - required
    assert required == set(SAMPLE)
    given = [found["name"] for found in VARIABLE.finditer(text) if found["operator"] == ":-" and found["text"]]
    assert not [name for name in given if re.search("PASSWORD|SECRET|KEYS?$", name)]
    for name in required:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), name
    for name in optional:
        assert re.search(rf"^#{name}=", example, re.MULTILINE), name


def test_no_secret_stands_in_the_file_itself() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|_PWD|SECRET|KEYS$", name):
                assert VARIABLE.fullmatch(str(value)), name


@pytest.mark.parametrize("service", PRODUCT)
def test_every_variable_of_the_product_is_a_known_setting(service: str) -> None:
    for name in environment(service):
        assert name.lower() in Settings.model_fields or name in {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}, name


@pytest.mark.parametrize("service", PRODUCT)
def test_the_settings_accept_what_the_file_gives_them(service: str) -> None:
    found = settings(environment(service))
    assert not found.demo_mode
    assert found.database_url == f"postgresql://crm:{'b' * 48}@postgres:5432/crm?sslmode=disable"
    assert found.base_url == "https://crm.example.com"
    assert found.oidc_issuer == "https://login.example.com"
    assert found.signal_keys == SecretStr("f" * 48)
    assert not found.require_signed_signals
    assert settings({**environment(service), "REQUIRE_SIGNED_SIGNALS": "true"}).require_signed_signals


def test_the_api_listens_for_the_published_port_and_signs_its_cookies() -> None:
    found = settings(environment("api"))
    assert (found.api_host, found.api_port) == ("0.0.0.0", 8000)
    assert found.session_secret == SecretStr("e" * 48)
    assert found.oidc_client_secret == SecretStr("d" * 48)


def test_the_api_tells_nothing_of_itself_at_the_published_port() -> None:
    found = settings(environment("api"))
    assert (found.docs, found.metrics) == (False, False)
    (published,) = SERVICES["api"]["ports"]
    assert filled_in(published, SAMPLE).endswith(f":{found.api_port}")
    assert not found.api_metrics_address.endswith(f":{found.api_port}")


def test_demo_mode_cannot_be_switched_on_here() -> None:
    with pytest.raises(ValidationError, match="loopback"):
        settings({**environment("api"), "DEMO_MODE": "true"})


def test_every_kind_of_work_has_a_service() -> None:
    commands = {name: SERVICES[name]["command"] for name in ("worker", "notices")}
    assert {command[-1] for command in commands.values()} == set(Work)
    assert all(command[:2] == ["python", "worker.py"] and len(command) == 3 for command in commands.values())


@pytest.mark.parametrize("name", ["worker", "notices"])
def test_a_worker_can_be_started_many_times(name: str) -> None:
    worker = SERVICES[name]
    assert "container_name" not in worker
    assert "ports" not in worker
    assert int(filled_in(worker["deploy"]["replicas"], SAMPLE)) >= (2 if name == "worker" else 1)


@pytest.mark.parametrize("service", PRODUCT)
def test_the_product_can_change_nothing_but_its_temporary_directory(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICES[service]["security_opt"]
    assert "privileged" not in SERVICES[service]


def test_the_engine_and_its_tools_are_of_one_version() -> None:
    versions = {SERVICES[name]["image"].split(":")[1] for name in ("temporal", "temporal-schema", "temporal-namespace")}
    assert len(versions) == 1


def test_all_ask_for_the_same_namespace() -> None:
    namespaces = {environment(name)["TEMPORAL_NAMESPACE"] for name in (*PRODUCT, "temporal-namespace")}
    assert namespaces == {"purchase-approval"}


def test_the_namespace_script_makes_every_search_attribute_of_the_product() -> None:
    script = (ROOT / "deploy" / "temporal" / "namespace.sh").read_text()
    made = dict(re.findall(r"^again search_attribute (\w+) (\w+)$", script, re.MULTILINE))
    assert made == dict(SEARCH_ATTRIBUTES)
