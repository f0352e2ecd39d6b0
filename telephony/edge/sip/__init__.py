"""SIP as text: messages, URIs, flows, digests. Knows forms, decides nothing. Pure."""
