"""Reads the one file and lays the environment over it. Nothing that is wrong is passed over in silence."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from platformdirs import user_config_path, user_state_path

from gateway.config import former, overlay
from gateway.config.keys import Config
from gateway.domain.probes import Finding
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from gateway.config.mistakes import Mistake


class Configured(Struct, frozen=True, kw_only=True):
    """The configuration, and what it was made from."""

    config: Config
    path: str
    text: str | None
    """What is in the file; None: there is none."""
    origins: Mapping[str, str]
    """The variable, or the former key, that each key comes from which does not come from the file under its name."""
    findings: tuple[Finding, ...]
    """What is deprecated, without effect or ignored."""


def config_places(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Where the file may lie: ``LLM_GATEWAY_CONFIG``, else the platform's place and the old one."""
    if named := environ.get("LLM_GATEWAY_CONFIG"):
        return (named,)
    return (str(user_config_path("gateway") / "config.toml"), "~/.llm-cli-gateway/config.toml")


def config_path(environ: Mapping[str, str]) -> str:
    """The file that counts: the first that exists, else the first of all."""
    places = [os.path.expanduser(place) for place in config_places(environ)]
    return os.path.abspath(next(filter(os.path.exists, places), places[0]))


def read_config(environ: Mapping[str, str]) -> Config:
    """The configuration. A file that is missing is empty, unless it was named; one that is wrong is an error."""
    return configured(environ).config


def configured(environ: Mapping[str, str]) -> Configured:
    """The configuration, where it comes from, and what is to be said about that."""
    path = config_path(environ)
    text = read_text(path, named=bool(environ.get("LLM_GATEWAY_CONFIG")))
    return _laid(path, text, environ)


def without_file(environ: Mapping[str, str], error: ConfigError) -> Configured:
    """What the environment alone says, for whoever reports what is wrong with the file rather than stops at it."""
    path = config_path(environ)
    found = _laid(path, None, environ)
    mistakes = [f"{path}, line {line}: {told}" if line else f"{path}: {told}" for line, told in error.lines]
    wrongs = [Finding(former.SUBJECT, told, error.hint, "error") for told in mistakes or [str(error)]]
    told = "The gateway does not start like this. What else is told here is as if there were no such file."
    return msgspec.structs.replace(
        found, findings=(*wrongs, Finding(former.SUBJECT, told, level="info"), *found.findings)
    )


def _laid(path: str, text: str | None, environ: Mapping[str, str]) -> Configured:
    """The environment over the text of the file."""
    table = parsed(path, text or "")
    folder = os.path.dirname(path)
    if isinstance(table.get("state"), str) and table["state"]:
        table["state"] = os.path.join(folder, os.path.expanduser(table["state"]))
    settled = former.settle(table, environ)
    laid = overlay.lay(table, environ)
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        from gateway.config.mistakes import mistakes, of_whole

        raise wrong(path, mistakes(text or "") or [of_whole(text or "", error)]) from None
    return Configured(
        config=msgspec.structs.replace(
            config,
            state=os.path.abspath(os.path.expanduser(config.state) or str(user_state_path("gateway"))),
            workspaces={
                name: os.path.join(folder, os.path.expanduser(path))
                for name, path in config.workspaces.items()
            },
            skills=tuple(os.path.join(folder, os.path.expanduser(each)) for each in config.skills),
        ),
        path=path,
        text=text,
        origins=settled.origins | laid.origins,
        findings=(*settled.findings, *laid.findings),
    )


def read_text(path: str, *, named: bool) -> str | None:
    """What is in the file; None: it does not exist, and nobody has named it."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        return data.decode()
    except FileNotFoundError:
        if not named:
            return None
        told = f"The configuration {path} does not exist."
        raise ConfigError(told, hint="Correct LLM_GATEWAY_CONFIG.") from None
    except UnicodeDecodeError as error:
        from gateway.config.mistakes import of_bytes

        raise wrong(path, [of_bytes(data, error)]) from error
    except OSError as error:
        told = f"The configuration {path} cannot be read: {error.strerror}."
        raise ConfigError(told, hint="Look at the file and its owner.") from error


def parsed(path: str, text: str) -> dict[str, Any]:
    """The text as a table."""
    if not text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        from gateway.config.mistakes import of_syntax

        raise wrong(path, [of_syntax(text, error)]) from error


def wrong(path: str, mistakes: "Sequence[Mistake]") -> ConfigError:
    """The error that tells all mistakes, each with its line."""
    told = [f"line {each.line}: {each.told}" if each.line else each.told for each in mistakes]
    lines = f" {told[0]}" if len(told) == 1 else "".join(f"\n  {line}" for line in told)
    return ConfigError(
        f"The configuration {path} is wrong:{lines}",
        hint="Correct the file.",
        lines=tuple((each.line, each.told) for each in mistakes),
    )


def former_places(found: Configured, environ: Mapping[str, str]) -> list[str]:
    """Where version 1.7.0 may have kept things."""
    return former.places(found.config.state, environ)


def named_plugins(environ: Mapping[str, str]) -> list[str] | None:
    """The plugins that ``GATEWAY_PLUGINS`` restricts us to, or None."""
    named = environ.get("GATEWAY_PLUGINS")
    return None if named is None else [name.strip() for name in named.split(",") if name.strip()]
