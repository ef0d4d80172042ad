"""Runs a command on a pseudo-terminal, types keys once a text appears, and copies all output.

Usage: terminal.py WAIT_FOR KEYS COMMAND...   The exit status is the command's; a signal counts as 128 + its number.
"""

import os
import pty
import select
import sys
import time

wait_for, keys, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

output, typed, deadline = b"", False, time.monotonic() + 20
while time.monotonic() < deadline:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    if not typed and wait_for in output:
        # What is typed before the first frame is painted is dropped.
        time.sleep(0.3)
        os.write(terminal, keys)
        typed = True

_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(output)
code = os.waitstatus_to_exitcode(status)
sys.exit(128 - code if code < 0 else code)
