"""A model card: what a network is for, how good it is, and where it ends, as model hubs read it."""

import json

from tenfold.core.text import counted, percent, printable
from tenfold.data.class_names import listed
from tenfold.measure.confusion import most_confused
from tenfold.runs import layout
from tenfold.runs.run import Run

N_PAIRS = 3
MOST_NAMED = 20


def model_card(run: Run) -> str:
    """Write the card in Markdown, with the front matter that model hubs read.

    Raises:
        RunFolderError: The run has not been evaluated.
    """
    metrics, data, recipe = run.metrics, run.data, run.recipe
    height, width, channels = data.shape
    test = metrics["test"]
    rows = [" | ".join(["", *row, ""]).strip() for row in run.evaluation.shown()]
    error = test["calibration"]
    low, high = (percent(each) for each in error["error_interval_95"])
    rows.append(f"| calibration error | {percent(error['error'])} | {low} to {high} |")
    pairs = most_confused(run.evaluation.confusion, run.classes, N_PAIRS)
    confused = "; ".join(
        f"{each.actual} taken for {each.predicted} ({percent(each.share, 1)} of {each.actual})"
        for each in pairs
    )
    n_classes = counted(len(data.classes), "class", "classes")
    sentences = [
        f"It knows only {n_classes}, and names one of them for any picture, whatever it shows.",
        f"Its images are brought to {height} x {width} pixels, "
        f"{'grey' if channels == 1 else 'in colour'}. Larger pictures lose their details.",
        f"Diagnosis of the fit: {metrics['diagnosis']['verdict']}.",
    ]
    if confused:
        sentences.insert(1, f"Most often confused on test images: {confused}.")
    return "\n".join(
        [
            _front_matter(run),
            f"# {_plain(recipe.name)} on {_plain(data.name)}",
            "",
            f"A network that classifies images of {height} x {width} pixels into {n_classes}: "
            f"{_plain(listed(data.classes, MOST_NAMED))}. "
            f"Its layers: {_plain(recipe.network.describe(max(height, width)))}.",
            "",
            "## Data",
            "",
            f"Fitted to {len(run.splits.train):,} images, with {len(run.splits.validation):,} for "
            f"validation, of {_plain(data.name)}.",
            "",
            f"## Figures on {test['n']:,} test images",
            "",
            "| figure | value | 95 % interval |",
            "|---|---|---|",
            *rows,
            "",
            "## Limits",
            "",
            *(f"- {_plain(each)}" for each in sentences),
            "",
            "## Use",
            "",
            "```python",
            "import keras",
            "import tenfold.learn  # Knows the network's layers.",
            "",
            f'model = keras.saving.load_model("{layout.MODEL.name}")',
            f"model.predict(images)  # uint8 (n, {height}, {width}, {channels}) -> probabilities",
            "```",
            "",
            f"The classes, in the order of the probabilities: `{json.dumps(list(data.classes))}`.",
            "",
        ]
    )


def _front_matter(run: Run) -> str:
    """The metadata, as YAML; JSON strings are YAML strings, whatever they hold."""
    test = run.metrics["test"]
    data = json.dumps(run.data.name)
    return "\n".join(
        [
            "---",
            "library_name: keras",
            "pipeline_tag: image-classification",
            "tags: [tenfold, multilayer-perceptron]",
            "model-index:",
            f"- name: {json.dumps(run.recipe.name)}",
            "  results:",
            "  - task: {type: image-classification}",
            f"    dataset: {{name: {data}, type: {data}, split: test}}",
            "    metrics:",
            f"    - {{type: accuracy, value: {test['accuracy']:.4f}}}",
            f"    - {{type: f1, value: {test['f1_macro']:.4f}, name: macro}}",
            "---",
            "",
        ]
    )


def _plain(text: str) -> str:
    """Text in which no character is Markdown's or HTML's own."""
    shown = printable(text)
    for character in "\\`*_[]<>|#":
        shown = shown.replace(character, f"\\{character}")
    return shown
