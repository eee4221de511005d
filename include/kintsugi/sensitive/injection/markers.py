"""Marks of chat formats and of tool calls: what a model's host writes between messages, in no document for people."""

from kintsugi.sensitive.injection.rule import LINE, Rule, mark

MARKERS: tuple[Rule, ...] = (
    mark(
        "role marker",
        0.85,
        "<|im_ <|sys <|use <|ass <|end <|sta <|eot <|beg <|too",
        r"<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|start_header_id|end_header_id|eot_id"
        r"|begin_of_text|end"
        r"|endofprompt|tool_call)\|>",
        separator=" ",
    ),
    mark("role marker", 0.6, "[system]|[/system|[assistant]|[/assistant|[user]", r"\[/?(?:system|assistant)\]"),
    mark("role marker", 0.8, "[inst]|[/inst|<<sys|<</sys", r"\[/?inst\]|<</?sys>>"),
    mark(
        "role marker",
        0.6,
        "system|instruct|response|human|assistant",
        r"(?:(?<=\n## )|(?<=\n### )|(?<=\n#### )|(?<=^### )|(?<=###))(?:system|instructions?|response|human"
        r"|assistant)(?: prompt| message)?:",
    ),
    mark("role marker", 0.65, "human:|user: ", rf"{LINE}(?:human|user): ?.{{0,400}}\n{{1,3}}(?:assistant|ai):"),
    mark(
        "role marker",
        0.4,
        "system:|system mess|system prom|system over|system inst|system noti|system note|developer:|developer mess"
        "|developer note",
        rf"{LINE}(?:system|developer)(?: (?:message|prompt|override|instruction|notice|note))?: (?=[a-z])",
    ),
    mark(
        "role marker",
        0.3,
        "system message|system prompt|system override|system instruction|developer message",
        r"\w+ (?:message|prompt|override|instruction)s?:",
    ),
    mark(
        "role marker",
        0.35,
        "end of doc|end of the doc|end of con|end of user|end of prom|end of file|end of data|end of input|</con"
        "|</doc|</user_in|</retr|</data|</search",
        r"(?<=[=\-#*] )end of (?:the )?(?:document|context|user input|prompt|file|data|input)s?\b"
        r"|</(?:context|documents?|user_input|retrieved|data|search_results)>",
    ),
    mark(
        "role marker",
        0.6,
        "system_|assistant_|llm_in|llm_pr|ai_in|ai_pr|model_|agent_|<instruct|</instruct|<system>|</system",
        r"(?:(?<=<)|(?<=</))(?:system|assistant|llm|ai|model|agent)_(?:instructions?|prompt|message|override|note)s?>"
        r"|</?(?:instructions?|system)>",
    ),
    mark(
        "tool call",
        0.75,
        "<tool_|<function_call|<invoke",
        r"<(?:tool_call|tool_use|function_calls?|invoke|tool_code)\b",
    ),
    mark(
        "tool call",
        0.4,
        '"arguments"|"parameters"|"args"|"tool_input"|"action_input"',
        r"(?<=,)\s?\"\w+\"\s?:\s?\{|(?<=, )\"\w+\"\s?:\s?\{",
    ),
    mark(
        "tool call",
        0.55,
        "use your|call your|invoke your|run your|execute your|trigger your|open your",
        r"(?<![^\W_])\w+ your (?:\w+ )?"
        r"(?:tool|plugin|function|browser|interpreter|terminal|code interpreter)s?\b(?! of)",
    ),
    mark(
        "tool call",
        0.55,
        "use the|using the|with your",
        r"(?<![^\W_])(?:(?:use|using) the (?:browser|e-?mail|shell|code|search|web|terminal|file) tool\b|with your"
        r" (?:code interpreter|shell|browser|terminal|sandbox)\b)",
    ),
    mark(
        "tool call",
        0.35,
        "curl http|wget http|rm -rf|os.system(",
        r"(?:curl|wget) https?://[^\s\"'`]+ ?\|{1,2} ?(?:ba|z)?sh\b|rm -rf /|os\.system\(",
    ),
    mark(
        "tool call",
        0.4,
        "call the|invoke the|execute the|trigger the|use the",
        r"(?<![^\W_])\w+ the (?:`?\w+_\w+`? (?:tool|function|plugin)\b|(?:tool|function|plugin) `?\w+_\w+)",
    ),
)
