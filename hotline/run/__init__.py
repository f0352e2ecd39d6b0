"""`hotline run`: the first start, the processes watched, ready or not, drained at the end."""
