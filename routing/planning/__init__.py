"""How many agents it takes, where it is busy, and what a day would look like under other rules. PURE.

Nothing here takes part in routing a call; the simulation drives routing.router from outside, as the exchange does.
"""
