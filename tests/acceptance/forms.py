"""Whether an answer has the form that was asked for.

A form is `"answer"`, the bare answer; a pair of names, under which one JSON document holds the answer and the session;
or a set of types, which are among those of the CLI's own lines.
"""

import json
from typing import Any

from .real_clis import PROVIDERS

FORMS = {(name, form): shape for name, cli in PROVIDERS.items() for form, shape in cli.forms.items()}


def has_form(shape: Any, text: str, session: str) -> bool:
    """Whether a text has this form and tells the session."""
    match shape:
        case "answer":
            return text == "pong"
        case (answer, session_name):
            told = json.loads(text)
            return bool((told[answer], told[session_name]) == ("pong", session))
        case _:
            return shape <= {json.loads(line)["type"] for line in text.splitlines()} and session in text
