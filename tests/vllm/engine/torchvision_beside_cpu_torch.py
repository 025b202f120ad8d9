"""Lets PyPI's torchvision, which is built for CUDA, be imported beside a torch for the CPU.

Its compiled part does not load there, and torchvision bears that; but one of its modules describes two
operators that only the compiled part declares. They are declared here, before torchvision is imported. A
`.pth` file imports this module in every process of the environment, the engine's workers too.
"""

import sys
from importlib.abc import MetaPathFinder


class _DeclareOperators(MetaPathFinder):
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "torchvision":
            sys.meta_path.remove(self)
            import torch

            if not torch.version.cuda:
                library = torch.library.Library("torchvision", "FRAGMENT")
                for operator in ("nms", "qnms"):
                    library.define(
                        f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                    )
                torch.library.declared_for_torchvision = library  # or it would be undone


sys.meta_path.insert(0, _DeclareOperators())
