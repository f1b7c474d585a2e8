"""How often test images were looked at, in plain words."""

from tenfold.runs.looks import Looks


def looks_sentence(looks: Looks) -> str:
    """Say how often test images were scored, and what follows if it was more than once."""
    here = "an unknown number of times"
    if looks.on_machine is not None:
        here = _times(looks.on_machine)
    caution = (
        " If you choose between fits by these figures, expect worse ones on new images."
        if max(looks.in_run, looks.on_machine or 0) > 1
        else ""
    )
    return (
        f"The test images were scored {_times(looks.in_run)} in this run and {here} by "
        f"all runs on this machine.{caution}"
    )


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"
