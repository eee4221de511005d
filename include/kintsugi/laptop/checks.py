"""What the platform needs of this machine before it starts, each need as a check with a verdict and a next step."""

import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kintsugi.embedding.address import LONGEST, fits, socket_path
from kintsugi.errors import ConfigurationError, KintsugiError
from kintsugi.laptop.folders import MIN_FREE_MB
from kintsugi.laptop.lock import is_supervised
from kintsugi.laptop.ports import free_port, is_free
from kintsugi.laptop.secrets import load_secrets
from kintsugi.platform import Platform
from kintsugi.settings import Settings
from kintsugi.stores.place import place_of, shown

Verdict = Literal["ok", "warn", "fail"]

SUPPORTED = ((3, 11), (3, 14))
"""The first Python that is supported, and the first that is not any more."""

AMPLE_MB = 2000
"""Below this the disk may fill up within days."""


@dataclass(frozen=True)
class Check:
    """One need: ``fail`` keeps the platform from working, ``warn`` makes it work worse or later."""

    name: str
    verdict: Verdict
    said: str
    next_step: str = ""


def checks_of_the_machine(settings: Settings) -> list[Check]:
    """Check everything that can be seen while the platform does not run; changes nothing."""
    return [
        check_python((sys.version_info.major, sys.version_info.minor)),
        check_disk(settings),
        check_port(settings),
        check_secrets(settings),
        check_model(settings),
        check_socket(settings),
        check_records(settings),
    ]


def check_python(version: tuple[int, int]) -> Check:
    """Check that the platform's dependencies exist for this Python."""
    first, last = (".".join(map(str, each)) for each in SUPPORTED)
    if SUPPORTED[0] <= version < SUPPORTED[1]:
        return Check("python", "ok", ".".join(map(str, version)))
    said = f"{'.'.join(map(str, version))}; expected at least {first} and below {last}"
    return Check("python", "fail", said, "install a supported Python, then `make install`")


def check_disk(settings: Settings) -> Check:
    """Check that ``var`` can be written and has room."""
    folder = _nearest(settings.var)
    probe = folder / ".kintsugi-doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Check("disk", "fail", f"{folder} can't be written: {error}", "correct its owner, or set KINTSUGI_VAR")
    free = shutil.disk_usage(folder).free // 2**20
    said = f"{free} MB free for {settings.var}"
    if free < MIN_FREE_MB:
        return Check("disk", "fail", f"{said}; expected at least {MIN_FREE_MB}", "free some space, or set KINTSUGI_VAR")
    return Check("disk", "ok", said) if free >= AMPLE_MB else Check("disk", "warn", said, "free some space")


def check_port(settings: Settings) -> Check:
    """Check that there is a port for the UI."""
    host, port = settings.server.host, settings.server.port
    if is_supervised(settings):
        return Check("port", "ok", "in use by this platform")
    if is_free(host, port):
        return Check("port", "ok", f"{port} is free")
    try:
        return Check("port", "warn", f"{port} is taken; {free_port(host, port)} would be used", "nothing to do")
    except ConfigurationError as error:
        return Check("port", "fail", error.what, error.next_step)


def check_secrets(settings: Settings) -> Check:
    """Check that the secrets are whole and only their owner's."""
    try:
        found = load_secrets(settings)
    except ConfigurationError as error:
        return Check("secrets", "fail", f"{error.what}: {error.got}", error.next_step)
    if found is None:
        return Check("secrets", "ok", "not made yet; the first start does it")
    mode = stat.S_IMODE(settings.secrets_path.stat().st_mode)
    if mode & 0o077:
        return Check("secrets", "fail", f"others may read it: mode {mode:o}", f"chmod 600 {settings.secrets_path}")
    return Check("secrets", "ok", f"{settings.secrets_path}, mode {mode:o}")


def check_model(settings: Settings) -> Check:
    """Check that the embedding model's files are here."""
    from kintsugi.embedding.weights import model_folder

    try:
        folder = model_folder(settings.embedding)
    except ConfigurationError as error:
        return Check("model", "fail", error.what, error.next_step)
    if folder is None:
        said = f"{settings.embedding.model} is not on this machine; the first use fetches it"
        return Check("model", "warn", said, "or set embedding.model to 'bundled'")
    return Check("model", "ok", f"{settings.embedding.model}, in {folder}")


def check_socket(settings: Settings) -> Check:
    """Check that the model server's socket has a path that is short enough."""
    if not settings.embedding.server:
        return Check("model server", "ok", "switched off; each task loads the model itself")
    if fits(settings):
        return Check("model server", "ok", str(socket_path(settings)))
    said = f"the path of its socket is longer than {LONGEST} bytes, so that each task loads the model itself"
    return Check("model server", "warn", said, "set KINTSUGI_VAR to a folder with a shorter path")


def check_records(settings: Settings) -> Check:
    """Check that the truth can be read."""
    from kintsugi.records import Document

    where = shown(settings, place_of(settings)).records
    if not settings.mongo.uri and not settings.records_path.exists():
        return Check("records", "ok", "none yet")
    platform = Platform(settings)
    try:
        return Check("records", "ok", f"{platform.records.count(Document)} documents in {where}")
    except KintsugiError as error:
        return Check("records", "fail", error.what, error.next_step)
    finally:
        platform.close()


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
