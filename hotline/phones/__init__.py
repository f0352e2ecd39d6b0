"""Telephones for people at a keyboard: `hotline call` and `hotline phone`."""
