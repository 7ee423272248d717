"""What a person does about an ending, in the provider's own words where it has some."""

from gateway.domain.outcome import REMEDIES, Ending
from gateway.domain.provider import ProviderInfo


def remedy(info: ProviderInfo, ending: Ending) -> str:
    """A few sentences; empty where there is nothing to do."""
    return " ".join(part for part in (REMEDIES[ending], own_remedy(info, ending)) if part)


def own_remedy(info: ProviderInfo, ending: Ending) -> str:
    """What only this provider can say."""
    return info.login if ending == "auth_required" else ""
