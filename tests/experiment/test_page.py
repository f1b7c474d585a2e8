"""The page of a run: its figures, its safety, and that it is written when a run ends."""

import re
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.pages import check_policy

import tenfold
from tenfold.core.errors import RunFolderError
from tenfold.core.evaluation import FIGURES
from tenfold.core.text import percent
from tenfold.runs import layout

HOSTILE = ('<script>alert("1")</script>', "\"'&`", "😀" * 20, "x" * 200)
"""Class names."""


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A run on classes with hostile names, and its page."""
    root = tmp_path_factory.mktemp("page")
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(4), 20)
    images = (rng.integers(0, 60, (80, 8, 8, 3)) + 60 * labels[:, None, None, None] // 2).astype(
        np.uint8
    )
    names = np.array(HOSTILE)
    run = tenfold.run(
        "classic",
        data=(images[:60], names[labels[:60]], images[60:], names[labels[60:]]),
        overrides={"epochs": 2, "widths": [8], "batch_size": 10, "validation": "20%"},
        out=root / "run",
        say=quiet,
    )
    return run, (run.folder / layout.PAGE).read_text("utf-8")


def test_the_figures_are_those_of_metrics_json(page):
    run, text = page
    words = unescape(re.sub(r"<[^>]+>", " ", text.partition('<section id="evaluation">')[2]))
    for name, (_, style) in FIGURES.items():
        low, high = run.metrics["test"][f"{name}_interval_95"]
        assert f"{style(run.metrics['test'][name])} {style(low)} to {style(high)}" in " ".join(
            words.split()
        )


def test_a_run_of_arrays_is_made_again_in_python(page):
    _, text = page
    again = text.partition('<section id="again">')[2]
    assert "In Python: <code>tenfold.run</code> with the same arguments." in again


def test_the_command_makes_the_same_run_again(tmp_path):
    out, overrides = tmp_path / "run", {"epochs": 1}
    run = tenfold.run("classic", data="digits", seed=3, overrides=overrides, out=out, say=quiet)
    again = (run.folder / layout.PAGE).read_text("utf-8").partition('<section id="again">')[2]
    assert "<pre>tenfold run classic --data digits --seed 3 --set epochs=1</pre>" in again


def test_hostile_names_are_only_text(page):
    run, text = page
    scripts = re.findall(r"<script[^>]*>", text)
    assert scripts == ['<script type="application/json" id="images">', "<script>"]
    for name in run.classes:
        assert name not in text.replace("😀", "") or "<" not in name
    assert "&lt;script&gt;alert" in text


def test_nothing_from_outside_may_be_loaded_and_only_this_script_may_run(page):
    _, text = page
    check_policy(text)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)


def test_a_run_of_an_earlier_version_is_evaluated_again_before_it_gets_a_page(tmp_path):
    earlier = Path(__file__).parent.parent / "fixtures" / "earlier" / "classic"
    run = tenfold.Run.open(shutil.copytree(earlier, tmp_path / "run"))
    with pytest.raises(RunFolderError, match="`tenfold evaluate "):
        tenfold.write_page(run, say=quiet)
    tenfold.evaluate(run, say=quiet)
    assert (tmp_path / "run" / layout.PAGE.name).is_file()


def test_the_model_card_can_be_read_by_machines_and_holds_the_figures(page):
    run, _ = page
    _, front, rest = (run.folder / layout.CARD).read_text("utf-8").split("---\n", 2)
    [entry] = yaml.safe_load(front)["model-index"]
    [result] = entry["results"]
    accuracy = run.metrics["test"]["accuracy"]
    assert result["metrics"][0] == {"type": "accuracy", "value": round(accuracy, 4)}
    assert f"| accuracy | {percent(accuracy)} |" in rest
    text = rest.partition("The classes, in the order")[0]
    assert "<script" not in text.replace("\\<", "")


def test_a_run_without_figures_has_no_page_yet(tmp_path, page):
    run, _ = page
    (run.folder / layout.PAGE).unlink()
    tenfold.write_page(run, say=quiet)
    assert (run.folder / layout.PAGE).is_file()
    metrics = (run.folder / layout.METRICS).read_text()
    (run.folder / layout.METRICS).unlink()
    with pytest.raises(RunFolderError, match=r"metrics\.json"):
        tenfold.write_page(run, say=quiet)
    (run.folder / layout.METRICS).write_text(metrics)
