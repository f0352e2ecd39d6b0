"""What is recorded of a conversation: two tracks, sealed while they grow; voicemail beside them."""
