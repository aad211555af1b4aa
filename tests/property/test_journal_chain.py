from hypothesis import given
from hypothesis import strategies as st

from monitor.record import journal

bodies = st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=12), max_size=4)


def chained(contents):
    chain, prev = [], journal.GENESIS
    for seq, body in enumerate(contents, 1):
        fields = (seq, seq * 1000, seq * 10, "e1", "alarm", journal.canonical(body), prev)
        prev = journal.entry_hash(*fields)
        chain.append(journal.Entry(*fields, prev))
    return chain


@given(st.lists(bodies, max_size=6))
def test_a_chain_as_written_is_whole(contents):
    assert journal.problems(chained(contents)) == []


@given(st.lists(bodies, min_size=2, max_size=6), st.data())
def test_no_entry_but_the_last_can_be_taken_out_unseen(contents, data):
    chain = chained(contents)
    taken = data.draw(st.integers(0, len(chain) - 2))
    assert journal.problems(chain[:taken] + chain[taken + 1 :])


@given(st.lists(bodies, min_size=2, max_size=6), st.data())
def test_no_two_entries_can_change_places_unseen(contents, data):
    chain = chained(contents)
    one, two = sorted(data.draw(st.sets(st.integers(0, len(chain) - 1), min_size=2, max_size=2)))
    chain[one], chain[two] = chain[two], chain[one]
    assert journal.problems(chain)


@given(st.lists(bodies, min_size=1, max_size=6), bodies, st.data())
def test_no_body_can_be_rewritten_unseen(contents, other, data):
    chain = chained(contents)
    at = data.draw(st.integers(0, len(chain) - 1))
    entry = chain[at]
    text = journal.canonical(other)
    changed = journal.Entry(
        entry.seq, entry.utc_ns, entry.t_ns, entry.epoch, entry.kind, text, entry.prev, entry.hash
    )
    found = journal.problems([*chain[:at], changed, *chain[at + 1 :]])
    assert bool(found) is (text != entry.body)
