"""A run as one HTML file: from the files in its folder to the finished page."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tenfold.core.text import counted, duration, percent
from tenfold.report.audited import HEADER, audited_caution, audited_rows, noticed
from tenfold.report.page.charts import Line, line_chart
from tenfold.report.page.confidence import confidence, robustness
from tenfold.report.page.explorer import packed
from tenfold.report.page.gallery import galleries
from tenfold.report.page.matrix import matrix
from tenfold.report.page.network import network
from tenfold.report.page.render import render
from tenfold.report.page.result import result
from tenfold.runs import layout
from tenfold.runs.layout import RunFile
from tenfold.runs.run import Run

SECTIONS = (
    ("Data", "data"),
    ("Cleaning", "cleaning"),
    ("What it sees", "seen"),
    ("Network", "network"),
    ("Fit", "fit"),
    ("Evaluation", "evaluation"),
    ("Confidence", "confidence"),
    ("Test images", "mistakes"),
    ("Do it again", "again"),
)

MOST_PNG_BYTES = 500_000
"""Of a picture that is shown as it is."""


def run_page(run: Run, command: str | None) -> str:
    """Write the page of an evaluated run.

    Every figure is that of `metrics.json`. The page asks for nothing from outside, and its content
    security policy forbids that.

    Args:
        run: The run.
        command: What makes the same run again; None if only Python can do it.

    Raises:
        RunFolderError: The run has not been evaluated.
    """
    return render("page.html", {**_facts(run), "command": command}, scripts=("explorer.js",))


def _facts(run: Run) -> dict[str, Any]:
    """Everything that the template shows, as words, charts and pictures."""
    metrics = run.metrics
    return {
        "sections": SECTIONS,
        **result(run),
        **matrix(run),
        **_data(run),
        **network(run),
        **_fit(run),
        **_evaluation(run, metrics),
        **_audited(metrics),
        **confidence(metrics),
        **_explorer(run),
        **galleries(run),
        "robustness_charts": robustness(run),
        **_again(run),
        "pictures": {
            "data": _pictures(
                run, layout.EXAMPLES, layout.MEAN_IMAGES, layout.COLOUR_AND_SHARPNESS
            ),
            "seen": _pictures(run, layout.AS_SEEN),
            "network": _pictures(run, layout.FIRST_LAYER),
            "map": _pictures(run, layout.MAP_PLOT),
            "mistakes": _pictures(run, layout.OCCLUSION, layout.FIRST_PREDICTIONS),
        },
    }


def _data(run: Run) -> dict[str, Any]:
    content = run.folder.read_json(layout.DATA)
    facts = run.data
    counts = [
        (
            name,
            f"{content['train']['per_class'][name]:,}",
            f"{content['test']['per_class'][name]:,}",
        )
        for name in facts.classes
    ]
    removed = [
        f"{found['action']} {found['n']}: {found['reason']}"
        for found in content["cleaning"]["findings"]
    ]
    splits = run.splits
    return {
        "data_sentences": [
            f"{facts.n_train:,} training images and {facts.n_test:,} test images, from "
            f"{facts.provenance.location}.",
            *facts.provenance.notes,
        ],
        "class_counts": counts,
        "cleaning": [
            *(removed or ["Nothing had to be removed."]),
            *noticed(content),
            f"{len(splits.train):,} images to fit, {len(splits.validation):,} for validation, "
            f"{facts.n_test:,} to test.",
        ],
    }


def _audited(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The accuracy without leaked and doubtful test images; nothing without an audit."""
    audited = metrics.get("audited")
    if not audited:
        return {"audited": []}
    return {
        "audited": audited_rows(audited),
        "audited_header": HEADER,
        "audited_caution": audited_caution(audited),
    }


def _fit(run: Run) -> dict[str, Any]:
    record = run.record
    epochs = [each.epoch for each in record.epochs]
    charts = []
    for name, unit, scale in (("loss", "nats", 1), ("accuracy", "%", 100)):
        lines = [Line("training", epochs, [scale * getattr(each, name) for each in record.epochs])]
        validation = [getattr(each, f"validation_{name}") for each in record.epochs]
        if epochs and None not in validation:
            values = [scale * each for each in validation]
            lines.append(Line("validation", epochs, values, "s1"))
        if epochs:
            title = f"{name.capitalize()} by epoch"
            charts.append(
                line_chart(
                    lines, title=title, x="epoch", y=f"{name} ({unit})", x_range=(0, epochs[-1])
                )
            )
    words = f"{counted(len(epochs), 'epoch')} in {duration(record.wall_s)}"
    if record.train_accuracy is not None:
        words += f"; {percent(record.train_accuracy, 1)} of the training images are right"
    return {
        "fit_words": f"{words}. The model holds the weights of epoch {record.best_epoch}.",
        "fit_charts": charts,
        "curves_words": _curves_words(run),
    }


def _curves_words(run: Run) -> str:
    """Why the ends of the curves differ from the final figures."""
    recipe = run.recipe
    words = "Training images are scored while they are learnt from"
    words += ", changed at random, which makes them harder; " if recipe.changes_images else "; "
    words += "validation images after each epoch"
    if recipe.flip or recipe.view_shift:
        words += ", by one look at each. The final figures average several views of each image"
    return f"{words}."


def _evaluation(run: Run, metrics: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: each.shown() for name, each in run.evaluations.items()}
    rows = [
        [of_sets[0][0], *(cell for _, *cells in of_sets for cell in cells)]
        for of_sets in zip(*shown.values(), strict=True)
    ]
    by_class = [
        [name, f"{score['n']:,}", *_with_intervals(score)]
        for name, score in metrics["test"]["per_class"].items()
    ]
    return {"sets": list(shown), "figures": rows, "by_class": by_class}


def _with_intervals(score: Mapping[str, Any]) -> list[str]:
    cells = []
    for name in ("recall", "precision", "f1"):
        value, interval = score[name], score[f"{name}_interval_95"]
        cells.append("-" if value is None else f"{value:.3f}")
        cells.append("-" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}")
    return cells


def _explorer(run: Run) -> dict[str, Any]:
    """The test images and what was predicted for them; nothing in runs without a sheet."""
    if not run.folder.has(layout.SHEET):
        return {"explorer": "", "sheet": "", "selection": ""}
    facts = run.folder.read_json(layout.SHEET_FACTS)
    content = packed(run.predictions, facts)
    n, n_all = len(facts["positions"]), len(run.predictions)
    selection = "" if n == n_all else f"{n:,} of {n_all:,} test images, evenly chosen."
    return {
        "explorer": _json(content),
        "sheet": _base64(run, layout.SHEET),
        "selection": selection,
    }


def _json(content: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(content, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704


def _again(run: Run) -> dict[str, Any]:
    about = run.folder.read_json(layout.ENVIRONMENT)
    packages = about["packages"]
    rows = [
        ("seed", str(run.seed)),
        ("seconds of the fit", f"{run.record.wall_s:.1f}"),
        ("Tenfold", str(packages.get("tenfold", "?"))),
        ("Keras", str(packages.get("keras", "?"))),
        ("Python", str(about["python"])),
        ("processor", f"{about['processor']}, {counted(about['cores'], 'core')}"),
        ("folder", str(run.folder.path.absolute())),
    ]
    return {"again": rows}


def _pictures(run: Run, *files: RunFile) -> Sequence[dict[str, str]]:
    """Pictures of the run's folder, within the page."""
    return [
        {"source": picture_source((run.folder / file).read_bytes()), "caption": file.holds}
        for file in files
        if run.folder.has(file)
    ]


def picture_source(png: bytes) -> str:
    """A picture within the page; a large one, with photographs, as JPEG."""
    from PIL import Image

    kind, content = "png", png
    if len(png) > MOST_PNG_BYTES:
        file = io.BytesIO()
        Image.open(io.BytesIO(png)).convert("RGB").save(file, "JPEG", quality=85, subsampling=0)
        kind, content = "jpeg", file.getvalue()
    return f"data:image/{kind};base64,{_in_base64(content)}"


def _base64(run: Run, file: RunFile) -> str:
    return _in_base64((run.folder / file).read_bytes())


def _in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
