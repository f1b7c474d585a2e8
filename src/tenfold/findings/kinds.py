"""Every kind of finding, in the order in which they are looked for."""

from collections.abc import Sequence

from tenfold.core.errors import TenfoldError, argument, nearest
from tenfold.findings.kind import Kind
from tenfold.findings.labels import Labels
from tenfold.findings.near_duplicates import NearDuplicates

KINDS: tuple[Kind, ...] = (NearDuplicates(), Labels())


def kinds_named(names: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds with these names, in their usual order; all kinds if there is no name.

    Raises:
        TenfoldError: There is no kind with a name.
    """
    known = tuple(kind.name for kind in KINDS)
    for name in names:
        if name not in known:
            raise TenfoldError(
                f"There is no kind of finding called '{name}'.{nearest(name, known)} Expected "
                f"{argument('only')} to be one of: {', '.join(known)}."
            )
    return tuple(kind for kind in KINDS if not names or kind.name in names)
