"""`hotline demo`: a caller, an agent and the outside systems, all real programs, through the whole way once."""
