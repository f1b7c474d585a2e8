"""The table of a run's files; `tests/experiment/test_run.py` compares a finished folder with it."""

from tenfold.runs import layout
from tenfold.runs.layout import FILES, Same, Stage


def test_every_file_is_listed_once_with_what_it_holds():
    names = [file.name for file in FILES]
    assert len(set(names)) == len(names)
    assert all(file.holds for file in FILES)


def test_what_follows_a_fit_is_predictions_figures_and_their_pictures():
    assert {file.name for file in layout.after(Stage.FIT)} == {
        "predictions-validation.csv",
        "predictions-test.csv",
        "plots/first-predictions.png",
        "context.json",
        "map.csv",
        "plots/map.png",
        "test-images.jpg",
        "test-images.json",
        "report.html",
        "model-card.md",
        "plots/confidence.png",
        "plots/occlusion.png",
        "confusion-validation-counts.csv",
        "confusion-validation-shares.csv",
        "confusion-folds-counts.csv",
        "confusion-folds-shares.csv",
        "confusion-test-counts.csv",
        "confusion-test-shares.csv",
        "plots/confusion-validation-counts.png",
        "plots/confusion-validation-shares.png",
        "plots/confusion-folds-counts.png",
        "plots/confusion-folds-shares.png",
        "plots/confusion-test-counts.png",
        "plots/confusion-test-shares.png",
        "budget.json",
        "robustness.json",
        "context/",
        "context-notebook.json",
        "plots/robustness.png",
        "metrics.json",
        "summary.txt",
    }


def test_verify_compares_weights_predictions_and_figures():
    compared = {file.name for file in FILES if file.same is not Same.NOTHING}
    assert compared >= {
        "model.keras", "fit.json", "metrics.json", "data.json", "recipe.yaml", "splits.npz",
        "predictions-validation.csv", "predictions-test.csv", "confusion-test-counts.csv",
    }  # fmt: skip
