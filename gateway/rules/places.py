"""From a position in a JSON text to the path of the value that stands there, even where the text is broken."""

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def place_of(text: str, offset: int) -> str:
    """The JSON path of the value that the character at ``offset`` belongs to."""
    path: list[str | int] = []
    is_name: list[bool] = []
    for token in _TOKEN.finditer(text):
        if token.start() > offset:
            break
        match token[0]:
            case "{":
                path.append("")
                is_name.append(True)
            case "[":
                path.append(0)
                is_name.append(False)
            case "}" | "]" if path:
                path.pop()
                is_name.pop()
            case "," if path:
                last = path[-1]
                path[-1] = last + 1 if isinstance(last, int) else ""
                is_name[-1] = isinstance(last, str)
            case ":" if path:
                is_name[-1] = False
            case word if path and is_name[-1] and word.startswith('"'):
                path[-1] = _unquoted(word)
    place = "$"
    for step in path:
        place = f"{place}[{step}]" if isinstance(step, int) else member(place, step) if step else place
    return place


def member(path: str, name: str) -> str:
    """The path of an object's member."""
    return f"{path}.{name}" if _PLAIN.fullmatch(name) else f"{path}[{json.dumps(name, ensure_ascii=False)}]"


def _unquoted(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word.strip('"')
