"""PCD-04 messages, whole, of a scripted session: times and ids fixed.

The form of each is alarms 5.4 (IHE PCD-04 in HL7 2.6): which segments, the seven facets and their words,
OBR-3 and OBR-29. Codes: 5.1 for numbers and units, 5.2 for events; the fields of MSH, PID, PV1 and NTE: HL7
2.6, chapters 2 and 3; the patient's identifier is that of the session, "s". Times are those of the script;
{id} stands for a message's own name and {first} for that of the first of its occurrence, which the journal
numbers. Limits are those of adult-standard:
SpO2 < 90, < 85, and no upper one, hence HL7's ">90".
"""

import asyncio

import pytest
from bed_place import Place
from hl7_reading import messages, read

from monitor.app import export
from monitor.link.messages import AlarmBoard, Command

HEAD = """\
MSH|^~\\&|VIGIL|bed1|||{at}+0000||ORU^R40^ORU_R40|{id}|T|2.6|||AL|NE||UNICODE UTF-8|||\
IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO
PID|1||s^^^VIGIL||^^^^^^S
PV1|1|U|^Room 1^bed1
OBR|1|{id}^VIGIL|{id}^VIGIL|196616^MDC_EVT_ALARM^MDC|||{at}+0000{parent}
OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X
"""
PARENT = "||||||||||||||||||||||{first}&VIGIL^{first}&VIGIL"
LOW = """\
OBX|2|ST|196674^MDC_EVT_LO_VAL_LT_LIM^MDC|1.1.1.1.1|SpO2 {was}88 % (limit < 90)||||||R|||{at}+0000
OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1.2|88|262688^MDC_DIM_PERCENT^MDC|>90||||R|||||||ox
"""
DESAT = """\
OBX|2|ST|199854^MDC_EVT_DESAT^MDC|1.1.1.1.1|SpO2 {was}82 % (limit < 85)||||||R|||{at}+0000
OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.1.2|82|262688^MDC_DIM_PERCENT^MDC|>85||||R|||||||ox
"""
TAIL = """\
OBX|4|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.1.1.1.3|{phase}||||||R
{note}OBX|5|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.1.1.1.4|{state}||||||R
OBX|6|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.1.1.1.5|{inactivation}||||||R
OBX|7|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.1.1.1.6|{priority}||||||R
OBX|8|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.1.1.1.7|SP||||||R
"""
GONE = """\
MSH|^~\\&|VIGIL|bed1|||20261124153031.000+0000||ORU^R40^ORU_R40|{id}|T|2.6|||AL|NE||UNICODE UTF-8|||\
IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO
PID|1||s^^^VIGIL||^^^^^^S
PV1|1|U|^Room 1^bed1
OBR|1|{id}^VIGIL|{id}^VIGIL|196616^MDC_EVT_ALARM^MDC|||20261124153031.000+0000
OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X
OBX|2|CWE|196616^MDC_EVT_ALARM^MDC|1.1.1.1.1|196970^MDC_EVT_MSMT_INTERRUP^MDC^^^^^^No pulse data||||||R|||\
20261124153031.000+0000
OBX|3|ST|68480^MDC_ATTR_ALERT_SOURCE^MDC|1.1.1.1.2|ox pulse_rate||||||R
OBX|4|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.1.1.1.3|start||||||R
OBX|5|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.1.1.1.4|active||||||R
OBX|6|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.1.1.1.5|enabled||||||R
OBX|7|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.1.1.1.6|PM||||||R
OBX|8|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.1.1.1.7|ST||||||R
"""


def written(event, at, phase, state, inactivation, priority, note="", was="", first=False):
    parent = "" if first else PARENT
    facts = {"at": at, "phase": phase, "state": state, "inactivation": inactivation, "priority": priority}
    noted = f"NTE|1|L|{note}\n" if note else ""
    template = (HEAD + event + TAIL).replace("{parent}", parent)
    return template.replace("{note}", noted).replace("{was}", was), facts


TEN, RISEN, SEEN, OVER = "153011.000", "153111.000", "153112.000", "153118.000"
GOLDEN = [
    pytest.param("196674", 0, written(LOW, TEN, "start", "active", "enabled", "PM", first=True), id="start"),
    pytest.param(
        "196674",
        1,
        written(LOW, RISEN, "escalate", "active", "enabled", "PH", "unacknowledged"),
        id="escalate",
    ),
    pytest.param(
        "196674", 2, written(LOW, SEEN, "update", "active", "alert-acknowledged", "PH", "anna"), id="ack"
    ),
    pytest.param(
        "196674", 3, written(LOW, OVER, "end", "inactive", "enabled", "PH", "cleared", "was "), id="end"
    ),
    pytest.param(
        "199854",
        1,
        written(DESAT, "153144.000", "update", "latched", "enabled", "PH", "cleared", "was "),
        id="latched",
    ),
    pytest.param(
        "199854",
        2,
        written(DESAT, "153158.000", "reset", "inactive", "enabled", "PH", "anna: seen", "was "),
        id="reset",
    ),
]


def acknowledge(place, identity):
    rows = place.of(AlarmBoard)[-1].rows
    seen = [[member.occurrence, row.priority] for row in rows for member in row.members]
    command = Command(id=identity, bed="bed1", name="acknowledge", user="anna", args={"occurrences": seen})
    assert asyncio.run(place.bed.command(command)).ok


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("session")
    place = Place(folder)
    place.breathe(88, 72)  # medium at 10 s, high when nobody came for 60 s
    acknowledge(place, "a1")
    place.breathe(97, 20)
    place.breathe(82, 6)
    place.breathe(97, 20)
    acknowledge(place, "a2")
    place.bed.close(ended=True)
    out = folder / "alarms.hl7"
    assert export.run(place.path, "pcd04", out) == 0
    return out.read_bytes().decode("utf-8")


def of_code(text, code):
    return [one for one in messages(text) if read(one).code == code]


def name(message):
    return message.split("|")[9]


@pytest.mark.parametrize(("code", "number", "golden"), GOLDEN)
def test_message(text, code, number, golden):
    sent = of_code(text, code)
    template, facts = golden
    at = "20261124" + facts.pop("at")
    wanted = template.format(id=name(sent[number]), first=name(sent[0]), at=at, **facts)
    assert sent[number] == wanted.replace("\n", "\r")


def test_a_technical_alarm_has_its_code_inside(text):
    sent = of_code(text, "196970")[0]
    assert sent == GONE.format(id=name(sent)).replace("\n", "\r")


def test_every_message_has_a_name_of_its_own(text):
    names = [name(one) for one in messages(text)]
    assert len(set(names)) == len(names) > 10
    assert all(len(one) <= 20 for one in names)  # MSH-10 of HL7 2.6


def test_what_was_written_is_read_back(text):
    alert = read(of_code(text, "196674")[2])
    assert (alert.text, alert.value, alert.range) == ("SpO2 88 % (limit < 90)", "88", ">90")
    assert (alert.phase, alert.state, alert.inactivation) == ("update", "active", ["alert-acknowledged"])
    assert (alert.priority, alert.type, alert.notes) == ("PH", "SP", ["anna"])


def test_the_older_style_is_read_as_well(text):
    old = read(
        of_code(text, "196674")[0]
        .replace(
            "OBX|7|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.1.1.1.6|PM||||||R\r"
            "OBX|8|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.1.1.1.7|SP||||||R\r",
            "",
        )
        .replace("SpO2 88 % (limit < 90)||||||R", "SpO2 88 % (limit < 90)|||L~PM~SP|||R")
    )
    assert (old.code, old.priority, old.type) == ("196674", "PM", "SP")
