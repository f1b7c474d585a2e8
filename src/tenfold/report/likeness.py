"""Sentences about images that look unlike those that a network was fitted on."""

from tenfold.core.rendering import Fit
from tenfold.core.text import counted
from tenfold.measure.likeness import Unlikeness

_LONG = {
    "crop": "half of such an image or more is cut off",
    "pad": "half of such an image or more becomes white padding",
    "squash": "such an image is squashed",
}


def unlikeness_sentence(found: Unlikeness, *, side_px: int, fit: Fit, inverted: bool) -> str:
    """Say what differs, what it leads to, and what helps.

    Args:
        found: What differs.
        side_px: The shorter side in pixels that the network sees.
        fit: How an image that is not square became square.
        inverted: Whether the images were made negatives of themselves.
    """
    some = f"{found.n:,} of {counted(found.n_of, 'image')}"
    if found.kind in ("lighter", "darker"):
        those, training = ("light", "dark") if found.kind == "lighter" else ("dark", "light")
        helps = (
            "Leave --invert out (in Python, invert=True)"
            if inverted
            else "If yours are negatives of them, such as ink on paper against light on dark, "
            "--invert helps (in Python, invert=True)"
        )
        return (
            f"Unlike the training images: {some} {_are(found.n)} {those}, where nearly all "
            f"training images are {training}. {helps}."
        )
    if found.kind == "coloured":
        return (
            f"Unlike the training images: {some} {_are(found.n)} coloured, and nearly all training "
            "images are grey. The network has not learnt from colours."
        )
    if found.kind == "grey":
        return (
            f"Unlike the training images: {some} {_are(found.n)} grey, and nearly all training "
            "images are coloured. Where colour tells the classes apart, take coloured images."
        )
    if found.kind == "longer":
        return (
            f"Unlike the training images: in {some}, one side is at least twice as long as the "
            f"other; {_LONG[fit]}. Cut out what matters first."
        )
    return _sizes(found, side_px)


def _sizes(found: Unlikeness, side_px: int) -> str:
    beginning = (
        f"Unlike the training images: the shorter side measures about {found.side_px:,.0f} pixels, "
        f"that of training images about {found.usual_px:,.0f}, and the network sees {side_px:,}"
    )
    if found.kind == "smaller":
        return f"{beginning}. Details that the training images had are missing: take larger images."
    by = found.side_px / side_px
    return (
        f"{beginning}. The images shrink {by:,.0f}-fold, and what is smaller than "
        f"{by:,.0f} pixels is lost: cut out what matters first."
    )


def _are(n: int) -> str:
    return "is" if n == 1 else "are"
