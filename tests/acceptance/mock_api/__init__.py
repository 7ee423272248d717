"""A mock of the vendors' model APIs on loopback, with which the real CLIs run whole turns offline.

One server speaks Anthropic Messages, OpenAI Responses (also as xAI does), Google generateContent and chat
completions. It answers `pong`, unless words in the newest text of the user choose otherwise:

    reply with exactly: TEXT    TEXT, to the end of the line
    MOCK:history                `turns=N`, the number of the user's turns; a resumed session has 2 and more
    MOCK:empty                  no text at all
    MOCK:huge=N                 N MiB of text: `huge_answer(N)`
    MOCK:slow=N                 N seconds of ticks, streamed, then the answer
    MOCK:hang                   no answer, as long as the server lives
    MOCK:error=CODE             that HTTP status with the vendor's document
    MOCK:times=K                ... for the first K requests with this prompt only
    MOCK:refuse, MOCK:safety    a refusal
    MOCK:length                 an answer that was cut at the limit of tokens
    MOCK:think                  a thought before the answer
    MOCK:tool                   one call of the CLI's shell tool (`echo mock-tool-ran`), then the answer
    MOCK:cmd=BASE64             ... with this command: see `encode_command`
    MOCK:usage=I,R,W,O,T        tokens: fresh input, cache reads, cache writes, output, reasoning;
                                without it, and without counts, those of `Usage()`

A request for JSON by a schema gets an example of the schema. What the CLIs ask for themselves (titles,
summaries) is answered plainly. `MockApi.requests` tells what reached the API.
"""

from .conversation import Request
from .reply import Usage
from .server import MockApi
from .words import encode_command, huge_answer

__all__ = ["MockApi", "Request", "Usage", "encode_command", "huge_answer"]
