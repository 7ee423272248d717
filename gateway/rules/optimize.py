"""Says the same in fewer words. Only plain prose is touched; whatever might be data stays as it is, to the byte."""

import re

from msgspec import Struct

WORDY: tuple[tuple[str, str], ...] = (
    (r"\bplease,? ", ""),
    (r"\b(?:could|can|would) you (?:please |kindly )?(?=[a-z])", ""),
    (r"\bi (?:would like|want|need) you to ", ""),
    (r"\bi would (?:really )?appreciate it if you could ", ""),
    (r"\bit is (?:important|worth) (?:to note|noting) that ", ""),
    (r"\bplease note that ", ""),
    (r"\bin order to\b", "to"),
    (r"\bdue to the fact that\b", "because"),
    (r"\bin spite of the fact that\b", "although"),
    (r"\bin the event that\b", "if"),
    (r"\bat this point in time\b", "now"),
    (r"\bat the present time\b", "now"),
    (r"\bfor the purpose of\b", "for"),
    (r"\bwith regard to\b", "about"),
    (r"\bwith respect to\b", "about"),
    (r"\bin relation to\b", "about"),
    (r"\ba (?:large|great) number of\b", "many"),
    (r"\bthe majority of\b", "most"),
    (r"\bhas the ability to\b", "can"),
    (r"\bhave the ability to\b", "can"),
    (r"\bis able to\b", "can"),
    (r"\bare able to\b", "can"),
    (r"\bmake sure that you\b", "ensure you"),
    (r"\bprior to\b", "before"),
    (r"\bsubsequent to\b", "after"),
    (r"\bthank you (?:very much )?(?:in advance|for your help)[.!]?", ""),
    (r"\bas a matter of fact,? ", ""),
    (r"\bneedless to say,? ", ""),
)
"""Phrases that carry courtesy or air, and what they come to."""

_RULES = tuple((re.compile(pattern, re.IGNORECASE), plain) for pattern, plain in WORDY)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
_PROSE = re.compile(r"[A-Za-z][A-Za-z ,.;:!?'()-]*")
"""A line of prose: words and their punctuation, from the margin; no digit, bracket, quote or symbol."""


class Optimized(Struct, frozen=True):
    """A text and what was saved on it, in bytes of UTF-8."""

    text: str
    before: int
    after: int


def optimized(text: str) -> Optimized:
    """The text with its prose said shorter."""
    blocks, fenced = [], False
    for block in re.split(r"(\n[ \t]*\n)", text):
        touched = block if fenced or not _is_prose(block) else _shorter(block)
        fenced ^= sum(bool(_FENCE.match(line)) for line in block.split("\n")) % 2 == 1
        blocks.append(touched)
    shorter = "".join(blocks)
    return Optimized(shorter, len(text.encode()), len(shorter.encode()))


def _is_prose(block: str) -> bool:
    """A paragraph all of whose lines are prose, and that reads like sentences rather than like a list of keys."""
    lines = block.split("\n")
    return (
        len(block.split()) >= 4
        and all(_PROSE.fullmatch(line) for line in lines)
        and not any(re.match(r"[\w-]+:( |$)", line) for line in lines)
        and bool(re.search(r"[.!?]$", block.rstrip()))
    )


def _shorter(block: str) -> str:
    for pattern, plain in _RULES:
        block = pattern.sub(plain, block)
    block = re.sub(r"(?<=\S)[ \t]{2,}(?=\S)", " ", block)
    block = re.sub(r"[ \t]+(?=\n|$)", "", block)
    return re.sub(r"(^|[.!?] )([a-z])", lambda match: match[1] + match[2].upper(), block)
