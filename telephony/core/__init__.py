"""The core's side of telephony: facts logged, the switchboard asked, orders carried out; what outlives a restart."""
