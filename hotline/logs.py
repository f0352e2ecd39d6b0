"""One form of log line for every process: stdlib logging on stderr, Twisted's log led into it.

Transcripts, digits, numbers and passwords never go into log text.
"""

import logging
import sys

from twisted.logger import FilteringLogObserver, LogLevel, LogLevelFilterPredicate, STDLibLogObserver, globalLogBeginner


def start_logging(process: str) -> None:
    """Begin logging for `process`; once in each process."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format=f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    quiet = LogLevelFilterPredicate(defaultLogLevel=LogLevel.warn)
    observer = FilteringLogObserver(STDLibLogObserver(name="twisted"), [quiet])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
