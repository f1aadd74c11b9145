"""What ``make cluster`` needs and does not bring along: it says so, with what to do, before anything is started."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cluster import programs
from cluster.programs import NAMES, Programs, balancer_program, check_go, modules, wanted_go
from embedded.configuration import ConfigurationError


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """An otherwise empty path, and how to put a program there."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr(programs, "BESIDE_THE_PATH", ())

    def put(name: str) -> None:
        (directory / name).write_text("#!/bin/sh\n")
        (directory / name).chmod(0o755)

    return put


def built(directory: Path) -> Programs:
    (directory / "bin").mkdir(parents=True)
    for name in NAMES:
        (directory / "bin" / name).touch()
    (directory / "built-from").write_text(modules())
    return Programs(directory)


@pytest.mark.usefixtures("on_path")
def test_without_go_it_says_which_version_it_needs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf"needs Go {wanted_go()} or newer .* there is none"):
        Programs(tmp_path / "none").check()


@pytest.mark.parametrize("version", ["go1.22.1", "go1.26", "go1.26.7", "", "devel"])
def test_a_go_that_is_too_old_is_named(on_path: Callable[[str], None], version: str) -> None:
    on_path("go")
    with pytest.raises(ConfigurationError, match=f"needs Go {wanted_go()} or newer .*/go is "):
        check_go(lambda _: version)


@pytest.mark.parametrize("version", ["go1.26.8", "go1.26.10", "go1.27", "go2.0.1", "go1.27rc1"])
def test_a_newer_go_will_do(on_path: Callable[[str], None], version: str) -> None:
    on_path("go")
    check_go(lambda _: version)


@pytest.mark.usefixtures("on_path")
def test_what_is_built_needs_no_go(tmp_path: Path) -> None:
    built(tmp_path / "programs").check()


@pytest.mark.parametrize("name", NAMES)
def test_a_program_that_is_missing_is_built_again(tmp_path: Path, name: str) -> None:
    found = built(tmp_path / "programs")
    Path(found.path(name)).unlink()
    assert not found.are_built


def test_other_versions_of_the_modules_are_built_anew(tmp_path: Path) -> None:
    found = built(tmp_path / "programs")
    (tmp_path / "programs" / "built-from").write_text(modules().replace("v1.32.0", "v1.31.0"))
    assert not found.are_built


def test_versions_are_those_of_docker_compose() -> None:
    compose = (Path(programs.__file__).parents[1] / "docker-compose.yml").read_text()
    assert "go.temporal.io/server v1.32.0\n" in modules()
    assert "image: temporalio/server:1.32.0\n" in compose
    assert "github.com/temporalio/ui-server/v2 v2.54.1\n" in modules()
    assert "image: temporalio/ui:2.54.1\n" in compose


@pytest.mark.usefixtures("on_path")
def test_without_a_balancer_it_says_how_to_install_one() -> None:
    with pytest.raises(ConfigurationError, match="apt-get install haproxy"):
        balancer_program()


def test_a_balancer_is_found_on_the_path(on_path: Callable[[str], None]) -> None:
    on_path("haproxy")
    assert balancer_program().endswith("/bin/haproxy")
