"""Reads what only the source tells: docstrings behind fields, and the text of definitions."""

import ast
import inspect
import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

import gateway

RULED = re.compile(r"^==.*^==[= ]*$", re.DOTALL | re.MULTILINE)


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def notes(kind: type) -> dict[str, str]:
    """The string behind each field of a class, on one line."""
    return _notes(_class(kind).body)


def _class(kind: type) -> ast.ClassDef:
    module = inspect.getmodule(kind)
    assert module is not None
    return next(
        node for node in _tree(module).body if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )


def _notes(body: list[ast.stmt]) -> dict[str, str]:
    told = {}
    for before, after in pairwise(body):
        match before, after:
            case (
                (ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)])),
                ast.Expr(ast.Constant(str(text))),
            ):
                told[name] = prose(" ".join(text.split()))
    return told


def types(kind: type) -> dict[str, str]:
    """The type of each field of a class, as it is written."""
    module = inspect.getmodule(kind)
    return {
        node.target.id: _expanded(_type(node.annotation), module)
        for node in _class(kind).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _type(annotation: ast.expr) -> str:
    """A type without its ``Annotated`` and without the marker of fields that may be left out."""
    match annotation:
        case ast.Subscript(ast.Name("Annotated"), ast.Tuple([first, *_])):
            return _type(first)
        case ast.BinOp(left, ast.BitOr(), ast.Name("UnsetType")):
            return _type(left)
        case ast.BinOp(left, ast.BitOr(), right):
            return f"{_type(left)} | {_type(right)}"
    return ast.unparse(annotation).replace("'", '"')


def _expanded(written: str, module: ModuleType | None) -> str:
    """A type in which the short names that only the inside knows are spelt out."""

    def spell(name: re.Match[str]) -> str:
        value = getattr(module, name[0], None)
        if name[0] in gateway.__all__ or get_origin(value) is tuple or not get_args(value):
            return name[0]
        if get_origin(value) is Literal:
            return f"Literal[{', '.join(json.dumps(word) for word in get_args(value))}]"
        return " | ".join(each.__name__ for each in get_args(value))

    return re.sub(r"(?<![\"\w])[A-Z]\w+(?![\"\w])", spell, written)


def signature(function: Any) -> str:
    """The head of a function as it is written, with its decorator."""
    text = inspect.getsource(function)
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    return "\n".join(text.splitlines()[: node.body[0].lineno - 1]).strip()


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: str, language: str = "python") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def prose(text: str | None) -> str:
    """A docstring as Markdown: double backticks become single ones, a ruled table becomes a block of text."""
    words = inspect.cleandoc(text or "").replace("``", "`")
    return RULED.sub(lambda ruled: "```text\n" + ruled[0].replace("`", "") + "\n```", words)
