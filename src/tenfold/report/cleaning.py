"""A cleaning as text."""

from tenfold.core.cleaning import Cleaning, Finding
from tenfold.core.text import counted

_MOST_POSITIONS = 5
_SET_NAMES = {"train": "training", "test": "test"}


def cleaning_summary(cleaning: Cleaning) -> str:
    """Say in a few lines what was checked, what was found, and what was removed and why."""
    lines = [*cleaning.checks, *map(_line, cleaning.findings)]
    if not cleaning.findings:
        lines.append("No constant, repeated or contradictory images.")
    lines.append(
        f"Kept {len(cleaning.kept):,} of {cleaning.n_train:,} training images, "
        f"removed {cleaning.n_removed:,}."
    )
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    n = len(finding.positions)
    positions = ", ".join(map(str, finding.positions[:_MOST_POSITIONS]))
    more = ", ..." * (n > _MOST_POSITIONS)
    images = counted(n, f"{_SET_NAMES[finding.split]} image")
    return f"{finding.action.capitalize()} {images} ({positions}{more}): {finding.reason}"
