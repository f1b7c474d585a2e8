"""Everything that is found out about a run from its predictions, before it is written down."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tenfold.core.errors import RunFolderError
from tenfold.core.evaluation import Evaluation
from tenfold.experiment.audited import accuracy_without, audit_of
from tenfold.experiment.looks import looks_of
from tenfold.experiment.next_step import diagnosis_of
from tenfold.measure.commonest import Commonest, against_commonest
from tenfold.measure.diagnosis import Diagnosis
from tenfold.measure.selective import Selective, check_risk, selective
from tenfold.measure.threshold import Threshold, choose_for, goal_from
from tenfold.measure.two_classes import Ranking, ranking
from tenfold.report.audited import noticed
from tenfold.report.diagnosis import diagnosis_dict
from tenfold.report.summary import summary
from tenfold.runs import layout
from tenfold.runs.looks import Looks
from tenfold.runs.request import Request
from tenfold.runs.run import Run


@dataclass(frozen=True)
class Findings:
    """What the predictions of a run show.

    Attributes:
        run: The run.
        evaluations: Figures on each of its sets.
        before: The same before calibration; empty if the network was not calibrated.
        commonest: For each set, the accuracy of always naming the commonest class.
        selective: The confidence from which on answers keep the accepted risk.
        ranking: How well images of two classes are ranked; None for other numbers of classes.
        threshold: A threshold for one of two classes; None if none was asked for.
        diagnosis: What was wrong with the fit, and what to try next.
        command: The next step as a command; None if only Python can do it.
        looks: How often the test images were scored.
        audited: The accuracy without leaked and doubtful test images; None without an audit.
    """

    run: Run
    evaluations: dict[str, Evaluation]
    before: dict[str, Evaluation]
    commonest: dict[str, Commonest]
    selective: Selective
    ranking: Ranking | None
    threshold: Threshold | None
    diagnosis: Diagnosis
    command: str | None
    looks: Looks
    audited: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The content of metrics.json."""
        run = self.run
        record, folds, budget = run.record, run.folds, run.budget
        return {
            **{
                name: {
                    **each.to_dict(),
                    "before_calibration": _probability_figures(self.before.get(name)),
                    "commonest": asdict(self.commonest[name]),
                }
                for name, each in self.evaluations.items()
            },
            **({"cross_validation": folds.to_dict()} if folds else {}),
            "selective": asdict(self.selective),
            **({"ranking": asdict(self.ranking)} if self.ranking else {}),
            **({"threshold": asdict(self.threshold)} if self.threshold else {}),
            **({"audited": self.audited} if self.audited else {}),
            "context": run.context,
            "train": {"n": record.n_train_scored, "accuracy": record.train_accuracy},
            "fit": record.summary(),
            "diagnosis": diagnosis_dict(self.diagnosis, self.command),
            "test_looks": self.looks.to_dict(),
            **({"budget": budget.to_dict()} if budget else {}),
        }

    def words(self) -> str:
        """The content of summary.txt."""
        run = self.run
        data = run.folder.read_json(layout.DATA)
        cleaned = data["cleaning"]["findings"]
        return summary(
            data=run.data,
            splits=run.splits,
            recipe=run.recipe,
            seed=run.seed,
            fit=run.record,
            evaluations=self.evaluations,
            before=self.before,
            selective=self.selective,
            ranking=self.ranking,
            threshold=self.threshold,
            context=run.context,
            folds=run.folds,
            commonest=self.commonest["test"],
            diagnosis=self.diagnosis,
            command=self.command,
            looks=self.looks,
            audited=self.audited,
            notes=[
                *_beginning(run),
                *(f"{found['action']} {found['n']}: {found['reason']}" for found in cleaned),
                *noticed(data),
            ],
            budget=run.budget,
        )


def findings_of(
    run: Run,
    *,
    risk: float | None = None,
    threshold: str | None = None,
    audit_from: str | Path | None = None,
) -> Findings:
    """Score the predictions of a run.

    Args:
        run: A run that has predicted.
        risk: The accepted share of wrong answers, in (0, 1); None for that of the run's request.
        threshold: What a threshold for one of two classes is for, as `goal_from` reads it; None for
            that of the run's request.
        audit_from: The folder of an audit of the run's images; None for the audit in the run's
            folder, if there is one.

    Raises:
        TenfoldError: One of these does not fit.
    """
    asked = _request(run)
    risk = asked.risk if risk is None else risk
    threshold = threshold or asked.threshold
    check_risk(risk)
    goal = None if threshold is None else goal_from(threshold)
    counts = run.folder.read_json(layout.DATA)["train"]["per_class"]
    evaluations, validation, test = run.evaluations, run.validation_predictions, run.predictions
    diagnosis, command = diagnosis_of(run)
    return Findings(
        run=run,
        evaluations=evaluations,
        before=run.evaluations_before,
        commonest={name: against_commonest(counts, each) for name, each in evaluations.items()},
        selective=selective(validation, test, risk),
        ranking=ranking(test),
        threshold=None if goal is None else choose_for(goal, validation, test),
        diagnosis=diagnosis,
        command=command,
        looks=looks_of(run),
        audited=accuracy_without(run, audit_of(run, audit_from)),
    )


def _request(run: Run) -> Request:
    """What the run was asked; the defaults if that is missing, or of an earlier version."""
    try:
        return run.folder.read_request() if run.folder.has(layout.REQUEST) else Request()
    except RunFolderError:
        return Request()


def _probability_figures(evaluation: Evaluation | None) -> dict[str, float] | None:
    """The figures that calibration changes; None for a network that was not calibrated."""
    if evaluation is None:
        return None
    found = evaluation.calibration
    return {
        "log_loss": evaluation.log_loss,
        "confidence": found.confidence,
        "calibration_error": found.error,
        "brier": found.brier,
    }


def _beginning(run: Run) -> list[str]:
    """Report which run the initial weights came from, if they were not random."""
    asked = run.folder.read_json(layout.REQUEST) if run.folder.has(layout.REQUEST) else {}
    start = asked.get("start")
    if not start:
        return []
    return [
        f"This run began with the weights of {start['path']} (SHA-256 {start['sha256'][:16]}...)."
    ]
