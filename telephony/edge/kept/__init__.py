"""What the edge keeps across a restart, as files: phones, bans, draining, dialogs."""
