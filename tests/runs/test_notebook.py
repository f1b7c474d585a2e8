"""A run in a notebook: the short form of its page."""

import re
import subprocess
import sys
from html import unescape

import pytest
from tests.made_runs import N, made_run, right_for

from tenfold.core.context import NOTEBOOK
from tenfold.runs import layout

HOSTILE = ('<script>alert("1")</script>', "\"'&`$x$", "😀" * 20, "x" * 200)


def evaluated(path, classes=HOSTILE):
    """A run with 60 of 100 test images right, and figures made up."""
    run = made_run(path, right_for(60), classes=classes)
    test = {
        "n": N,
        "accuracy": 0.6,
        "accuracy_interval_95": [0.5, 0.69],
        "commonest": {"name": classes[0], "accuracy": 0.25},
    }
    rule = {"rule": "nearest class mean", "accuracy": 0.1, "interval_95": [0.05, 0.2]}
    step = {"why": "More <b>data</b>.", "command": "tenfold run x --data '<i>'"}
    found = {"verdict": "overfits", "evidence": ["A gap.", "Still falling."], "next_step": step}
    metrics = {"test": test, "context": {"rules": [rule]}, "diagnosis": found}
    run.folder.write_json(layout.METRICS, metrics)
    return run


@pytest.fixture
def shown(tmp_path):
    return evaluated(tmp_path / "run")._repr_html_()


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_says_what_was_learnt_from_what_how_well_and_what_next(shown):
    said = words(shown)
    assert "classic on made, seed 0 Learnt from 300 images of 4 classes, 8 x 8 pixels." in said
    assert (
        "60.0 % of 100 test images are classified correctly (95 % interval 50.0 % to 69.0 %)"
        in said
    )
    assert "Diagnosis: overfits. A gap. Still falling." in said
    assert "What to try next: More <b>data</b>. tenfold run x --data '<i>'" in said


def test_the_accuracy_stands_below_those_of_simple_rules(shown):
    bars = re.findall(r">([^<>]+)</td><td[^>]*><div style=.height:.9em;width:([\d.]+)%", shown)
    assert [(unescape(name), float(width)) for name, width in bars] == [
        ("nearest class mean", 10),
        (f"always {HOSTILE[0]}", 25),
        ("this network", 60),
    ]


def test_the_classic_notebook_is_a_rule_for_its_own_data_alone(tmp_path, shown):
    assert "the classic notebook" not in words(shown)
    run = evaluated(tmp_path / "c")
    data = run.folder.read_json(layout.DATA)
    run.folder.write_json(layout.DATA, {**data, "name": "cifar10"})
    assert f"the classic notebook {100 * NOTEBOOK:.1f} % this network" in words(run._repr_html_())


def test_the_matrix_counts_the_test_images(tmp_path):
    run = evaluated(tmp_path / "run")
    body = run._repr_html_().partition("Confusion matrix")[2]
    cells = re.findall(r'<td style="border:0;padding:.2em[^>]*>(\d+)</td>', body)
    assert list(map(int, cells)) == run.evaluation.confusion.ravel().tolist()
    assert sum(map(int, cells)) == N


def test_many_classes_have_no_matrix_but_the_most_confused_ones(tmp_path):
    said = words(evaluated(tmp_path / "run", tuple(f"c{i}" for i in range(21)))._repr_html_())
    assert "Confusion matrix" not in said
    assert re.search(r"Most often confused: c\d+ taken for c\d+ \(2, 40\.0 %\);", said)


def test_hostile_names_are_only_text_and_nothing_else_of_the_notebook_changes(shown):
    tags = set(re.findall(r"<(\w+)", shown))
    assert tags <= {"div", "p", "span", "b", "code", "table", "thead", "tbody", "tr", "th", "td"}
    for attributes in re.findall(r"<\w+ ([^>]*)>", shown):
        assert set(re.findall(r'(\w+)="[^"]*"', attributes)) <= {"class", "style", "scope"}
    assert set(re.findall(r'class="([^"]*)"', shown)) == {"tex2jax_ignore mathjax_ignore"}
    assert HOSTILE[0] in words(shown)


def test_a_run_without_figures_shows_what_there_is(tmp_path):
    run = made_run(tmp_path / "run", right_for(60))
    assert "test accuracy" in run._repr_html_()
    run.folder.remove(layout.METRICS, *layout.PREDICTIONS.values(), layout.FIT)
    assert "finished" in run._repr_html_()


def test_showing_a_run_loads_nothing_heavy(tmp_path):
    evaluated(tmp_path / "run")
    code = (
        "import sys, tenfold; tenfold.Run.open(sys.argv[1])._repr_html_(); "
        "print(*({'keras', 'tensorflow', 'matplotlib', 'jinja2'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "run"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
