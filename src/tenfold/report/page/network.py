"""The network of a run's page: a drawing, and a table of its layers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from tenfold.core.recipe import Recipe
from tenfold.core.text import counted
from tenfold.report.page.charts import WIDTH, short, svg
from tenfold.runs import layout
from tenfold.runs.run import Run

BLOCK_PX, GAP_PX = 30, 16
WIDEST_PX, NARROWEST_PX = 130, 50
LONGEST = 38
"""Characters beside a block."""
MOST_BLOCKS = 24
"""A longer network is not drawn."""
MOST_ROWS = 24
"""A longer table is folded."""


@dataclass(frozen=True)
class Block:
    """A part of the drawing: one product with what follows it.

    Attributes:
        words: What it does.
        shape: What it gives for one image; empty if that is not known.
        n_parameters: Of all its layers.
        multiplies: Whether it holds a product with weights.
    """

    words: str
    shape: tuple[int, ...]
    n_parameters: int = 0
    multiplies: bool = False


def network(run: Run) -> dict[str, Any]:
    """Words, drawing and table; only words for runs of earlier versions."""
    shape = run.data.shape
    words = (
        f"{run.recipe.network.describe(max(shape[:2]))}. "
        f"{counted(run.record.n_parameters, 'parameter')}."
    )
    found = run.folder.read_json(layout.NETWORK)["layers"] if run.folder.has(layout.NETWORK) else []
    blocks = joined(shape, found)
    return {
        "seen_words": seen(run.recipe),
        "network_words": words[0].upper() + words[1:],
        "network_drawing": drawing(blocks) if 1 < len(blocks) <= MOST_BLOCKS else "",
        "layers": [
            (
                str(number),
                each["words"],
                _by(each["shape"]) or "-",
                f"{each['n_parameters']:,}",
            )
            for number, each in enumerate(found, 1)
        ],
        "layers_open": len(found) <= MOST_ROWS,
    }


def seen(recipe: Recipe) -> str:
    """How images are changed before they enter the network."""
    if not recipe.changes_images:
        return "Images enter the network unchanged."
    changes = [
        *(["shifted at random"] if recipe.shift else []),
        *(["mirrored in every second epoch"] if recipe.flip else []),
        *_mixed(recipe),
    ]
    return (
        f"In each epoch, each training image is {' and '.join(changes)}, so that the network does "
        "not learn single pixels by heart."
    )


def _mixed(recipe: Recipe) -> list[str]:
    """How images are mixed with others; a step either pastes or blends."""
    words = []
    if recipe.cutmix:
        steps = "" if recipe.cutmix == 1 else f" in {100 * recipe.cutmix:g} % of the steps"
        words.append(f"partly replaced by another image{steps}")
    if recipe.mixup and recipe.cutmix < 1:
        steps = " in the others" if recipe.cutmix else ""
        words.append(f"blended with another image{steps}")
    return words


def joined(image: Sequence[int], layers: Sequence[dict[str, Any]]) -> list[Block]:
    """Join layers to the block before, unless they multiply or give another shape.

    Args:
        image: Height, width and channels of an image.
        layers: The layers as in `network.json`.
    """
    blocks = [Block("the image", tuple(image))]
    for layer in layers:
        shape, last = tuple(layer["shape"]), blocks[-1]
        if layer["multiplies"] or (shape and shape != last.shape):
            blocks.append(Block(layer["words"], shape, layer["n_parameters"], layer["multiplies"]))
        else:
            blocks[-1] = replace(
                last,
                words=f"{last.words}; {layer['words']}",
                n_parameters=last.n_parameters + layer["n_parameters"],
            )
    return blocks


def drawing(blocks: Sequence[Block]) -> Markup:
    """Draw blocks from top to bottom; more values make a wider block."""
    sizes = [math.log2(1 + math.prod(block.shape or (1,))) for block in blocks]
    parts, middle, beside = [], WIDEST_PX // 2, WIDEST_PX + 10
    for number, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        top = number * (BLOCK_PX + GAP_PX) + 1
        width = NARROWEST_PX + (WIDEST_PX - NARROWEST_PX) * size / max(sizes)
        kind = "layer product" if block.multiplies else "layer"
        parameters = counted(block.n_parameters, "parameter") if block.n_parameters else ""
        words = f"{escape(block.words)}"
        if number:
            parts.append(
                f'<path class="arrow" d="M{middle} {top - GAP_PX}v{GAP_PX - 5}m-3 0l3 4 3-4z"/>'
            )
        parts.append(
            f'<rect class="{kind}" x="{middle - width / 2:.1f}" y="{top}" width="{width:.1f}" '
            f'height="{BLOCK_PX}" rx="4"><title>{words}</title></rect>'
            f'<text class="tick" x="{middle}" y="{top + 19}">{_by(block.shape)}</text>'
            f'<text x="{beside}" y="{top + 13}">{escape(short(block.words, LONGEST))}</text>'
            f'<text class="parameters" x="{beside}" y="{top + 27}">{parameters}</text>'
        )
    height = len(blocks) * (BLOCK_PX + GAP_PX)
    return svg(WIDTH, height, "The network, layer by layer, from top to bottom", "".join(parts))


def _by(shape: Sequence[int]) -> str:
    return " x ".join(f"{each:,}" for each in shape)
