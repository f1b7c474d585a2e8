"""A run on one page of plain text: `summary.txt`, which the screen shows at the end."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from tenfold.core.budget import BudgetVerdict
from tenfold.core.evaluation import Evaluation
from tenfold.core.folds import CrossValidation
from tenfold.core.history import FitRecord
from tenfold.core.images import DatasetFacts
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import counted, duration, percent, printable
from tenfold.data.class_names import listed
from tenfold.measure.commonest import Commonest
from tenfold.measure.comparison import Answer
from tenfold.measure.confusion import most_confused, never_predicted
from tenfold.measure.diagnosis import Diagnosis
from tenfold.measure.selective import Selective
from tenfold.measure.threshold import Threshold
from tenfold.measure.two_classes import Ranking
from tenfold.report.audited import audited_caution, audited_table
from tenfold.report.diagnosis import diagnosis_sentences, next_line
from tenfold.report.folds import cross_validation_sentence, folds_table
from tenfold.report.looks import looks_sentence
from tenfold.report.text import WIDTH, text_table
from tenfold.report.threshold import threshold_sentence
from tenfold.runs.looks import Looks

N_WEAKEST = 3
N_PAIRS = 5
MOST_NAMED = 10
"""At most this many classes that are never predicted are named."""
_INDENT = " " * 12


def summary(
    *,
    data: DatasetFacts,
    splits: Splits,
    recipe: Recipe,
    seed: int,
    fit: FitRecord,
    evaluations: Mapping[str, Evaluation],
    before: Mapping[str, Evaluation],
    selective: Selective,
    context: Mapping[str, Any],
    commonest: Commonest,
    diagnosis: Diagnosis,
    ranking: Ranking | None = None,
    threshold: Threshold | None = None,
    command: str | None = None,
    looks: Looks | None = None,
    audited: Mapping[str, Any] | None = None,
    folds: CrossValidation | None = None,
    notes: Sequence[str] = (),
    budget: BudgetVerdict | None = None,
) -> str:
    """Sum up a run: its data, its figures and its diagnosis.

    Args:
        data: What was gathered.
        splits: Which of them were fitted and which validated.
        recipe: The resolved recipe.
        seed: The run's seed.
        fit: How the fit went.
        evaluations: Figures on each set; the last one is `test`.
        before: The same before calibration; empty if the network was not calibrated.
        selective: The confidence from which on answers keep the accepted risk.
        context: The content of context.json; empty if there is none.
        commonest: The accuracy of always naming the commonest class, on the test images.
        diagnosis: What was wrong with the fit, and what to try next.
        ranking: How well images of two classes are ranked; None for other numbers of classes.
        threshold: A threshold for one of two classes; None if none was asked for.
        command: The next step as a command; None if only Python can do it.
        looks: How often the test images were scored; None to say nothing about it.
        audited: What metrics.json holds under `audited`; None without an audit.
        folds: Figures of a cross-validation; None where there was none.
        notes: Further sentences: what was removed, what was noted.
        budget: The promised time and the time taken; None without a budget.

    Returns:
        Lines of up to 80 characters where words allow it; a command is one line, to be copied.
        It ends with a line break.
    """
    title = printable(f"Tenfold: {recipe.name} on {data.name}, seed {seed}")
    facts = [
        _fact("Data", _data(data)),
        _fact("Splits", _splits(data, splits)),
        _fact("Recipe", _recipe(recipe, max(data.shape[:2]))),
        _fact("Fit", _fit(fit)),
    ]
    test = evaluations["test"]
    parts = [
        f"{title}\n{'=' * len(title)}",
        _paragraph(_result(test)),
        "\n".join(facts),
        _folds(folds, splits) if folds else "",
        _figures(evaluations, before),
        _context(context, commonest, test),
        _audited(audited) if audited else "",
        _paragraph(selective_sentence(selective)),
        _paragraph(ranking_sentence(ranking)) if ranking else "",
        _paragraph(threshold_sentence(threshold)) if threshold else "",
        _paragraph(commonest_sentence(commonest)),
        _paragraph(looks_sentence(looks)) if looks else "",
        _weakest(test),
        _paragraph(never_predicted_sentence(test)),
        _confused(test),
        _listed(f"Diagnosis: {diagnosis.verdict}", diagnosis_sentences(diagnosis)),
        printable(next_line(diagnosis.next_step, command)) if diagnosis.next_step else "",
        _listed("Notes", (*data.provenance.notes, *notes)),
        budget_sentence(budget) if budget else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _audited(audited: Mapping[str, Any]) -> str:
    caution = audited_caution(audited)
    return audited_table(audited) + (f"\n\n{_paragraph(caution)}" if caution else "")


def budget_sentence(verdict: BudgetVerdict) -> str:
    """Say what was promised and what happened."""
    kept = "kept" if verdict.kept else "BROKEN"
    return (
        f"Promised to end within {duration(verdict.promised_s)}; took "
        f"{duration(verdict.took_s)}: the promise is {kept}."
    )


def commonest_sentence(commonest: Commonest) -> str:
    """Say how accurate always naming one class is, and whether the network is better."""
    answer = {
        Answer.BETTER: "the network is better",
        Answer.WORSE: "the network is WORSE",
        Answer.CANT_TELL: "these images are too few to tell whether the network is better",
    }[commonest.network]
    return (
        f"Always naming the commonest class of the training images, {commonest.name}, is right "
        f"for {percent(commonest.accuracy)} of the test images: {answer}."
    )


def never_predicted_sentence(test: Evaluation) -> str:
    """Name the classes that were never predicted for test images; empty if there are none."""
    missed = never_predicted(test.confusion, tuple(test.per_class))
    if not missed:
        return ""
    n = counted(len(missed), "class is", "classes are")
    return f"{n} never predicted (test): {listed(missed, MOST_NAMED)}."


def _data(data: DatasetFacts) -> str:
    height, width, channels = data.shape
    colour = {1: "grey", 3: "RGB"}.get(channels, f"{channels} channels")
    where = data.provenance
    checksum = f", SHA-256 {where.sha256[:16]}..." if where.sha256 else ""
    skipped = f"; {counted(len(where.skipped), 'file')} skipped" if where.skipped else ""
    return (
        f"{counted(data.n_train, 'training image')} and {data.n_test:,} to test, "
        f"{height} x {width} pixels, {colour}, {counted(len(data.classes), 'class', 'classes')}"
        f"{skipped}; from {where.location}{checksum}"
    )


def _result(test: Evaluation) -> str:
    low, high = percent(test.accuracy_low, 1), percent(test.accuracy_high, 1)
    return (
        f"Result: {percent(test.accuracy, 1)} of the {test.n:,} test images are classified "
        f"correctly (95 % interval {low} to {high})."
    )


def _splits(data: DatasetFacts, splits: Splits) -> str:
    unused = data.n_train - len(splits.train) - len(splits.validation)
    rest = f", {unused:,} unused" if unused else ""
    return f"{len(splits.train):,} to fit, {len(splits.validation):,} to validate{rest}"


def _recipe(recipe: Recipe, side_px: int) -> str:
    stopping = "no early stopping"
    if recipe.patience is not None:
        stopping = f"early stopping after {counted(recipe.patience, 'epoch')} without progress"
    return (
        f"{recipe.name}: {recipe.network.describe(side_px)}, "
        f"batches of {recipe.batch_size:,}, up to {counted(recipe.epochs, 'epoch')}, "
        f"{recipe.optimizer.kind} at {recipe.optimizer.learning_rate:g}, {stopping}"
        + ("" if recipe.balance == "none" else f", balance {recipe.balance}")
    )


def _fit(fit: FitRecord) -> str:
    ended = ""
    if fit.interrupted_by:
        ended = f", INTERRUPTED ({fit.interrupted_by})"
    elif fit.out_of_time:
        ended = ", CUT by the time budget"
    elif fit.stopped_early:
        ended = ", stopped early"
    return (
        f"{counted(len(fit.epochs), 'epoch')} in {fit.wall_s:.1f} s{ended}; weights of epoch "
        f"{fit.best_epoch}; {counted(fit.n_parameters, 'parameter')}"
    )


def _folds(folds: CrossValidation, splits: Splits) -> str:
    words = cross_validation_sentence(folds)
    if not len(splits.validation):
        words += (
            " In the end all images were fitted, so none are left for validation; the figures "
            "below are those of the folds."
        )
    return _paragraph(words) + "\n\n" + textwrap.indent(folds_table(folds), "  ")


def _figures(scored: Mapping[str, Evaluation], before: Mapping[str, Evaluation]) -> str:
    """A column for each set of images, and the ends of the intervals of the last one, the test."""
    shown = {name: each.shown() for name, each in scored.items()}
    last = list(scored)[-1]
    rows = [["images", *(f"{each.n:,}" for each in scored.values()), ""]]
    for at, (title, _, interval) in enumerate(shown[last]):
        rows.append([title, *(each[at][1] for each in shown.values()), interval])
    calibrations = [each.calibration for each in scored.values()]
    low, high = map(percent, calibrations[-1].error_interval_95)
    errors = (percent(each.error) for each in calibrations)
    rows.append(["calibration error", *errors, f"{low} to {high}"])
    if before:
        earlier = (percent(before[name].calibration.error) for name in scored)
        rows.append(["  before calibration", *earlier, ""])
    return text_table(["", *scored, f"95 % interval ({last})"], rows)


def selective_sentence(found: Selective) -> str:
    """Say how many images can be answered at the accepted risk."""
    wanted = found.wanted
    if found.threshold is None or found.test is None or found.test.accuracy is None:
        return (
            f"No confidence is high enough to expect {wanted} of the answers to be right, as far "
            "as the validation images show."
        )
    test = found.test
    low, high = test.interval_95 or (0, 1)
    return (
        f"Answers with a confidence of {percent(found.threshold, 1)} or more (chosen on validation "
        f"images so that {wanted} are right): {percent(test.share, 1)} of the test images, of "
        f"which {percent(test.accuracy or 0, 1)} are right (95 % interval {percent(low, 1)} to "
        f"{percent(high, 1)})."
    )


def ranking_sentence(found: Ranking) -> str:
    """Say how well images of two classes are ranked."""
    low, high = found.auc_interval_95
    least, most = found.average_precision_interval_95
    return (
        f"Ranked by the probability of {found.positive}: area under the ROC curve {found.auc:.4f} "
        f"(95 % interval {low:.4f} to {high:.4f}), average precision {found.average_precision:.4f} "
        f"({least:.4f} to {most:.4f})."
    )


def _context(context: Mapping[str, Any], commonest: Commonest, test: Evaluation) -> str:
    """Set the network's accuracy beside those of simple rules."""
    rules = [(_rule(each), float(each["accuracy"])) for each in context.get("rules", ())]
    rules.append((f"always {commonest.name}", commonest.accuracy))
    rows = [[name, percent(value)] for name, value in sorted(rules, key=lambda each: each[1])]
    rows.append(["this network", percent(test.accuracy)])
    return "Accuracy in context (test)\n\n" + textwrap.indent(
        text_table(["rule", "accuracy"], rows), "  "
    )


def _rule(rule: Mapping[str, Any]) -> str:
    """What a rule does, with the time of its fit if it took one."""
    return str(rule["rule"]) + (f" ({duration(rule['wall_s'])})" if "wall_s" in rule else "")


def _weakest(evaluation: Evaluation) -> str:
    scores = [(s.f1, name, s) for name, s in evaluation.per_class.items() if s.f1 is not None]
    # Of equally weak classes, the one with the most images is the most certain.
    weakest = sorted(scores, key=lambda item: (item[0], -item[2].n))[:N_WEAKEST]
    rows = [[name, *score.words] for _, name, score in weakest]
    table = text_table(["class", "recall", "precision", "F1", "images"], rows)
    return "Weakest classes (test)\n\n" + textwrap.indent(table, "  ")


def _confused(evaluation: Evaluation) -> str:
    pairs = most_confused(evaluation.confusion, tuple(evaluation.per_class), N_PAIRS)
    if not pairs:
        return ""
    rows = [[pair.actual, pair.predicted, f"{pair.n:,}", percent(pair.share, 1)] for pair in pairs]
    table = text_table(["actual", "taken for", "images", "share of actual"], rows)
    return "Most often confused (test)\n\n" + textwrap.indent(table, "  ")


def _paragraph(words: str) -> str:
    return textwrap.fill(printable(words), WIDTH, break_long_words=False, break_on_hyphens=False)


def _fact(name: str, words: str) -> str:
    return textwrap.fill(
        printable(words), WIDTH, initial_indent=name.ljust(len(_INDENT)),
        subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _listed(title: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    lines = [
        textwrap.fill(
            printable(sentence), WIDTH, initial_indent="- ", subsequent_indent="  ",
            break_long_words=False, break_on_hyphens=False,
        )
        for sentence in sentences
    ]  # fmt: skip
    return "\n".join([title, "", *lines])
