"""Whatever a person, a preset or a device says: a message keeps its structure and reads back the same."""

from alarm_entries import alarm, entry, meta
from hl7_reading import read, unescape
from hypothesis import example, given
from hypothesis import strategies as st

from alarms.phases import PHASE_OF_EVENT
from monitor.record.export import hl7, pcd04

NASTY = "|^~\\&\r\n\x0b\x1c\x85\u2028 \\F\\ \\X0D\\ MSH| 😀 é"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
@example(NASTY)
def test_text_is_one_field_and_reads_back(text):
    written = hl7.escape(text)
    assert not set(written) & set("|^~&\r\n\x0b\x1c\x85\u2028")
    assert written.isprintable() or not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in written)
    assert unescape(written) == text
    assert len(written.splitlines()) <= 1


def test_half_a_character_does_not_stop_an_export():
    assert hl7.escape("\ud800x") == "?x"


@given(TEXT, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["physiological", "technical"]))
@example(NASTY, NASTY, NASTY, NASTY, NASTY, "technical")
def test_no_text_breaks_a_message(text, user, reason, title, device, kind):
    body = alarm(text=text, user=user or None, reason=reason or None, device=device, kind=kind)
    (message,) = pcd04.report(meta(title=title), [entry(body)], patient=device)
    alert = read(message)
    names = [one[0] for one in alert.segments]
    notes = ["NTE"] if user or reason else []
    assert names == ["MSH", "PID", "PV1", "OBR", *["OBX"] * 4, *notes, *["OBX"] * 4]
    assert alert.text == text
    assert alert.notes == [": ".join(word for word in (user, reason) if word)] * bool(notes)
    assert unescape(alert.of("PV1")[0][3].split("^")[1]) == title
    assert (alert.priority, alert.state, alert.phase) == ("PM", "active", "start")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(PHASE_OF_EVENT)),
            st.sampled_from(["unack", "ack", "latched", "ended"]),
            st.sampled_from(["o1", "o2"]),
            st.sampled_from(["alarm", "audio_paused", "audio_pause_ended", "act"]),
        ),
        max_size=12,
    )
)
def test_every_message_after_the_first_names_the_first_of_its_occurrence(script):
    """Also of a journal of before phases and inactivation were written."""
    entries = []
    for seq, (event, state, occurrence, kind) in enumerate(script, 2):
        old = alarm(event=event, state=state, occurrence=occurrence, text=occurrence)
        del old["phase"], old["mdc"]
        entries.append(entry(old if kind == "alarm" else {}, seq, kind))
    first: dict[str, str] = {}
    for message in pcd04.report(meta(), entries):
        alert = read(message)
        name = alert.segments[0][10]
        order = alert.of("OBR")[0]
        parent = order[29].partition("&")[0] if len(order) > 29 else name
        assert parent == first.setdefault(alert.text, name)
        if alert.state == "inactive":
            del first[alert.text]
