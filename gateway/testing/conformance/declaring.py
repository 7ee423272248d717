"""Checks of what a plugin declares."""

import re
from fnmatch import fnmatchcase
from importlib import import_module
from itertools import product

import msgspec
import pytest

from gateway.domain.launch import McpServer
from gateway.domain.probes import Reading
from gateway.plugin.discovery import DECLARED, entry_points
from gateway.rules.redact import Redactor
from gateway.rules.schema import json_schema
from gateway.rules.servers import entry, presence, removed, written
from gateway.testing.conformance.battery import Battery
from gateway.testing.conformance.imports import stray_imports
from gateway.testing.sealed import sealed
from gateway.testing.transcripts import declared_flags, help_file, listed_flags, read_help

TOKENS = 700
"""What the schema of one tool may cost every conversation; four characters are about a token."""
OURS = ("LLM_GATEWAY_AUTH_TOKEN", "DATABASE_URL", "GATEWAY_JOB")
STRANGERS = (
    "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "XAI_API_KEY", "GROQ_API_KEY", "DEEPSEEK_API_KEY",
    "COHERE_API_KEY", "OPENROUTER_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "NPM_TOKEN", "HF_TOKEN",
)  # fmt: skip
"""Keys of many houses. A CLI may know some; one that gets them all declares too much."""
HARMLESS = "The quick brown fox, model x-1.5, id 5f0c1c52-7f0a-4c6e-9d39-2b1f6d2f4e10, see /usr/share/doc."

TEXTS = (
    "",
    "{",
    "null",
    "[]",
    "[1]",
    '"x"',
    "7",
    '{"x": {"y": [null]}}',
    "error: no such command\n",
    "a = 1\n[b]\n",
)
READINGS = (
    Reading(found=False),
    *(Reading(found=True, text=text, returncode=status) for text in TEXTS for status in (None, 0, 1)),
)
"""What a probe may find where all is not as it should be."""


class Declaring(Battery):
    """Facts, schema, flags, environment, secrets, imports."""

    def test_facts_are_complete_and_can_be_written_down(self) -> None:
        info = self.tested.info
        assert info.name == self.provider
        assert re.fullmatch(r"[a-z][a-z0-9_]*", info.name)
        told = {name: getattr(info, name) for name in ("title", "executable", "install", "docs")}
        assert [name for name, value in told.items() if not value] == []
        assert not info.prices or re.fullmatch(r"\d{4}-\d\d-\d\d", info.priced_as_of)
        assert "new" in info.capabilities.resume
        assert all(tool.request.__doc__ for tool in info.offered())
        assert msgspec.json.encode(info, enc_hook=str)

    def test_patterns_are_regular_expressions(self) -> None:
        info = self.tested.info
        for pattern in (info.session_id, info.mentions, *info.secrets):
            re.compile(pattern)
        assert re.fullmatch(info.session_id, self.native_id())

    def test_schema_of_each_tool_is_an_object_and_costs_less_than_700_tokens(self) -> None:
        for tool in self.tested.info.offered():
            schema = json_schema(tool.request)
            assert schema["type"] == "object"
            assert "$ref" not in schema
            assert len(msgspec.json.encode(schema)) / 4 < TOKENS, tool.name

    def test_every_output_format_has_a_shape(self) -> None:
        info = self.tested.info
        for tool in info.offered():
            formats = json_schema(tool.request)["properties"].get("outputFormat", {}).get("enum", [])
            assert set(formats) <= set(info.formats), tool.name

    def test_every_help_command_is_recorded(self) -> None:
        wanted = {help_file(command) for command in self.tested.info.help}
        assert wanted - set(read_help(self.folder)) == set()

    def test_every_flag_is_listed_in_the_recorded_help(self) -> None:
        listed = listed_flags("\n".join(read_help(self.folder).values()))
        assert declared_flags(self.tested.info) - listed == set()

    def test_environment_is_not_open_to_strangers_keys(self) -> None:
        globs = self.tested.info.env
        assert [name for name in OURS if _admits(globs, name)] == []
        assert [glob for glob in globs if not glob.strip("*?")] == []
        assert [name for name in STRANGERS if not _admits(globs, name)] != []

    def test_secret_patterns_catch_their_samples_and_nothing_harmless(self) -> None:
        secrets, samples = self.tested.info.secrets, self.secret_samples
        if samples is None:
            pytest.skip("give an invented key for each of `secrets` in `secret_samples`")
        idle = [each for each in secrets if not any(re.search(each, text) for text in samples)]
        assert idle == [], "no sample in secret_samples is caught by these"
        shown = [text for text in samples if text in Redactor(secrets)(f"the key {text} was refused")]
        assert shown == []
        assert Redactor(secrets)(HARMLESS) == HARMLESS

    def test_readings_of_any_kind_are_understood_or_left(self) -> None:
        tested, info = self.tested, self.tested.info
        for reading in READINGS:
            with sealed():
                tested.login(dict.fromkeys(info.login_probes, reading))
                tested.catalog(dict.fromkeys(info.model_probes, reading))
                tested.upgrade("latest", dict.fromkeys(info.upgrade_probes, reading))
                found = tested.checks(dict.fromkeys(info.check_probes, reading))
            assert [each.message for each in found if each.subject.startswith("plugin ")] == []

    def test_entry_of_ours_comes_into_the_clients_file_and_goes_again(self) -> None:
        files = [each.servers for each in self.tested.info.all_clients().values() if each.servers]
        if not files:
            pytest.skip(
                "declare client.servers where the CLI is an MCP client itself and keeps its servers in a file"
            )
        assert [file for file in files if not file.verify] == []
        started = McpServer(name="gateway", command="/bin/gateway", args=("serve",), env={"A": "b"})
        reached = McpServer(name="gateway", url="http://127.0.0.1:3333/mcp")
        for file, server in product(files, (started, reached)):
            if server.url and not file.addresses:
                continue
            wanted = entry(file, server, 100.0)
            text = written(file, "", "gateway", wanted)
            assert presence(file, text, "gateway", wanted) == "current"
            assert presence(file, removed(file, text, "gateway"), "gateway", wanted) == "absent"

    def test_plugin_imports_only_the_front_door_and_what_is_pure(self) -> None:
        plugin = self._module()
        assert stray_imports(plugin, self.also_imports) == []

    def test_entry_point_of_the_installed_distribution_loads(self) -> None:
        plugin = self._module()
        installed = {name: module for name, module in entry_points().items() if module == plugin}
        if not installed:
            pytest.skip(
                f"no installed distribution has {plugin} in [project.entry-points.gateway]: declare it in "
                "pyproject.toml and `pip install --editable .`"
            )
        assert installed == {self.provider: plugin}
        assert import_module(plugin).gateway_provider() == self.tested.info

    def _module(self) -> str:
        """The plugin's module. A file has none: it imports nothing and is not installed."""
        (plugin,) = self.loaded.loaded
        if plugin.module.endswith(DECLARED):
            pytest.skip("declared in a TOML file: write a Python package to have something checked here")
        return plugin.module


def _admits(globs: tuple[str, ...], name: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
