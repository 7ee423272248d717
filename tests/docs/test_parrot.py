"""The provider that docs/example/parrot.toml declares passes all that every plugin must pass."""

from pathlib import Path

from gateway.testing.conformance import Conformance

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"


class TestParrot(Conformance):
    provider = "parrot"
    plugin = str(EXAMPLE / "parrot.toml")
    transcripts = EXAMPLE / "parrot-transcripts"
    secret_samples = ("parrot-key-0123456789abcdef",)
