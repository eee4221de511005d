#!/usr/bin/env bash
# Installs the locked environment into .venv, byte-compiled; at once when nothing has changed.
# TORCH=cpu takes torch of the locked version from PyTorch's own CPU index instead of the registry's CUDA build, and is
# remembered until TORCH=cuda.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE
stamp=.venv/.kintsugi-installed
torch="${TORCH:-default}"
if [ "$torch" = default ]; then torch="$(sed -n 's/^torch=//p' "$stamp" 2>/dev/null || true)"; torch="${torch:-cuda}"; fi
case "$torch" in cpu|cuda) ;; *) echo "TORCH=$torch: expected cpu or cuda" >&2; exit 2 ;; esac
want="torch=$torch
lock=$(cat uv.lock pyproject.toml | sha256sum | cut -d' ' -f1)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then exit 0; fi

echo "Installing the locked environment into .venv (torch: $torch) …"
if [ "$torch" = cuda ]; then
  scripts/uv.sh sync --frozen --quiet
else
  read -r version skip < <(python3 scripts/torch_packages.py uv.lock)
  scripts/uv.sh sync --frozen --quiet --inexact $skip
  scripts/uv.sh pip install --python .venv --torch-backend cpu "torch==$version" || {
    echo "torch $version could not be fetched from PyTorch's CPU index: is it reachable from here? Next: make run TORCH=cuda" >&2
    exit 1
  }
fi
printf '%s' "$want" > "$stamp"
