"""exports: datasets in the forms that other programs read, one form a file; each defines FORM."""
