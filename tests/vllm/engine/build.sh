#!/usr/bin/env bash
# Make an environment with the real vLLM for the CPU, once for each state of the files here, and print
# where it is. The versions are pinned whole; no resolver runs, since the CPU build pins a torch that PyPI
# has under another name.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
digest="$(cat "$here"/engine.lock "$here"/*.py "$here"/alias/pyproject.toml | sha256sum | cut -c1-12)"
place="${XDG_CACHE_HOME:-$HOME/.cache}/reason-rft/vllm-$digest"
if [ ! -e "$place/.ready" ]; then
  rm -rf "$place"
  "${PYTHON:-python3.11}" -m venv "$place"
  pip=("$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps)
  "${pip[@]}" --requirement "$here/engine.lock" >&2
  cp -r "$here/alias" "$place/alias" # where pip may leave its traces
  "${pip[@]}" "$place/alias" >&2
  packages="$("$place/bin/python" -c 'import site; print(site.getsitepackages()[0])')"
  cp "$here/torchvision_beside_cpu_torch.py" "$packages/"
  echo "import torchvision_beside_cpu_torch" > "$packages/torchvision_beside_cpu_torch.pth"
  touch "$place/.ready"
fi
echo "$place"
