"""A small SIP phone for people, demonstrations and tests: `python -m telephony.softphone`."""
