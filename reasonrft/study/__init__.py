"""study: many experiments that differ in few things: planned, run, and gone on with as one."""
