"""A JSON body for an HTTP request, written at once: Twisted's own producer would need the global reactor."""

import json
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer


@implementer(IBodyProducer)
class JsonBody:
    """`value` as UTF-8 JSON; lone surrogates become question marks."""

    def __init__(self, value: Any) -> None:
        self._bytes = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        self.length = len(self._bytes)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._bytes)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Everything is written already."""

    def resumeProducing(self) -> None:
        """Everything is written already."""

    def stopProducing(self) -> None:
        """Everything is written already."""
