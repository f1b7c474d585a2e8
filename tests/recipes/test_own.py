import re

import pytest
import yaml
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.core.errors import TenfoldError
from tenfold.core.optimizers import AdamSettings
from tenfold.recipes import NAMES, find_recipe, written


def file_with(tmp_path, text, name="mine.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_holds_what_is_printed_of_a_recipe_is_that_recipe(name, tmp_path):
    printed = yaml.safe_dump(find_recipe(name).model_dump(mode="json"), sort_keys=False)
    assert find_recipe(file_with(tmp_path, printed)) == find_recipe(name)


@pytest.mark.parametrize(
    "text",
    [
        "based_on: classic\nepochs: 5\nwidths: [32]\nlearning_rate: 0.01\n",
        "based_on: classic\nepochs: 5\nnetwork:\n  widths: [32]\noptimizer:\n  learning_rate: 0.01",
    ],
)
def test_a_file_may_say_only_what_differs_flat_or_nested(text, tmp_path):
    expected = find_recipe("classic").with_overrides(
        {"epochs": 5, "widths": [32], "learning_rate": 0.01}
    )
    found = find_recipe(file_with(tmp_path, text))
    assert found.name == "mine"
    assert found.model_dump(exclude={"name", "summary"}) == expected.model_dump(
        exclude={"name", "summary"}
    )


def test_a_network_of_another_kind_replaces_the_whole_network(tmp_path):
    text = "based_on: standard\nnetwork: {kind: classic, widths: [8]}\noptimizer: {kind: adam}\n"
    found = find_recipe(file_with(tmp_path, text))
    assert found.network.model_dump() == {"kind": "classic", "widths": (8,), "input_dropout": 0.0}
    assert found.optimizer == AdamSettings()
    assert found.epochs == find_recipe("standard").epochs


def test_a_path_is_known_by_its_suffix_or_a_separator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file_with(tmp_path, "based_on: quick\nepochs: 3\n", name="classic")
    assert find_recipe("classic").epochs == 100
    assert find_recipe("./classic").epochs == 3


def test_settings_in_a_dictionary_and_a_recipe_itself_are_recipes_too():
    changed = find_recipe("classic").with_overrides({"epochs": 7})
    assert find_recipe(changed) is changed
    assert find_recipe({"based_on": "classic", "epochs": 7}).epochs == 7


def test_what_a_run_keeps_of_a_file_needs_the_file_no_more(tmp_path):
    path = file_with(tmp_path, "based_on: classic\nepochs: 5\n")
    found, kept = find_recipe(path), written(path)
    assert kept is not None
    assert find_recipe(kept) == found
    assert written("classic") == "classic"
    assert written(None) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("based_on: classic\nepohcs: 5\n", r"In .*mine.yaml: .*'epohcs'. Did you mean 'epochs'\?"),
        ("based_on: classic\nnetwork: {width: [3]}\n", r"'width'. Did you mean 'widths'\?"),
        ("based_on: classic\nnetwork: {epochs: 3}\n", r"network classic has no setting 'epochs'"),
        ("based_on: clasic\n", r"no recipe 'clasic'. Did you mean 'classic'\?"),
        ("based_on: classic\nwidths: [3]\nnetwork: {widths: [4]}\n", "'widths' is set twice"),
        ("based_on: classic\nepochs: 5\nepochs: 6\n", r"mine.yaml, line 3: 'epochs' is set twice"),
        ("based_on: classic\nseed: 5\n", "'seed' is not a setting"),
        ("epochs: 5\n", "'network' is missing; `based_on: standard`"),
        (
            "network: {kind: classic, widths: [3]}\nbatch_sise: 5\n",
            r"no setting 'batch_sise'. Did you mean 'batch_size'\?",
        ),
        ("based_on: classic\nepochs: [\n", r"mine.yaml, line 3 is not valid YAML"),
        ("based_on: classic\n epochs: 5\n", r"mine.yaml, line 2 is not valid YAML"),
        ("based_on: !!python/name:os.system\n", "line 1 is not valid YAML"),
        ("based_on: &a classic\nname: *a\n", r"line 2: aliases such as \*a"),
        ("", "received an empty file"),
        ("- classic\n", "received other content"),
        ("based_on: classic\nname: ../x\n", "name to be a name without slashes"),
    ],
)
def test_refuses_a_file_that_is_not_a_recipe_and_says_where(text, message, tmp_path):
    with pytest.raises(TenfoldError, match=message):
        find_recipe(file_with(tmp_path, text))


def test_refuses_a_file_that_is_not_there():
    with pytest.raises(TenfoldError, match="There is no recipe file nowhere.yaml"):
        find_recipe("nowhere.yaml")


@pytest.mark.parametrize("line", ["epochs: 6", "mixup: 0.2", "  dropout: 0.3", "batch_size: 9"])
def test_an_edited_line_of_a_printed_recipe_holds_for_few_images_too(line, tmp_path):
    printed = CliRunner().invoke(app, ["recipes", "standard"]).stdout
    name, value = line.split(": ")
    edited = re.sub(rf"^{name}: .*$", line, printed, count=1, flags=re.MULTILINE)
    (tmp_path / "mine.yaml").write_text(edited)
    few = find_recipe(tmp_path / "mine.yaml").for_images(100)
    changed = {name.strip(): yaml.safe_load(value)}
    assert few == find_recipe("standard").for_images(100).with_overrides(changed)


def test_a_recipe_comes_back_from_what_the_command_prints(tmp_path):
    printed = CliRunner().invoke(app, ["recipes", "standard"]).stdout
    (tmp_path / "mine.yaml").write_text(printed)
    assert find_recipe(tmp_path / "mine.yaml") == find_recipe("standard")
