"""The project's other files agree with the code."""

import tomllib
from pathlib import Path

import yaml
from typer.testing import CliRunner

from tenfold.cli import app

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_version_prints_the_version_of_the_project():
    answer = CliRunner().invoke(app, ["--version"])
    assert (answer.exit_code, answer.output) == (0, f"tenfold {PROJECT['version']}\n")


def test_the_citation_names_the_version_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_hooks_run_the_lines_of_make_check():
    recipe = (ROOT / "Makefile").read_text("utf-8").split("\ncheck: ")[1].split("\n\n")[0]
    lines = [line.split("$(BIN)/")[1] for line in recipe.splitlines() if "$(BIN)/" in line]
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook["entry"].removeprefix(".venv/bin/") for hook in config["repos"][0]["hooks"]]
    assert hooks == lines
