"""_vllm_process: how is this process made fit for vLLM's engine? Only vLLM's build for processors asks for it."""

import sys
from typing import Any


def prepare_engine(*, weights_change: bool = False) -> None:
    """Make this process fit for an engine; to be called right before each one is made.

    Args:
        weights_change: Whether the engine will be given new weights.
    """
    from vllm.platforms import current_platform

    if not current_platform.is_cpu():
        return
    if weights_change:
        import vllm._custom_ops as operators

        # oneDNN keeps a copy of the weights in a layout of its own, which new weights do not reach.
        operators._supports_onednn = False
    _let_llvmlite_be_looked_at()


def _let_llvmlite_be_looked_at() -> None:
    """Have llvmlite, if numba has loaded it, own up to what it lacks.

    vLLM looks at the `__dict__` of all that is in all modules. llvmlite's library takes any attribute that it
    lacks, this one too, for a function of LLVM's.
    """
    module: Any = sys.modules.get("llvmlite.binding.ffi")
    if module is None:
        return
    library = type(module.lib)
    find = library.__getattr__

    def find_function(self: Any, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return find(self, name)

    library.__getattr__ = find_function
