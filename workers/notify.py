"""What a process of ours tells systemd (sd_notify(3)): that it is ready, and that it is not stuck. Elsewhere: nothing.

The unit's WatchdogSec ends a process that says nothing for so long. So whoever tells must stop telling when its work
hangs; a thread that always tells would hide just that.
"""

from __future__ import annotations

import os
import socket

READY = "READY=1"
ALIVE = "WATCHDOG=1"


def tell(*words: str) -> bool:
    """Sends the words to systemd; False when nobody listens. Never raises."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect(f"\0{path[1:]}" if path.startswith("@") else path)
            line.send("\n".join(words).encode())
    except OSError:
        return False
    return True
