"""How a process knows that `hotline run` watches it. It must not know what follows from that."""

WATCHED = "HOTLINE_WATCHED"  # set by hotline.run.watch for the processes it starts
