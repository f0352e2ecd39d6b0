"""The nursery: the warm parent that forks workers, and how many are wanted."""
