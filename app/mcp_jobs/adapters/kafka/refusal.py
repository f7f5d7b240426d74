"""Why a broker lets nobody in: what kafka-python and TLS raise, as sentences with a cure."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import kafka.errors

from mcp_jobs.core.errors import ProtocolError


class AccessError(ProtocolError):
    """Raised when Kafka does not let this client in, and asking again is no use."""


class TokenRefused(AccessError):
    """Raised when the token endpoint refuses this client a token."""


class HungUp(Exception):
    """Raised when a broker ends a connection at the first request, after it took the login."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence. `final`: it won't pass by itself, so that asking again is no use."""

    sentence: str
    final: bool


#: X509_V_ERR_ codes of OpenSSL (x509_vfy.h)
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21, 24})
_OTHER_HOST = frozenset({62, 64})


def explain(error: BaseException, address: str, config: Mapping[str, Any]) -> Refusal | None:
    """What an error of a new connection means; None where nobody may simply be there now.

    `config` is the connection's, as kafka-python takes it.
    """
    if isinstance(error, ProtocolError):
        return Refusal(str(error), final=isinstance(error, AccessError))
    causes = list(_causes(error))
    for cause in causes:
        sentence = _sentence(cause, address, config)
        if sentence:
            return Refusal(sentence, final=True)
    if any(isinstance(cause, ssl.SSLEOFError) for cause in causes):
        other = _protocol(config).replace("SSL", "PLAINTEXT")
        return Refusal(
            f"{address} ends the TLS handshake: does that port speak TLS? If not, the security protocol is"
            f" {other}",
            final=False,
        )
    if isinstance(error, HungUp):
        cure = "" if "SASL" in _protocol(config) else ": does that port want a SASL login?"
        return Refusal(f"Kafka at {address} closes the connection at the first request{cure}", final=False)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it wraps, and what it was raised for."""
    while error is not None:
        yield error
        yield from (wrapped for wrapped in error.args if isinstance(wrapped, BaseException))
        error = error.__cause__ or error.__context__


def _sentence(error: BaseException, address: str, config: Mapping[str, Any]) -> str | None:
    if isinstance(error, kafka.errors.KafkaError):
        return _refused(error, address, config)
    return _tls(error, address, config)


def _refused(error: BaseException, address: str, config: Mapping[str, Any]) -> str | None:
    match error:
        case kafka.errors.SaslAuthenticationFailedError():
            return _login(error, address, config)
        case kafka.errors.UnsupportedSaslMechanismError():
            return (
                f"Kafka at {address} does not offer the SASL mechanism {config['sasl_mechanism']} on that"
                " port: name one of the listener's sasl.enabled.mechanisms"
            )
        case kafka.errors.IllegalSaslStateError():
            return (
                f"Kafka at {address} takes no SASL login on that port: the security protocol is"
                f" {_protocol(config).removeprefix('SASL_')}"
            )
        case kafka.errors.InvalidReceiveError() if "SSL" not in _protocol(config):
            return (
                f"{address} does not speak Kafka in plain text: if that port speaks TLS, the security"
                f" protocol is {_protocol(config).replace('PLAINTEXT', 'SSL')}"
            )
        case kafka.errors.IncompatibleBrokerVersion():
            return (
                f"Kafka at {address} does not offer what is needed ({error}): is that a broker's port, not a"
                " controller's, and Kafka 4.0 or newer?"
            )
    return None


def _tls(error: BaseException, address: str, config: Mapping[str, Any]) -> str | None:
    match error:
        case ssl.SSLCertVerificationError():
            return _certificate(error, address, config)
        case ssl.SSLError() if error.reason and "ALERT" in error.reason:
            return _alert(error, address, config)
        case ssl.SSLError() if error.reason and error.library != "SSL":
            return f"the TLS files can't be used ({_files(config)}): {_plain(error.reason)}"
        case FileNotFoundError() | PermissionError():
            return f"the TLS files can't be read ({_files(config)}): {error.strerror}"
    return None


def _login(error: BaseException, address: str, config: Mapping[str, Any]) -> str:
    mechanism = config["sasl_mechanism"]
    said = str(error.args[0]).removeprefix("SaslAuthenticationFailedError: ")
    if mechanism == "OAUTHBEARER":
        return (
            f"Kafka at {address} refuses the OAuth token ({said}): are issuer, audience and scope those that"
            " the broker expects?"
        )
    user = config.get("sasl_plain_username")
    return (
        f"Kafka at {address} refuses the login of {user} with {mechanism} ({said}): are user name and"
        " password right, and is the user one of this mechanism?"
    )


def _certificate(error: ssl.SSLCertVerificationError, address: str, config: Mapping[str, Any]) -> str:
    if error.verify_code in (_NOT_YET, _EXPIRED):
        when = "has expired" if error.verify_code == _EXPIRED else "is not valid yet"
        return f"the certificate of Kafka at {address} {when}: renew it, or set this machine's clock"
    if error.verify_code in _UNKNOWN_AUTHORITY:
        trusted = config.get("ssl_cafile")
        known = f"in {trusted}" if trusted else "among the authorities of this image"
        return (
            f"the certificate of Kafka at {address} is signed by an authority that is not {known}: put the"
            " authority's certificate into the Secret's key `ca` (KAFKA_SSL_CAFILE)"
        )
    if error.verify_code in _OTHER_HOST:
        host = address.rpartition(":")[0]
        return (
            f"the certificate of Kafka at {address} is not for {host}: use a name that is in it, for the"
            " brokers and in their advertised.listeners, or add this name to it"
        )
    return f"the certificate of Kafka at {address} is not good: {error.verify_message}"


def _alert(error: ssl.SSLError, address: str, config: Mapping[str, Any]) -> str:
    """TLS alerts of the broker (RFC 8446, section 6.2). In TLS 1.3 they come after the handshake."""
    said = _plain(error.reason.partition("ALERT_")[2] or error.reason)
    if "certificate" in said or "unknown ca" in said:
        if not config.get("ssl_certfile"):
            return (
                f"Kafka at {address} wants a client's certificate: put it and its key into the Secret's keys"
                " `cert` and `key` (KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE)"
            )
        return (
            f"Kafka at {address} refuses the client's certificate {config['ssl_certfile']} ({said}): has it"
            " expired, or is its authority not in the broker's truststore?"
        )
    return f"Kafka at {address} refuses TLS with this client: {said}"


def _protocol(config: Mapping[str, Any]) -> str:
    return str(config.get("security_protocol", "PLAINTEXT"))


def _files(config: Mapping[str, Any]) -> str:
    given = (config.get(name) for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"))
    return ", ".join(path for path in given if path)


def _plain(reason: str) -> str:
    return reason.replace("_", " ").lower()
