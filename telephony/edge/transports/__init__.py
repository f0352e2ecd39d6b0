"""Sockets outside and inside: UDP, TCP, TLS, WebSocket. Octets up, messages down."""
