"""preflight: the checks of `rrft doctor`, each a module that asks one thing of machine, model or data."""
