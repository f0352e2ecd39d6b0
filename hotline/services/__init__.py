"""The desk behind the dialogue: what a call needs of the database, and what comes of it: messages, referrals."""
