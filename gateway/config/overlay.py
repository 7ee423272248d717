"""Lays the environment over the file: a variable goes before its key, and its text is checked as the key's value."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gateway.config.former import SUBJECT
from gateway.config.keys import Config
from gateway.config.tree import expected, find
from gateway.config.variables import FORMERLY_OF_PROVIDERS, TOLD_BY_CLIS, VARIABLES, Variable
from gateway.domain.probes import Finding
from gateway.errors import ConfigError

OURS = "LLM_GATEWAY_"
"""Begins the names that nobody else gives a meaning."""
WORDS = {"yes": "true", "no": "false"}


class Laid(Struct, frozen=True):
    """The variable of each key that one stands before, and what is to be said about variables."""

    origins: dict[str, str]
    findings: list[Finding]


def lay(table: dict[str, Any], environ: Mapping[str, str]) -> Laid:
    """Put what the variables say into the table of the file."""
    laid = Laid({}, [])
    for name, variable in VARIABLES.items():
        text = environ.get(name, "").strip()
        if text and variable.key:
            laid.findings.extend(_lay(table, name, variable, text, laid))
        if text and variable.standing != "read" and not variable.common:
            laid.findings.append(about(name, variable))
    laid.findings.extend(_unknown(environ))
    return laid


def about(name: str, variable: Variable) -> Finding:
    """What is said about a variable that is set and should not be."""
    if variable.standing == "deprecated":
        return Finding(SUBJECT, f"{name} is deprecated.", variable.meaning)
    remedy = "" if variable.common else f"Remove {name}."
    return Finding(SUBJECT, f"{name} has no effect here. {variable.meaning}", remedy)


def former_in(environ: Mapping[str, str]) -> list[str]:
    """The former names that count."""
    return [name for name, each in VARIABLES.items() if each.standing == "deprecated" and environ.get(name)]


def in_passing(environ: Mapping[str, str], providers: Iterable[str]) -> Iterator[Finding]:
    """What is worth a word to somebody who asks: names that other programs use too, and those of each provider."""
    for name, variable in VARIABLES.items():
        if environ.get(name) and variable.common:
            yield about(name, variable)
    for prefix in dict.fromkeys(each.upper() for each in providers):
        for word in FORMERLY_OF_PROVIDERS:
            name = f"{prefix}_{word}"
            if environ.get(name):
                yield about(name, Variable(meaning=TOLD_BY_CLIS, standing="unused"))


def _lay(table: dict[str, Any], name: str, variable: Variable, text: str, laid: Laid) -> Iterator[Finding]:
    *above, key = variable.key.split(".")
    field = find(Config, (*above, key))
    for word in above:
        table = table.setdefault(word, {})
        if not isinstance(table, dict):  # a mistake in the file, which is told of the file
            return
    try:
        table[key] = _value(variable, text, table.get(key, field.default), field.type)
    except ValueError as error:
        told = f"{name} is set to {text!r}, and must be: {error}."
        if variable.guards:
            raise ConfigError(told, hint=f"Correct or remove {name}.") from None
        yield Finding(SUBJECT, f"{told} It is ignored.", f"Correct or remove {name}.")
        return
    laid.origins[variable.key] = name


def _value(variable: Variable, text: str, before: Any, kind: Any) -> Any:
    """The value that a text means. One that means nothing raises ValueError, with what it has to be."""
    try:
        if variable.reads is None:
            return msgspec.convert(WORDS.get(text.lower(), text), kind, strict=False)
        so_far = msgspec.convert(before, kind)
    except msgspec.ValidationError:
        if variable.reads is not None:  # a mistake in the file, which is told of the file
            return before
        raise ValueError(expected(kind)) from None
    return variable.reads(text, so_far)


def _unknown(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables of our name that mean nothing: a letter is wrong, or a version."""
    for name in environ:
        if not name.startswith(OURS) or name in VARIABLES:
            continue
        from difflib import get_close_matches

        known = [each.removeprefix(OURS) for each in VARIABLES if each.startswith(OURS)]
        near = get_close_matches(name.removeprefix(OURS), known, 1)
        remedy = f"Did you mean {OURS}{near[0]}?" if near else f"Remove {name}."
        yield Finding(SUBJECT, f"{name} means nothing and is ignored.", remedy)
