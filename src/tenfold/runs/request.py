"""The request: what a user asked a run to do."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import RunFolderError
from tenfold.core.limits import CHECKPOINT_EVERY_S, RISK

Context = Literal["full"]
"""What an accuracy is set beside, in addition to simple rules."""

FORMAT = 2
"""The version of the format; a higher number refuses to continue older runs."""


@dataclass(frozen=True)
class StartedFrom:
    """The fitted network that a run starts from.

    Attributes:
        path: The folder of its run.
        sha256: The SHA-256 of its model file, in hexadecimal.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class Request:
    """Everything that a user asked a run to do, so that the run can be resumed.

    Attributes:
        images: The images.
        recipe: The name of one of Tenfold's recipes, or every setting of another recipe; None for
            the default, or for the choice of a budget's plan.
        network: The name of the user's function that builds the network; None for the recipe's
            network.
        start: The run whose weights are the initial weights; None for random weights.
        seed: Decides splits, initial weights, dropout and order: 0 or more.
        overrides: Settings of the recipe to change.
        tensorboard: Whether to write TensorBoard's logs into the run's folder.
        budget_s: Time limit in seconds for everything after gathering; None for no limit.
        folds: Folds of a cross-validation before the fit; None for none.
        checkpoint_every_s: Seconds from one checkpoint to the next within an epoch.
        robustness: Whether to score the network on spoilt validation images too.
        risk: The accepted share of wrong answers where the network answers only if confident.
        threshold: What a threshold for one of two classes is chosen for, such as `recall=0.95`;
            None for no threshold.
        context: `full` to fit the notebook's network on the same images too; None for simple rules
            only.
        exclude: A quarantine.csv whose rows with keep=no are left out of training; None for none.
        relabel: A quarantine.csv whose suggestions replace labels; None for none.
        audit: Whether the images are audited first.
        cluster: The Ray cluster whose workers fit the folds or share the fit, `local` for this
            machine. None for folds in this process, and for workers on this machine.
        cores_per_fit: Cores of one fold's fit there; None for one.
        fit_only: Whether predicting and evaluating are left out.
        workers: Number of workers that share the fit.
    """

    images: DataRequest = field(default_factory=DataRequest)
    recipe: str | dict[str, Any] | None = None
    network: str | None = None
    start: StartedFrom | None = None
    seed: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)
    tensorboard: bool = False
    budget_s: float | None = None
    folds: int | None = None
    checkpoint_every_s: float = CHECKPOINT_EVERY_S
    robustness: bool = False
    risk: float = RISK
    threshold: str | None = None
    context: Context | None = None
    exclude: str | None = None
    relabel: str | None = None
    audit: bool = False
    cluster: str | None = None
    cores_per_fit: int | None = None
    fit_only: bool = False
    workers: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Request":
        """Rebuild a request from the result of `to_dict`.

        Raises:
            RunFolderError: Another version of Tenfold wrote it.
        """
        content = dict(content)
        if content.pop("format", 1) != FORMAT:
            raise RunFolderError(
                "Another version of Tenfold started this run, and this version cannot continue it. "
                "Start a new run, or resume it with that version: `environment.json` names it."
            )
        start = content.get("start")
        return cls(
            **{
                **content,
                "images": DataRequest(**content["images"]),
                "start": None if start is None else StartedFrom(**start),
            }
        )
