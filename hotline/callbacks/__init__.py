"""Callbacks: brought to the queue when they are due, worked from the console, closed by what a call's end means."""
