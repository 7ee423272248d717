"""Plugins that work are loaded; one that does not becomes a finding, and the others work on."""

import re
import sys
from typing import Any

import pytest

from gateway.domain.approvals import Risk
from gateway.domain.jobs import Job
from gateway.domain.probes import Finding
from gateway.domain.request import Request, replace
from gateway.errors import NotFound, PluginError
from gateway.hookspecs import hookimpl
from gateway.plugin.manager import Loaded, load

JOB = Job(
    id="j1", provider="acme", tool="acme_request", principal="local", correlation_id="c1", mode="sync",
    status="running", directory="/work", created_at=1.0,
)  # fmt: skip
REQUIRED = ("gateway_decode", "gateway_launch", "gateway_provider")
LISTENER = "from gateway import hookimpl\n\n@hookimpl\ndef gateway_job_started(job):\n    pass\n"


def test_installed_plugins_are_loaded_by_name(site: Any) -> None:
    site.install("zeta")
    site.install("acme")
    site.install("ears", LISTENER)
    plugins = site.load()
    assert list(plugins.providers) == ["acme", "zeta"]
    assert plugins.loaded == (
        Loaded("acme", "site_acme", REQUIRED, "acme"),
        Loaded("ears", "site_ears", ("gateway_job_started",), None),
        Loaded("zeta", "site_zeta", REQUIRED, "zeta"),
    )
    assert plugins.findings == ()


def test_what_is_not_asked_for_is_not_imported(site: Any) -> None:
    site.install("acme")
    site.install("bomb", "raise RuntimeError('imported')")
    plugins = site.load(["acme", "acme"])
    assert (list(plugins.providers), plugins.findings) == (["acme"], ())
    assert "site_bomb" not in sys.modules


def test_a_module_can_be_named_without_being_installed(site: Any) -> None:
    site.install("acme")
    plugins = site.load(["site_acme"])
    assert plugins.loaded == (Loaded("site_acme", "site_acme", REQUIRED, "acme"),)


def test_no_plugins_are_no_error(site: Any) -> None:
    plugins = site.load()
    assert (plugins.providers, plugins.loaded, plugins.findings) == ({}, (), ())


def test_a_provider_that_is_not_there_is_answered_with_those_that_are(site: Any) -> None:
    with pytest.raises(NotFound) as nothing:
        site.load().provider("acme")
    assert (str(nothing.value), nothing.value.hint) == (
        "There is no provider 'acme'.",
        "Installed: none. See `gateway plugins`.",
    )
    site.install("acme")
    site.install("zeta")
    plugins = site.load()
    assert plugins.provider("zeta") is plugins.providers["zeta"]
    with pytest.raises(NotFound) as other:
        plugins.provider("other")
    assert other.value.hint == "Installed: acme, zeta. See `gateway plugins`."


INFO = "return ProviderInfo(name='broken', title='T', executable='x', request=Request)"
WORKS = f"""
from gateway import Launch, ProviderInfo, Request, hookimpl

@hookimpl
def gateway_provider():
    {INFO}

@hookimpl
def gateway_launch(prompt):
    return Launch(args=())

@hookimpl
def gateway_decode(frames):
    return ()
"""


def changed(old: str, new: str) -> str:
    """The plugin that works, with a mistake in it."""
    assert old in WORKS
    return WORKS.replace(old, new)


BOUNDED = f"""
from typing import Annotated
from msgspec import UNSET, Meta, UnsetType
{changed("request=Request", "request=Bounded")}
class Bounded(Request, frozen=True, kw_only=True):
    effort: Annotated[int | UnsetType, Meta(ge=1)] = UNSET
"""
"""A bound that stands where there may be no number: tools and options are made from the type, everybody's at once."""
BROKEN = {
    "import nowhere_at_all": "loading site_broken: ModuleNotFoundError: No module named 'nowhere_at_all'",
    "def oops(:": "loading site_broken: SyntaxError: invalid syntax",
    "raise ValueError('at import')": "loading site_broken: ValueError: at import",
    "raise SystemExit('not today')": "loading site_broken: SystemExit: not today",
    "gateway_api = 99": "loading: it is written for version 99 of the hooks, this is 1: upgrade gateway",
    changed("gateway_decode(", "gateway_decoed("): "loading: there is no hook called gateway_decoed",
    changed("gateway_launch(", "launch("): "loading: there is no hook called launch",
    changed("@hookimpl\ndef gateway_launch", "def launch"): "loading: a provider needs gateway_launch",
    changed("@hookimpl\ndef gateway_l", "def l").replace("@hookimpl\ndef gateway_d", "def d"): (
        "loading: a provider needs gateway_launch and gateway_decode"
    ),
    changed("@hookimpl\ndef gateway_launch", "def gateway_launch"): (
        "loading: @hookimpl is missing from gateway_launch"
    ),
    WORKS.replace("@hookimpl", ""): (
        "loading: @hookimpl is missing from gateway_provider and gateway_launch and gateway_decode"
    ),
    LISTENER.replace("@hookimpl\n", ""): "loading: @hookimpl is missing from gateway_job_started",
    changed(INFO, "raise KeyError('name')"): "gateway_provider: KeyError: 'name'",
    changed(INFO, "return {}"): "gateway_provider: it returned dict",
    changed(INFO, "return None"): "gateway_provider: it returned NoneType",
    changed("request=Request", "request=Request, tools=(Tool('t', Request, False, True),)").replace(
        "Request, hook", "Request, Tool, hook"
    ): "gateway_provider: t needs tasks and has no background",
    changed(
        "request=Request", "request=dict"
    ): "gateway_provider: request is <class 'dict'>, which is no type[Request]",
    changed("title='T'", "title='T', env='X_*'"): (
        "gateway_provider: env is 'X_*', which is no tuple[str, ...]"
    ),
    BOUNDED: (
        "gateway_provider: TypeError: Can only set `ge` on a numeric type - type "
        "`typing.Annotated[int | msgspec.UnsetType, msgspec.Meta(ge=1)]` is invalid"
    ),
    changed("name='broken'", "name='acme'"): "gateway_provider: there is already a provider called 'acme'",
    changed("title='T'", "title='T', secrets=('[',)"): (
        "gateway_provider: error: unterminated character set at position 0"
    ),
}


@pytest.mark.parametrize(("source", "problem"), BROKEN.items(), ids=BROKEN.values())
def test_a_broken_plugin_becomes_a_finding_and_the_others_work(site: Any, source: str, problem: str) -> None:
    site.install("acme")
    site.install("broken", source)
    site.install("zeta")
    plugins = site.load()
    assert list(plugins.providers) == ["acme", "zeta"]
    assert [loaded.name for loaded in plugins.loaded] == ["acme", "zeta"]
    (finding,) = plugins.findings
    place = next(iter(re.findall(r"\((\S+:\d+)\)$", finding.message)), "")
    assert (finding.subject, finding.level) == ("plugin broken", "error")
    assert finding.message.removesuffix(f" ({place})") == f"The plugin 'broken' failed in {problem}"
    assert finding.remedy.endswith("tell the author of 'broken'.")
    assert "Traceback (most recent call last):" in finding.detail


def test_the_line_to_look_at_is_named(site: Any) -> None:
    site.install("broken", "import json\n\ndef inner():\n    json.loads('{')\n\ninner()\n")
    (finding,) = site.load().findings
    assert finding.message.endswith(f"(char 1) ({site.folder}/site_broken.py:4)")


@pytest.mark.parametrize(("wanted", "remedy"), [("2", "gateway"), ("0", "the plugin"), ("'x'", "the plugin")])
def test_a_plugin_of_another_version_of_the_hooks_is_told_what_to_upgrade(
    site: Any, wanted: str, remedy: str
) -> None:
    site.install("broken", f"gateway_api = {wanted}")
    (finding,) = site.load().findings
    assert finding.message == (
        f"The plugin 'broken' failed in loading: it is written for version {wanted} of the hooks, this is 1: "
        f"upgrade {remedy}"
    )


def test_a_function_that_only_looks_like_a_hook_is_nobodys_business(site: Any) -> None:
    site.install("acme", f"{WORKS}\ngateway_api = 1\n\ndef gateway_of_mine():\n    pass\n")
    assert site.load().findings == ()


def test_a_hook_that_wants_what_it_is_not_handed_is_a_finding(site: Any) -> None:
    site.install("broken", changed("gateway_decode(frames)", "gateway_decode(frames, clock)"))
    plugins = site.load()
    assert plugins.providers == {}
    (finding,) = plugins.findings
    assert "loading site_broken: PluginValidationError" in finding.message
    assert "clock" in finding.message


def test_a_traceback_shows_where_the_plugin_is_broken(site: Any) -> None:
    site.install("broken", "def inner():\n    raise ValueError('deep')\n\ninner()\n")
    (finding,) = site.load().findings
    assert 'site_broken.py", line 2, in inner' in finding.detail


def test_a_plugin_cannot_take_the_place_of_the_defaults(site: Any) -> None:
    site.install("acme")
    site.install("defaults", LISTENER)
    plugins = site.load()
    assert plugins.findings == ()
    assert plugins.providers["acme"].environ({}) == {}


def test_one_module_under_two_names_is_loaded_once(site: Any) -> None:
    site.install("acme")
    site.entry("twin", "[gateway]\ntwin = site_acme\n")
    plugins = site.load()
    assert list(plugins.providers) == ["acme"]
    assert [finding.subject for finding in plugins.findings] == ["plugin twin"]


def test_a_provider_does_not_see_what_other_providers_implement(workshop: Any) -> None:
    workshop.provider("acme", gateway_environ=lambda: {"FROM": "acme"})
    workshop.provider("zeta")
    providers = workshop.load().providers
    assert [providers[name].environ({}) for name in ("acme", "zeta")] == [{"FROM": "acme"}, {}]
    assert [provider.info.name for provider in providers.values()] == ["acme", "zeta"]


def test_a_provider_does_not_see_what_other_providers_wrap(workshop: Any) -> None:
    @hookimpl(wrapper=True)
    def gateway_environ() -> Any:
        yield
        return {"WRAPPED": "by acme"}

    workshop.provider("acme", gateway_environ=gateway_environ)
    workshop.provider("zeta")
    providers = workshop.load().providers
    assert [providers[name].environ({}) for name in ("acme", "zeta")] == [{"WRAPPED": "by acme"}, {}]


def test_a_plugin_that_is_no_provider_is_asked_about_every_provider(workshop: Any) -> None:
    workshop.provider("acme")
    workshop.plugin("policy", gateway_environ=lambda provider: {"SEEN": provider.name})
    workshop.provider("zeta")
    providers = workshop.load().providers
    assert [provider.environ({}) for provider in providers.values()] == [{"SEEN": "acme"}, {"SEEN": "zeta"}]


def test_a_plugin_that_is_no_provider_may_wrap_every_providers_hooks(workshop: Any) -> None:
    @hookimpl(wrapper=True)
    def gateway_environ() -> Any:
        return {**(yield), "WRAPPED": "1"}

    workshop.plugin("tracing", gateway_environ=gateway_environ)
    workshop.provider("acme", gateway_environ=lambda: {"OWN": "1"})
    workshop.provider("zeta")
    providers = workshop.load().providers
    assert providers["acme"].environ({}) == {"OWN": "1", "WRAPPED": "1"}
    assert providers["zeta"].environ({}) == {"WRAPPED": "1"}


def test_a_plugin_that_only_wraps_the_providers_introduction_is_no_provider(workshop: Any) -> None:
    @hookimpl(wrapper=True)
    def gateway_provider() -> Any:
        return replace((yield), title="Renamed")

    workshop.plugin("rename", gateway_provider=gateway_provider)
    workshop.provider("acme")
    plugins = workshop.load()
    assert plugins.findings == ()
    assert [loaded.provider for loaded in plugins.loaded] == [None, "acme"]
    assert plugins.providers["acme"].info.title == "Renamed"


def test_a_provider_that_did_not_load_takes_no_part_in_anything(workshop: Any) -> None:
    heard: list[str] = []

    def broken() -> None:
        raise KeyError

    workshop.provider("zeta", gateway_provider=broken, gateway_checks=lambda: heard.append("checks"))
    workshop.provider("acme")
    plugins = workshop.load()
    assert plugins.providers["acme"].checks({}) == []
    assert heard == []


CRASHING = "from gateway import hookimpl\n\n@hookimpl\ndef gateway_admit(risk):\n    return risk.oops\n"


DEAF = "from gateway import hookimpl\n\n@hookimpl\ndef gateway_job_started(job):\n    job.oops\n"


def test_a_listener_that_crashes_is_named_once_and_takes_nothing_from_the_others(
    site: Any, workshop: Any
) -> None:
    heard: list[str] = []
    site.install("deaf", DEAF)
    workshop.plugin("ears", gateway_job_started=lambda job: heard.append("ears"))
    workshop.provider("acme", gateway_job_started=lambda job: heard.append("acme"))
    workshop.provider("zeta")
    providers = load(["ears", "deaf", "acme", "zeta"], [str(site.folder)]).providers
    (failure,) = providers["acme"].job_started(JOB)
    assert (failure.plugin, f"{site.folder}/site_deaf.py:5" in str(failure)) == ("deaf", True)
    assert (providers["acme"].job_started(JOB), providers["zeta"].job_started(JOB)) == ([], [])
    assert heard == ["acme", "ears", "acme", "ears", "ears"]


def test_a_wrapper_of_what_is_told_that_crashes_is_left_out_and_nobody_else(site: Any, workshop: Any) -> None:
    heard: list[str] = []
    wrapper = DEAF.replace("hookimpl\ndef", "hookimpl(wrapper=True)\ndef").replace(
        "job.oops", "yield job.oops"
    )
    site.install("deaf", wrapper)
    workshop.plugin("ears", gateway_job_started=lambda job: heard.append("ears"))
    workshop.provider("acme")
    provider = load(["ears", "deaf", "acme"], [str(site.folder)]).providers["acme"]
    assert [each.plugin for each in provider.job_started(JOB)] == ["deaf"]
    assert (provider.job_started(JOB), heard) == ([], ["ears"])


def test_a_check_that_crashes_is_a_finding_among_the_others(site: Any, workshop: Any) -> None:
    site.install("deaf", DEAF.replace("job_started(job)", "checks()").replace("job.oops", "1 / 0"))
    workshop.provider("acme", gateway_checks=lambda: [Finding("Acme", "found")])
    provider = load(["deaf", "acme"], [str(site.folder)]).providers["acme"]
    found = sorted(provider.checks({}), key=lambda each: each.subject)
    assert [(each.subject, each.level) for each in found] == [("Acme", "warning"), ("plugin deaf", "error")]
    assert "ZeroDivisionError: division by zero" in found[1].message


def test_a_policy_that_crashes_is_named_with_its_line_and_lets_nothing_pass(site: Any) -> None:
    site.install("acme")
    site.install("policy", CRASHING)
    provider = site.load().providers["acme"]
    with pytest.raises(PluginError) as failure:
        provider.admit(Request(prompt="x"), Risk())
    assert (failure.value.plugin, failure.value.where) == ("policy", "gateway_admit")
    assert str(failure.value).endswith(f"({site.folder}/site_policy.py:5)")
