"""Which trunk an address, a name or a login belongs to, by the settings. Pure.

Knows the settings only; who is banned and how fast one may send is telephony.edge.guard.gate's business.
"""

import ipaddress

from config.settings import Trunk


class Guard:
    """The trunks of the settings; the first that holds an address has it."""

    def __init__(self, trunks: tuple[Trunk, ...]) -> None:
        self.trunks = trunks
        self._known: dict[str, str | None] = {}
        self._named = {trunk.name: trunk for trunk in trunks}
        self._logins = {trunk.login.user: trunk for trunk in trunks if trunk.login is not None}

    def trunk_of(self, host: str) -> str | None:
        """The trunk's name; None for a stranger and for what is no IP address."""
        if host not in self._known:
            if len(self._known) > 4096:
                self._known.clear()
            self._known[host] = self._look_up(host)
        return self._known[host]

    def trunk_named(self, name: str) -> Trunk | None:
        return self._named.get(name)

    def login_of(self, user: str) -> Trunk | None:
        """The trunk that shows who it is as `user`."""
        return self._logins.get(user)

    @property
    def has_logins(self) -> bool:
        """Whether a trunk may call from anywhere."""
        return bool(self._logins)

    def same_peer(self, one: str, other: str) -> bool:
        """The same address, or two addresses of the same trunk."""
        trunk = self.trunk_of(one)
        return one == other or (trunk is not None and trunk == self.trunk_of(other))

    def _look_up(self, host: str) -> str | None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        for trunk in self.trunks:
            if any(address.version == network.version and address in network for network in trunk.addresses):
                return trunk.name
        return None
