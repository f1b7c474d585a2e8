"""What the plots of a run hold; how they look is checked by eye."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from tenfold.core.history import Epoch, FitRecord
from tenfold.core.predictions import Predictions
from tenfold.measure.study import StudyFit, compare
from tenfold.report.confusion import ConfusionMap
from tenfold.report.curves import Curves, draw_curves
from tenfold.report.display import Display, draw_display, save_display, save_figure
from tenfold.report.predictions import PredictionStrip, predictions_table
from tenfold.report.study import (
    StudyCurves,
    comparison_sentence,
    draw_study,
    study_dict,
    study_table,
)


def epochs(n, start=0.3):
    return tuple(
        Epoch(i + 1, 2 - 0.1 * i, start + 0.02 * i, 2 - 0.05 * i, start + 0.01 * i, 1e-3, 1.0)
        for i in range(n)
    )


def fit(n, best):
    return FitRecord(epochs(n), best, 1.0, 10, False)


def axes():
    return Figure().subplots()


def line(drawn, label):
    return next(found for found in drawn.lines if str(found.get_label()).startswith(label))


def texts(drawn):
    return [text.get_text() for text in drawn.texts]


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_accuracy_curves_are_in_percent_and_mark_the_epoch_whose_weights_are_kept():
    drawn = Curves.from_fit(fit(4, best=3), "accuracy").plot(axes())
    np.testing.assert_allclose(line(drawn, "Validation").get_ydata(), [30, 31, 32, 33])
    np.testing.assert_allclose(line(drawn, "Training").get_ydata(), [30, 32, 34, 36])
    kept = line(drawn, "Weights kept: epoch 3")
    assert (list(kept.get_xdata()), list(kept.get_ydata())) == ([3], [pytest.approx(32)])
    assert drawn.get_ylabel() == "Accuracy (%)"


def test_curves_differ_in_line_and_marker_not_in_colour_alone():
    drawn = Curves.from_fit(fit(4, best=3), "loss").plot(axes())
    train, validation = line(drawn, "Training"), line(drawn, "Validation")
    assert train.get_linestyle() != validation.get_linestyle()
    assert train.get_marker() != validation.get_marker()


@pytest.mark.parametrize("n_epochs", [0, 1, 30])
def test_curves_of_any_length_are_drawn(n_epochs, tmp_path):
    assert is_png(save_figure(draw_curves(fit(n_epochs, best=n_epochs)), tmp_path / "curves.png"))


def test_a_fit_without_validation_images_has_one_curve():
    without = tuple(replace(e, validation_loss=None, validation_accuracy=None) for e in epochs(5))
    drawn = Curves.from_fit(replace(fit(5, best=5), epochs=without), "loss").plot(axes())
    assert line(drawn, "Weights kept: epoch 5").get_ydata()[0] == without[-1].loss
    assert "Validation" not in [each.get_label() for each in drawn.get_lines()]


def test_the_confusion_map_writes_counts_into_its_cells():
    drawn = ConfusionMap(np.array([[1500, 2], [0, 4]]), ("a", "b")).plot(axes())
    assert texts(drawn) == ["1,500", "2", "0", "4"]
    assert [label.get_text() for label in drawn.get_yticklabels()] == ["a", "b"]


def test_the_confusion_map_writes_row_shares_in_percent():
    drawn = ConfusionMap(np.array([[3, 1], [0, 0]]), ("a", "b"), shares=True).plot(axes())
    assert texts(drawn) == ["75", "25", "0", "0"]


@pytest.mark.parametrize("n_classes", [1, 2, 10, 30])
def test_confusion_maps_of_many_classes_leave_the_numbers_out(n_classes, tmp_path):
    names = tuple(f"a class with a long name {i}" for i in range(n_classes))
    display = ConfusionMap(np.eye(n_classes, dtype=np.int64), names)
    assert len(texts(display.plot(axes()))) == (n_classes**2 if n_classes <= 20 else 0)
    assert is_png(save_display(display, tmp_path / "confusion.png"))


def test_of_very_many_classes_the_confused_ones_are_drawn_and_the_others_together():
    counts = np.eye(41, dtype=np.int64)
    counts[40, 7] = 3
    names = tuple(f"kind {label}" for label in range(41))
    drawn = ConfusionMap.of(counts, names).plot(axes())
    labels = [label.get_text() for label in drawn.get_yticklabels()]
    assert len(labels) == 20
    assert {"kind 7", "kind 40"} <= set(labels)
    assert labels[-1] == "the other 22"
    assert drawn.get_title(loc="left").startswith("The 19 most confused of 41 classes: ")
    assert sum(map(int, texts(drawn))) == 41 + 3
    assert len(ConfusionMap.of(counts[:40, :40], names[:40]).classes) == 40


@pytest.fixture
def predictions():
    rows = np.array([[0.9, 0.1], [0.6, 0.4], [0.25, 0.75]], dtype=np.float32)
    return Predictions(np.array([0, 1, 1]), rows, ("cat", "dog"), ("0", "1", "2"))


def test_right_and_wrong_differ_in_mark_and_frame(predictions):
    strip = PredictionStrip(np.zeros((3, 8, 8, 1), dtype=np.uint8), predictions)
    right, wrong, _ = strip.plot(axes()).child_axes
    assert right.get_xlabel() == "✓ cat\n90 %"
    assert wrong.get_xlabel() == "✗ cat\n60 %"
    assert wrong.title.get_text() == "dog"
    assert right.spines["left"].get_linestyle() != wrong.spines["left"].get_linestyle()
    assert right.spines["left"].get_linewidth() < wrong.spines["left"].get_linewidth()


@pytest.mark.parametrize("shape", [(8, 8, 1), (32, 32, 3), (20, 32, 3)])
def test_the_strip_takes_the_first_images_grey_or_colour(shape, predictions, tmp_path):
    images = np.full((5, *shape), 200, dtype=np.uint8)
    strip = PredictionStrip.first(images, predictions, n=2)
    assert len(strip.plot(axes()).child_axes) == 2
    assert is_png(save_display(strip, tmp_path / "strip.png"))


def test_refuses_images_that_do_not_match_the_predictions(predictions):
    with pytest.raises(ValueError, match="each of 3 predictions; received 2"):
        PredictionStrip(np.zeros((2, 8, 8, 1), dtype=np.uint8), predictions)


def test_the_predictions_table_says_right_or_wrong_in_words(predictions):
    lines = predictions_table(predictions, n=2).splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["0", "cat", "cat", "90.0", "%", "right"],
        ["1", "dog", "cat", "60.0", "%", "WRONG"],
    ]


@pytest.fixture
def study():
    return compare(
        [
            StudyFit("plain", 0, 0.50, 0.80, epochs(6)),
            StudyFit("plain", 1, 0.52, 0.81, epochs(6, start=0.4)),
            StudyFit("dropout", 0, 0.55, 0.60, epochs(3)),
            StudyFit("dropout", 1, 0.58, 0.61, epochs(5)),
        ]
    )


def test_study_curves_are_means_over_seeds_as_far_as_all_seeds_reach(study):
    drawn = StudyCurves.from_study(study, "validation_accuracy").plot(axes())
    np.testing.assert_allclose(line(drawn, "plain").get_ydata(), np.arange(6) + 35)
    assert list(line(drawn, "dropout").get_xdata()) == [1, 2, 3]
    assert line(drawn, "plain").get_marker() != line(drawn, "dropout").get_marker()


def test_a_study_is_one_figure_of_four_panels(study, tmp_path):
    figure = draw_study(study)
    assert len(figure.axes) == 4
    assert is_png(save_figure(figure, tmp_path / "study.png"))


def test_a_study_of_one_seed_is_drawn_without_a_band(tmp_path):
    figure = draw_study(compare([StudyFit("plain", 0, 0.5, 0.8, epochs(3))]))
    assert not figure.axes[0].collections
    assert is_png(save_figure(figure, tmp_path / "study.png"))


def test_a_fit_without_a_finished_epoch_does_not_stop_the_study_from_being_drawn(tmp_path):
    fits = [StudyFit("plain", 0, 0.5, 0.8, epochs(3)), StudyFit("plain", 1, 0.1, 0.1, ())]
    assert is_png(save_figure(draw_study(compare(fits)), tmp_path / "study.png"))


def test_the_study_table_gives_figures_in_percent_and_the_answer(study):
    table = study_table(study)
    rows = [row.split() for row in table.splitlines()]
    assert ["plain", "2", "51.00", "1.41", "80.50", "0.71", "29.50", "0.71"] in rows
    assert "dropout - plain" in table
    assert comparison_sentence(study.comparisons[0]) in " ".join(table.split())


def test_the_study_table_of_one_seed_has_no_spread():
    table = study_table(compare([StudyFit("plain", 0, 0.5, 0.8, epochs(3))]))
    assert table.splitlines()[2].split() == ["plain", "1", "50.00", "-", "80.00", "-", "30.00", "-"]


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        (
            [(0.5, 0.55), (0.5, 0.551)],
            "better than plain: +5.05 points of validation accuracy (95 %",
        ),
        ([(0.55, 0.5), (0.551, 0.5)], "other is worse than plain: -5.05 points"),
        ([(0.5, 0.4), (0.5, 0.6)], "Can't tell whether other is better or worse than plain"),
        ([(0.1, 0.9)], "but a single seed shows no spread. Use 2 seeds or more."),
        ([(0.5, 0.6), (0.4, 0.5)], "with each of 2 seeds; without spread there is no interval."),
    ],
)
def test_a_comparison_is_answered_in_words(accuracies, words):
    fits = [
        StudyFit(name, seed, accuracy, 0.9, ())
        for seed, pair in enumerate(accuracies)
        for name, accuracy in zip(("plain", "other"), pair, strict=True)
    ]
    study = compare(fits)
    assert words in comparison_sentence(study.comparisons[0])
    assert words in study_dict(study)["comparisons"][0]["sentence"]


def displays(predictions, study):
    yield ConfusionMap(np.eye(2, dtype=np.int64), ("a", "b"))
    yield Curves.from_fit(fit(4, best=3), "loss")
    yield PredictionStrip(np.zeros((3, 8, 8, 1), dtype=np.uint8), predictions)
    yield StudyCurves.from_study(study, "loss")


def test_a_display_draws_itself_without_being_told_where(predictions, study):
    from matplotlib import pyplot

    with matplotlib.rc_context({"backend": "agg"}):
        for display in displays(predictions, study):
            assert isinstance(display, Display)
            drawn, elsewhere = display.plot(), draw_display(display).axes[0]
            figure = drawn.get_figure(root=True)
            assert figure is not None
            assert figure.get_size_inches() == pytest.approx(display.size_in)
            assert drawn.get_title(loc="left") == elsewhere.get_title(loc="left")
        pyplot.close("all")


def test_a_display_shows_itself_in_a_notebook(predictions, study):
    for display in displays(predictions, study):
        assert display._repr_png_().startswith(b"\x89PNG")


def test_matplotlib_says_nothing_of_its_folders_while_it_is_imported(caplog):
    import logging

    from tenfold.report.display import _without_advice

    logger = logging.getLogger("matplotlib")
    with _without_advice():
        logger.warning("There was an issue with the default path")
    logger.warning("This one is heard")
    assert [record.getMessage() for record in caplog.records] == ["This one is heard"]


@pytest.mark.parametrize("name", ["$x$", "a$b", r"a\$b$", "$$"])
def test_a_class_name_with_dollars_is_drawn_as_it_is(name):
    from matplotlib.text import Text

    from tenfold.report.palette import readable

    shown, is_formula = Text()._preprocess_math(readable(name))  # type: ignore[attr-defined]
    assert (shown, is_formula) == (name, False)


@pytest.mark.filterwarnings("error")
def test_class_names_of_any_script_are_drawn_without_a_warning(tmp_path):
    from tenfold.report.confusion import ConfusionMap
    from tenfold.report.display import save_display

    names = ("🐈", "كلب", "a\nb\x1b", "猫")
    drawn = save_display(ConfusionMap(np.eye(4, dtype=np.int64), names), tmp_path / "map.png")
    assert drawn.stat().st_size > 0
