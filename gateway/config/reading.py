"""Reads the one file and lays the environment over it."""

import os
from collections.abc import Mapping

import msgspec
from platformdirs import user_config_path, user_state_path

from gateway.config.http_variables import overlaid, serves_http
from gateway.config.keys import Config
from gateway.errors import ConfigError


def config_path(environ: Mapping[str, str]) -> str:
    """The file that counts: ``LLM_GATEWAY_CONFIG``, else the platform's, else an existing one of the old place."""
    if named := environ.get("LLM_GATEWAY_CONFIG"):
        return os.path.expanduser(named)
    path = str(user_config_path("gateway") / "config.toml")
    old = os.path.expanduser("~/.llm-cli-gateway/config.toml")
    return old if not os.path.exists(path) and os.path.exists(old) else path


def read_config(environ: Mapping[str, str]) -> Config:
    """The configuration. A file that is missing is empty, unless it was named; one that is wrong is an error."""
    path = config_path(environ)
    try:
        with open(path, "rb") as file:
            config = msgspec.toml.decode(file.read(), type=Config)
    except FileNotFoundError:
        if environ.get("LLM_GATEWAY_CONFIG"):
            raise ConfigError(
                f"The configuration {path} does not exist.", hint="Correct LLM_GATEWAY_CONFIG."
            ) from None
        config = Config()
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"The configuration {path} is wrong: {error}", hint="Correct the file.") from error
    state = environ.get("LLM_GATEWAY_STATE") or config.state or str(user_state_path("gateway"))
    deadline = environ.get("SYNC_DEADLINE_MS", "")
    ttl = environ.get("SESSION_TTL", "")
    policy = environ.get("LLM_GATEWAY_APPROVAL_POLICY", "")
    profile = environ.get("LLM_GATEWAY_PROFILE", "")
    return msgspec.structs.replace(
        config,
        state=os.path.abspath(os.path.expanduser(state)),
        skills=tuple(os.path.join(os.path.dirname(path), os.path.expanduser(each)) for each in config.skills),
        sync_deadline_ms=int(deadline) if deadline.isdigit() else config.sync_deadline_ms,
        approval_policy=policy if policy in ("strict", "balanced", "permissive") else config.approval_policy,
        profile=profile if profile in ("full", "compact") else config.profile,
        approval_previews=config.approval_previews or environ.get("APPROVAL_LOG_PROMPTS") == "1",
        session_ttl=float(ttl) if ttl.isdigit() and int(ttl) else config.session_ttl,
        transport="http" if serves_http(environ) else config.transport,
        http=overlaid(config.http, environ),
    )


def named_plugins(environ: Mapping[str, str]) -> list[str] | None:
    """The plugins that ``GATEWAY_PLUGINS`` restricts us to, or None."""
    named = environ.get("GATEWAY_PLUGINS")
    return None if named is None else [name.strip() for name in named.split(",") if name.strip()]
