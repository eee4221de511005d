"""Names of files as safe, printable external ids."""

import unicodedata


def safe_name(name: str) -> str:
    """Return the name with everything that can't be shown or stored percent-encoded; different names stay different.

    Encoded are control characters (newlines too), bidirectional and other invisible format characters, bytes that are
    not UTF-8 (``surrogateescape``), and ``%`` itself. Letters of any script stay as they are.
    """
    if name.isascii() and name.isprintable() and "%" not in name:
        return name
    return "".join(_encoded(character) if _unsafe(character) else character for character in name)


def _unsafe(character: str) -> bool:
    return character == "%" or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
