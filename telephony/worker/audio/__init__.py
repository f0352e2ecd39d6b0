"""What sounds in a worker: the bridge, prompts and music, small WAV files."""
