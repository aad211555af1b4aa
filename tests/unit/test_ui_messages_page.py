"""The page about the messages: every kind is there, and every example is one."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from monitor.link import messages
from ui.terminal import lines

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.S)]
STRUCTS = {
    kind.__struct_config__.tag: kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and issubclass(kind, messages.Message) and kind.__struct_config__.tag
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_an_example_is_whole_and_its_kind(example):
    if example["type"] == "connection":
        assert set(example) == {"type", "state", "text"}
        return
    kind = STRUCTS[example["type"]]
    read = msgspec.json.decode(json.dumps(example), type=kind)
    assert set(example) == {"type", *(field.name for field in msgspec.structs.fields(kind))}
    assert json.loads(messages.to_json(read)) == example


def test_every_kind_has_its_example():
    kinds = {
        kind for kind, struct in STRUCTS.items() if struct not in (messages.Message, messages.BedMessage)
    }
    assert kinds - {"Message", "BedMessage"} <= {example["type"] for example in EXAMPLES}


def test_every_line_of_watch_is_on_the_page():
    assert all(f"`{kind.__struct_config__.tag}`" in PAGE for kind in lines._SHOWN)
