"""A request that the managed approval denies, as a client sends it whose person can be asked."""

from .wire import Session

RISKY = {
    "prompt": "delete the wiki", "permission": "anything",
    "approvalStrategy": "mcp_managed", "approvalPolicy": "strict",
}  # fmt: skip
FORMS = {"elicitation": {}}
SAID = {"approval": {"action": "accept", "content": {"allow": True}}}


async def put(session: Session, declared: dict = FORMS, name: str = "echo_request", **more) -> dict:
    """The risky request, or that one changed, as a client sends it that shows forms."""
    said = {"arguments": RISKY, **more}
    return await session.ask("tools/call", declared, name=name, **said)


def told(answer: dict) -> str:
    """What came of a call: a question, a task, or the text."""
    return answer["resultType"] if answer["resultType"] != "complete" else answer["content"][0]["text"]
