"""Who is kept out: scanners, senders that are too fast, bans and their ends."""
