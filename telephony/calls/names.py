"""How legs are named, and how one ends that was hung up."""

AGENT_LEG, SUPERVISOR_LEG, OUTSIDE_LEG = "agent:", "supervisor:", "outside:"
BYE = 200  # the SIP status of a leg that was hung up; anything else in a conversation is a failure
