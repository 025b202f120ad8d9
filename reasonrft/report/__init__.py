"""report: what a run's answers come to: figures, tables, and a page to read them on."""
