"""Calls and days played again: by the log, by the records of a day, by chance."""
