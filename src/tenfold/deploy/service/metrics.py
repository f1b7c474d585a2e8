"""Counters of the service, as Prometheus reads them."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

BOUNDS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass
class Metrics:
    """What the service has done since it started.

    Attributes:
        requests: Number of answered requests for predictions, by HTTP status.
        n_images: Images that were classified.
        n_now: Requests for predictions that are being answered.
        seconds: Of answered requests, as counts up to each bound of `BOUNDS_S`, and beyond.
        total_s: Sum of their seconds.
    """

    requests: Counter[int] = field(default_factory=Counter)
    n_images: int = 0
    n_now: int = 0
    seconds: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0

    def answered(self, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests[status] += 1
        self.total_s += seconds
        self.seconds[bisect_left(BOUNDS_S, seconds)] += 1

    def text(self, **others: tuple[str, str, float]) -> str:
        """Prometheus's text format.

        Args:
            others: More figures by name: what each is, `counter` or `gauge`, and its value.
        """
        lines = _head("requests_total", "Requests for predictions, by HTTP status.", "counter")
        lines += [
            f'tenfold_requests_total{{status="{status}"}} {n}'
            for status, n in sorted(self.requests.items())
        ]
        lines += _head("request_seconds", "Seconds from a request to its answer.", "histogram")
        total = 0
        for bound, n in zip((*BOUNDS_S, "+Inf"), self.seconds, strict=True):
            total += n
            lines.append(f'tenfold_request_seconds_bucket{{le="{bound}"}} {total}')
        lines.append(f"tenfold_request_seconds_sum {self.total_s:.6f}")
        lines.append(f"tenfold_request_seconds_count {total}")
        figures = {
            "images_total": ("Classified images.", "counter", self.n_images),
            "requests_now": ("Requests that are being answered.", "gauge", self.n_now),
            **others,
        }
        for name, (what, kind, value) in figures.items():
            lines += [*_head(name, what, kind), f"tenfold_{name} {value}"]
        return "\n".join(lines) + "\n"


def _head(name: str, what: str, kind: str) -> list[str]:
    return [f"# HELP tenfold_{name} {what}", f"# TYPE tenfold_{name} {kind}"]
