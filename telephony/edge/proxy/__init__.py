"""The proxy's own rules: what each request and response gets, by where it came from. Pure."""
