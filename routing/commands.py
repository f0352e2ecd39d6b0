"""What the router decides, in the imperative."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoutingCommand:
    """A decision about the call `call` and the agent `agent`."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Ring(RoutingCommand):
    """Reserve the agent and ring their phone for the call."""


@dataclass(frozen=True, slots=True)
class StopRinging(RoutingCommand):
    """The agent did not answer, or the caller is gone: stop ringing the phone."""


@dataclass(frozen=True, slots=True)
class JoinCall(RoutingCommand):
    """The agent answered: join the two legs."""
