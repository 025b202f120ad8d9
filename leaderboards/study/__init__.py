"""study: what the experiments of a study come to together, and beside the paper's table."""
