"""The SIP edge: record-routing proxy and registrar. SIP with the world on one side, with workers on the other."""
