"""Providers that behave like `echo`, each with a name and an answer of its own, whatever it is asked."""

import os
import re
import sys

MODULE = '''"""A provider for tests."""
from gateway import Launch, hookimpl, replace
from gateway.testing import echo
from gateway.testing.echo import *


@hookimpl
def gateway_provider():
    return replace(echo.gateway_provider(), name={name!r}, title={title!r}, executable={executable!r})


@hookimpl
def gateway_launch(request, resume, prompt, autonomy, servers, installed) -> Launch:
    launch = echo.gateway_launch(request, resume, prompt, autonomy, servers, installed)
    return replace(launch, stdin={says!r}.encode() or launch.stdin)
'''


def voice(folder: str, name: str, says: str = "", *, executable: str = "") -> str:
    """Write the plugin of a provider into a folder of ``sys.path``; the name of its module.

    ``says`` is what it is told instead of its prompt, in the words that the echo CLI obeys; empty: the prompt.
    """
    module = f"voice_{re.sub(r'[^a-z0-9]', '_', name)}.plugin"
    package = os.path.join(folder, module.partition(".")[0])
    os.makedirs(package)
    with open(os.path.join(package, "plugin.py"), "w", encoding="utf-8") as file:
        file.write(
            MODULE.format(name=name, title=name.title(), says=says, executable=executable or sys.executable)
        )
    return module
