"""Speak to the model that reads, past the person who reads."""

from kintsugi.sensitive.injection.rule import LINE, Rule, mark, rule
from kintsugi.sensitive.injection.vocabulary import A_MODEL, MODEL, MODEL_HEADS

ADDRESSED: tuple[Rule, ...] = (
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
        "|".join(
            f"{to} {which} {model}"
            for to in ("to", "for")
            for which in ("the", "any", "all", "every")
            for model in ("lang", "llm", "ai", "chat", "assis")
        ),
        rf"{LINE}(?:to|for) (?:the |any |all |every )(?:language model|llm|ai|ai assistant|ai agent|chat"
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
