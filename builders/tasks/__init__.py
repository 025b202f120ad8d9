"""tasks: question families, one file each, in the folder of their family; `registry` finds them."""
