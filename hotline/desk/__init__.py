"""The live desk: what console and command line may ask of the running core, and what it says of its health."""
