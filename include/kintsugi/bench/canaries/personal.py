"""People who don't exist: addresses, telephone, card, account and identity numbers, right by their checksums."""

import random
import string

from kintsugi.bench.canaries.planted import Canary

_GIVEN = ("maren", "tomasz", "aylin", "jorge", "ingrid", "devika", "paolo", "noor", "henrik", "lucie")
_FAMILY = ("oldenkamp", "wisniewska", "karadeniz", "barrientos", "solheim", "raghunath", "ferrantini", "haddadi")
_DOMAINS = ("gmail.com", "posteo.de", "stadtwerke-nord.de", "orange.fr", "contoso-logistik.com", "uni-west.ac.uk")


def personal(rng: random.Random) -> Canary:
    """Return one piece of personal data in a sentence."""
    return rng.choice((_address, _address, _phone, _phone, _card, _iban, _identity))(rng)


def _digits(rng: random.Random, count: int) -> str:
    return _some(rng, string.digits, count)


def _some(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(count))


def _sentence(rng: random.Random, variety: str, value: str, *templates: str) -> Canary:
    before, _, after = rng.choice(templates).partition("{}")
    return Canary.around(variety, before, value, after)


def _address(rng: random.Random) -> Canary:
    given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
    local = rng.choice((f"{given}.{family}", f"{given[0]}{family}", f"{given}_{family}{rng.randrange(60, 99)}"))
    templates = ("Reported by {} on Monday.", "<{}>", "owner: {}", "Ask {}; she wrote the exporter.", "mailto:{}")
    return _sentence(rng, "e-mail", f"{local}@{rng.choice(_DOMAINS)}", *templates)


def _phone(rng: random.Random) -> Canary:
    american = f"{rng.randrange(2, 10)}{rng.randrange(2, 9)}{rng.randrange(2, 10)}"
    shapes = (
        f"+49 30 {rng.randrange(2, 10)}{_digits(rng, 7)}",
        f"+49 171 {rng.randrange(2, 10)}{_digits(rng, 6)}",
        f"+44 20 7{rng.randrange(1, 9)}{_digits(rng, 2)} {_digits(rng, 4)}",
        f"+33 6 {rng.randrange(10, 80)} {_digits(rng, 2)} {_digits(rng, 2)} {_digits(rng, 2)}",
        f"+1 (415) {rng.randrange(2, 5)}{_digits(rng, 2)}-{_digits(rng, 4)}",
        f"(212) {american}-{_digits(rng, 4)}",
        f"+34 6{_digits(rng, 2)} {_digits(rng, 3)} {_digits(rng, 3)}",
        f"+39 3{rng.choice('234')}{rng.choice('01')[0:1]}{rng.choice('789')} {_digits(rng, 6)}",
    )
    templates = ("Phone: {}", "Call {} after hours.", "Rufbereitschaft: {}", "mobile {}", "Tel. {} (night shift)")
    return _sentence(rng, "telephone", rng.choice(shapes), *templates)


def _card(rng: random.Random) -> Canary:
    start, length = rng.choice(
        (
            ("4" + _digits(rng, 3), 16),
            (f"5{rng.randrange(1, 6)}{_digits(rng, 2)}", 16),
            ("37" + _digits(rng, 2), 15),
            ("6011", 16),
        )
    )
    body = start + _digits(rng, length - len(start) - 1)
    number = next(body + check for check in string.digits if _luhn(body + check))
    grouped = (
        f"{number[:4]} {number[4:10]} {number[10:]}"
        if length == 15
        else " ".join(number[at : at + 4] for at in range(0, 16, 4))
    )
    shown = rng.choice((number, grouped, grouped.replace(" ", "-")))
    templates = (
        "The customer paid with card {} twice.",
        "card_number: {}",
        "Kreditkarte {} wurde belastet.",
        "Visa/MC {} exp 04/29",
    )
    return _sentence(rng, "payment card", shown, *templates)


def _luhn(number: str) -> bool:
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(each - 9 if each > 9 else each for each in doubled)) % 10 == 0


def _iban(rng: random.Random) -> Canary:
    country, body = rng.choice(
        (
            ("DE", _digits(rng, 18)),
            ("NL", _some(rng, string.ascii_uppercase, 4) + _digits(rng, 10)),
            ("GB", _some(rng, string.ascii_uppercase, 4) + _digits(rng, 14)),
            ("ES", _digits(rng, 20)),
            ("AT", _digits(rng, 16)),
        )
    )
    as_digits = "".join(str(int(each, 36)) for each in body + country + "00")
    whole = f"{country}{98 - int(as_digits) % 97:02d}{body}"
    spaced = " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
    templates = ("IBAN: {}", "Refund goes to {} by Friday.", "Konto {} ist gesperrt")
    return _sentence(rng, "iban", rng.choice((whole, spaced)), *templates)


def _identity(rng: random.Random) -> Canary:
    return rng.choice((_social_security, _dni, _nir, _nino, _cpf, _steuer))(rng)


def _social_security(rng: random.Random) -> Canary:
    value = f"{rng.randrange(100, 660):03d}-{rng.randrange(1, 100):02d}-{rng.randrange(1, 10000):04d}"
    return _sentence(rng, "us social security", value, "SSN {}", "His social security number is {}.", "ssn: {}")


def _dni(rng: random.Random) -> Canary:
    number = rng.randrange(10_000_000, 99_999_999)
    return _sentence(rng, "es dni", f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}", "DNI {}", "Su DNI es {}.")


def _nir(rng: random.Random) -> Canary:
    born = f"{rng.choice('12')}{_digits(rng, 2)}{rng.randrange(1, 13):02d}"
    body = f"{born}{rng.randrange(1, 96):02d}{rng.randrange(1, 990):03d}{rng.randrange(1, 999):03d}"
    whole = f"{body}{97 - int(body) % 97:02d}"
    spaced = f"{whole[0]} {whole[1:3]} {whole[3:5]} {whole[5:7]} {whole[7:10]} {whole[10:13]} {whole[13:]}"
    return _sentence(rng, "fr nir", rng.choice((whole, spaced)), "Numéro de sécurité sociale : {}", "NIR {}")


def _nino(rng: random.Random) -> Canary:
    value = f"{rng.choice('ABCEGHJ')}{rng.choice('ABCEGHJ')}{_digits(rng, 6)}{rng.choice('ABCD')}"
    if value[:2] in ("BG", "GB"):
        return _nino(rng)
    return _sentence(rng, "uk nino", value, "National Insurance number {}", "NINO: {}")


def _cpf(rng: random.Random) -> Canary:
    digits = [rng.randrange(10) for _ in range(9)]
    for _ in range(2):
        total = sum(weight * digit for weight, digit in zip(range(len(digits) + 1, 1, -1), digits, strict=True))
        digits.append((total * 10 % 11) % 10)
    text = "".join(map(str, digits))
    return _sentence(rng, "br cpf", f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}", "CPF {}", "CPF do cliente: {}")


def _steuer(rng: random.Random) -> Canary:
    kept = rng.sample(string.digits, 9)
    body = kept[0] + "".join(rng.sample([*kept[1:], kept[1]], 9))
    body = body if body[0] != "0" else "8" + body[1:].replace("8", "0")
    for check in string.digits:
        if _iso7064(body + check):
            return _sentence(rng, "de tax id", body + check, "Steuer-ID: {}", "Steueridentifikationsnummer {}")
    return _steuer(rng)


def _iso7064(number: str) -> bool:
    product_ = 10
    for digit in number[:-1]:
        total = (int(digit) + product_) % 10 or 10
        product_ = total * 2 % 11
    return (11 - product_) % 10 == int(number[-1])
