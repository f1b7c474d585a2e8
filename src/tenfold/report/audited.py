"""What an audit says, in a run's summary and on its page."""

from collections.abc import Mapping
from typing import Any

from tenfold.core.text import percent
from tenfold.report.text import text_table

HEADER = ("test images", "images", "accuracy", "95 % interval")
CAUTION = (
    "The labels in doubt are those that other networks contradict. Hard images are among them, so "
    "the accuracy without them is on the high side."
)


def audited_rows(audited: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """The accuracy with and without some test images, for a table.

    Args:
        audited: What metrics.json holds under `audited`.
    """
    rows = []
    for each in audited["test"]:
        accuracy, ends = each["accuracy"], each["accuracy_interval_95"]
        words = ("-", "-")
        if accuracy is not None:
            words = (percent(accuracy), f"{percent(ends[0])} to {percent(ends[1])}")
        rows.append((each["images"], f"{each['n']:,}", *words))
    return rows


def audited_caution(audited: Mapping[str, Any]) -> str:
    """What to know about the labels in doubt; empty where they were not looked for."""
    return CAUTION if any("doubt" in each["images"] for each in audited["test"]) else ""


def audited_table(audited: Mapping[str, Any]) -> str:
    """The same as a table of text."""
    return text_table(HEADER, audited_rows(audited))


def noticed(data: Mapping[str, Any]) -> list[str]:
    """The sentences about what was found in the images, for the notes.

    Args:
        data: The content of data.json; runs of earlier versions hold nothing about this.
    """
    kinds = data.get("audit", {}).values()
    return [sentence for each in kinds if each["found"] for sentence in each["sentences"]]
