"""A time in the past, as people write it on a command line."""

import re
import time
from datetime import datetime, timedelta
from typing import Any

import click

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AGO = re.compile(rf"(\d{{1,6}})([{''.join(UNITS)}])")


class Since(click.ParamType[float]):
    """``7d``, ``24h`` or a date of this machine's calendar, as Unix seconds."""

    name = "7d|24h|DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        if ago := AGO.fullmatch(value):
            span = timedelta(**{UNITS[ago[2]]: int(ago[1])})
            return max(0.0, time.time() - span.total_seconds())
        try:
            return max(0.0, datetime.fromisoformat(value).timestamp())
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is neither a span such as 7d or 24h nor a date such as 2026-07-31.", param, ctx
            )
