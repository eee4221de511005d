"""Shapes become templates: values are open, text is not."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.logs.cluster import clustered


def templates(*messages, times=1):
    shapes = {tuple(message.split()): times for message in messages}
    return sorted({" ".join(template) for template in clustered(shapes).values()})


def test_names_after_an_announcing_word_are_values():
    messages = [f"Failed password for {user} from <*>" for user in ("root", "bob", "ann")]
    assert templates(*messages) == ["Failed password for <*> from <*>"]
    assert len(templates("Waiting for shutdown now", "Waiting for requests now")) == 2


def test_states_are_text():
    assert len(templates("VM Started (Lifecycle Event)", "VM Paused (Lifecycle Event)")) == 2
    assert len(templates("changed from NEW to RUNNING", "changed from RUNNING to FAILED")) == 2


def test_many_plain_words_in_one_place_are_values():
    words = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis")
    assert templates(*(f"the {word} has left the house" for word in words)) == ["the <*> has left the house"]


def test_messages_that_share_fewer_words_than_they_differ_in_stay_apart():
    endings = ("open a connection", "read config file", "write audit record", "parse this request", "find that user")
    endings += ("renew access token", "load plugin manifest", "bind local socket", "start worker pool")
    assert len(templates(*(f"Failed to {ending}" for ending in endings))) == len(endings)


def test_a_list_of_names_is_no_message():
    rows = ("ant, bee, cat", "dog, elk, fox", "gnu, hen, ibis", "jay, kea, lynx", "mole, newt, owl", "pug, quail, rat")
    rows += ("seal, tern, urchin", "viper, wasp, yak")
    assert templates(*(f"loaded: {row}" for row in rows)) == ["loaded: <*>, <*>, <*>"]


def test_the_first_word_says_who_speaks():
    assert len(templates("cupsd startup succeeded", "klogd startup succeeded", "portmap startup succeeded")) == 3


def test_values_of_one_key_are_values_and_keep_key_and_punctuation():
    assert templates("lock tag=<*>, ok", "lock tag=RILJ, ok") == ["lock tag=<*>, ok"]
    assert templates("client () gone", "client (<*>) gone") == ["client (<*>) gone"]


def test_a_place_that_was_a_value_stays_one():
    assert templates("session opened for <*> today", "session opened for alice today") == [
        "session opened for <*> today"
    ]


shapes = st.dictionaries(
    st.lists(st.sampled_from(["<*>", "a", "b", "from", "x=1", "x=<*>", "ERROR", "a.b", "c_d", "(e)"]), max_size=5).map(
        tuple
    ),
    st.integers(1, 50),
    max_size=25,
)


@given(shapes)
def test_every_shape_has_a_template_of_its_length_whatever_the_order(found):
    result = clustered(found)
    assert result == clustered(dict(reversed(found.items())))
    assert set(result) == set(found)
    assert all(len(template) == len(shape) for shape, template in result.items())
    assert all(
        ours == its or "<*>" in ours
        for shape, template in result.items()
        for ours, its in zip(template, shape, strict=True)
    )
