"""The worker beside a web process ends with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.running import Running, running

pytestmark = [pytest.mark.slow]


def serve(hub: Running) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    words = [sys.executable, "-m", "hub", "serve", "--data-dir", str(hub.data), "--port", str(hub.port)]
    web = subprocess.Popen(words, env=os.environ | hub.environment, cwd=ROOT)
    hub.wait_until_up()
    (worker,) = [p for p in psutil.Process(web.pid).children() if "work" in p.cmdline()]
    return web, worker


def test_the_worker_ends_with_its_web_process(tmp_path: Path) -> None:
    with running(tmp_path) as hub:
        for how in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            web, worker = serve(hub)
            web.send_signal(how)
            web.wait(60)
            worker.wait(60)
            assert not worker.is_running()
