"""The link between the processes: facts and commands as lines, and the Twisted ends of the sockets."""
