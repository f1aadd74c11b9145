"""The compose files say what they must: everything waits for what it needs, no secret has a default, settings are known ones."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from pydantic import SecretStr, ValidationError

from embedded.postgres import PostgresServer
from leaving import FINISH_SECONDS
from settings import Settings
from worker import Work
from workflows.contracts import SEARCH_ATTRIBUTES

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "docker-compose.yml"
TWO_OF_EACH = ROOT / "deploy" / "docker-compose.two-of-each.yml"
FILES = (SMALL, TWO_OF_EACH)
COMPOSE: dict[Path, dict[str, Any]] = {file: yaml.safe_load(file.read_text()) for file in FILES}
SERVICES: dict[Path, dict[str, dict[str, Any]]] = {file: found["services"] for file, found in COMPOSE.items()}
PRODUCT = ("migrate", "worker", "notices", "api", "crm", "deployment")
ROLES = ("frontend", "history", "matching", "worker")

every_service = pytest.mark.parametrize(
    ("file", "service"),
    [pytest.param(file, name, id=f"{file.stem}-{name}") for file in FILES for name in SERVICES[file]],
)
every_part = pytest.mark.parametrize("service", PRODUCT)
every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:?[-?])(?P<text>[^}]*))?\}")

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
    """What Compose makes of ``${NAME}``, ``${NAME:-default}``, ``${NAME-default}`` and ``${NAME:?message}``."""

    def one(found: re.Match[str]) -> str:
        if variables.get(found["name"]):
            return variables[found["name"]]
        if found["operator"] == "-":
            return variables.get(found["name"], found["text"])
        if found["operator"] == ":-":
            return found["text"]
        pytest.fail(f"{found['name']} is needed and not given")

    return VARIABLE.sub(one, value)


def environment(file: Path, service: str) -> dict[str, str]:
    return {
        name: filled_in(str(value), SAMPLE) for name, value in SERVICES[file][service].get("environment", {}).items()
    }


def settings(values: dict[str, str]) -> Settings:
    """Settings from these variables alone, as a container has them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        for name, value in values.items():
            patch.setenv(name, value)
        return Settings()


@every_file
def test_it_is_what_the_compose_specification_says(file: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@every_service
def test_every_service_waits_only_for_one_that_can_say_it_is_done(file: Path, service: str) -> None:
    for needed, how in SERVICES[file][service].get("depends_on", {}).items():
        other = SERVICES[file][needed]
        if how["condition"] == "service_healthy":
            assert "test" in other["healthcheck"]
        elif how["condition"] == "service_started":
            assert "healthcheck" not in other, f"{needed} can say more than that it was started"
        else:
            assert how["condition"] == "service_completed_successfully"
            assert other["restart"].startswith("on-failure"), f"{needed} would start again and again"


@every_service
def test_every_network_volume_and_mounted_file_exists(file: Path, service: str) -> None:
    assert set(SERVICES[file][service]["networks"]) <= set(COMPOSE[file]["networks"])
    for mount in SERVICES[file][service].get("volumes", []):
        source = mount.split(":")[0]
        assert (file.parent / source).exists() if source.startswith(".") else source in COMPOSE[file]["volumes"]


@every_service
def test_every_script_that_is_started_is_mounted(file: Path, service: str) -> None:
    found = SERVICES[file][service]
    mounts = dict(mount.split(":")[1::-1] for mount in found.get("volumes", []))
    for argument in found.get("entrypoint", []):
        if argument.startswith("/deploy/"):
            folder, name = argument.rsplit("/", 1)
            assert (file.parent / mounts[folder] / name).is_file()


@every_service
def test_every_image_has_a_version(file: Path, service: str) -> None:
    image = SERVICES[file][service]["image"]
    assert service in PRODUCT or re.search(r":v?\d+(\.\d+)*$", image), image


@every_service
def test_ports_are_published_on_the_loopback_address_only(file: Path, service: str) -> None:
    for port in SERVICES[file][service].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


@every_service
def test_every_process_that_goes_on_says_how_it_is_or_is_one_of_a_kind_that_cannot(file: Path, service: str) -> None:
    found = SERVICES[file][service]
    goes_on = found.get("restart") == "unless-stopped"
    assert not goes_on or "healthcheck" in found or service in WITHOUT_HEALTH_CHECK


WITHOUT_HEALTH_CHECK = {"temporal-ui", "balancer", "otel-collector", "jaeger"}
"""Whose images have nothing that could ask them."""


@every_file
def test_databases_and_engine_have_no_way_out(file: Path) -> None:
    assert COMPOSE[file]["networks"]["internal"] == {"internal": True}
    outside = {name for name, service in SERVICES[file].items() if "outside" in service["networks"]}
    # Workers give mails and files to their servers.
    assert outside - {"balancer"} == {"api", "temporal-ui", "worker", "notices", *OBSERVABILITY}


OBSERVABILITY = {"prometheus", "grafana", "jaeger"}
"""What can be looked at from the host."""


def test_no_secret_has_a_default_and_each_is_in_the_example() -> None:
    text = "".join(file.read_text() for file in FILES)
    example = (ROOT / "deploy" / "env.example").read_text()
    required = {found["name"] for found in VARIABLE.finditer(text) if found["operator"] == ":?"}
    optional = {found["name"] for found in VARIABLE.finditer(text)} - required
    assert required == set(SAMPLE)
    given = [found["name"] for found in VARIABLE.finditer(text) if found["operator"] in {"-", ":-"} and found["text"]]
    assert not [name for name in given if re.search("PASSWORD|SECRET|KEYS?$", name)]
    for name in required:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), name
    for name in optional:
        assert re.search(rf"^#{name}=", example, re.MULTILINE), name


@every_service
def test_no_secret_stands_in_the_file_itself(file: Path, service: str) -> None:
    for name, value in SERVICES[file][service].get("environment", {}).items():
        if re.search("PASSWORD|_PWD|SECRET|KEYS$", name):
            assert VARIABLE.fullmatch(str(value)), name


@every_file
@every_part
def test_every_variable_of_the_product_is_a_known_setting(file: Path, service: str) -> None:
    for name in environment(file, service):
        assert name.lower() in Settings.model_fields or name in {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}, name


@every_file
@every_part
def test_the_settings_accept_what_the_file_gives_them(file: Path, service: str) -> None:
    found = settings(environment(file, service))
    assert not found.demo_mode
    assert found.database_url == f"postgresql://crm:{'b' * 48}@postgres:5432/crm?sslmode=disable"
    assert found.base_url == "https://crm.example.com"
    assert found.oidc_issuer == "https://login.example.com"
    assert found.signal_keys == SecretStr("f" * 48)
    assert not found.require_signed_signals
    assert settings({**environment(file, service), "REQUIRE_SIGNED_SIGNALS": "true"}).require_signed_signals


@every_part
def test_both_files_give_the_product_the_same_settings_but_for_where_the_engine_is(service: str) -> None:
    small, two = (environment(file, service) for file in FILES)
    assert (small.pop("TEMPORAL_ADDRESS"), two.pop("TEMPORAL_ADDRESS")) == ("temporal:7233", "balancer:7233")
    if service == "api":  # there is something before it that can leave it out
        assert (small.pop("API_DRAIN_SECONDS"), two.pop("API_DRAIN_SECONDS")) == ("0", "8")
    assert small == two


@every_file
def test_the_api_listens_for_the_published_port_and_signs_its_cookies(file: Path) -> None:
    found = settings(environment(file, "api"))
    assert (found.api_host, found.api_port) == ("0.0.0.0", 8000)
    assert found.session_secret == SecretStr("e" * 48)
    assert found.oidc_client_secret == SecretStr("d" * 48)


@every_file
def test_the_api_tells_nothing_of_itself_at_the_published_port(file: Path) -> None:
    found = settings(environment(file, "api"))
    assert (found.docs, found.metrics) == (False, False)
    (published,) = SERVICES[file]["balancer" if file is TWO_OF_EACH else "api"]["ports"]
    assert filled_in(published, SAMPLE).endswith(f":{found.api_port}")
    assert not found.api_metrics_address.endswith(f":{found.api_port}")


@every_file
def test_demo_mode_cannot_be_switched_on_here(file: Path) -> None:
    with pytest.raises(ValidationError, match="loopback"):
        settings({**environment(file, "api"), "DEMO_MODE": "true"})


@every_file
def test_every_kind_of_work_has_a_service(file: Path) -> None:
    commands = {name: SERVICES[file][name]["command"] for name in ("worker", "notices")}
    assert {command[-1] for command in commands.values()} == set(Work)
    assert all(command[:2] == ["python", "worker.py"] and len(command) == 3 for command in commands.values())


@every_file
@pytest.mark.parametrize("name", ["worker", "notices"])
def test_a_worker_can_be_started_many_times(file: Path, name: str) -> None:
    worker = SERVICES[file][name]
    assert "container_name" not in worker
    assert "ports" not in worker
    assert int(filled_in(worker["deploy"]["replicas"], SAMPLE)) >= (2 if name == "worker" or file is TWO_OF_EACH else 1)


@every_file
@pytest.mark.parametrize("name", ["worker", "notices"])
def test_a_workers_health_is_asked_where_it_tells_it(file: Path, name: str) -> None:
    found = settings(environment(file, name))
    assert f"http://{found.worker_health_address}/readyz" in " ".join(SERVICES[file][name]["healthcheck"]["test"])


@every_file
@every_part
def test_the_product_can_change_nothing_but_its_temporary_directory(file: Path, service: str) -> None:
    found = SERVICES[file][service]
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in found["security_opt"]
    assert "privileged" not in found


def test_the_engine_and_its_tools_are_of_one_version() -> None:
    images = [service["image"].split(":") for file in FILES for service in SERVICES[file].values()]
    assert len({version for name, version, *_ in [(*one, "") for one in images] if name in ENGINE}) == 1


ENGINE = {"temporalio/server", "temporalio/admin-tools"}


@every_file
def test_all_ask_for_the_same_namespace(file: Path) -> None:
    namespaces = {
        environment(file, name)["TEMPORAL_NAMESPACE"] for name in (*PRODUCT, "temporal-namespace", "temporal-cli")
    }
    assert namespaces == {"purchase-approval"}


@every_file
def test_the_commands_of_the_product_and_of_the_engine_need_nothing_installed(file: Path) -> None:
    services = SERVICES[file]
    assert services["crm"]["entrypoint"] == ["python", "-m", "crm"]
    assert services["deployment"]["entrypoint"] == ["python", "-m", "deployment"]
    assert services["temporal-cli"]["entrypoint"] == ["temporal"]
    for name in ("crm", "deployment", "temporal-cli"):
        assert services[name]["profiles"] == ["tools"], "it would be started with everything else"
        assert services[name].get("restart") is None


def test_the_namespace_script_makes_every_search_attribute_of_the_product() -> None:
    script = (ROOT / "deploy" / "temporal" / "namespace.sh").read_text()
    made = dict(re.findall(r"^again search_attribute (\w+) (\w+)$", script, re.MULTILINE))
    assert made == dict(SEARCH_ATTRIBUTES)


@every_file
def test_the_temporal_ui_has_payloads_read_with_the_session_of_whoever_looks(file: Path) -> None:
    pages = SERVICES[file]["temporal-ui"]["environment"]
    assert pages["TEMPORAL_CODEC_ENDPOINT"] == "${TEMPORAL_CODEC_ENDPOINT:-}"
    assert pages["TEMPORAL_CODEC_INCLUDE_CREDENTIALS"] == "true"


def test_there_are_two_of_each_where_the_name_says_so() -> None:
    services = SERVICES[TWO_OF_EACH]
    for name in ("api", "worker", "notices", *(f"temporal-{role}" for role in ROLES)):
        assert int(filled_in(str(services[name]["deploy"]["replicas"]), SAMPLE)) == 2, name
    assert [services[f"temporal-{role}"]["environment"]["ROLE"] for role in ROLES] == list(ROLES)


def test_the_balancer_leads_to_services_that_there_are_and_to_the_ports_that_they_listen_on() -> None:
    lines = (ROOT / "deploy" / "haproxy" / "haproxy.cfg").read_text().splitlines()
    words = [line.split() for line in lines if line.strip()]
    leads = dict(line[3].split(":") for line in words if line[0] == "server-template")
    assert leads == {"api": environment(TWO_OF_EACH, "api")["API_PORT"], "temporal-frontend": "7233"}
    assert "7233" in SERVICES[TWO_OF_EACH]["temporal-frontend"]["healthcheck"]["test"]
    listens = {line[1].removeprefix(":") for line in words if line[0] == "bind"}
    engine = {environment(TWO_OF_EACH, name)["TEMPORAL_ADDRESS"] for name in (*PRODUCT, "temporal-ui", "temporal-cli")}
    assert engine == {"balancer:7233"}
    (published,) = SERVICES[TWO_OF_EACH]["balancer"]["ports"]
    assert listens == {"7233", filled_in(published, SAMPLE).rsplit(":", 1)[1]}
    defined = {line[1] for line in words if line[0] == "backend"}
    assert {line[1] for line in words if line[0] == "default_backend"} == defined


def test_an_api_goes_on_until_the_balancer_has_left_it_out_and_is_not_killed_before_it_has_finished() -> None:
    text = (ROOT / "deploy" / "haproxy" / "haproxy.cfg").read_text()
    (check,) = set(re.findall(r"default-server check inter (\d+)s fastinter (\d+)ms fall (\d+)", text))
    inter, fastinter, fall = (int(number) for number in check)
    left_out = inter + (fall - 1) * fastinter / 1000
    drains = settings(environment(TWO_OF_EACH, "api")).api_drain_seconds
    assert drains >= 2 * left_out, "checks may be late"
    grace = SERVICES[TWO_OF_EACH]["api"]["stop_grace_period"]
    assert drains + FINISH_SECONDS < int(grace.removesuffix("s"))


def test_visibility_has_a_server_of_its_own_where_there_is_more_than_one_hosts_worth() -> None:
    engine = environment(TWO_OF_EACH, "temporal-history")
    stores = {engine["POSTGRES_SEEDS"], engine["VISIBILITY_POSTGRES_SEEDS"], "postgres"}
    assert len(stores) == 3
    schema = environment(TWO_OF_EACH, "temporal-schema")
    assert (schema["SQL_HOST"], schema["SQL_VISIBILITY_HOST"]) == (
        engine["POSTGRES_SEEDS"],
        engine["VISIBILITY_POSTGRES_SEEDS"],
    )
    volumes = [SERVICES[TWO_OF_EACH][store]["volumes"][0].split(":")[0] for store in stores]
    assert len(set(volumes)) == 3
    assert int(engine["NUM_HISTORY_SHARDS"]) == 512


def postgres_settings(file: Path, service: str) -> dict[str, str]:
    """What a server is started with."""
    first, *given = SERVICES[file][service]["command"]
    assert first == "postgres"
    return dict(filled_in(one, SAMPLE).removeprefix("-c").split("=") for one in given)


@pytest.mark.parametrize(
    ("file", "service"),
    [(SMALL, "postgres"), *((TWO_OF_EACH, name) for name in ("postgres", "postgres-temporal", "postgres-visibility"))],
)
def test_a_database_takes_all_the_connections_that_may_be_opened(file: Path, service: str) -> None:
    services = SERVICES[file]

    def many(name: str) -> int:
        return int(filled_in(str(services[name].get("deploy", {}).get("replicas", 1)), SAMPLE))

    pool = Settings.model_fields["database_pool_size"].default
    crm = (many("worker") + many("notices")) * pool + many("api") * (pool + 1)
    roles = len(ROLES) if file is SMALL else sum(many(f"temporal-{role}") for role in ROLES)
    wanted = {
        (SMALL, "postgres"): crm + roles * (20 + 10),
        (TWO_OF_EACH, "postgres"): crm,
        (TWO_OF_EACH, "postgres-temporal"): roles * 20,
        (TWO_OF_EACH, "postgres-visibility"): roles * 10,
    }[file, service]
    assert int(postgres_settings(file, service)["max_connections"]) >= wanted + 10


async def test_a_real_server_starts_with_the_settings_of_the_file(tmp_path: Path) -> None:
    wanted = postgres_settings(SMALL, "postgres")
    server = PostgresServer(tmp_path / "data", settings={"fsync": "off", **wanted})
    server.start()
    try:
        connection = await asyncpg.connect(server.uri())
        found = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in wanted}
        await connection.close()
    finally:
        server.stop()
    assert found == wanted
