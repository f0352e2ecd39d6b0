"""Calls between outside and workers: set up, counted, remembered until they end."""
