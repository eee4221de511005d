"""What to set, and what to run, so that a platform works on the engines that its folder belongs to, or on others."""

import shlex
from collections.abc import Collection

from kintsugi.stores.place import Place

ROLES = ("records", "index")
_SECTIONS = {"records": "mongo", "index": "opensearch"}
_ADDRESSES = {"records": "KINTSUGI_MONGO__URI", "index": "KINTSUGI_OPENSEARCH__URL"}


def settings_for(place: Place, roles: Collection[str] = ROLES) -> str:
    """Return the settings that name this place; logins are the reader's to add."""
    lacking = [
        f"no {_SECTIONS[role]}.{_ADDRESSES[role].rpartition('__')[2].lower()}" for role in _embedded(place, roles)
    ]
    return " and ".join([*([" ".join(_variables(place, roles))] if _variables(place, roles) else []), *lacking])


def commands_for(place: Place, roles: Collection[str] = ROLES) -> str:
    """Return what to type into a shell so that its settings name this place, logins apart."""
    said, variables, lacking = [], _variables(place, roles), _embedded(place, roles)
    if variables:
        sections = [f"KINTSUGI_{_SECTIONS[role].upper()}__" for role in _sorted(roles) if role not in lacking]
        logins = " and ".join(f"{each}USERNAME, {each}PASSWORD_FILE" for each in sections)
        said.append(f"`export {' '.join(variables)}` (a login goes into {logins})")
    if lacking:
        said.append(f"`unset {' '.join(_ADDRESSES[role] for role in lacking)}`")
    connections = " and ".join(f"kintsugi_{_SECTIONS[role]}" for role in _sorted(roles))
    return " and ".join(said) + f", or the same in kintsugi.toml, and in Airflow's {connections} where that is defined"


def moving(bound: Place, wanted: Place, roles: Collection[str]) -> str:
    """Return how to move these roles from one place to another; between two servers by way of the embedded engines."""
    leaving = [role for role in _sorted(roles) if getattr(bound, role)]
    arriving = [role for role in _sorted(roles) if getattr(wanted, role)]
    there = _command("kintsugi migrate", arriving)
    if not leaving:
        return there
    back = f"with the settings of the old place {_command('kintsugi migrate --to embedded', leaving)}"
    return f"{back}, then set the new ones" + (f" and {there}" if arriving else "")


def said_of_mixed(place: Place, here: Place) -> str:
    """Return a line about a pair of which one engine alone is elsewhere; empty where none or both are.

    Args:
        here: the same place in words, see `kintsugi.stores.place.shown`.
    """
    embedded = _embedded(place, ROLES)
    if len(embedded) != 1:
        return ""
    role = embedded[0]
    return (
        f"From now on this platform's records are in {here.records}, its index is in {here.index}. Where that isn't "
        f"meant, set {_ADDRESSES[role]} and its login, then run `kintsugi migrate --only {role}`."
    )


def _variables(place: Place, roles: Collection[str]) -> list[str]:
    named = []
    for role in _sorted(roles):
        address, _, last = getattr(place, role).rpartition("/")
        if address:
            part = f"KINTSUGI_{_SECTIONS[role].upper()}__{'DATABASE' if role == 'records' else 'PREFIX'}"
            named += [f"{_ADDRESSES[role]}={shlex.quote(address)}", f"{part}={last.removesuffix('-*')}"]
    return named


def _embedded(place: Place, roles: Collection[str]) -> list[str]:
    return [role for role in _sorted(roles) if not getattr(place, role)]


def _sorted(roles: Collection[str]) -> list[str]:
    return [role for role in ROLES if role in roles]


def _command(command: str, roles: list[str]) -> str:
    return f"`{command} --only {roles[0]}`" if len(roles) == 1 else f"`{command}`"
