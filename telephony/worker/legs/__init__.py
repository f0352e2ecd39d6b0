"""One leg, its codec, its encryption, its SIP details, its figures."""
