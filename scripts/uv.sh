#!/usr/bin/env bash
# Runs uv: the one on the PATH, or one of our own in var/bootstrap. Touches nothing outside this folder.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
if command -v uv >/dev/null 2>&1; then exec uv "$@"; fi
own="$root/var/bootstrap"
if [ ! -x "$own/bin/uv" ]; then
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; python3 is $(python3 --version 2>&1). Next: install one and put it first on PATH." >&2
    exit 2
  }
  python3 -m venv "$own"
  "$own/bin/pip" install --quiet --disable-pip-version-check uv
fi
exec "$own/bin/uv" "$@"
