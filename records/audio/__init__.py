"""Recordings at rest: how their sound is sealed, with which key, and how a finished file is read in ranges."""
