"""The options that several commands share, and how errors write them."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import typer

from tenfold.core.data_request import ImageOptions, LabelFrom
from tenfold.core.errors import TenfoldError
from tenfold.core.limits import CHECKPOINT_EVERY_S, LARGEST_SIDE_PX, SMALLEST_SIDE_PX
from tenfold.core.rendering import Fit
from tenfold.runs.request import Context

RecipeName = Annotated[
    str | None,
    typer.Argument(
        metavar="RECIPE", help="A name (see `tenfold recipes`) or a YAML file. Default: standard."
    ),
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of an earlier run.")]
MovedData = Annotated[
    str | None,
    typer.Option("--data", help="Where the run's images are now, if they have moved."),
]
Robustness = Annotated[
    bool,
    typer.Option(
        "--robustness",
        help="Spoil up to 1,000 validation images by noise, blur, contrast, brightness, shift and "
        "JPEG, and score the network on them.",
    ),
]
Risk = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Accepted share of wrong answers where the network answers only if it is confident. "
        "Default: 0.05.",
    ),
]
Threshold = Annotated[
    str | None,
    typer.Option(
        metavar="GOAL",
        help="With two classes, choose a threshold for the second: recall=0.95, or cost=5 if "
        "missing it costs as much as five false alarms; recall:NAME=0.95 names the class.",
    ),
]
ContextOption = Annotated[
    Context | None,
    typer.Option(help="Fit the notebook's network on the same images too, as a comparison."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Work on the Ray cluster at this address, such as 10.0.0.1:6379. Default: on this "
        "machine.",
    ),
]
Out = Annotated[Path | None, typer.Option(help="New folder for the results.")]
ClusterOfParts = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Work with a worker on each core of the Ray cluster at this address, such as "
        "10.0.0.1:6379; without an address, at the end of the command, of this machine.",
    ),
]
PartRows = Annotated[
    int | None,
    typer.Option(min=1, help="With --cluster: images in one file of the results. Default: 4,096."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, and only that.")]


Archive = Annotated[
    Path | None,
    typer.Option(
        help="The file of a data set by name, or its unpacked folder. Default: look for it."
    ),
]
LabelFromOption = Annotated[
    LabelFrom | None,
    typer.Option(
        help="What names the class of a file: the first folder, the whole path of folders, or "
        "the beginning of its own name, as in cat.0.jpg. Default: folder."
    ),
]
FollowLinks = Annotated[
    bool, typer.Option("--follow-links", help="Follow links to outside the folder.")
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Fail if a class or more than a tenth of the files is lost."),
]


Coarse = Annotated[
    bool,
    typer.Option("--coarse", help="Take CIFAR-100's 20 coarse classes, not its 100 fine ones."),
]


@dataclass(frozen=True)
class DataOptions:
    """Which images."""

    data: Annotated[
        str,
        typer.Option(
            help="cifar10, cifar100, mnist, fashion-mnist, digits, a folder, list or archive of "
            "images, Parquet files, or a file of arrays."
        ),
    ] = "cifar10"
    archive: Archive = None
    side: Annotated[
        int | None,
        typer.Option(
            min=SMALLEST_SIDE_PX,
            max=LARGEST_SIDE_PX,
            help="Pixels a side that images of files are brought to. Default: 32.",
        ),
    ] = None
    fit: Annotated[
        Fit | None,
        typer.Option(
            help="How an image that is not square becomes square: crop it, pad it with white, or "
            "squash it. Default: crop."
        ),
    ] = None
    label_from: LabelFromOption = None
    groups: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of a list whose equal values belong together, such as one person.",
        ),
    ] = None
    follow_links: FollowLinks = False
    strict: Strict = False
    coarse: Coarse = False

    def more(self) -> ImageOptions:
        """The options for images, except where they are."""
        return {
            "archive": self.archive,
            "side_px": self.side,
            "fit": self.fit,
            "label_from": self.label_from,
            "groups": self.groups,
            "follow_links": self.follow_links or None,
            "strict": self.strict or None,
            "coarse": self.coarse or None,
        }


@dataclass(frozen=True)
class DataPlace(DataOptions):
    """Which images; the command is about them, so that their place needs no `--data`."""

    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="The images, as for `tenfold run --data`."),
    ] = "cifar10"


@dataclass(frozen=True)
class OptionalDataOptions(DataOptions):
    """Which images; an empty `data` stands for those of a run, or for CIFAR-10 without one."""

    data: Annotated[
        str,
        typer.Option(
            help="The images, as for `tenfold run`; with --run, where its images are now, if they "
            "have moved. Default: cifar10, or the images of --run."
        ),
    ] = ""


@dataclass(frozen=True)
class OtherDataOptions:
    """Which other images to score a network on; the run decides their shape."""

    data: Annotated[
        str | None,
        typer.Option(
            help="Other labelled images with the run's classes, as for `tenfold run`; with "
            "--robustness or --context, where the run's own images are now, if they have moved."
        ),
    ] = None
    archive: Archive = None
    label_from: LabelFromOption = None
    follow_links: FollowLinks = False
    strict: Strict = False
    coarse: Coarse = False
    out: Annotated[Path | None, typer.Option(help="With --data: new folder for the results.")] = (
        None
    )

    def more(self) -> ImageOptions:
        """The options for the images, except where they are."""
        return {
            "archive": self.archive,
            "label_from": self.label_from,
            "follow_links": self.follow_links or None,
            "strict": self.strict or None,
            "coarse": self.coarse or None,
        }


@dataclass(frozen=True)
class SplitOptions:
    """Changes of the recipe, a seed, and where the results go."""

    train_size: Annotated[
        int | None,
        typer.Option(min=1, help="Fit only this many images, to watch overfitting."),
    ] = None
    seed: Annotated[
        int, typer.Option(min=0, help="Decides splits, weights, dropout and order.")
    ] = 0
    out: Out = None
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting of the recipe; repeatable."
        ),
    ] = None

    def overrides(self) -> dict[str, Any]:
        """Settings to change; values are read as YAML, so that 5, 0.1, null and [64, 32] work.

        Raises:
            typer.BadParameter: One of `--set` is not KEY=VALUE.
        """
        import yaml

        found: dict[str, Any] = {}
        if self.train_size is not None:
            found["train_size"] = self.train_size
        for setting in self.settings or []:
            key, equals, value = setting.partition("=")
            if not (key.strip() and equals):
                raise typer.BadParameter(
                    f"Expected KEY=VALUE, such as epochs=20; received '{setting}'.",
                    param_hint="--set",
                )
            try:
                found[key.strip()] = yaml.safe_load(value)
            except (yaml.YAMLError, ValueError):  # Such as a date that does not exist.
                found[key.strip()] = value
        return found


@dataclass(frozen=True)
class TrialOptions(SplitOptions):
    """The options of commands that fit networks."""

    balance: Annotated[
        Literal["effective", "inverse"] | None,
        typer.Option(
            help="Give images of rare classes more weight, by the effective or the inverse number "
            "of images."
        ),
    ] = None

    def overrides(self) -> dict[str, Any]:
        """As for `SplitOptions`; `--set` takes precedence."""
        balance = {} if self.balance is None else {"balance": self.balance}
        return {**balance, **super().overrides()}


@dataclass(frozen=True)
class FitOptions:
    """What a fit writes while it runs, and what it starts from."""

    checkpoint_every: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Time between checkpoints; each epoch also ends with one.",
        ),
    ] = CHECKPOINT_EVERY_S
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write TensorBoard's logs too.")
    ] = False
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Begin with the weights of an earlier run, and with its recipe by default.",
        ),
    ] = None


@dataclass(frozen=True)
class CorrectionOptions:
    """What a person decided about training images."""

    exclude: Annotated[
        Path | None,
        typer.Option(
            metavar="QUARANTINE.CSV",
            help="Leave out the training images whose rows have keep=no in this edited file of "
            "`tenfold audit`.",
        ),
    ] = None
    relabel: Annotated[
        Path | None,
        typer.Option(
            metavar="QUARANTINE.CSV",
            help="Give training images the labels that this edited file of `tenfold audit` "
            "suggests.",
        ),
    ] = None


ClusterOfFits = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Spread the fits of a study or of folds over the Ray cluster at this address, such as "
        "10.0.0.1:6379; `local` starts Ray on this machine. Default: one fit after the other.",
    ),
]


@dataclass(frozen=True)
class WorkersOptions:
    """Who carries out fits that do not depend on each other."""

    cluster: ClusterOfFits = None
    cores_per_fit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="With --cluster: cores of one fit, and threads of its TensorFlow. Default: 1.",
        ),
    ] = None


@dataclass(frozen=True)
class BudgetOption:
    """A promised time."""

    budget: Annotated[
        str | None,
        typer.Option(
            help="Time limit for everything after gathering, such as 90s or 5m; Tenfold plans the "
            "recipe and its epochs."
        ),
    ] = None

    def seconds(self) -> float | None:
        """The time; None without a budget.

        Raises:
            typer.BadParameter: It is not a time, or too short.
        """
        from tenfold.experiment.budget import budget_seconds

        try:
            return None if self.budget is None else budget_seconds(self.budget)
        except TenfoldError as error:
            raise typer.BadParameter(error.spelt(spelling), param_hint="--budget") from error


_OPTIONS = {
    "budget_s": "--budget",
    "checkpoint_every_s": "--checkpoint-every",
    "n_seeds": "--seeds",
    "overrides": "--set",
    "start": "--from",
    "side_px": "--side",
}
"""Arguments of the library whose options have another name."""
_POSITIONAL = {"files": "IMAGE", "path": "RUN", "recipe": "RECIPE", "recipes": "RECIPE"}
_FLAGS = ("--follow-links", "--invert", "--strict", "--tensorboard", "--trust")


def with_address(words: Sequence[str]) -> list[str]:
    """Put `local` after a `--cluster` that no address follows: this machine.

    >>> with_address(["audit", "digits", "--cluster", "--json"])
    ['audit', 'digits', '--cluster', 'local', '--json']
    """
    found: list[str] = []
    for word, after in zip_longest(words, words[1:]):
        found.append(word)
        if word == "--cluster" and (after is None or after.startswith("-")):
            found.append("local")
    return found


def spelling(name: str, value: str | None, places: Mapping[str, str] = MappingProxyType({})) -> str:
    """Write an argument of the library as the command line has it: `side_px` is `--side`.

    Args:
        name: The argument.
        value: Its value, if that is to be written too.
        places: Arguments without an option that one command has beside the usual ones.
    """
    positional = {**_POSITIONAL, **places}
    if name in positional:
        return positional[name] if value is None else shlex.quote(value)
    option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    return option if value is None or option in _FLAGS else f"{option} {shlex.quote(value)}"
