"""The softphone's own process: the words of its command line, orders on stdin, events on stdout as JSON lines.

It knows no call; what an order does is telephony.softphone.inside's. telephony.softphone.remote starts and drives it.
"""

import argparse
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from telephony.softphone.inside import Phone
from telephony.softphone.remote import Event


def main() -> None:
    """The phone itself: orders on stdin, events on stdout."""
    about = "A small SIP phone: orders on stdin, events on stdout."
    parser = argparse.ArgumentParser(prog="telephony.softphone", description=about)
    parser.add_argument("--user", required=True)
    parser.add_argument("--registrar", default="", metavar="SIP-URI")
    parser.add_argument("--realm", default="*")
    parser.add_argument("--sip-port", type=int, default=0)
    parser.add_argument("--rtp-port", type=int, default=40000)
    parser.add_argument("--tcp", action="store_true")
    parser.add_argument("--vad", action="store_true", help="send no RTP while silent, only RTCP")
    parser.add_argument("--srtp", choices=("off", "optional", "required"), default="off", help="keys by SDES")
    parser.add_argument("--codecs", default="PCMA,PCMU,G722", metavar="A,B", help="the preferred one first")
    parser.add_argument("--answer-after", type=float)
    parser.add_argument("--play", type=Path)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    password = json.loads(sys.stdin.readline()).get("password", "")

    def tell(event: str, **fields: Any) -> None:
        with contextlib.suppress(OSError):
            print(json.dumps({"event": event, "at": time.monotonic()} | fields, ensure_ascii=False), flush=True)

    Phone(arguments, password, tell).run(read_orders)


def read_orders(give: Callable[[Event], None]) -> None:
    """Give every order on stdin to `give`, on a thread of its own; the end of stdin is the order to quit."""

    def read() -> None:
        for line in sys.stdin:
            try:
                give(json.loads(line))
            except ValueError:
                continue
        give({"do": "quit"})

    threading.Thread(target=read, daemon=True).start()


if __name__ == "__main__":
    main()
