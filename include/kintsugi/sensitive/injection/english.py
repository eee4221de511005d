"""Phrases in English.

Families after Greshake et al. 2023 (arXiv 2302.12173), Schulhoff et al. 2023 (arXiv 2311.16119) and OWASP's LLM01:2025.
A phrase is written as what has to come together (an act, what it is done to, whose that is), not as a sentence that
somebody once used. Manuals use many of the same words: what they would say as well weighs little, and counts only
beside others.
"""

from kintsugi.sensitive.injection.rule import GAP, LINE, Rule, mark, rule, words
from kintsugi.sensitive.injection.vocabulary import (
    A_MODEL,
    ALREADY,
    DROP,
    DROP_HEADS,
    EARLIER,
    FREE,
    FREE_HEADS,
    HIDDEN_TEXT,
    MODEL,
    MODEL_HEADS,
    NOT,
    NOT_FOLLOW,
    NOT_HEADS,
    ORDERS,
    ORDERS_HEADS,
    PERSON,
    PRIVATE,
    ROLE,
    RULES,
    RULES_HEADS,
    SEND,
    SEND_HEADS,
    SET_ASIDE,
    SET_ASIDE_HEADS,
    SHOW,
    SHOW_HEADS,
)

_OVERRIDE = (
    rule("override", 0.9, SET_ASIDE_HEADS, rf"{SET_ASIDE}{words(4)}{EARLIER}{words(2)}{ORDERS}\b"),
    rule("override", 0.85, SET_ASIDE_HEADS, rf"{SET_ASIDE}{words(4)}{ORDERS}{words(3)}{ALREADY}\b"),
    rule("override", 0.7, SET_ASIDE_HEADS, rf"{SET_ASIDE} (?:all|any|every) (?:of )?(?:the |these |those )?{ORDERS}\b"),
    rule("override", 0.55, NOT_HEADS, rf"{NOT_FOLLOW}{words(4)}{EARLIER}{words(2)}{ORDERS}\b"),
    rule(
        "override",
        0.8,
        NOT_HEADS,
        rf"{NOT_FOLLOW}{words(4)}(?:your|system|developer\S*){words(2)}(?:{ORDERS}|{RULES})\b",
    ),
    rule("override", 0.8, NOT_HEADS, rf"{NOT_FOLLOW}{words(4)}(?:prompts?|programming|training)\b"),
    rule("override", 0.65, NOT_HEADS, rf"{NOT_FOLLOW}{words(3)}(?:{ORDERS}|{RULES}){words(3)}{ALREADY}\b"),
    rule("override", 0.65, DROP_HEADS, rf"{DROP}{words(3)}{EARLIER}{words(2)}{ORDERS}\b"),
    rule(
        "override",
        0.65,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE}{words(3)}(?:previous|prior|earlier|preceding|your|system|safety){words(2)}{RULES}\b",
    ),
    rule(
        "override",
        0.65,
        f"{SET_ASIDE_HEADS}|{DROP_HEADS}",
        rf"(?:{SET_ASIDE}|{DROP}){words(3)}{RULES}{words(3)}you(?:['’]ve| were| have| had| got)\b",
    ),
    rule("override", 0.65, SET_ASIDE_HEADS, rf"{SET_ASIDE}{words(3)}{RULES}{words(3)}{ALREADY}\b"),
    rule(
        "override",
        0.65,
        DROP_HEADS,
        rf"{DROP} (?:all|any|every){words(2)}(?:prior|previous|earlier|preceding) (?:contexts?|constraints?|rules"
        rf"|messages|orders)\b",
    ),
    rule(
        "override",
        0.85,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE} (?:everything|anything|all|whatever|what){words(4)}(?:told|said|says|instructed|taught|asked"
        rf"|written|wrote|came)\b"
        rf"(?:{words(3)}(?:you|before|above|earlier|previously|so far)\b)?",
    ),
    rule(
        "override",
        0.7,
        NOT_HEADS,
        rf"{NOT_FOLLOW} (?:everything|anything|all|whatever|what){words(4)}(?:told|said|says|instructed|taught"
        rf"|wrote)\b",
    ),
    rule(
        "override",
        0.7,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE} (?:everything|anything|whatever|all)(?: that| which)?(?: is| was| stands| came| of)?(?: the)?"
        rf" (?:above|before|previously|foregoing)\b",
    ),
    rule(
        "override",
        0.6,
        SET_ASIDE_HEADS,
        rf"{SET_ASIDE} (?:the |all )?(?:foregoing|above|previous|preceding)(?= and\b| then\b| text\b| content\b"
        rf"|[.,;:!])",
    ),
    rule(
        "override",
        0.45,
        f"{ORDERS_HEADS}|{RULES_HEADS}",
        rf"(?:{ORDERS}|{RULES})\b{words(6)}(?:no longer (?:apply|applies|valid|count|bind)"
        r"|(?:is|are|was|were|has been|have been) (?:now )?(?:void|cancel+ed|superseded|revoked|null|suspended|lifted"
        r"|overwritten|overridden))\b",
    ),
    rule(
        "override",
        0.4,
        "your |previous|earlier|given |all previous|the rules given|the instructions given|your previous",
        rf"(?:(?:your|previous|earlier|the)){words(2)}(?:{ORDERS}|{RULES}|configuration)\b{words(6)}"
        r"(?:no longer|void|cancel+ed|superseded|revoked|null|suspended|lifted|overwritten|overridden)\b",
    ),
    rule(
        "precedence",
        0.5,
        "take precedence|takes precedence|have precedence|has precedence|have priority|has priority|take priority"
        "|takes priority|overrides all"
        "|override all|overrides any|override any|supersede|outrank|highest priority",
        rf"[\w]+(?: \w+)?{words(6)}(?:system prompt|(?:other|previous|prior|earlier|your|all) (?:\w+ )?{ORDERS}"
        rf"|system message)\b",
    ),
    rule(
        "precedence",
        0.3,
        "these instructions take|these instructions have|these instructions over|these instructions super",
        r"these instructions\b",
    ),
    rule(
        "override",
        0.6,
        "everything|anything|all of the|all text|the text",
        r"\w+(?: of the| text)?(?: that is| that was)? ?(?:written |stated |said )?(?:above|before this)(?: line|"
        r" point)? (?:is|was|were) (?:only|just|merely|a|an|fake|part)\b",
    ),
    rule(
        "new orders",
        0.6,
        "new instruct|new orders|new directi|new system prompt|updated instruct|real instruct|actual instruct|revised"
        " instruct|true instruct",
        rf"\w+ (?:instructions?|orders|directives?|system prompt)(?: (?:follow|begin|start|replace|are|is)\b|{GAP}?:)",
    ),
    rule("new orders", 0.45, "new task|new goal|new objective|new mission", r"new \w+ ?:"),
    rule(
        "new orders",
        0.4,
        "obey me|obey only|obey this|follow this page|follow only this|follow this text|you work for|you serve",
        r"\w+ \w+(?: for me| me| now)?\b",
    ),
    rule(
        "new orders",
        0.5,
        "your only|your new|your sole|your real|your true|the only task|the only goal",
        r"\w+ \w+ (?:task|job|goal|purpose|objective|role)(?: now| from now on)? is\b",
    ),
)

_PERSONA = (
    rule(
        "persona",
        0.7,
        "you are|you're|you’re|you will|you'll|you’ll",
        r"you(?:['’]re| are|['’]ll| will)(?: now| henceforth)? (?:now )?(?:an?|the|act as|behave as|play|become"
        r"|called|named)\b"
        rf"{words(6)}(?:{ROLE}\b{words(6)}{FREE}|{FREE}{words(3)}{ROLE}\b)",
    ),
    rule(
        "persona",
        0.6,
        "you are now|you're now|you’re now|you will now|from now|from here|from this",
        r"(?:you(?:['’]re| are| will) now|from (?:now|here|this (?:point|moment))(?: on(?:wards?)?)?,?"
        rf" you(?:['’]re| are|['’]ll| will| must| have to)?)(?! \w+ed\b| ready| able| in as){words(5)}{ROLE}\b",
    ),
    rule(
        "persona",
        0.65,
        "you are no longer|you're no longer|you’re no longer|you are not an|you're not an",
        rf"you(?:['’]re| are) (?:no longer|not)(?: just| merely)? (?:an?|the|bound|limited"
        rf"|restricted){words(4)}(?:{ROLE}|rules|by|to)\b",
    ),
    rule(
        "persona",
        0.5,
        "you are going to be|you're going to be|you are going to act|you will be|you are to act|you will act|you will"
        " play|you shall act",
        r"you(?:['’]re| are| will| shall)[\w ]{1,14} (?:an?|the|my|as) (?:\w+ ){0,3}(?:terminal|assistant|ai|bot"
        r"|model|interpreter|simulator|character|hacker|pirate)\b",
    ),
    rule(
        "persona",
        0.6,
        "pretend|imagine|act as if|act as though|suppose",
        rf"(?:pretend|imagine|act as (?:if|though)|suppose)(?: that)? (?:you(?:['’]re| are| were)|to"
        rf" be){words(6)}(?:{ROLE}|{FREE})\b",
    ),
    rule(
        "persona",
        0.6,
        "assume|take on|adopt |play ",
        rf"(?:assume|take on|adopt|play) (?:the |a )?(?:role|persona|identity|character) of\b{words(4)}(?:{ROLE}"
        rf"|{FREE})\b",
    ),
    rule(
        "persona",
        0.4,
        "play a game|role-play|roleplay|role play",
        r"(?:let['’]?s |we )?(?:play a game|role[- ]?play)(?: where| in which|:|,)?",
    ),
    rule(
        "persona",
        0.6,
        "act as my|behave like my|act like my|be my",
        r"\w+ (?:as|like )?my (?:\w+ )?(?:grand\w+|mother|father|boss|girlfriend|boyfriend|friend|lover|hacker)\b",
    ),
    rule(
        "persona",
        0.55,
        "act as|behave as|answer as|respond as|reply as",
        rf"\w+ as (?:an? |the )?{words(2)}{ROLE}\b{words(6)}{FREE}",
    ),
    rule(
        "persona",
        0.65,
        "developer mode|dan mode|jailbreak mode|god mode|unrestricted mode|uncensored mode|sudo mode",
        r"\w+ mode\b(?=(?s:.{0,120})\b(?:you|respond|answer)\b)|(?<=enter )\w+ mode|(?<=enable )\w+ mode|(?<=activate"
        r" )\w+ mode",
    ),
    rule("persona", 0.5, "you are now in|you're now in", r"you(?:['’]re| are) now in \w{3,20} mode\b"),
    rule("persona", 0.35, FREE_HEADS, rf"{FREE}{GAP}(?:assistant|model|ai|answers?|chat ?bot)\b"),
)

_ADDRESSED = (
    rule(
        "addressed to a model",
        0.6,
        "note to|note for|note: |message to|message for|instructions to|instructions for|instruction for|attention"
        "|important|warning|reminder"
        "|memo to|notice to|dear |hey ai|hey llm|hey chat|hey assis|hello|listen",
        rf"(?:note|message|instructions?|attention|important|warning|reminder|memo|notice|dear|hey|hello|listen)(?:"
        rf" (?:to|for))?"
        rf"[,:]? {A_MODEL}\b(?! (?:operator|platform|service|cluster|api|node|server|endpoint|runtime|gateway))",
    ),
    mark(
        "addressed to a model",
        0.55,
        "to the|to any|to all|to every|for the|for any|for all",
        rf"{LINE}(?:to|for) (?:the |any |all |every )(?:\w+ )?(?:language model|llm|ai|ai assistant|ai agent|chat"
        rf" ?bot|assistant)s?\b",
    ),
    rule("addressed to a model", 0.65, "if you", rf"if you(?:['’]re| are)(?: currently)? {A_MODEL}\b"),
    rule(
        "addressed to a model",
        0.45,
        MODEL_HEADS,
        rf"{MODEL}(?: [a-z]{{3,15}}ing [^.!?\n]{{1,60}})? (?:must|should|has to|have to|needs? to|shall|is required"
        rf" to|will now)\b",
    ),
    rule(
        "addressed to a model",
        0.4,
        "the model|the assistant",
        r"the (?:model|assistant) (?:must|should|has to|shall|will) (?:always|now|never|only|recommend|answer|say"
        r"|respond|reply|tell|rate"
        r"|ignore|refuse|output)\b",
    ),
    rule(
        "addressed to a model",
        0.4,
        "when this|when the|whenever th|if this|if the",
        r"(?:when|whenever|if) (?:this|the) (?:text|document|page|context|content|passage|paragraph|file|ticket"
        r"|article|runbook) is"
        r" (?:used|retrieved|read|summari[sz]ed|processed|included|quoted|cited|shown|loaded)\b",
    ),
    rule(
        "addressed to a model",
        0.3,
        "when you|whenever you|before you|while you|when answer|when respond|when summari|when reply|when asked"
        "|before respond|before answer"
        "|while summari|while answer",
        r"\w+ (?:you (?:answer|respond|reply|summari[sz]e)|answering|responding|summari[sz]ing|replying|asked)\b",
    ),
    mark(
        "addressed to a model",
        0.35,
        "assistant,|assistant:|assistant!|ai, |ai: |agent, |gpt, |gpt: |claude,|copilot,",
        rf"{LINE}\w+[,:!] ?(?=[a-z])",
    ),
    mark(
        "addressed to a model",
        0.55,
        "llms:|llms,|llm: |llm, |llm! |language models:|language models,|ai assistants|ai agents|ai models|chatbot:"
        "|chatbot,|chatbots|hey assistant"
        "|hey ai|dear ai|dear assis|dear llm|hello ai|hello assis",
        rf"{LINE}(?:(?:hey|dear|hello) )?(?:ai )?\w+[:,!] ?(?:please )?(?=[a-z])|{LINE}(?:language|ai) models?[:,!]",
    ),
    rule(
        "addressed to a model",
        0.4,
        "as an ai|as an llm|as a language model|as a large language|as an assistant|as a chatbot",
        rf"as {A_MODEL}(?: (?:reading|processing|summari[sz]ing|answering)\b|, you\b)",
    ),
    rule(
        "addressed to a model",
        0.55,
        MODEL_HEADS,
        rf"{MODEL}(?: that| which| who)? (?:reads?|reading|process(?:es|ing)|summari[sz](?:es|ing)|retriev(?:es|ing)"
        rf"|index(?:es|ing)|pars(?:es|ing)|ingest(?:s|ing)) (?:this|it|the)\b",
    ),
    rule(
        "addressed to a model",
        0.55,
        "for automated|for any automated|for ai|for llm|for machine readers|to automated",
        r"(?:for|to) (?:any |all )?(?:automated|ai|llm|machine) (?:summari[sz]ers?|readers?|agents?|assistants?"
        r"|reviewers?|crawlers?|graders?|systems)\b(?= ?[:,]| (?:reading|processing))",
    ),
    rule(
        "addressed to a model",
        0.6,
        "is for the|is for any|are for the|addressed to|meant for|intended for|is for ai|is for llm",
        rf"(?:(?:is|are) (?:only |meant |intended )?for|addressed to|meant for|intended for) {A_MODEL}\b(?!"
        rf" (?:operator|platform|service|cluster|api|node|server|workload|user|team|engineer|developer|model))",
    ),
    rule(
        "addressed to a model",
        0.3,
        "you are obliged|you are required to include|you are required to say|you are required to answer|must append"
        "|must include the link|must state|must recommend|must claim",
        r"\w+(?: \w+)*?\b",
    ),
)

_EXTRACTION = (
    rule("prompt extraction", 0.85, SHOW_HEADS, rf"{SHOW}{words(6)}{HIDDEN_TEXT}\b"),
    rule(
        "prompt extraction",
        0.7,
        "tell me|repeat|print|output|write |show |copy |recite|give me|return",
        r"(?:tell me|repeat|print|output|write|show(?: me)?|copy|recite|give me|return) (?:back )?(?:everything|all"
        r"|anything|(?:all )?(?:the )?(?:text|words|content|lines))"
        r"(?: (?:that is|that was|you see|you saw|written|stated))? (?:above|before|preceding)(?: this| that| here"
        r"|[.,!]| the (?:line|sentence))",
    ),
    rule(
        "prompt extraction",
        0.65,
        "beginning of your|start of your|top of your|first words of your|end of your",
        r"\w+ (?:words )?of your (?:context|prompt|instructions|conversation|input|system)\b",
    ),
    rule(
        "prompt extraction",
        0.5,
        "what were you|what are you|what was you|what is your",
        r"what (?:were|are|was|is) (?:you|your) (?:told|instructed|instructions|system prompt|initial|original)\b",
    ),
    rule(
        "prompt extraction",
        0.4,
        "begin your|start your|end your|finish your|begin every|begin each|start every|start each",
        r"\w+ \w+ (?:next )?(?:reply|answer|response|output) (?:with|by)\b",
    ),
    rule("prompt extraction", 0.2, "verbatim|word for word|word by word", r"verbatim\b|word (?:for|by) word\b"),
)

_EXFILTRATION = (
    rule(
        "exfiltration",
        0.8,
        SEND_HEADS,
        rf"{SEND}{words(6)}{PRIVATE}\b.{{0,100}}?(?:https?://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|io|xyz|ru|info"
        rf"|site|dev|app)\b)",
    ),
    rule(
        "exfiltration",
        0.8,
        "http://|https://",
        r"https?://[^\s\"'`]{1,200}?[?&#][\w.-]{0,30}=(?:<|\{|\[|%7b|\$)[^>\]}\n]{0,40}"
        r"(?:conversation|messages?|history|prompt|question|summary|secrets|answer|chat|context|memory)",
    ),
    rule(
        "exfiltration",
        0.4,
        "as an image|as a link|as a url|into a link|into a url|in a url|in a query string|in an image tag",
        r"(?:as|into|in) an? (?:image(?= tag|[.,;]? *$|.{0,60}http)|link|url|query string)\b",
    ),
    rule(
        "exfiltration",
        0.65,
        "http://|https://",
        r"https?://[^\s\"'`]{1,200}[?&=#][^\s\"'`]{0,80} {1,3}(?:followed by|plus|with|and append|and add"
        r"|then)\b.{0,30}\b(?:conversation|chat|history|question|messages?|prompt|answer|user)",
    ),
    rule(
        "exfiltration",
        0.65,
        "query string|url parameter|query parameter|hyperlink|a link whose|an image whose",
        rf"[\w]+(?: [\w]+){{0,3}}{words(6)}(?:users?['’]?s? (?:e-?mail|question|password|session|messages?)"
        rf"|conversation|chat history|system prompt)\b",
    ),
    rule(
        "exfiltration",
        0.6,
        "send |email|forward|upload|post ",
        r"\w+ (?:me |us )?(?:a |the )?(?:full |whole |entire )?(?:copy|transcript|summary|log|contents?)? ?of (?:this"
        r"|the|our) (?:conversation|chat|session|dialogue)\b",
    ),
    rule(
        "exfiltration",
        0.4,
        "url-encode|url encode|base64-encode|base64 encode|percent-encode|hex-encode|hex encode",
        r"[a-z0-9]+[- ]encoded?\b.{0,80}\bhttps?://",
    ),
    rule(
        "exfiltration",
        0.6,
        "contents of|content of|text of|transcript of|copy of|history of|summary of",
        r"\w+ of (?:this|the|our|your) (?:whole |entire |current )?(?:chat|conversation|dialogue)\b",
    ),
)

_CONCEALMENT = (
    rule(
        "concealment",
        0.7,
        f"{NOT_HEADS}|without ",
        rf"(?:{NOT}|without) (?:ever )?(?:tell|inform|mention|reveal|disclos|let|notif|alert|show|warn"
        rf"|report)\w*{words(4)}{PERSON}\b"
        r".{0,30}?\b(?:about|of|that|know|see)\b.{0,20}?\b(?:this|these|you|instructions?|paragraph|hidden|message)\b",
    ),
    rule(
        "concealment",
        0.35,
        f"{NOT_HEADS}|without ",
        rf"(?:{NOT}|without) (?:ever )?(?:tell|inform|mention|reveal|disclos|let|alert)\w*{words(3)}{PERSON}\b",
    ),
    rule(
        "concealment",
        0.6,
        "keep |hide |conceal",
        rf"(?:keep|hide|conceal)\b{words(5)}(?:hidden|secret|confidential|away|invisible)? ?from (?:the |any |your"
        rf" )?{PERSON}\b",
    ),
    rule(
        "concealment",
        0.6,
        f"{NOT_HEADS}|keep |leave ",
        rf"(?:{NOT} (?:mention|cite|quote|include|reference|show|display|repeat)|keep|leave){words(2)}(?:this|these)"
        rf" (?:lines?|paragraphs?|instructions?|text|comment|section|message|note|sentence|request)\b{words(3)}"
        r"(?:out|in|to|anywhere|hidden|secret)\b",
    ),
    rule(
        "concealment",
        0.55,
        "make sure|ensure|see to it",
        rf"(?:make sure|ensure|see to it)(?: that)?{words(2)}{PERSON} (?:never|do(?:es)? not|doesn['’]t|don['’]t)"
        rf" (?:find out|finds out|learn|learns|notice|notices|know|knows|suspect)\w*\b",
    ),
    rule(
        "concealment",
        0.6,
        NOT_HEADS,
        rf"{NOT} (?:mention|reveal|disclose|say|admit|cite|quote)(?:ing)? (?:it|this|that|them|any of (?:it|this))(?:"
        rf" \w+){{0,3}} in your (?:\w+ )?(?:answer|reply|response|output|summary)s?\b",
    ),
    rule(
        "concealment",
        0.6,
        NOT_HEADS,
        rf"{NOT} (?:reveal|mention|say|admit|disclose|tell \w+|let on)(?: to \w+)? that you (?:read|saw|have|were|got"
        rf"|received|are|followed)\b",
    ),
    rule("concealment", 0.2, "silently|secretly|covertly", r"(?:silently|secretly|covertly)\b"),
    rule(
        "concealment", 0.35, "as if noth|like noth|pretend noth", r"\w+(?: if)? nothing (?:has |had |ever )?happened\b"
    ),
)

_STEERING = (
    rule(
        "steering",
        0.5,
        "when asked|whenever asked|if asked|when someone|whenever someone|if someone|when anyone|whenever anyone|if"
        " anyone|when the user|whenever the user"
        "|if the user|when a user|whenever a user|if a user|when users|whenever users|when somebody|whenever somebody",
        r"(?:when|whenever|if)(?: (?:someone|anyone|the user|a user|users|somebody))?(?: (?:is|are))? ask(?:s"
        r"|ed)\b[^.!?\n]{1,90}?\b(?:answer|reply|respond|say|tell them|recommend|claim|insist)\b",
    ),
    rule(
        "steering",
        0.55,
        "the only correct|the only right|the only valid|the only true|the only accep|the correct answer to",
        r"the (?:only )?(?:correct|right|valid|true|acceptable) answer to (?:any|every|all|each|this|questions|a)\b",
    ),
    rule(
        "steering",
        0.5,
        "answer|respond|reply",
        r"(?:answer|respond to|reply to)(?: to)? (?:all|every|any|each)(?: \w+){0,2} (?:questions?|queries|query"
        r"|prompts?|requests?|messages?)"
        r" (?:with|by|only)\b",
    ),
    rule(
        "steering",
        0.3,
        "always |only |simply|just ",
        r"(?:always|only|simply|just) (?:answer|respond|reply|say|recommend|state|claim)\b",
    ),
    rule(
        "steering",
        0.3,
        "you must|you have to|you will|you shall|you are to",
        r"you (?:must|have to|will|shall|are to) (?:now |always |only )*(?:answer|respond|reply|say|recommend|output"
        r"|obey|comply|refuse|rate)\b",
    ),
    rule(
        "steering",
        0.3,
        "your answer|your reply|your respons|your output|your summary|your final",
        r"your (?:final )?\w+",
    ),
    rule(
        "steering",
        0.25,
        "highest relevance|top relevance|rate this|rank this|rate it|rank it",
        r"\w+ relevance|\w+ (?:this|it)\b.{0,40}\b(?:best|highest|first|top)\b",
    ),
    rule(
        "steering",
        0.25,
        "without |before anything|before you",
        r"without (?:any )?(?:further )?(?:comment|explanation|disclaimers?|warnings?)\b|before (?:anything else|you"
        r" (?:answer|respond|reply))\b",
    ),
)

ENGLISH: tuple[Rule, ...] = (
    *_OVERRIDE,
    *_PERSONA,
    *_ADDRESSED,
    *_EXTRACTION,
    *_EXFILTRATION,
    *_CONCEALMENT,
    *_STEERING,
)
