"""The errors that are an answer: their text is for the person at the keyboard, a traceback would say less."""

from config.load import ConfigError
from hotline.commands import CommandError
from records.errors import DatabaseError
from records.sealing import SealError
from telephony.link.wire import LinkError

REFUSALS: tuple[type[Exception], ...] = (CommandError, ConfigError, DatabaseError, LinkError, SealError)
