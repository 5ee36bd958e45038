"""Which component goes into which detector: the table, and what shows that it is true."""
