"""Whether a server answers that it is well."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable

_ANSWER_SECONDS = 3.0


def well(url: str) -> Callable[[], bool]:
    """A question to be asked again and again: does this URL answer 200?

    Nothing is told to the server, so its certificate needn't be one that we know.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    opener = urllib.request.build_opener(*handlers)

    def ask() -> bool:
        try:
            with opener.open(url, timeout=_ANSWER_SECONDS) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    return ask
