"""Listening to legs: taps, the caller's ear, the transcript of a talk."""
