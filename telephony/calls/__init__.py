"""Calls as the switchboard holds them: who is on which line, what is ordered, what is written down. PURE."""
