"""Write OpenSearch's security files: ``python opensearch_users.py SECRETS TARGET [UID]``.

OpenSearch takes them into its security index when that doesn't exist yet, and `securityadmin.sh` whenever it is run.
There are no demo users: only ``admin`` for people and ``kintsugi`` for the platform, with the passwords of the secrets.
"""

import os
import sys
from pathlib import Path

import bcrypt
import yaml

STATIC = Path(__file__).parent / "opensearch"
USERS = {"admin": "opensearch_admin_password", "kintsugi": "opensearch_password"}
"""User → name of the secret that holds the password."""


def internal_users(passwords: dict[str, str], before: dict[str, str], rounds: int = 12) -> dict[str, dict[str, object]]:
    """Return the content of `internal_users.yml`.

    Args:
        passwords: by user.
        before: hashes by user; one that still fits is kept, so that nothing changes when nothing has changed.
    """
    content: dict[str, dict[str, object]] = {"_meta": {"type": "internalusers", "config_version": 2}}
    for user, password in passwords.items():
        old = before.get(user, "")
        fits = bool(old) and bcrypt.checkpw(password.encode(), old.encode())
        content[user] = {
            "hash": old if fits else bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds)).decode(),
            "reserved": True,
            "backend_roles": ["admin"] if user == "admin" else [],
        }
    return content


def hashes_in(path: Path) -> dict[str, str]:
    """Return the hashes by user that a file from an earlier run holds."""
    if not path.exists():
        return {}
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return {name: str(each["hash"]) for name, each in content.items() if "hash" in each}


def write_security_files(secrets: Path, target: Path, owner: int | None = None, rounds: int = 12) -> None:
    """Bring ``target`` up to date, readable by ``owner`` alone."""
    target.mkdir(parents=True, exist_ok=True)
    passwords = {user: (secrets / name).read_text(encoding="utf-8").strip() for user, name in USERS.items()}
    users = internal_users(passwords, hashes_in(target / "internal_users.yml"), rounds)
    contents = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.yml"))}
    contents["internal_users.yml"] = yaml.safe_dump(users, sort_keys=False)
    for name, content in contents.items():
        new = target / f".{name}.new"
        new.write_text(content, encoding="utf-8")
        new.chmod(0o600)
        if owner is not None:
            os.chown(new, owner, -1)
        new.replace(target / name)
    if owner is not None:
        os.chown(target, owner, -1)


if __name__ == "__main__":
    write_security_files(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
