"""IP addresses and networks in settings; a host name is refused with the way out.

The edge asks no DNS: whom it lets in and where calls go must not depend on an answer anybody could give.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BeforeValidator

NO_NAME = "names are not looked up; write the IP address of it (getent ahosts NAME shows it)"


def read_address(given: object) -> object:
    """Raises ValueError for what is no IP address."""
    try:
        return ip_address(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError(f"is no IP address; {NO_NAME}") from None


def read_network(given: object) -> object:
    """Raises ValueError for what is neither an address nor a network, or has bits set behind its length."""
    if not isinstance(given, str):
        return given
    try:
        return ip_network(given)
    except ValueError as error:
        if "host bits" in str(error):
            raise ValueError(f"has bits behind its length; write {ip_network(given, strict=False)}") from None
        raise ValueError(f"is no IP address and no network such as 10.0.0.0/24; {NO_NAME}") from None


Address = Annotated[IPv4Address | IPv6Address, BeforeValidator(read_address)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(read_network)]
