"""What lets a core that starts again go on: the last snapshot and the facts after it."""
