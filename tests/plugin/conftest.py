"""Plugins to load: as modules made on the spot, and as folders that look like an installation."""

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway.domain.events import Event, TextDelta
from gateway.domain.launch import Launch
from gateway.domain.provider import ProviderInfo
from gateway.domain.request import Request
from gateway.hookspecs import hookimpl
from gateway.plugin.manager import Plugins, load
from gateway.plugin.provider import Provider

Hook = Callable[..., Any]


def named(hook: str, function: Hook, **options: bool) -> Hook:
    """The function as an implementation of the hook."""
    function.__name__ = hook
    marked: Hook = hookimpl(function, **options)
    return marked


class Workshop:
    """Makes plugins of functions and loads them in the order in which they were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._names: list[str] = []

    def plugin(self, name: str, **hooks: Hook) -> None:
        """A plugin of these hooks and no others."""
        module = ModuleType(f"plugin_{name}")
        for hook, function in hooks.items():
            setattr(module, hook, function if hasattr(function, "gateway_impl") else named(hook, function))
        self._monkeypatch.setitem(sys.modules, name, module)
        self._names.append(name)

    def provider(self, name: str, **hooks: Hook) -> None:
        """A provider: what is required of one, and these hooks."""

        def gateway_provider() -> ProviderInfo:
            return ProviderInfo(name=name, title=name.title(), executable=name, request=Request)

        def gateway_launch(prompt: str) -> Launch:
            return Launch(args=(name,), stdin=prompt.encode())

        def gateway_decode(frames: Sequence[bytes]) -> Iterable[Event]:
            return [TextDelta(f"{name}:{frame.decode()}") for frame in frames]

        required = {
            "gateway_provider": gateway_provider,
            "gateway_launch": gateway_launch,
            "gateway_decode": gateway_decode,
        }
        self.plugin(name, **(required | hooks))

    def load(self) -> Plugins:
        return load(self._names, [])

    def one(self, **hooks: Hook) -> Provider:
        """A single provider with these hooks."""
        self.provider("acme", **hooks)
        plugins = self.load()
        assert plugins.findings == ()
        return plugins.providers["acme"]


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(monkeypatch)


PROVIDER = """
from gateway import Launch, ProviderInfo, Request, hookimpl

@hookimpl
def gateway_provider():
    return ProviderInfo(name={name!r}, title="T", executable="x", request=Request)

@hookimpl
def gateway_launch(prompt):
    return Launch(args=({name!r},))

@hookimpl
def gateway_decode(frames):
    return ()
"""


class Site:
    """A folder on ``sys.path`` into which plugins are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, distribution: str, text: str | bytes) -> None:
        """The ``entry_points.txt`` of a distribution."""
        info = self.folder / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_bytes(text if isinstance(text, bytes) else text.encode())

    def install(self, name: str, source: str | None = None) -> None:
        """A plugin with its module; without a source it is a provider that works."""
        (self.folder / f"site_{name}.py").write_text(PROVIDER.format(name=name) if source is None else source)
        self.entry(name, f"[gateway]\n{name} = site_{name}\n")
        importlib.invalidate_caches()

    def load(self, only: Iterable[str] | None = None) -> Plugins:
        return load(only, [str(self.folder)])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Site(tmp_path)
    for name in [name for name in sys.modules if name.startswith("site_")]:
        del sys.modules[name]
