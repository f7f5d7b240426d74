"""What changes under a running helper: its policy and its certificate, looked at again and again."""

import threading
import time

from mcp_jobs.adapters.policy_file import PolicyFile
from mcp_jobs.admission.peer import Peers
from mcp_jobs.admission.tls import Certificate

_LOOK_SECONDS = 1.0
_CHECK_SECONDS = 3600.0


def keep_fresh(stop: threading.Event, policy: PolicyFile, certificate: Certificate, peers: Peers) -> None:
    """Read files again when they change. A certificate that runs out is complained of every hour."""
    checked_at = time.monotonic()
    while not stop.wait(_LOOK_SECONDS):
        policy.refresh()
        if certificate.refresh():
            peers.refresh()
            checked_at = time.monotonic()
        if time.monotonic() >= checked_at + _CHECK_SECONDS:
            certificate.complain()
            checked_at = time.monotonic()
