"""Makes ``purchase_approval_client/generated`` from the OpenAPI document, or with ``--check`` says whether it is up to date.

``make client`` runs this. Everything in that folder is the generator's (openapi-python-client); what it lacks stands beside it.
"""

from __future__ import annotations

import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from api.app import create_api
from api.openapi import describe

ROOT: Final = Path(__file__).resolve().parent.parent
GENERATED: Final = ROOT / "purchase_approval_client" / "generated"
CONFIG: Final[dict[str, Any]] = {
    "package_name_override": "generated",
    "literal_enums": True,
    "post_hooks": [],
    "content_type_overrides": dict.fromkeys(
        ("text/csv", "application/yaml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        "application/octet-stream",
    ),
}


def document() -> dict[str, Any]:
    """The OpenAPI document, that of demo mode, which has one call more."""

    @asynccontextmanager
    async def nothing(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_api(nothing, demo_mode=True)
    describe(app)
    return app.openapi()


def generate(into: Path) -> None:
    """Make the package ``generated`` in a folder."""
    source, config = into / "openapi.json", into / "config.json"
    described = document()
    for schema in described["components"]["schemas"].values():
        schema.pop(
            "title", None
        )  # two models may have one, and a class is named for it; then it is for its unique name
    source.write_text(json.dumps(described))
    config.write_text(json.dumps(CONFIG))
    tool = Path(sys.executable).with_name("openapi-python-client")
    made = into / "generated"
    subprocess.run(
        [tool, "generate", "--path", source, "--config", config, "--meta", "none", "--output-path", made, "--overwrite", "--fail-on-warning"],
        check=True,
    )  # fmt: skip
    ruff = Path(sys.executable).with_name("ruff")
    lint = ("check", "--fix", "--quiet", "--select", "F401,I,UP")
    for command in (lint, ("format", "--quiet")):
        subprocess.run(
            [ruff, *command, "--isolated", "--target-version", "py311", "--line-length", "120", made], check=True
        )


def differences(old: filecmp.dircmp[str], place: str = "") -> Iterator[str]:
    """The files that are not the same in two folders, or are in one of them alone."""
    for name in (*old.left_only, *old.right_only, *old.diff_files, *old.funny_files):
        if not name.endswith("__pycache__"):
            yield place + name
    for name, inner in old.subdirs.items():
        yield from differences(inner, f"{place}{name}/")


def main() -> int:
    """Generate, or check."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        made = Path(folder) / "generated"
        if "--check" in sys.argv:
            wrong = list(differences(filecmp.dircmp(GENERATED, made, ignore=["__pycache__"])))
            for name in wrong:
                print(f"not up to date: {GENERATED.relative_to(ROOT)}/{name} (make client)")
            return int(bool(wrong))
        shutil.rmtree(GENERATED, ignore_errors=True)
        shutil.copytree(made, GENERATED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
