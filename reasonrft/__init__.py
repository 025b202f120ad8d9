"""reasonrft: prompts, model backends, training, evaluation and reports."""

__version__ = "0.1.0"
