"""The configuration: one file, one environment, read in one place and handed down as a value.

Keys are declared in `gateway/config/keys.py`, environment variables in `gateway/config/variables.py`.
"""

from gateway.config.keys import (
    CacheAwareness,
    Config,
    Http,
    Limits,
    McpServerConfig,
    Persistence,
    Profile,
    ProviderConfig,
    Retry,
)
from gateway.config.overlay import former_in
from gateway.config.reading import (
    Configured,
    config_path,
    config_places,
    configured,
    former_places,
    named_plugins,
    read_config,
    without_file,
)

__all__ = [
    "CacheAwareness",
    "Config",
    "Configured",
    "Http",
    "Limits",
    "McpServerConfig",
    "Persistence",
    "Profile",
    "ProviderConfig",
    "Retry",
    "config_path",
    "config_places",
    "configured",
    "former_in",
    "former_places",
    "named_plugins",
    "read_config",
    "without_file",
]
