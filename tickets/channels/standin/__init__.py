"""Stand-ins for the outside systems: real programs that speak the channels' API (docs/channels.md)."""
