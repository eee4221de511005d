"""Values of several words and lists of values are one token of a shape, and can be read back."""

import pytest

from kintsugi.logs.mask import masked
from kintsugi.logs.shape import shape_of


def shape_and_values(message):
    words = message.split()
    shape = shape_of([masked(word) for word in words])
    return " ".join(shape.tokens), [slot.value(words) for slot in shape.slots]


@pytest.mark.parametrize(
    ("message", "shape", "values"),
    [
        ("took 35 ms", "took <*>", ["35 ms"]),
        ("wrote 1190 bytes (1.16 KB) to disk", "wrote <*> to disk", ["1190 bytes (1.16 KB)"]),
        ("lifetime <1 sec", "lifetime <*>", ["<1 sec"]),
        ("from h at Fri Jul 1 07:57:30 2005", "from h at <*>", ["Fri Jul 1 07:57:30 2005"]),
        ('tag="View Lock", uid=7', "tag=<*>, uid=<*>", ['"View Lock"', "7"]),
        ("delete blk_1 blk_2 blk_3", "delete <*>", ["blk_1 blk_2 blk_3"]),
        ("ports 1, 2, 3 open", "ports <*> open", ["1, 2, 3"]),
        ("a (size=12),", "a (size=<*>),", ["12"]),
        ("nothing varies", "nothing varies", []),
    ],
)
def test_a_value_is_one_token_and_can_be_read_back(message, shape, values):
    assert shape_and_values(message) == (shape, values)


def test_lists_of_any_length_have_the_same_shape():
    assert shape_and_values("ids: 1, 2")[0] == shape_and_values("ids: 3, 4, 5, 6")[0]


def test_a_message_without_words_has_an_empty_shape():
    assert shape_of([]).slots == ()
