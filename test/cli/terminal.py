"""Runs a command on a pseudo-terminal and copies all of its output.

Usage: terminal.py COLUMNS ROWS COMMAND...   Each line of standard input is one JSON object: {"keys": "y"} types,
{"size": [80, 24]} resizes. The exit status is the command's; a signal counts as 128 + its number.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


def resize(columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


size, command = (int(sys.argv[1]), int(sys.argv[2])), sys.argv[3:]
go_in, go_out = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.read(go_in, 1)
    os.execvp(command[0], command)
resize(*size)
os.write(go_out, b"!")

orders, rest, deadline = [0], b"", time.monotonic() + 60
while time.monotonic() < deadline:
    ready = select.select([terminal, *orders], [], [], 1)[0]
    if terminal in ready:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        os.write(1, chunk)
    if orders and orders[0] in ready:
        said = os.read(0, 65536)
        if not said:
            orders = []
        *lines, rest = (rest + said).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "keys" in order:
                os.write(terminal, order["keys"].encode())
            if "size" in order:
                resize(*order["size"])
                os.kill(child, signal.SIGWINCH)
else:
    os.kill(child, signal.SIGKILL)

_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(128 - code if code < 0 else code)
