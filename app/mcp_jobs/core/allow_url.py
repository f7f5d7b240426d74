"""Rules for URLs: scheme, host, port and path, and which addresses but public ones they may lead to."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from mcp_jobs.core.allow_address import Address, Network, special_kind
from mcp_jobs.core.errors import AllowError

#: bits of a listed network at least: nobody lists half of the internet by mistake
MIN_PREFIX = 8
_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,126}}|\[[0-9a-f:.]{{2,45}}\]"
_PATH = r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*"
_URL = re.compile(
    rf"(?P<scheme>(?i:https?))://(?P<host>(?i:{_HOST}))(?::(?P<port>[1-9][0-9]{{0,4}}))?(?P<path>{_PATH})?"
    r"(?:\?[!-~]*)?"
)
_RULE = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?P<any>\*\.)?(?P<host>{_HOST})(?::(?P<port>[1-9][0-9]{{0,4}}))?(?P<path>{_PATH})?"
)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_TRICKY_PATH = re.compile(r"/\.{1,2}(?:[/;]|$)|%(?:2e|2f|5c|25|00)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL goes to. `host` is in lower case; an IPv6 address has no brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and, unless it is the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True, slots=True)
class UrlRule:
    """One rule. `suffix` stands for every name below `host`, `path` for itself and all below it."""

    text: str
    origin: Target
    suffix: bool
    networks: tuple[Network, ...]

    def allows(self, target: Target) -> bool:
        """Whether a URL with this target may be asked."""
        own = self.origin
        if (target.scheme, target.port) != (own.scheme, own.port):
            return False
        if target.host != own.host if not self.suffix else not target.host.endswith("." + own.host):
            return False
        return own.path in ("/", target.path) or target.path.startswith(own.path.rstrip("/") + "/")

    def leads_to(self, address: Address) -> bool:
        """Whether the rule's host may be at this address."""
        return special_kind(address) is None or any(address in network for network in self.networks)

    def names(self, address: Address) -> bool:
        """Whether the rule lists this very address, by itself."""
        return any(network.num_addresses == 1 and address in network for network in self.networks)


def read_target(url: str) -> Target | None:
    """The target of a URL in its plain form; None for any other text.

    Not plain: user names, fragments, characters outside of ASCII, `.` and `..` in the path also in disguise,
    numbers that some resolvers take for addresses (0x7f.1).
    """
    found = _URL.fullmatch(url)
    if not found:
        return None
    path = found["path"] or "/"
    host = _host(found["host"].lower())
    port = int(found["port"] or _PORTS[found["scheme"].lower()])
    if host is None or port > 65535 or _TRICKY_PATH.search(path):
        return None
    return Target(found["scheme"].lower(), host, port, path)


def read_url(text: str) -> UrlRule:
    """The rule in a line: a URL pattern, then networks. Raises AllowError, which says what is wrong."""
    pattern, *listed = (text.split() if text.isprintable() else []) or [""]
    found = _RULE.fullmatch(pattern)
    host = _host(found["host"]) if found else None
    if found is None or host is None or _TRICKY_PATH.search(found["path"] or ""):
        raise AllowError(
            "expected [http://]host[:port][/path] in lower case, a host of names or an address, "
            "or *.host for every name below it, and after blanks the networks it may lead to"
        )
    if found["any"] and ("." not in host or _address(host)):
        raise AllowError(f"*.{host} is too wide: name at least two labels behind the *, as in *.example.com")
    scheme = found["scheme"] or "https"
    port = int(found["port"] or _PORTS[scheme])
    if port > 65535:
        raise AllowError(f"{port} is no port")
    address = _address(host)
    own = (ip_network(address),) if address else ()
    networks = own + tuple(map(_network, listed))
    return UrlRule(text, Target(scheme, host, port, found["path"] or "/"), bool(found["any"]), networks)


def _host(text: str) -> str | None:
    """The host in its one form; None where it only looks like an address."""
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except ValueError:
            return None
    if _NUMBER.fullmatch(text.rpartition(".")[2]) and not _address(text):
        return None
    return text if len(text) <= 253 else None


def _address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError as error:
        raise AllowError(f"{text} is no network such as 10.96.0.0/16 ({error})") from None
    if network.prefixlen < MIN_PREFIX:
        raise AllowError(f"{text} is too wide: list networks of /{MIN_PREFIX} or smaller")
    return network
