"""deploy/deploy.sh does each thing in its order, and takes back what it gave when it does not go well. Docker is a stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

DOCKER = '''
"""Docker, and the engine behind it, as the script uses them: it remembers containers and who is current, tells what it was asked, and
fails where it is told to."""

import json
import os
import re
import sys
from pathlib import Path

place, told = Path(os.environ["STATE"]), Path(os.environ["TOLD"])
asked = sys.argv[1:]
known = json.loads(place.read_text())
containers, engine = known["containers"], known["engine"]
image = os.environ.get("WORKER_BUILD_ID", "")
build = next((one.partition("=")[2] for one in asked if one.startswith("WORKER_BUILD_ID=")), image)


def keep():
    place.write_text(json.dumps(known))


if asked[0] == "ps":
    assert asked[-2:] == ["--format", '{{.ID}} {{.State}} {{.Label "purchase-approval.build"}}'], asked
    wanted = dict(part.split("=", 1)[1].split("=", 1) for part in asked if part.startswith("label="))
    for one in containers:
        running = one["state"] == "running"
        if one["service"] == wanted["com.docker.compose.service"] and one["project"] == wanted["com.docker.compose.project"]:
            if running or "--all" in asked:
                print(one["name"], one["state"], one["build"])
    sys.exit()
words = " ".join(asked[5:] if asked[0] == "compose" else asked)
asks = [line for line in [*told.read_text().splitlines(), words] if re.search(os.environ.get("FAILS") or "$^", line)]
fails = len(asks) >= int(os.environ.get("FAILS_FROM", "1")) and words in asks
if words == "config":
    print("name: " + os.environ["PROJECT"] + "\\nservices:\\n  api:\\n    name: no")
    sys.exit(fails)
if asked[0] == "rm":
    known["containers"] = [one for one in containers if one["name"] != asked[1]]
    keep()
    sys.exit()
with told.open("a") as file:
    print(f"{words} [{image}]", file=file)
if fails:
    sys.exit(1)
if asked[0] == "stop":
    for one in containers:
        if one["name"] == asked[1]:
            one["state"] = "exited"
if words.startswith("up"):
    service, scale = asked[-1], int(asked[-2].split("=")[1])
    there = [one for one in containers if one["service"] == service and one["project"] == os.environ["PROJECT"]]
    for one in there:
        one["state"] = "running"
    for number in range(scale - len(there)):
        name = f"{service}-{build}-{number}"
        containers.append(
            {"service": service, "build": build, "name": name, "state": "running", "project": os.environ["PROJECT"]}
        )
command = words.partition("deployment ")[2].split()
match command[:1]:
    case ["status"]:
        print("Deployment purchase-requests\\nbuild  state  gets  workers  runs  since")
        for one in engine["builds"]:
            state = next((state for state in ("current", "ramping") if engine[state] == one), "draining")
            print(f"{one}  {state}  0 %  none  0")
    case ["ramp"] if engine["current"] != build:
        engine["ramping"] = build
    case ["promote"] if engine["current"] != build:
        engine["before"][build] = engine["current"]
        engine.update(current=build, ramping="")
    case ["rollback"]:
        of = command[command.index("--build") + 1] if "--build" in command else build
        if of == engine["ramping"]:
            engine["ramping"] = ""
        elif of == engine["current"]:
            engine["current"] = command[command.index("--to") + 1] if "--to" in command else engine["before"][of]
if command and build and build not in engine["builds"]:
    engine["builds"].insert(0, build)
keep()
'''

PROJECT = "purchase-approval"


class Place:
    """A copy of the script with a stand-in for Docker, and what it was told."""

    def __init__(self, directory: Path) -> None:
        (directory / "deploy").mkdir()
        (directory / "bin").mkdir()
        self.script = directory / "deploy" / "deploy.sh"
        self.script.write_text((ROOT / "deploy" / "deploy.sh").read_text())
        docker = directory / "bin" / "docker"
        docker.write_text(f"#!{sys.executable}\n{DOCKER}")
        docker.chmod(0o755)
        self.env = directory / ".env"
        self.env.write_text("PUBLIC_URL=https://crm.example.com\nWORKER_BUILD_ID=old\n")
        self._state, self._told = directory / "state", directory / "told"
        self._told.touch()
        self.run_by("old")

    def run_by(self, *builds: str, project: str = PROJECT) -> None:
        """Two of each process of these builds run, the last of which is current."""
        containers = [
            {
                "service": service,
                "build": build,
                "name": f"{service}-{build}-{number}",
                "state": "running",
                "project": project,
            }
            for build in builds
            for service in ("worker", "notices", "api")
            for number in range(2)
        ]
        ids = [build or "unversioned" for build in builds]
        engine = {
            "builds": sorted({*ids[::-1], "unversioned"}, key="unversioned".__eq__),
            "current": ids[-1],
            "ramping": "",
            "before": dict(zip(ids[1:], ids, strict=False)),
        }
        self._state.write_text(json.dumps({"containers": containers, "engine": engine}))

    def engine(self, **so: str) -> None:
        """The engine has it so, whoever told it."""
        known = self._known
        known["engine"].update(so)
        self._state.write_text(json.dumps(known))

    def do(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.script.parent.parent / "bin"), os.environ["PATH"]])
        own = {"STATE": str(self._state), "TOLD": str(self._told), "PATH": path, "PAUSE": "0", "SETTLE": "0"}
        return subprocess.run(
            ["sh", self.script, *arguments],
            env={**os.environ, "PROJECT": PROJECT, **own, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def told(self) -> list[str]:
        return self._told.read_text().splitlines()

    @property
    def _known(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self._state.read_text())
        return known

    @property
    def current(self) -> str:
        """The build that has all runs."""
        current: str = self._known["engine"]["current"]
        return current

    def builds(self, service: str) -> list[str]:
        """The builds of a service's containers that run."""
        return [
            one["build"] for one in self._known["containers"] if one["service"] == service and one["state"] == "running"
        ]

    def stop(self, service: str, build: str) -> None:
        """Somebody has stopped these containers, and they are still there."""
        known = self._known
        for one in known["containers"]:
            if (one["service"], one["build"]) == (service, build):
                one["state"] = "exited"
        self._state.write_text(json.dumps(known))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


TOOL = "run --rm --no-deps deployment"


def test_a_build_gets_more_and_more_and_nobody_stops_before_others_have_taken_over(place: Place) -> None:
    done = place.do("new")
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.told == [
        f"{TOOL} look [old]",
        "build migrate [unchecked]",
        "run --rm --no-deps --env WORKER_BUILD_ID=new deployment check [unchecked]",
        "tag purchase-approval:unchecked purchase-approval:new [new]",
        "run --rm --no-deps migrate [new]",
        "up --detach --no-deps --no-recreate --wait --scale worker=4 worker [new]",
        "up --detach --no-deps --no-recreate --wait --scale notices=4 notices [new]",
        f"{TOOL} ramp 10 [new]",
        f"{TOOL} look [new]",
        f"{TOOL} ramp 50 [new]",
        f"{TOOL} look [new]",
        f"{TOOL} promote [new]",
        f"{TOOL} look [new]",
        "up --detach --no-deps --no-recreate --wait --scale api=4 api [new]",
        "stop api-old-0 [new]",
        "stop api-old-1 [new]",
    ]
    assert place.builds("api") == ["new", "new"]
    assert place.builds("worker") == ["old", "old", "new", "new"], "so that going back takes a moment"
    assert place.env.read_text() == "PUBLIC_URL=https://crm.example.com\nWORKER_BUILD_ID=new\n"
    assert place.env.stat().st_mode & 0o077 == 0


def test_said_again_it_starts_nothing_twice(place: Place) -> None:
    assert place.do("new").returncode == 0
    assert place.do("new").returncode == 0
    assert place.builds("api") == ["new", "new"]
    assert place.builds("worker") == ["old", "old", "new", "new"]
    assert not [line for line in place.told if line.startswith("up") and "=6" in line]


@pytest.mark.parametrize("built", ["yes", "no"])
def test_what_does_not_pass_the_gate_takes_the_place_of_no_image(place: Place, built: str) -> None:
    assert place.do("old", FAILS="deployment check", BUILD=built).returncode != 0
    checks = {
        "yes": "run --rm --no-deps --env WORKER_BUILD_ID=old deployment check [unchecked]",
        "no": f"{TOOL} check [old]",
    }
    assert place.told[-1] == checks[built]
    assert not [line for line in place.told if line.startswith("tag") or line == "build migrate [old]"]


@pytest.mark.parametrize("gate", ["deployment check", "run --rm --no-deps migrate"])
def test_what_does_not_pass_the_gate_or_the_migration_starts_nothing(place: Place, gate: str) -> None:
    assert place.do("new", FAILS=gate).returncode != 0
    assert not [line for line in place.told if line.startswith(("up", "stop", f"{TOOL} ramp"))]
    assert place.builds("worker") == ["old", "old"]
    assert "WORKER_BUILD_ID=old" in place.env.read_text()


def test_what_does_not_look_well_is_taken_back_before_any_api_is_replaced(place: Place) -> None:
    done = place.do("new", FAILS="deployment look", FAILS_FROM="2")
    assert done.returncode != 0
    assert "new gets nothing any more" in done.stderr
    assert place.told[-3:] == [f"{TOOL} ramp 10 [new]", f"{TOOL} look [new]", f"{TOOL} rollback [new]"]
    assert place.builds("api") == ["old", "old"]
    assert place.builds("worker") == ["old", "old", "new", "new"], "they stay, to be looked at"
    assert "WORKER_BUILD_ID=old" in place.env.read_text()


def test_one_that_cannot_be_taken_back_is_not_said_to_get_nothing(place: Place) -> None:
    done = place.do("new", FAILS="deployment [lr]o", FAILS_FROM="2")
    assert done.returncode != 0
    assert place.told[-1] == f"{TOOL} rollback [new]"
    assert "gets nothing any more" not in done.stdout + done.stderr


def test_what_does_not_go_well_already_is_not_blamed_on_a_build_and_one_that_mends_it_is_deployed_unseen(
    place: Place,
) -> None:
    done = place.do("new", FAILS="deployment look")
    assert done.returncode != 0
    assert "It does not go well already" in done.stderr
    assert place.told == [f"{TOOL} look [old]"]
    assert place.do("new", FAILS="deployment look", LOOK="no").returncode == 0
    assert place.current == "new"


def test_going_back_gives_runs_and_calls_to_the_build_before(place: Place) -> None:
    assert place.do("new").returncode == 0
    asked = len(place.told)
    done = place.do("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.told[asked:] == [
        f"{TOOL} status [new]",
        f"{TOOL} rollback --build new [new]",
        f"{TOOL} status [new]",
        "up --detach --no-deps --no-recreate --wait --scale api=4 api [old]",
        "stop api-new-0 [old]",
        "stop api-new-1 [old]",
    ]
    assert place.builds("api") == ["old", "old"]
    assert "WORKER_BUILD_ID=old" in place.env.read_text()


def test_one_that_cannot_go_back_leaves_the_apis_as_they_are(place: Place) -> None:
    place.run_by("old", "new")
    assert place.do("rollback", FAILS="deployment rollback").returncode != 0
    assert not [line for line in place.told if line.startswith(("up", "stop"))]


@pytest.mark.parametrize("command", ["rollback", "finish"])
def test_while_the_engine_does_not_say_who_is_current_nothing_is_stopped(place: Place, command: str) -> None:
    assert place.do("new").returncode == 0
    asked = len(place.told)
    assert place.do(command, FAILS="deployment status").returncode != 0
    place.engine(current="somebody")
    assert place.do(command).returncode != 0
    assert not [line for line in place.told[asked:] if line.startswith(("up", "stop")) or "rollback" in line]
    assert place.builds("worker") == ["old", "old", "new", "new"]
    assert "WORKER_BUILD_ID=new" in place.env.read_text()


def test_what_gets_a_part_is_rolled_back_and_else_the_current_one_whichever_is_newest(place: Place) -> None:
    place.run_by("old", "new")
    place.env.write_text("WORKER_BUILD_ID=new\n")
    place.engine(ramping="old")
    assert place.do("rollback").returncode == 0
    assert f"{TOOL} rollback --build old [new]" in place.told
    assert place.current == "new"
    place.run_by("new", "old")  # old was deployed anew; new, which is newer, gets nothing
    place.env.write_text("WORKER_BUILD_ID=old\n")
    place.stop("api", "new")
    done = place.do("rollback", "new")
    assert done.returncode != 0
    assert "Nothing was rolled back: old is current" in done.stderr
    assert place.current == "old"


def test_where_to_may_be_said(place: Place) -> None:
    place.run_by("new", "old")
    place.env.write_text("WORKER_BUILD_ID=old\n")
    assert place.do("rollback", "old", "new").returncode == 0
    assert f"{TOOL} rollback --build old --to new [old]" in place.told
    assert place.current == "new"
    assert place.builds("api") == ["new", "new"]


def test_a_rollback_whose_apis_did_not_start_goes_on_when_it_is_said_again_and_back_once(place: Place) -> None:
    assert place.do("new").returncode == 0
    assert place.do("rollback", FAILS="--scale api").returncode != 0
    assert place.current == "old"
    assert place.builds("api") == ["new", "new"]
    done = place.do("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.current == "old"
    assert place.builds("api") == ["old", "old"]


def test_a_deploy_whose_apis_did_not_start_can_be_rolled_back(place: Place) -> None:
    assert place.do("new", FAILS="--scale api").returncode != 0
    assert place.current == "new"
    assert place.do("rollback").returncode == 0
    assert place.current == "old"
    assert place.builds("api") == ["old", "old"]


def test_workers_that_are_gone_are_started_before_others_stop(place: Place) -> None:
    assert place.do("new").returncode == 0
    assert place.do("finish").returncode == 0
    assert place.do("rollback").returncode == 0
    assert place.builds("worker") == place.builds("notices") == ["new", "new", "old", "old"]


def test_what_has_stopped_and_was_not_removed_is_not_started_again_instead_of_the_build(place: Place) -> None:
    place.stop("worker", "old")
    assert place.do("new").returncode == 0
    assert place.builds("worker") == ["new", "new"]


def test_finishing_stops_workers_of_other_builds_alone(place: Place) -> None:
    assert place.do("new").returncode == 0
    assert place.do("finish").returncode == 0
    assert place.builds("worker") == place.builds("notices") == ["new", "new"]
    assert place.told[-1] == f"{TOOL} remove [new]"


@pytest.mark.parametrize("so", [{"ramping": "new"}, {"current": "new"}])
def test_nothing_is_finished_while_a_deploy_is_not_done_to_its_end(place: Place, so: dict[str, str]) -> None:
    place.run_by("new", "old")
    place.engine(**so)
    done = place.do("finish")
    assert done.returncode != 0
    assert "Nothing was stopped" in done.stderr
    assert place.builds("worker") == place.builds("notices") == ["new", "new", "old", "old"]


def test_a_build_stands_beside_one_other_alone(place: Place) -> None:
    assert place.do("new").returncode == 0
    asked = len(place.told)
    done = place.do("third")
    assert done.returncode != 0
    assert "new old" in done.stderr
    assert place.told[asked:] == []
    assert place.do("finish").returncode == 0
    assert place.do("third").returncode == 0
    assert place.builds("worker") == ["new", "new", "third", "third"]


def test_containers_of_another_project_are_left_alone(place: Place) -> None:
    """A drill on the same host has a project of its own, from its .env."""
    assert place.do("new", PROJECT="drill").returncode == 0
    assert place.do("finish", PROJECT="drill").returncode == 0
    assert [line for line in place.told if line.startswith("stop")] == []
    assert place.builds("worker") == ["old", "old", "new", "new"]
    assert place.do("old", FAILS="config").returncode != 0


def test_from_workers_without_a_build_and_back_to_them(place: Place) -> None:
    place.run_by("")
    place.env.write_text("PUBLIC_URL=https://crm.example.com\n")
    assert place.do("new").returncode == 0
    assert place.builds("worker") == ["", "", "new", "new"]
    assert place.builds("api") == ["new", "new"]
    done = place.do("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.builds("api") == place.builds("worker") == place.builds("notices") == ["", ""]
    assert "WORKER_BUILD_ID=\n" in place.env.read_text()


def test_back_to_workers_without_a_build_those_are_started_that_are_gone(place: Place) -> None:
    place.run_by("")
    place.env.write_text("PUBLIC_URL=https://crm.example.com\n")
    assert place.do("new").returncode == 0
    assert place.do("finish").returncode == 0
    assert place.do("rollback").returncode == 0
    assert place.builds("api") == place.builds("worker") == place.builds("notices") == ["", ""]
