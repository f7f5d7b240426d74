"""A server that says nothing, and ignores the end of its stdin and SIGTERM. Its pid goes to the FIFO."""

import os
import signal
import sys
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(str(os.getpid()))
while True:
    time.sleep(60)
