"""What ``providers/NAME.toml`` may say: a provider in words, for a CLI that needs no Python."""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.domain.launch import LADDER, Autonomy
from gateway.domain.outcome import Ending
from gateway.domain.provider import Catalog, Price
from gateway.domain.request import Style

Words = tuple[str, ...]
SESSION = "{session}"
"""What stands for the session id in the arguments of ``[resume]``."""


class Prompt(Struct, frozen=True, forbid_unknown_fields=True):
    """``[prompt]``: how the CLI gets its prompt. Never as an argument: everybody on the machine could read it."""

    transport: Literal["stdin", "file"] = "stdin"
    """Standard input, or a private file whose path is an argument."""
    flag: str = ""
    """With ``file``: what stands before the path: ``--prompt-file=``, or ``--prompt-file`` as a word of its own."""

    def __post_init__(self) -> None:
        if self.transport == "stdin" and self.flag:
            raise ValueError("flag goes with transport = 'file'; put other arguments into `arguments`")


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[output.read]]``: what is taken from a JSON value, where ``when`` holds.

    A path is keys with dots between; a number is a place in a list, ``*`` is all of them: ``choices.*.text``.
    """

    when: dict[str, str | int | bool] = {}
    """Path to the value that must stand there."""
    text: str = ""
    """Path of a whole message; the last one is the answer."""
    delta: str = ""
    """Path of a piece of the message that is being written."""
    thinking: str = ""
    """Path of what the model thinks, which is shown while it runs and is no part of the answer."""
    tool: str = ""
    """Path of the name of a tool that the agent uses."""
    session_id: str = ""
    """Path of the CLI's own id of the session."""
    model: str = ""
    """Path of the model that answers."""
    warning: str = ""
    """Path of something the caller should know that ends nothing."""
    error: str = ""
    """Path of the CLI's words for why it failed. What has one has failed."""
    status: str = ""
    """Path of the HTTP status of an error."""
    stop_reason: str = ""
    """Path of why the model stopped, in the CLI's words."""
    finished: bool = False
    """The CLI says with this that the turn is over. What ends without it has failed."""
    input_tokens: str = ""
    """Path of all input tokens, cached ones included."""
    output_tokens: str = ""
    cache_read_tokens: str = ""
    cache_write_tokens: str = ""
    reasoning_tokens: str = ""
    cost_usd: str = ""
    """Path of what the run has cost, in US dollars."""


class Output(Struct, frozen=True, forbid_unknown_fields=True):
    """``[output]``: what the CLI prints."""

    format: Literal["text", "json", "ndjson"] = "text"
    """``text``: the answer and nothing else; ``json``: one document; ``ndjson``: a JSON value on each line."""
    read: tuple[Rule, ...] = ()
    usage_scope: Literal["request", "session", "step"] = "request"
    """``request``: the last tokens count; ``session``: they are a running total over the whole session; ``step``:
    they are those of one step of the run, and are added up."""

    def __post_init__(self) -> None:
        if self.format == "text" and self.read:
            raise ValueError("there is nothing to read in plain text: set format = 'json' or 'ndjson'")
        if self.format != "text" and not any(rule.text or rule.delta for rule in self.read):
            raise ValueError("no [[output.read]] says where the `text` is")
        if self.format == "ndjson" and not any(rule.finished for rule in self.read):
            raise ValueError(
                "no [[output.read]] has `finished = true`: half an answer would pass for a whole one"
            )


class Continuation(Struct, frozen=True, forbid_unknown_fields=True):
    """``[resume]``: the arguments that continue a session, with ``{session}`` for its id."""

    new: Words = ()
    """Give a new session this id, where the CLI lets its caller choose."""
    latest: Words = ()
    """Continue the newest session."""
    id: Words = ()
    """Continue this session."""

    def __post_init__(self) -> None:
        for name in ("new", "id"):
            words: Words = getattr(self, name)
            if words and not any(SESSION in word for word in words):
                raise ValueError(f"`{name}` does not say where the id goes: write {SESSION} there")


class Parameter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[parameters.NAME]``: a parameter of the tool that is a flag of the CLI."""

    flag: Annotated[str, Meta(pattern="^-")]
    """The flag of the CLI, with its dashes."""
    type: Literal["text", "number", "switch", "list"] = "text"
    style: Style | None = None
    """How the value is passed; ``equals`` is best wherever the CLI takes it."""
    choices: Words = ()
    """The only values; empty: any."""
    description: str = ""
    new_only: bool = False
    """The CLI takes it for new sessions only."""
    since: str = ""
    """The first version of the CLI that knows it."""
    until: str = ""
    """The first version that no longer does."""
    hidden: bool = False
    """The CLI takes it, but its help does not list it."""


class Models(Catalog, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[catalog]``: the models to choose from."""


class Rate(Price, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[prices]]``: US dollars for a million tokens of the ``models`` whose names match a glob."""


class Declaration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. All but ``executable`` may be left out."""

    executable: Annotated[str, Meta(min_length=1)]
    """The CLI's name, or its path."""
    arguments: Words = ()
    """What always stands first."""
    title: str = ""
    """For people; the name of the file where it is left out."""
    description: str = ""
    """What a model reads that is to choose the tool."""
    prompt: Prompt = Prompt()
    output: Output = Output()
    resume: Continuation = Continuation()
    autonomy: dict[Autonomy, Words] = {}
    """The arguments for each posture that the CLI can be held to. The least of them is the default."""
    parameters: dict[Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")], Parameter] = {}
    endings: dict[Ending, Words] = {}
    """Regular expressions that tell from the CLI's words how a run failed."""
    env: Words = ()
    """Environment variables the CLI may see, by name or glob."""
    environ: dict[str, str] = {}
    """Environment variables that it is given."""
    secrets: Words = ()
    """Regular expressions of its keys; what matches is never stored or shown."""
    session_id: str = r"[A-Za-z0-9][\w.-]*"
    """Regular expression of its session ids."""
    login: str = ""
    """How to log in, for people to read."""
    login_check: Words = ()
    """The arguments of a command that exits with 0 where the CLI is logged in."""
    install: Words = ()
    """Shell commands that install it, for people to read."""
    docs: str = ""
    """Where to read about it."""
    version: Words = ("--version",)
    """The arguments of the command that tells its version."""
    help: tuple[Words, ...] = (("--help",),)
    """The arguments of the commands that list the flags."""
    prompt_limit: Annotated[int, Meta(ge=1)] = 10 * 1024 * 1024
    """Bytes the CLI takes as a prompt."""
    idle_timeout: Annotated[float, Meta(gt=0)] = 600.0
    """Seconds without output after which a run that prints ``ndjson`` is stopped."""
    grace: Annotated[float, Meta(gt=0)] = 5.0
    """Seconds between asking the CLI to end and ending it."""
    catalog: Models = Models()
    prices: tuple[Rate, ...] = ()
    priced_as_of: str = ""
    """ISO date of the price list."""

    @property
    def postures(self) -> tuple[Autonomy, ...]:
        """What the CLI can be held to, the least first."""
        return tuple(each for each in LADDER if each in self.autonomy)

    def __post_init__(self) -> None:
        if self.endings.keys() & {"ok", "empty"}:
            raise ValueError("`endings` tells how runs fail: neither ok nor empty is one")
        patterns = {
            "session_id": (self.session_id,),
            "secrets": self.secrets,
            **{f"endings.{ending}": each for ending, each in self.endings.items()},
        }
        for key, expressions in patterns.items():
            for expression in expressions:
                try:
                    re.compile(expression)
                except re.error as error:
                    raise ValueError(f"`{key}`: {expression!r} is no regular expression: {error}") from None
