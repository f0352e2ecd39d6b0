"""Carriers: whom an address belongs to, which are up, which a call goes out over. Pure."""
