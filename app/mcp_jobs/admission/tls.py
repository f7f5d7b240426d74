"""The certificate of the webhooks: read again when it changes, and checked as its callers will check it."""

import ssl
from contextlib import suppress
from pathlib import Path

from loguru import logger

from mcp_jobs.core.errors import McpJobsError


class CertificateError(McpJobsError):
    """Raised when the webhooks' certificate can't be used."""


class Certificate:
    """A TLS context of a server that stays the same while its certificate changes."""

    def __init__(self, cert: Path, key: Path, ca: Path, *, host: str) -> None:
        """Load the files. `host` is the name that callers ask for. Raises CertificateError."""
        self._files = (cert, key, ca)
        self._host = host
        self._loaded = self._read()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._load(self.context)
        self.complain()

    def refresh(self) -> bool:
        """Load the files again where they changed; says whether they did. A bad pair is not taken over."""
        try:
            raw = self._read()
            if raw == self._loaded:
                return False
            self._loaded = raw
            self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))  # a live context must not get half of a pair
            self._load(self.context)
        except CertificateError as error:
            logger.error("The last good certificate stays in use: {}", error)
            return False
        logger.info("The webhooks' certificate was read again")
        self.complain()
        return True

    def complain(self) -> None:
        """Log what callers will find wrong with the certificate."""
        problem = self.problem()
        if problem:
            logger.error("Callers will refuse the webhooks' certificate {}: {}", self._files[0], problem)

    def problem(self) -> str:
        """What callers will find wrong with the certificate, as a sentence; "" for nothing."""
        trust = ssl.create_default_context()
        try:
            trust = ssl.create_default_context(cafile=str(self._files[2]))
            _shake_hands(self.context, trust, self._host)
        except ssl.SSLCertVerificationError as error:
            if "expired" in error.verify_message:
                return "it has expired: renew the Secret it comes from"
            return error.verify_message
        except (ssl.SSLError, OSError) as error:
            return f"{self._files[2]}: {error}"
        return ""

    def _read(self) -> tuple[bytes, ...]:
        try:
            return tuple(file.read_bytes() for file in self._files)
        except OSError as error:
            raise CertificateError(f"{error.filename} can't be read: {error.strerror}") from None

    def _load(self, context: ssl.SSLContext) -> None:
        cert, key, _ = self._files
        try:
            context.load_cert_chain(cert, key)
        except (ssl.SSLError, OSError) as error:
            raise CertificateError(f"{cert} and {key} are no certificate and its key: {error}") from None


def _shake_hands(serving: ssl.SSLContext, asking: ssl.SSLContext, host: str) -> None:
    """A handshake in memory: the only check that is the caller's own, names, chain and dates together."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(back, there, server_hostname=host)
    server = serving.wrap_bio(there, back, server_side=True)
    for _ in range(2):
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        with suppress(ssl.SSLWantReadError):
            server.do_handshake()
