"""Who may call us, and whom we call over which trunk: addresses and numbers against the trunks of the settings. Pure.

Knows the allow-list of the settings only. Limits of rate will stand here as well.
"""

import ipaddress

from config.settings import Trunk, way_to


class Guard:
    """The trunks of the settings; the first that holds an address has it."""

    def __init__(self, trunks: tuple[Trunk, ...]) -> None:
        self._trunks = trunks
        self._known: dict[str, str | None] = {}

    def trunk_of(self, host: str) -> str | None:
        """The trunk's name; None for a stranger and for what is no IP address."""
        if host not in self._known:
            if len(self._known) > 4096:
                self._known.clear()
            self._known[host] = self._look_up(host)
        return self._known[host]

    def way_to(self, number: str) -> Trunk | None:
        """The trunk a call to `number` may go out over; None for a number no trunk allows."""
        return way_to(self._trunks, number)

    def same_peer(self, one: str, other: str) -> bool:
        """The same address, or two addresses of the same trunk."""
        trunk = self.trunk_of(one)
        return one == other or (trunk is not None and trunk == self.trunk_of(other))

    def _look_up(self, host: str) -> str | None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        for trunk in self._trunks:
            if any(address.version == network.version and address in network for network in trunk.addresses):
                return trunk.name
        return None
