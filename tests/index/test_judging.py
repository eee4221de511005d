"""What counts as wrong."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.index.judging import verdict
from tests.builders import chunk, document

HEAD = document()
CHUNKS = st.one_of(
    st.none(),
    st.builds(
        lambda live, current, digest: chunk(of=HEAD, live=live, digest=digest).but(
            document_version=HEAD.current if current else "another"
        ),
        st.booleans(),
        st.booleans(),
        st.sampled_from([7, 8]),
    ),
)
HEADS = st.sampled_from([None, HEAD, HEAD.but(deleted_at=1.0)])
SHOWN = st.sampled_from([None, 7, 8])


@given(CHUNKS, HEADS, SHOWN)
def test_a_repair_of_what_is_wrong_leaves_nothing_wrong(one, head, shown):
    kind = verdict(one, head, shown)
    after = {"orphaned": None, "missing": one and one.digest, "stale": one and one.digest, None: shown}[kind]
    assert verdict(one, head, after) is None


@given(CHUNKS, HEADS, SHOWN)
def test_nothing_is_written_but_live_chunks_of_the_current_version_of_a_living_document(one, head, shown):
    if verdict(one, head, shown) in ("missing", "stale"):
        assert one.live
        assert head.deleted_at is None
        assert one.document_version == head.current


@given(CHUNKS, HEADS, SHOWN)
def test_a_chunk_that_lives_in_a_living_document_is_never_orphaned(one, head, shown):
    if one is not None and one.live and (head is None or head.deleted_at is None):
        assert verdict(one, head, shown) != "orphaned"


def test_a_live_chunk_whose_head_is_not_written_yet_is_nothing_at_all():
    assert verdict(chunk(of=HEAD), None, None) is None
    assert verdict(chunk(of=HEAD).but(document_version="next"), HEAD, 7) is None


def test_each_kind_by_example():
    alive = chunk(of=HEAD, digest=8)
    assert verdict(alive, HEAD, None) == "missing"
    assert verdict(alive, HEAD, 7) == "stale"
    assert verdict(alive, HEAD, 8) is None
    assert verdict(alive.but(live=False), HEAD, 8) == "orphaned"
    assert verdict(None, None, 8) == "orphaned"
    assert verdict(alive, HEAD.but(deleted_at=1.0), 8) == "orphaned"
