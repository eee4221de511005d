"""Templates are found online, in bounded memory, and the same for the same messages."""

import random

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.logs.event import Event
from kintsugi.logs.miner import REST, TemplateMiner
from kintsugi.logs.template import EXAMPLES, MAX_SLOTS

NOW = 1_800_000_000.0


def mined(messages, **caps):
    miner = TemplateMiner(now=NOW, **caps)
    for number, message in enumerate(messages, 1):
        miner.add(Event(number, message, message))
    return miner.templates()


def words(rng, count):
    return " ".join("".join(rng.choices("abcdefghij", k=6)) for _ in range(count))


def test_messages_that_differ_in_values_have_one_template():
    (template,) = mined(f"Accepted connection {n} from 10.0.0.{n} after {n} ms" for n in range(9))
    assert template.text == "Accepted connection <*> from <*> after <*>"
    assert template.values[4].distinct == 9
    assert template.values[6].numbers().biggest == 8


def test_a_word_that_turns_out_to_vary_is_counted_as_a_value_from_the_start():
    (template,) = mined(["login for ann ok"] * 3 + ["login for bob ok", "login for eve ok"])
    assert template.values[2].most_frequent(3) == [("ann", 3), ("bob", 1), ("eve", 1)]


def test_an_event_can_be_followed_to_its_final_template():
    miner = TemplateMiner(now=NOW)
    early = miner.add(Event(1, "login for ann ok", "x"))
    for number, user in enumerate(("bob", "eve"), 2):
        miner.add(Event(number, f"login for {user} ok", user))
    (final,) = miner.templates()
    assert early.current() is final


def test_a_template_has_the_same_id_in_every_log():
    (one,) = mined(["took 5 ms"])
    (other,) = mined(["took 7 ms", "took 9 ms"])
    assert one.id == other.id


def test_the_number_of_templates_is_capped_and_the_rest_is_still_counted():
    rng = random.Random(1)
    messages = ["the usual message"] * 100 + [words(rng, rng.randrange(1, 30)) for _ in range(3_000)]
    templates = mined(messages, max_templates=50, max_shapes=200)
    assert len(templates) <= 51
    assert REST in {template.tokens for template in templates}
    assert ("the usual message", 100) in {(template.text, template.count) for template in templates}
    assert sum(template.count for template in templates) == len(messages)


def test_a_value_of_two_words_at_random_leads_to_one_template_even_when_shapes_overflow():
    rng = random.Random(2)
    messages = [f"user {words(rng, 1)} said {words(rng, 1)} to the door and left" for _ in range(500)]
    (template,) = mined(messages, max_templates=20, max_shapes=50)
    assert template.text == "user <*> said <*> to the door and left"


def test_what_is_kept_of_a_message_of_many_values_is_capped():
    message = " ".join(f"k{chr(97 + n % 26)}{'x' * n}={n}" for n in range(300))
    (template,) = mined([message])
    assert len(template.values) <= MAX_SLOTS
    assert len(template.tokens) < 200


def test_the_first_examples_that_differ_are_kept():
    (template,) = mined(["try 1", "try 1", "try 2", "try 3", "try 4"])
    assert template.examples == ["try 1", "try 2", "try 3"]
    assert len(template.examples) == EXAMPLES


words_of_messages = st.sampled_from(["a", "b", "from", "user", "17", "x=1", "x=y", "ERROR", "é", "<*>", "(c)"])
messages = st.lists(st.lists(words_of_messages, max_size=6).map(" ".join), max_size=40)


@given(messages, st.integers(1, 8))
def test_every_message_is_counted_once_and_again_the_same(found, cap):
    first, again = (mined(found, max_templates=cap) for _ in range(2))
    assert sum(template.count for template in first) == len(found)
    assert len(first) <= cap + 1
    assert [(each.text, each.count, each.examples) for each in first] == [
        (each.text, each.count, each.examples) for each in again
    ]
