"""`vigil decode`: bytes or hex text in, one JSON-able dict an event out, in wire order."""

import re
from collections.abc import Callable, Iterable, Iterator

from drivers import registry
from drivers.model import BLUETOOTH_BASE, Model, Source, Transport
from drivers.wire.events import (
    Decoder,
    Event,
    GarbageEvent,
    IncompleteEvent,
    InfoEvent,
    NibpEvent,
    NumericEvent,
    ReplyEvent,
    StatusEvent,
    WaveformEvent,
)
from monitor.core.errors import MonitorError
from monitor.core.types import Reason, StatusCode

Dict = dict[str, object]
Data = bytes | str | Iterable[bytes]
LONGEST_LINE = 1 << 20
_SEPARATORS = re.compile(r"[\s|,]+")
_BYTE = re.compile("[0-9a-fA-F]{2}")


class DecodeInputError(MonitorError):
    """The text to decode is not hex, or names no characteristic of the model."""


def decode(model: Model | str, data: Data, *, is_hex: bool) -> Iterator[Dict]:
    """Yield the events of `data`: bytes for serial models unless `is_hex`, else text.

    Chunks of bytes are read as they come, so a file of any size takes no more memory than a
    chunk. DecodeInputError says what is wrong with the text, and in which line.
    """
    model = registry.load(model) if isinstance(model, str) else model
    if model.transport is Transport.BLE:
        return _decode_values(model, _lines(_chunks(data)))
    chunks = _unhex_lines(_lines(_chunks(data))) if is_hex else _chunks(data)
    return _decode_stream(model.sources[0].make_decoder(), chunks)


def _chunks(data: Data) -> Iterator[bytes]:
    if isinstance(data, str):
        data = data.encode()
    return iter([data]) if isinstance(data, bytes) else iter(data)


def _decode_stream(decoder: Decoder, chunks: Iterator[bytes]) -> Iterator[Dict]:
    for chunk in chunks:
        yield from map(as_dict, decoder.feed(chunk))
    yield from map(as_dict, decoder.finish())


def _decode_values(model: Model, lines: Iterator[tuple[int, str]]) -> Iterator[Dict]:
    decoders = {source.uuid: source.make_decoder() for source in model.sources}
    number = 0
    for number, line in lines:
        name, colon, value = line.rpartition(":")
        source = _source(model, name, number) if colon else model.sources[0]
        decoder = decoders[source.uuid]
        for event in decoder.feed(_unhex(value, number)):
            yield {"line": number, **as_dict(event)}
    for decoder in decoders.values():  # what a stream over several values held back
        for event in decoder.finish():
            yield {"line": number, **as_dict(event)}


def _source(model: Model, name: str, number: int) -> Source:
    """Return the one characteristic whose UUID begins with `name`, or has it as its short form."""
    wanted = name.strip().lower().replace("-", "").removeprefix("0x")
    found = [source for source in model.sources if wanted and _named(source, wanted)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(source.uuid for source in model.sources)
    what = "fits more than one characteristic" if found else "is no characteristic"
    raise DecodeInputError(f"line {number}: {name.strip()!r} {what} of {model.name} ({known})")


def _named(source: Source, wanted: str) -> bool:
    short = source.uuid.removesuffix(BLUETOOTH_BASE)
    standard = len(short) == 8 and short.startswith("0000")
    return source.uuid.replace("-", "").startswith(wanted) or (standard and short[4:] == wanted)


def _lines(chunks: Iterator[bytes]) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that are neither blank nor a # comment."""
    for number, raw in enumerate(_raw_lines(chunks), 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise DecodeInputError(f"line {number}: not text; one value in hex a line is wanted") from None
        if line := line.partition("#")[0].strip():
            yield number, line


def _raw_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    number = 1
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        number += len(whole)
        if len(rest) > LONGEST_LINE:
            raise DecodeInputError(f"line {number}: longer than {LONGEST_LINE} characters")
    yield rest


def _unhex_lines(lines: Iterator[tuple[int, str]]) -> Iterator[bytes]:
    for number, line in lines:
        yield _unhex(line, number)


def _unhex(text: str, number: int) -> bytes:
    """Return the bytes of hex digits with blanks, | and commas between bytes, or none at all."""
    for word in _SEPARATORS.split(text):
        wrong = _BYTE.sub("", word)
        if wrong:
            raise DecodeInputError(f"line {number}: {word[:40]!r} is not hex (two digits a byte)")
    return bytes.fromhex(_SEPARATORS.sub("", text))


def as_dict(event: Event) -> Dict:
    """Return `event` as the JSON object of the decode contract."""
    kind, body = next(_BODIES[of] for of in type(event).__mro__ if of in _BODIES)
    return {"event": kind, "span": list(event.span), **body(event)}


def _numeric(event: NumericEvent) -> Dict:
    body: Dict = {"channel": event.channel, "value": event.value}
    if event.value is None:
        body["reason"] = event.reason
    body["unit"] = event.unit
    if event.doubtful:
        body["doubtful"] = True
    if event.device_time is not None:
        body["device_time"] = event.device_time.isoformat()
    if event.stored:
        body["stored"] = True
    return body


def _nibp(event: NibpEvent) -> Dict:
    body: Dict = {
        "nibp_sys": event.sys,
        "nibp_dia": event.dia,
        "nibp_map": event.map,
        "pulse_rate": event.pulse_rate,
        "unit": event.unit,
        "status": list(event.status),
        "device_time": event.device_time.isoformat() if event.device_time else None,
    }
    if StatusCode.MEASUREMENT_FAILED in event.status:
        body["reason"] = Reason.MEASUREMENT_FAILED
    if event.error:
        body["error"] = event.error
    if event.stored:
        body["stored"] = True
    return body


def _waveform(event: WaveformEvent) -> Dict:
    return {"channel": event.channel, "rate_hz": event.rate_hz, "samples": list(event.samples)}


def _status(event: StatusEvent) -> Dict:
    return {"code": event.code, "active": event.active}


def _info(event: InfoEvent) -> Dict:
    return {"field": event.field, "text": event.text}


def _reply(event: ReplyEvent) -> Dict:
    body: Dict = {"command": event.command, "ok": event.ok, "text": event.text}
    return body if event.number is None else {**body, "number": event.number}


def _garbage(event: GarbageEvent) -> Dict:
    return {"why": event.why}


def _incomplete(event: IncompleteEvent) -> Dict:
    return {}


_BODIES: dict[type, tuple[str, Callable[..., Dict]]] = {
    NumericEvent: ("numeric", _numeric),
    NibpEvent: ("nibp", _nibp),
    WaveformEvent: ("waveform", _waveform),
    StatusEvent: ("status", _status),
    InfoEvent: ("info", _info),
    ReplyEvent: ("reply", _reply),
    GarbageEvent: ("garbage", _garbage),
    IncompleteEvent: ("incomplete", _incomplete),
}
