"""What one bed with the demo's three devices costs the service, and that it starts without Qt.

CPU share and memory have no floor to stand beside: they are figures of one run, to be compared
with the process that does nothing but import the same service.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(180)

SPAN_S = 20.0


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def vigil(*words):
    return subprocess.Popen([sys.executable, "-m", "monitor", *map(str, words)], stderr=subprocess.DEVNULL)


def wait_for(path):
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.1)


def test_one_bed_with_three_devices_costs_little(benchmark):
    folder = Path(tempfile.mkdtemp(prefix="vigil-bench-"))
    run_dir = folder / "run"
    with vigil("simulate", "demo", "--run-dir", run_dir) as simulate:
        try:
            with vigil("serve", "--start", "--run-dir", run_dir, "--data-dir", folder / "data") as serve:
                wait_for(run_dir / "service.sock")
                time.sleep(5)
                before = cpu_s(serve.pid)
                benchmark.pedantic(time.sleep, args=(SPAN_S,), rounds=1)
                share = (cpu_s(serve.pid) - before) / SPAN_S
                memory = rss_mb(serve.pid)
                serve.terminate()
        finally:
            simulate.terminate()
    figures = {"CPU share of one core (%)": round(100 * share, 2), "resident memory (MB)": round(memory, 1)}
    benchmark.extra_info.update(figures)
    print("\n" + "\n".join(f"{name}: {value}" for name, value in figures.items()))
    assert share < 0.25


def test_the_service_starts_without_qt(benchmark):
    script = (
        "import sys, monitor.service.service, monitor.app.serve, drivers.link.ble, drivers.link.serial\n"
        "qt = ('PySide6', 'pyqtgraph', 'shiboken6')\n"
        "loaded = [name for name in sys.modules if name.split('.')[0] in qt]\n"
        "assert not loaded, loaded"
    )

    def start():
        subprocess.run([sys.executable, "-c", script], check=True)

    benchmark.pedantic(start, rounds=5)
