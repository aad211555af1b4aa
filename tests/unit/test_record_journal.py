import hashlib
import json

from monitor.record import journal


def entries(*bodies):
    """A whole chain without a database."""
    chain, prev = [], journal.GENESIS
    for seq, body in enumerate(bodies, 1):
        fields = (seq, seq * 1000, seq * 10, "e1", "alarm", journal.canonical(body), prev)
        prev = journal.entry_hash(*fields)
        chain.append(journal.Entry(*fields, prev))
    return chain


def test_canonical_form_does_not_depend_on_the_order_of_keys():
    assert journal.canonical({"b": 1, "a": [None, 2.5]}) == journal.canonical({"a": [None, 2.5], "b": 1})


def test_the_hash_is_sha256_of_the_entry_as_sorted_json():
    entry = entries({"user": "Ä"})[0]
    fields = {
        "body": {"user": "Ä"},
        "epoch": "e1",
        "kind": "alarm",
        "prev": "00" * 32,
        "seq": 1,
        "t_ns": 10,
        "utc_ns": 1000,
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert entry.hash == hashlib.sha256(text.encode()).digest()


def test_a_whole_chain_has_no_problems():
    assert journal.problems(entries({"n": 1}, {"n": 2}, {"n": 3})) == []


def test_a_removed_entry_is_named():
    first, _, third = entries({"n": 1}, {"n": 2}, {"n": 3})
    assert journal.problems([first, third]) == [(2, "entries 2 to 2 are missing")]


def test_a_rewritten_entry_breaks_the_chain_behind_it():
    chain = entries({"n": 1}, {"n": 2}, {"n": 3})
    other = entries({"n": 9}, {"n": 2}, {"n": 3})
    assert [seq for seq, _ in journal.problems([other[0], *chain[1:]])] == [2]
