"""Check digits of cards, accounts and identity numbers, each by its standard."""

import re

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def luhn(digits: str) -> bool:
    """Return whether the last digit is right by ISO/IEC 7812-1 (Luhn)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(each - 9 * (each > 9) for each in doubled)) % 10 == 0


def mod97(whole: str) -> bool:
    """Return whether an IBAN without spaces is right by ISO 13616 (ISO 7064, MOD 97-10)."""
    return int("".join(str(int(each, 36)) for each in whole[4:] + whole[:4])) % 97 == 1


def social_security(digits: str) -> bool:
    """Return whether nine digits can be a number of the US Social Security Administration (it has no check digit)."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    printed = digits in ("078051120", "219099999", "123456789")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000" and not printed


def dni(value: str) -> bool:
    """Return whether the letter of a Spanish DNI or NIE is right (modulo 23)."""
    number = {"X": "0", "Y": "1", "Z": "2"}.get(value[0], value[0]) + value[1:-1]
    return _DNI_LETTERS[int(number) % 23] == value[-1]


def nir(value: str) -> bool:
    """Return whether a French social security number has the right key (97 less the number modulo 97)."""
    body = value[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(body) % 97 == int(value[13:])


def cpf(digits: str) -> bool:
    """Return whether the two check digits of a Brazilian CPF are right (modulo 11)."""
    for length in (9, 10):
        total = sum(int(digits[at]) * (length + 1 - at) for at in range(length))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return len(set(digits)) > 1


def tax_id(digits: str) -> bool:
    """Return whether a German tax id is right: one digit twice or thrice in the first ten; ISO 7064, MOD 11,10."""
    if digits[0] == "0" or len(set(digits[:10])) not in (8, 9):
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def codice_fiscale(value: str) -> bool:
    """Return whether the last letter of an Italian codice fiscale is right (D.M. 23/12/1976)."""
    odd = sum(_ODD[each] for each in value[:15:2])
    even = sum(int(each) if each.isdigit() else ord(each) - 65 for each in value[1:15:2])
    return chr((odd + even) % 26 + 65) == value[15]


def digits_of(value: str) -> str:
    """Return the letters and digits of a grouped number, without what groups them."""
    return re.sub(r"[^0-9A-Za-z]", "", value)
