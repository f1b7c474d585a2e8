"""Whether a run kept the time that it promised."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BudgetVerdict:
    """What a run promised and what it took.

    Attributes:
        promised_s: Seconds in which everything after gathering was to be done.
        took_s: Seconds that it took.
    """

    promised_s: float
    took_s: float

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return self.took_s <= self.promised_s

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"promised_s": self.promised_s, "took_s": self.took_s, "kept": self.kept}
