"""reasonrft: prompts, model backends, training, evaluation and reports."""
