"""published: rows that others have published, as data: where they are from, and how they were averaged."""
