#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `shallop bench` on a pseudo-terminal, presses Ctrl-C, and looks at what was shown.

    check_live_view.py SHALLOP URL
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import time


def main():
    shallop, url = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(shallop, [shallop, "bench", "-c", "2", "-d", "60s", "-h", url])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    shown, pressed, deadline = b"", False, time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        shown += part
        if not pressed and len(re.findall(rb"req/s", shown)) >= 2:
            os.write(terminal, b"\x03")
            pressed = True
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    text = shown.decode()
    lines = re.findall(r"\r\x1b\[K +\d+s  \d+ req/s  p50 \d+\.\d\dms  p99 \d+\.\d\dms  0 errors  [▁▂▃▄▅▆▇█]+", text)
    if len(lines) < 2:
        sys.exit(f"no line was rewritten with figures and a sparkline in {text!r}")
    last = text.rindex("req/s  p50")
    if "\r\x1b[K" not in text[last:text.index("Latencies:")]:
        sys.exit(f"the last line was left on the terminal in {text!r}")
    if "\x1b[33mAvg" not in text:
        sys.exit("the report has no colours on a terminal")
    if status != 130 or "Ended early: interrupted" not in text:
        sys.exit(f"it ended with status {status}: {text!r}")
    print("seen")


if __name__ == "__main__":
    main()
