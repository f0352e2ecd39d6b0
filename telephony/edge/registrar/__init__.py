"""Which phone is where, and who may say so: REGISTER, bindings, the file they are kept in."""
