"""What a plugin counts on, and what the installed CLI still knows of it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from gateway import Flag, Installed, ProviderInfo, Request, Tool
from gateway.rules.contract import Departure, Drift, FlagContract, contract, drift


class AcmeRequest(Request, frozen=True, kw_only=True):
    """Ask Acme."""

    effort: Annotated[Literal["low", "high"] | UnsetType, Flag("--effort", since="2.0")] = UNSET
    loud: Annotated[bool, Flag("--loud", hidden=True), Meta(description="Shout")] = False
    topics: Annotated[tuple[str, ...], Flag("--topics", "comma")] = ()
    tools: Annotated[tuple[str, ...], Flag("--tool", "repeat", new_only=True)] = ()
    old: Annotated[str, Flag("--old", "equals", until="3.0"), Meta(pattern="^x")] | UnsetType = UNSET


class AcmeReview(Request, frozen=True, kw_only=True):
    """Ask Acme for a review."""

    effort: Annotated[Literal["low", "high"] | UnsetType, Flag("--effort", since="2.0")] = UNSET


INFO = ProviderInfo(
    name="acme",
    title="Acme Code",
    executable="acme-cli",
    request=AcmeRequest,
    tools=(Tool("acme_request", AcmeRequest), Tool("acme_review", AcmeReview)),
    env=("ACME_*",),
    base_flags=("--json", "--quiet"),
)
KNOWN = contract(INFO)
EVERYTHING = frozenset(("--effort", "--topics", "--tool", "--old", "--json", "--quiet"))


def test_every_flag_is_told_with_what_it_takes() -> None:
    tools = ("acme_request",)
    assert KNOWN.flags == {
        "--effort": FlagContract(
            parameter="effort", arity="one", style="value", tools=("acme_request", "acme_review"),
            values=("high", "low"), since="2.0",
        ),
        "--loud": FlagContract(
            parameter="loud", arity="none", style="value", tools=tools, description="Shout", hidden=True
        ),
        "--topics": FlagContract(parameter="topics", arity="one", style="comma", tools=tools),
        "--tool": FlagContract(parameter="tools", arity="variadic", style="repeat", tools=tools, new_only=True),
        "--old": FlagContract(
            parameter="old", arity="one", style="equals", tools=tools, pattern="^x", until="3.0"
        ),
    }  # fmt: skip


def test_the_rest_of_the_contract_is_what_the_provider_says_of_itself() -> None:
    assert (KNOWN.executable, KNOWN.upstream, KNOWN.command) == ("acme-cli", "Acme Code", "acme")
    assert (KNOWN.help_args, KNOWN.env, KNOWN.base_flags) == (
        (("--help",),),
        ("ACME_*",),
        ("--json", "--quiet"),
    )
    assert KNOWN.mcp_tools == ("acme_request", "acme_review")
    assert KNOWN.resume_forbidden_flags == ("--tool",)
    assert {"prompt", "effort", "topics", "old"} <= set(KNOWN.mcp_parameters)


def test_a_cli_that_lists_everything_has_not_drifted() -> None:
    assert drift(KNOWN, Installed("2.5.0", EVERYTHING)) == Drift(checked=True)


def test_a_flag_that_is_gone_is_missing() -> None:
    assert drift(KNOWN, Installed("2.5.0", EVERYTHING - {"--topics", "--json"})) == Drift(
        checked=True,
        missing_flags=("--topics", "--json"),
        drift=(
            Departure("--topics", "the help does not list it; topics is withheld"),
            Departure("--json", "the help does not list it; the plugin may pass it nevertheless"),
        ),
    )


def test_a_flag_of_another_version_is_withheld_and_not_missing() -> None:
    old = drift(KNOWN, Installed("1.9.0", EVERYTHING - {"--effort"}))
    assert old == Drift(checked=True, withheld_flags=("--effort",))


def test_a_flag_that_is_back_is_told() -> None:
    assert drift(KNOWN, Installed("3.1.0", EVERYTHING)) == Drift(
        checked=True,
        drift=(
            Departure(
                "--old", "the help lists it although the plugin knows it only until 3.0; it is withheld"
            ),
        ),
        withheld_flags=("--old",),
    )


def test_of_an_unknown_version_every_flag_is_expected() -> None:
    assert drift(KNOWN, Installed("", EVERYTHING - {"--old"})).missing_flags == ("--old",)


def test_without_a_help_nothing_is_compared() -> None:
    assert drift(KNOWN, Installed("2.5.0")) == Drift(checked=False)
