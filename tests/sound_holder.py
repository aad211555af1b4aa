"""A client process that holds a bed's sound: the real client, bridge and beats, and no window.

Run as a process: `python tests/sound_holder.py SOCKET USER`. It says "held" once it is.
"""

import sys
import time
from pathlib import Path

from monitor.core.clock import SystemClock
from ui.bridge import Bridge

FRAME_S = 0.03


def main():
    clock = SystemClock()
    bridge = Bridge(Path(sys.argv[1]), sys.argv[2], clock, lambda batch: None, lambda *one: answered(*one))

    def answered(name, reply):
        if name == "take_sound" and reply.ok:
            bridge.hold_sound("bed1")
        elif name == "take_sound":
            time.sleep(0.1)  # no connection yet
            bridge.command("bed1", "take_sound", {})
        elif name == "hold_sound":
            print("held" if reply.ok else f"refused: {reply.text}", flush=True)

    bridge.start()
    bridge.command("bed1", "take_sound", {})
    while True:
        bridge.vouch(clock.now())
        time.sleep(FRAME_S)


if __name__ == "__main__":
    main()
