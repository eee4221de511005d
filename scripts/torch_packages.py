"""Print torch's locked version, then ``--no-install-package`` for it and for what only its CUDA build needs."""

import sys
import tomllib
from pathlib import Path

CUDA_ONLY = ("nvidia-", "cuda-", "triton")


def main(lock: str) -> None:
    """Read a uv.lock and print one line."""
    packages = {each["name"]: each["version"] for each in tomllib.loads(Path(lock).read_text())["package"]}
    skipped = ["torch", *sorted(name for name in packages if name.startswith(CUDA_ONLY))]
    flags = " ".join(f"--no-install-package {name}" for name in skipped)
    sys.stdout.write(f"{packages['torch']} {flags}\n")


if __name__ == "__main__":
    main(sys.argv[1])
