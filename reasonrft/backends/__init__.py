"""backends: which models can be asked: every public module here defines `open_backend`.

The modules are light to import: what runs a model (torch, vllm, openai) is imported when one is opened.
"""
