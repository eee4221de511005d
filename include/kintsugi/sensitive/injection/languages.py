"""The same acts in other languages: set aside what was said, become somebody else, show the hidden text."""

from dataclasses import dataclass

from kintsugi.sensitive.injection.rule import Rule, mark, rule, words


@dataclass(frozen=True)
class _Override:
    """How a language says "set aside", "instructions" and "earlier"; ``heads`` is how its sentence begins."""

    heads: str
    act: str
    orders: str
    earlier: str


_OVERRIDE = {
    "de": _Override(
        "ignorier|vergiss|vergessen sie|missachte|beachte nicht|befolge|folge |überschreibe|verwirf",
        r"ignorier(?:e|en sie|t)|vergiss|vergessen sie|missachte|beachte nicht|befolge|folge|überschreibe|verwirf",
        r"anweisung(?:en)?|instruktionen|vorgaben|befehle|regeln|prompts?|anordnungen|richtlinien",
        r"vorherigen?|bisherigen?|obigen?|vorangegangenen?|früheren?|ursprünglichen?|vorigen|sämtliche|alle|deine"
        r"|vorstehenden",
    ),
    "fr": _Override(
        "ignore|oublie|ne respecte|ne tiens|ne tenez|fais abstraction|faites abstraction|néglige|ne suis|ne suivez",
        r"ignore[zs]?|oublie[zs]?|ne (?:tiens|tenez) (?:pas|plus) compte|ne respecte[zs]? (?:pas|plus)|fai(?:s|tes)"
        r" abstraction|néglige[zs]?|ne suiv?(?:s|ez)? (?:pas|plus)",
        r"instructions?|consignes?|directives?|règles?|ordres|prompts?",
        r"précédente?s?|antérieure?s?|ci-dessus|toutes|tous|ci-avant|initiales|reçues|tes|vos|du système",
    ),
    "es": _Override(
        "ignora|ignore|olvid|haz caso omiso|haga caso omiso|descarta|omite|no sigas|no obedezcas|no hagas caso",
        r"ignor(?:a|e|en)|olvid(?:a|e|en)|ha(?:z|ga) caso omiso|descarta|omite|no (?:sigas|obedezcas|hagas caso)",
        r"instrucciones|indicaciones|órdenes|reglas|directrices|prompts?",
        r"anteriores|previas|todas|todos|de arriba|iniciales|precedentes|recibidas|tus|sus|del sistema",
    ),
    "it": _Override(
        "ignora|dimentica|trascura|non tenere conto|non seguire|non rispettare|non considerare|tralascia",
        r"ignora(?:te)?|dimentica(?:te)?|trascura|non (?:seguire|rispettare|considerare|tenere conto)(?: più)?"
        r"|tralascia",
        r"istruzioni|indicazioni|regole|direttive|ordini|prompt",
        r"precedenti|anteriori|tutte|tutti|di sopra|sopra|iniziali|ricevute|date|tue|del sistema",
    ),
    "pt": _Override(
        "ignore|ignora|esque|desconsidere|não siga",
        r"ignor(?:e|a|em)|esque(?:ça|ce|çam)|desconsidere|não siga",
        r"instruções|orientações|regras|ordens|diretrizes|prompts?",
        r"anteriores|prévias|todas|todos|acima|iniciais|recebidas",
    ),
    "nl": _Override(
        "negeer|vergeet|volg niet",
        r"negeer|vergeet|volg niet",
        r"instructies|aanwijzingen|regels|opdrachten|prompts?",
        r"voorgaande|vorige|eerdere|alle|bovenstaande|je",
    ),
    "pl": _Override(
        "zignoruj|ignoruj|zapomnij|pomiń|nie przestrzegaj",
        r"zignoruj|ignoruj|zapomnij|pomiń|nie przestrzegaj",
        r"instrukcj[eai]|polecenia?|poleceń|reguły?|zasady?|wskazówki?",
        r"poprzedni\w+|wcześniejsz\w+|wszystki\w+|powyższ\w+",
    ),
    "ru": _Override(
        "игнорируй|проигнорируй|забудь|не следуй|отбрось",
        r"(?:про)?игнорируй\w*|забудь\w*|не следуй\w*|отбрось\w*",
        r"инструкци\w+|указани\w+|правил\w*|команд\w*|промпт\w*",
        r"предыдущ\w+|прежни\w+|вс[её]\w*|выше\w*|ранее",
    ),
    "sv": _Override(
        "ignorera|glöm |bortse från",
        r"ignorera|glöm|bortse från",
        r"instruktioner\w*|anvisningar\w*|regler\w*",
        r"tidigare|föregående|alla|ovanstående",
    ),
    "tr": _Override(
        "önceki|yukarıdaki|tüm önc|tüm tal|tüm kur|tüm kom|bütün",
        r"yok say\w*|unut\w*|görmezden gel\w*|dikkate alma\w*",
        r"(?:talimat|yönerge|komut|kural)\w*",
        r"önceki|yukarıdaki|tüm|bütün",
    ),
}
"""In Turkish the act comes last."""

_TOLD = (
    r"(?:vergiss|ignoriere|vergessen sie) (?:alles|sämtliches),? was (?:dir|ihnen|du|zuvor|bisher|oben)\b"
    r"|(?:oublie[zs]?|ignore[zs]?) tout ce (?:que|qui)\b.{0,40}\b(?:dit|demandé|précède|appris)\b"
    r"|(?:olvid[ae]|ignor[ae]) (?:todo )?lo que\b.{0,40}\b(?:dij\w+|dicho|ordenaron|antes|anterior)\b"
    r"|(?:dimentica|ignora) (?:tutto )?(?:ciò|quello) che\b.{0,40}\b(?:detto|prima|insegnato)\b"
    r"|(?:esqueça|ignore) tudo o que\b.{0,40}\b(?:disse\w*|dito|antes)\b"
    r"|(?:vergeet|negeer) alles wat\b.{0,40}\b(?:gezegd|verteld)\b"
    r"|забудь(?:те)? (?:вс[её]|обо вс[её]м),? что\b"
)
_FREE_HEADS = (
    "ohne |uneingeschränkt|sans |sin rest|sin lím|sin filt|sin reg|sin ning|senza|sem rest|sem lim|sem filt|sem reg"
    "|sem nenh|zonder"
    "|bez ogr|bez filt|bez zas|bez żad|без "
)
_FREE = (
    r"(?:ohne (?:jede |jegliche |alle )?(?:einschränkung|grenze|regel|filter|beschränkung)\w*|uneingeschränkt\w*"
    r"|sans (?:aucune? )?(?:restriction|limite|filtre|règle)s?|sin (?:ninguna? )?(?:restricci|límite|filtro|regla)\w*"
    r"|senza (?:alcun\w? )?(?:restrizion|limit|filtr|regol)\w*|sem (?:nenhum\w? )?(?:restriç|limite|filtro|regra)\w*"
    r"|zonder (?:enige )?(?:beperking|grenzen|filter|regels)\w*|bez (?:żadnych )?(?:ogranicze|filtr|zasad)\w*"
    r"|без (?:каких-либо )?(?:ограничени|фильтр|правил)\w*)"
)
_BECOME_HEADS = (
    "du bist|ab sofort bist|von nun an bist|ab jetzt bist|tu es |vous êtes|désormais|à partir de mainten|a partir de"
    " ahora|desde ahora"
    "|ahora eres|d'ora in poi|da ora|ora sei|adesso sei|a partir de agora|agora |je bent|jesteś teraz|od teraz|теперь"
    "|отныне"
)
_BECOME = (
    r"(?:du bist (?:jetzt|nun|ab sofort|von nun an|ab jetzt)|(?:ab sofort|von nun an|ab jetzt) bist du"
    r"|(?:tu es|vous êtes) (?:désormais|maintenant)|(?:désormais|à partir de maintenant),? (?:tu es|vous êtes)"
    r"|(?:a partir de ahora|desde ahora),? (?:eres|serás|actúas)|ahora eres"
    r"|(?:d'ora in poi|da ora),? (?:sei|sarai)|(?:ora|adesso) sei|(?:a partir de agora|agora),? (?:você é|és)"
    r"|je bent (?:nu|voortaan)|(?:od teraz )?jesteś teraz|od teraz jesteś|(?:теперь|отныне) ты)\b"
)
_ROLE = (
    r"(?:assistent\w*|ki\b|modell?\w*|chatbot|ia\b|ai\b|bot\b|asistente|assistente|assistant|modèle|agent\w*"
    r"|модел\w+|ассистент\w*|бот\b|dan\b)"
)
_SHOW_HEADS = (
    "gib dein|gib mir|gib den|gib das|gib alle|zeige|zeig mir|zeig dein|nenne|verrate|drucke|wiederhole|affiche"
    "|montre|révèle|répète|donne|muestra|muéstrame|revela|imprim|repite|mostra|rivela"
    "|stampa|ripeti|mostre|revele|repita|toon |geef |onthul|покажи|выведи|раскрой|напечатай|pokaż|wypisz|ujawnij|visa"
    " |avslöja"
)
_SHOW = (
    r"(?:gib|zeige?|nenne|verrate|drucke|wiederhole|affiche[zr]?|montre[zr]?|révèle[zr]?|répète[zr]?|donne[zr]?"
    r"|muestra|muéstrame|revela"
    r"|imprim[ae]|repite|mostra(?:mi)?|rivela|stampa|ripeti|mostre|revele|repita|toon|geef|onthul|покажи\w*|выведи\w*"
    r"|раскрой\w*"
    r"|напечатай\w*|pokaż|wypisz|ujawnij|visa|avslöja)"
)
_HIDDEN = (
    r"(?:system-?prompts?|systemanweisung(?:en)?|systemnachricht|(?:prompt|invite|message) (?:du )?système"
    r"|(?:prompt|mensaje|mensagem|messaggio) (?:del?|di|do) sistema|systeemprompt|системн\w+ (?:промпт\w*|сообщени\w*"
    r"|инструкци\w*)"
    r"|prompt systemowy)"
)
_IN_CHINESE = r"(?:忽略|无视|無視|忘记|忘掉|不要理会).{0,12}(?:指令|指示|提示|规则|規則|命令|说明|上文|内容)"
_IN_JAPANESE = r"(?:指示|命令|ルール|プロンプト|指令).{0,10}(?:無視|忘れ|従わな)"
_IN_KOREAN = r"(?:지시|명령|지침|규칙).{0,10}(?:무시|잊어)"


def _override(language: str, said: _Override) -> Rule:
    either = rf"(?:{said.earlier})\b{words(3)}(?:{said.orders})|(?:{said.orders})\b{words(4)}(?:{said.earlier})"
    pattern = rf"(?:{said.act})\b{words(5)}(?:{either})\b"
    if language == "tr":
        pattern = rf"(?:{said.earlier})\b{words(2)}(?:{said.orders})\b{words(2)}(?:{said.act})\b"
    return rule(f"override ({language})", 0.85, said.heads, pattern)


LANGUAGES: tuple[Rule, ...] = (
    *(_override(language, said) for language, said in _OVERRIDE.items()),
    rule(
        "override (told)",
        0.8,
        "vergiss|ignor|vergessen|oublie|olvid|dimentica|esqueça|vergeet|negeer|забудь",
        _TOLD,
    ),
    mark("override (zh, ja, ko)", 0.85, "忽略|无视|無視|忘记|忘掉|不要理会", _IN_CHINESE),
    mark("override (zh, ja, ko)", 0.85, "指示|命令|ルール|プロンプト|指令", _IN_JAPANESE),
    mark("override (zh, ja, ko)", 0.85, "지시|명령|지침|규칙", _IN_KOREAN),
    rule(
        "addressed to a model (languages)",
        0.65,
        "hinweis|nachricht|anweisung|achtung|note pour|message pour|note à|nota para|mensaje para|nota per|messaggio"
        " per|mensagem para|aviso para"
        "|uwaga dla|opmerking voor|сообщение для|примечание для",
        r"(?:hinweis|nachricht|anweisung(?:en)?|achtung|note|message|nota|mensaje|messaggio|mensagem|aviso|uwaga"
        r"|opmerking|сообщение|примечание)"
        r"(?:,| an| für| pour| à| para| per| dla| voor| для)"
        r" ?(?:(?:die|den|das|jede|alle|el|la|los|il|lo|o|a|de|het|le|les) |l['’])?"
        r"(?:ki\b|ki-\w+|sprachmodell\w*|llm|chatbot|ia\b|ai\b|assistant ia|asistente|assistente|modelo de"
        r" (?:lenguaje|linguagem)|modello linguistico"
        r"|modèle de langage|taalmodel|model\w* język\w*|языков\w+ модел\w+|ии\b)",
    ),
    rule(
        "new orders (languages)",
        0.6,
        "ab jetzt|von nun an|ab sofort",
        r"(?:ab jetzt|von nun an|ab sofort) (?:befolgst|folgst|gehorchst) du\b",
    ),
    rule("persona (languages)", 0.65, _BECOME_HEADS, rf"{_BECOME}{words(5)}(?:{_ROLE}|{_FREE})"),
    rule("persona (languages)", 0.3, _FREE_HEADS, _FREE),
    rule("prompt extraction (languages)", 0.75, _SHOW_HEADS, rf"{_SHOW}\b{words(5)}{_HIDDEN}"),
    mark(
        "prompt extraction (languages)",
        0.45,
        "系统提示|系統提示|系统指令|系统消息|システムプロンプト|システムメッセージ|システム指示"
        "|시스템 프롬프트|시스템 메시지",
        r"\w+(?: \w+)?",
    ),
)
