"""Requests on their way: sent again until answered, answered again when they come again. Pure."""
