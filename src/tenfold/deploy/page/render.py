"""Write the page on which one classifies pictures: for a server, or as a folder of files."""

import base64
import gzip
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from tenfold.core.errors import ModelError
from tenfold.core.rendering import PLAIN
from tenfold.core.text import percent
from tenfold.deploy.document import Document
from tenfold.report.page.render import source_hash, templates

INDEX = "index.html"
RUNTIME, MODEL, LICENCES, REPORT = "runtime.js", "model.js", "licences.txt", "report.html"
_SHARED = ("resize.js", "png.js", "picture.js")
_PREDICTORS = {"browser": "network.js", "server": "server.js"}
_MOST_NAMES = 12
"""More classes are counted, not named."""
_ORIGIN = "location.origin"
_EXPORTED = re.compile(r"export\{([^}]*)\};\s*(?://# sourceMappingURL=\S*)?\s*$")
_USED = ("InferenceSession", "Tensor", "env")


@dataclass(frozen=True)
class Sureness:
    """How often answers were right on images that the network was not fitted on.

    Attributes:
        name: Which images: `validation` or `folds`.
        bins: Of the reliability diagram, each with `n`, `confidence`, `accuracy`, `interval_95`;
            empty where no images were held out.
        threshold: The `confidence` from which answers keep a `risk` of being wrong; None without.
    """

    name: str = "validation"
    bins: Sequence[dict[str, Any]] = ()
    threshold: dict[str, float] | None = None

    @classmethod
    def of(cls, metrics: dict[str, Any]) -> "Sureness":
        """Take it from the figures of a run."""
        name = next((each for each in ("validation", "folds") if metrics.get(each)), None)
        if name is None:
            return cls()
        found = metrics["selective"]
        threshold = {"confidence": found["threshold"], "risk": found["risk"]}
        bins = metrics[name]["calibration"]["bins"]
        return cls(name, bins, threshold if found["threshold"] is not None else None)


def page_html(
    document: Document,
    sureness: Sureness,
    *,
    predictor: Literal["browser", "server"],
    report: str | None = None,
) -> str:
    """Write the page: one file with its style and scripts.

    Args:
        document: What the export says about itself.
        sureness: What the page says about an answer's confidence.
        predictor: What answers: `server` asks `v1/predict`, relative to the page's address;
            `browser` needs the scripts of `write_page` beside the page.
        report: The address of the run's report, relative to the page; None without a link.

    Raises:
        ModelError: The network takes neither grey nor RGB images.
    """
    if document.mode is None:
        raise ModelError(
            f"Expected a network for grey or RGB images; this one takes {document.shape[2]} "
            "channels, and pictures in files have 1 or 3. Use it in Python."
        )
    ours, reports = resources.files("tenfold.deploy.page"), resources.files("tenfold.report.page")
    style = reports.joinpath("style.css").read_text("utf-8")
    style += ours.joinpath("page.css").read_text("utf-8")
    names = (*_SHARED, _PREDICTORS[predictor], "app.js")
    script = "".join(ours.joinpath(name).read_text("utf-8") for name in names)
    return (
        templates("tenfold.deploy.page")
        .get_template("page.html")
        .render(
            title="Classify a picture",
            policy=_policy(predictor, style, script),
            style=Markup(style),  # noqa: S704 - files of this package, not of a user.
            script=Markup(script),  # noqa: S704
            data=document.data,
            classes=_class_words(document.classes),
            accuracy=_accuracy_words(document.accuracy),
            report=report,
            predictor=predictor,
            files=[RUNTIME, MODEL] if predictor == "browser" else [],
            facts={
                "predictor": predictor,
                "classes": document.classes,
                "shape": document.shape,
                "fit": document.fit,
                "scale": asdict(document.rendering.scale if document.rendering else PLAIN),
                "sureness": asdict(sureness),
                "familiarity": document.familiarity and asdict(document.familiarity),
            },
        )
    )


def write_page(
    folder: Path, model: Path, document: Document, sureness: Sureness, report: Path | None
) -> None:
    """Write the page as a folder of files that any web server, or the disk, can show.

    Args:
        folder: A folder that does not exist yet.
        model: The ONNX export.
        document: What it says about itself.
        sureness: What the page says about an answer's confidence.
        report: The report of the run, which is copied; None without one.

    Raises:
        ModelError: The network takes neither grey nor RGB images.
    """
    index = page_html(
        document, sureness, predictor="browser", report=REPORT if report is not None else None
    )
    folder.mkdir(parents=True)
    (folder / INDEX).write_text(index, encoding="utf-8", errors="backslashreplace")
    (folder / RUNTIME).write_text(_runtime(), encoding="utf-8")
    packed = gzip.compress(model.read_bytes(), mtime=0)
    (folder / MODEL).write_text(_text("tenfoldModel", packed), encoding="utf-8")
    (folder / LICENCES).write_text(_licences(), encoding="utf-8")
    if report is not None:
        shutil.copyfile(report, folder / REPORT)


def _policy(predictor: str, style: str, script: str) -> str:
    """What the page may load: itself, and the files beside it or its server."""
    here = predictor == "browser"
    scripts = f"'{source_hash(script)}'" + (" 'self' 'wasm-unsafe-eval'" if here else "")
    asked = "" if here else "connect-src 'self'; "
    return (
        f"default-src 'none'; script-src {scripts}; style-src '{source_hash(style)}'; "
        f"img-src blob: data:; {asked}base-uri 'none'; form-action 'none'"
    )


def _runtime() -> str:
    """ONNX Runtime as a classic script: a page from the disk can load no other kind.

    Its module's exports become one global name, and its address is the page's. In Firefox, a page
    from the disk has the origin `null`, which the module would take for an address.
    """
    vendor = resources.files("tenfold.deploy.page").joinpath("vendor")
    module = vendor.joinpath("ort.wasm.bundle.min.mjs").read_text("utf-8")
    ending = _EXPORTED.search(module)
    if ending is None or module.count(_ORIGIN) != 1:
        raise ValueError("This module of ONNX Runtime is not the one that the page knows.")
    inside = {}
    for each in ending[1].split(","):
        name, _, outside = each.strip().partition(" as ")
        inside[outside] = name
    names = ",".join(f"{name}:{inside[name]}" for name in _USED)
    body = module[: ending.start()].replace("import.meta.url", "document.baseURI")
    body = body.replace(_ORIGIN, f'({_ORIGIN}==="null"?void 0:{_ORIGIN})')
    packed = vendor.joinpath("ort-wasm-simd-threaded.wasm.gz").read_bytes()
    return f"(() => {{{body}\nglobalThis.ort={{{names}}};}})();\n{_text('tenfoldRuntime', packed)}"


def _text(name: str, content: bytes) -> str:
    return f'globalThis.{name}="{base64.b64encode(content).decode("ascii")}";\n'


def _licences() -> str:
    vendor = resources.files("tenfold.deploy.page").joinpath("vendor")
    texts = [
        vendor.joinpath(name).read_text("utf-8") for name in ("LICENSE", "ThirdPartyNotices.txt")
    ]
    return f"{RUNTIME} holds ONNX Runtime Web.\n\n" + "\n\n".join(texts)


def _class_words(classes: Sequence[str]) -> str:
    if len(classes) > _MOST_NAMES:
        return f"{len(classes):,} classes"
    return f"{', '.join(classes[:-1])} and {classes[-1]}"


def _accuracy_words(accuracy: dict[str, Any]) -> str:
    low, high = (percent(each) for each in accuracy["interval_95"])
    return (
        f"It classifies {percent(accuracy['accuracy'])} of {accuracy['n']:,} test images correctly "
        f"(95 % interval {low} to {high})."
    )
