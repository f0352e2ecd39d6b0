"""What the router is told: about waiting calls, and about agents. See ivr.facts for the rules facts obey."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoutingFact:
    """Something the router must know."""


@dataclass(frozen=True, slots=True)
class CallWaiting(RoutingFact):
    """A call wants a person. `label` is a code of the taxonomy, `priority` higher is sooner (0 is normal).

    `needs` are further skills with their least levels, such as ("lang.wu", 3), ("group.minor", 1), ("region.3301", 1).
    `preferred` is the agent to wait for a while (empty for nobody), `excluded` are agents never to be rung.
    `since` is the place of one who has waited before (UTC epoch seconds; 0 for now): it decides the order, while the
    rings of agents open from now on. Until `kept_until` nobody but `preferred` gets it, whether at work or not.
    """

    call: str
    label: str
    priority: int
    needs: tuple[tuple[str, int], ...] = ()
    preferred: str = ""
    excluded: tuple[str, ...] = ()
    since: float = 0.0
    kept_until: float = 0.0


@dataclass(frozen=True, slots=True)
class CallGone(RoutingFact):
    """The caller is no longer there, wherever the call stood.

    Whoever talked has wrap-up; who waited on the line for a caller that never came (not `talked`) is free.
    """

    call: str
    talked: bool = True


@dataclass(frozen=True, slots=True)
class CallHanded(RoutingFact):
    """`agent`, who rings for or talks in the call `line`, has `call` from now on; whoever had it has wrap-up."""

    call: str
    agent: str
    line: str


@dataclass(frozen=True, slots=True)
class AgentFact(RoutingFact):
    """Something about the agent named `agent`."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentKnown(AgentFact):
    """An account with the role agent exists. `skills` maps label codes to levels 1-5; "*" is the generalist (全科)."""

    sip_user: str
    skills: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class AgentStands(AgentFact):
    """Where the agent stood when the run of the core before this one ended; known only to a router that has them not.

    `state` is the name of a routing.agent.State that holds no call, `since` and `idle_since` UTC epoch seconds.
    """

    sip_user: str
    skills: tuple[tuple[str, int], ...]
    state: str
    since: float
    idle_since: float
    phone: bool
    willing: bool
    reason: str
    load: float


@dataclass(frozen=True, slots=True)
class AgentForgotten(AgentFact):
    """The account is gone or is no agent any more."""


@dataclass(frozen=True, slots=True)
class PhoneRegistered(AgentFact):
    """The agent's phone has a contact at the edge."""


@dataclass(frozen=True, slots=True)
class PhoneLost(AgentFact):
    """The agent's last contact was removed or expired."""


@dataclass(frozen=True, slots=True)
class ReadyAsked(AgentFact):
    """The agent wants calls."""


@dataclass(frozen=True, slots=True)
class PauseAsked(AgentFact):
    """The agent wants no calls, for `reason`. A call under way is not touched."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallPicked(AgentFact):
    """The agent, who is ready, takes `call` that waits, or that a colleague's phone rings for."""

    call: str


@dataclass(frozen=True, slots=True)
class AgentRinging(AgentFact):
    """The agent's phone rings for `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class AgentAnswered(AgentFact):
    """The agent picked up for `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class AgentLegEnded(AgentFact):
    """The agent's leg for `call` is over, or never came up (busy, unreachable, declined).

    `code` is the SIP status, 200 after a hang-up; anything else in a conversation means that the phone vanished.
    """

    call: str
    code: int


@dataclass(frozen=True, slots=True)
class WrapUpDone(AgentFact):
    """The agent saved the record of the last call."""


@dataclass(frozen=True, slots=True)
class ForceAsked(AgentFact):
    """The supervisor `by` puts the agent into `state`: "ready", "paused", "offline", or "wrap-up" out of a talk.

    `reason` is why, as others read it; empty where nobody said.
    """

    state: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LoadChanged(AgentFact):
    """How much of the agent other work takes (online chats, a window): 0 for none, 1 for all."""

    load: float
