"""The hooks, each with its contract and its part of the example."""

import ast
from pathlib import Path

from gateway import hookspecs
from gateway.plugin import defaults
from gateway.plugin.manager import REQUIRED
from parts.source import code, prose, signature

EXAMPLE = Path(__file__).parents[1] / "example"
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("gateway_")}


def prelude() -> str:
    """What stands in the example before its first hook."""
    return code(_slices("acme.py")[""])


def hooks() -> str:
    return "\n\n".join(_section(name) for name in HOOKS)


def plain_plugin() -> str:
    return code((EXAMPLE / "house_rules.py").read_text("utf-8"))


def _section(name: str) -> str:
    hook = HOOKS[name]
    first = hook.gateway_spec.get("firstresult")
    if name in ("gateway_provider", *REQUIRED):
        asked = "One plugin answers. **Required of a provider.**"
    elif first:
        asked = "One plugin answers" + ("; there is a default." if hasattr(defaults, name) else ".")
    else:
        asked = "Every plugin is asked."
    slices = _slices("acme.py")
    example = [code(slices[name])] if name in slices else ["In the example below: `house_rules.py`."]
    contract = code(signature(hook).split("\n", 1)[1], "pyi")
    return "\n\n".join((f"### `{name}`", contract, asked, prose(hook.__doc__), *example))


def _slices(file: str) -> dict[str, str]:
    """The example, cut before each of its hooks: hook to text. The head of the file is under the empty name.

    What is defined just before a hook belongs to it, and functions behind it do.
    """
    text = (EXAMPLE / file).read_text("utf-8")
    begins, before = {"": 1}, 0
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef):
            before = before or node.lineno
            continue
        if node.decorator_list:
            begins[node.name] = before if len(begins) > 1 and before else node.decorator_list[0].lineno
        before = 0
    lines = text.splitlines()
    ends = [*list(begins.values())[1:], len(lines) + 1]
    return {
        name: "\n".join(lines[start - 1 : end - 1]).strip()
        for (name, start), end in zip(begins.items(), ends, strict=True)
    }
