"""Words of English that attacks are made of; a name ending in ``HEADS`` lists how the expression of that name"
" begins."""

NOT_HEADS = "do not|don't|don’t|never|no longer|must not|mustn|should not|stop |cease|refrain from"
NOT = r"(?:do not|don['’]t|never|no longer|must not|mustn['’]t|should not|stop|cease|refrain from)"

SET_ASIDE_HEADS = (
    "ignor|disregard|forget|unlearn|pay no attention|set aside|put aside|throw out|throw away|no longer mind"
)
SET_ASIDE = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget|unlearn|pay no attention to|set aside|put aside|throw (?:away"
    r"|out))(?: about)?"
)
NOT_FOLLOW = rf"{NOT} (?:follow|obey|heed|comply with|adhere to|listen to|respect|stick to)(?:ing)?"

_WHICH = ("the", "your", "any", "all", "every", "me", "out", "its", "hidden", "secret", "system")
DROP_HEADS = "|".join(
    (
        "cancel|void all|void any|overrid|overrule|bypass|neglect|discard|dismiss|drop |abandon|skip |circumvent",
        *(f"{verb} {which}" for verb in ("erase", "delete", "replace") for which in _WHICH),
    )
)
DROP = (
    r"(?:cancel|void|overrid(?:e|ing)|overrule|bypass|neglect|discard|dismiss|drop|abandon|skip|erase|delete|replace"
    r"|circumvent)"
)

EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|former|initial|original|existing|past|your|system"
    r"|developer(?:['’]?s)?"
    r"|pre-?existing|safety|everything|aforementioned)"
)
ORDERS_HEADS = "instruct|prompt|directive|directions|guideline|guidance|orders|programming|training"
ORDERS = r"(?:instructions?|prompts?|directives?|directions|guidelines?|guidance|orders|programming|training)"
RULES_HEADS = "rules |commands|contexts|messages|policies|constraints|restrictions|limitations|safeguards"
RULES = r"(?:rules?|commands?|contexts?|messages?|polic(?:y|ies)|constraints?|restrictions?|limitations?|safeguards?)"
ALREADY = (
    r"(?:above|before|earlier|previously|so far|you (?:were|have been|had been|['’]ve been) (?:given|told|taught)"
    r"|you (?:have )?received|given to you|that came before|in your system (?:message|prompt))"
)

MODEL_HEADS = (
    "large language mod|language mod|llm must|llm shou|llms |llm that|llm read|llm proc|llm, |llm has|llm need|llm"
    " shall|ai assis|ai agent|ai model|ai system|ai bot|ai must|ai should|ai has to|ai that|ai read|chatbot|chat bot"
    "|virtual assis|gpt must|gpt shou|gpt-|copilot"
)
MODEL = (
    r"(?:(?:large )?language models?|llms?|ai(?: assistants?| agents?| models?| systems?| bots?)?|chat ?bots?"
    r"|gpt(?:-\d\w*)?|copilot"
    r"|virtual assistants?)"
)
A_MODEL = rf"(?:an? |the |any |all |every )?{MODEL}"

ROLE = r"(?:ai|assistant|model|chat ?bot|\w{0,12}bot|llm|dan|persona|character|hacker|gpt|pirate|system administrator)"
FREE_HEADS = (
    "without |unrestrict|uncensor|unfilter|no safety|no content|no ethical|no moral|no filter|no restrict|no limit"
    "|never refuse|do anything now|not bound by|free of "
)
FREE = (
    r"(?:without (?:any )?(?:restrictions?|limits?|limitations?|filters?|rules|safety|censorship|constraints)"
    r"|unrestricted|uncensored"
    r"|unfiltered|no (?:safety|content|ethical|moral|filters?|restrictions?|limits?)|never refuses?|do anything now"
    r"|not bound by|free of (?:all )?(?:rules|restrictions))"
)

SHOW_HEADS = "|".join(
    (
        "reveal|give me|read out|show |repeat|leak your|leak the|leak any|expose|disclose|dump your|dump the|dump all",
        "recite|translate|summari|write out|spell out|quote|tell me|echo your|echo the|append|contents of|text of",
        "send |encode",
        *(f"{verb} {which}" for verb in ("print", "output", "list", "write", "copy", "return") for which in _WHICH),
        *(f"{verb} {which}" for verb in ("provide", "display", "include", "share") for which in _WHICH),
    )
)
SHOW = (
    r"(?:reveal|give me|provide|list|write|read out|print|show(?: me)?|output|repeat|leak|expose|display|disclose|dump"
    r"|recite|translate|summari[sz]e|write out|spell out|quote|copy|return|tell me|share|echo|append|include"
    r"|contents of|text of|send|encode)"
)
HIDDEN_TEXT = (
    r"(?:system[ -]prompt|(?:initial|original|hidden|secret|configuration|pre-?|base|underlying|internal|developer)"
    r" ?(?:prompt|instructions)"
    r"|your (?:own |full |complete |exact |entire |system |initial |original |hidden )*(?:prompt|instructions|system"
    r" message|guidelines)"
    r"|(?:full|entire|complete|whole) system message|(?:instructions|prompt|rules) (?:that )?you (?:were|have been)"
    r" given|developer message)"
)

SEND_HEADS = (
    "send |post |forward|upload|email|transmit|exfiltrate|submit|encode|append|leak the|leak any|leak all|put the|put"
    " any|put them|put all|copy |pass the|pass any"
)
SEND = r"(?:send|post|forward|upload|email|transmit|exfiltrate|submit|encode|append|leak|put|copy|pass)"
PRIVATE = (
    r"(?:(?:whole |entire |full |previous |this |current )*(?:conversation|chat)(?: history| log| so far)?|messages?"
    r" so far"
    r"|users?['’]?s? (?:last |previous |own |original )*(?:question|message|query|input|prompt|data|request)s?"
    r"|api keys? (?:that )?you|secrets you|credentials you|system prompt|context window|(?:chat|session|message)"
    r" history)"
)
PERSON = r"(?:users?|humans?|operators?|persons?|readers?|anyone|anybody|customers?|people|reviewers?|administrators?)"
