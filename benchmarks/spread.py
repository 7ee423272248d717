"""Medians and how far apart the figures lie."""

import statistics
from collections.abc import Sequence


def quantile(figures: Sequence[float], part: float) -> float:
    """The figure below which so large a part of them lies."""
    ordered = sorted(figures)
    at = (len(ordered) - 1) * part
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def told(name: str, figures: Sequence[float]) -> dict[str, float]:
    """The median and the tail of one kind of figure, under names of their own."""
    return {
        f"{name}_p50_ms": round(quantile(figures, 0.5), 3),
        f"{name}_p99_ms": round(quantile(figures, 0.99), 3),
    }


def median(figures: Sequence[float]) -> float:
    return statistics.median(figures)
