"""Rules for URLs, and for the addresses behind them."""

from ipaddress import ip_address

import pytest

from mcp_jobs.core.allow_address import special_kind
from mcp_jobs.core.allow_url import read_target, read_url
from mcp_jobs.core.errors import AllowError


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("api.example.com", "https://api.example.com"),
        ("api.example.com", "https://API.example.com:443/any/path?key=1"),
        ("https://api.example.com", "HTTPS://api.example.com/mcp"),
        ("http://api.example.com", "http://api.example.com:80/mcp"),
        ("api.example.com:8443", "https://api.example.com:8443/"),
        ("*.example.com", "https://a.example.com/"),
        ("*.example.com", "https://a.b.example.com/"),
        ("example.com/mcp", "https://example.com/mcp"),
        ("example.com/mcp", "https://example.com/mcp/1"),
        ("example.com/mcp/", "https://example.com/mcp/1"),
        ("10.1.2.3", "https://10.1.2.3/"),
        ("http://[fd00::1]:80", "http://[fd00:0::1]/"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
    ],
)
def test_a_rule_allows_its_host_port_and_path(rule: str, url: str) -> None:
    target = read_target(url)
    assert target is not None
    assert read_url(rule).allows(target)


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("api.example.com", "http://api.example.com/"),
        ("http://api.example.com", "https://api.example.com/"),
        ("api.example.com", "https://api.example.com:8443/"),
        ("api.example.com", "https://api.example.com.evil.example/"),
        ("api.example.com", "https://evil-api.example.com/"),
        ("api.example.com", "https://api.example.com./"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://evilexample.com/"),
        ("*.example.com", "https://a.example.com.evil.example/"),
        ("example.com/mcp", "https://example.com/"),
        ("example.com/mcp", "https://example.com/mcpx"),
        ("example.com/mcp", "https://example.com/MCP"),
        ("example.com/mcp", "https://example.com//mcp"),
        ("127.0.0.1", "https://127.0.0.2/"),
    ],
)
def test_a_rule_allows_no_other(rule: str, url: str) -> None:
    target = read_target(url)
    assert target is None or not read_url(rule).allows(target)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "file:///etc/passwd", "//example.com", "example.com", "https:///x", "https://",
        "https://user@example.com/", "https://good.example@evil.example/",
        "https://example.com\\@evil.example/",
        "https://example.com#@evil.example/", "https://example.com/#x", "https://exa mple.com/",
        "https://example.com/\n", "https://ex\tample.com/", "https://example。com/",
        "https://\u0435xample.com/",
        "https://\u2147xample.com/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.0.0.1.:443/", "https://[::1%25eth0]/", "https://[::g]/", "https://example.com:0/",
        "https://example.com:65536/", "https://example.com:0443/", "https://example.com/a/../b",
        "https://example.com/..", "https://example.com/%2e%2e/x", "https://example.com/a%2fb",
        "https://example.com/..;/x", "https://example.com/%252e%252e/", "https://example.com/a\\b",
        "https://-a.example/",
        "https://exam%70le.com/", "https://" + "a" * 64 + ".example/", "https://" + "a." * 130 + "example/",
    ],
)  # fmt: skip
def test_a_url_that_can_be_read_in_two_ways_is_not_read(url: str) -> None:
    assert read_target(url) is None


@pytest.mark.parametrize(
    "rule",
    [
        "", "*", "*.com", "*.1.2.3.4", "a.*.example.com", "*example.com", "ftp://example.com", "Example.com",
        "https://user@example.com", "example.com:0", "example.com:70000", "example.com/../x",
        "example.com?x=1",
        "example.com 10.0.0.0/7", "example.com 0.0.0.0/0", "example.com 10.0.0.1/8", "example.com fd00::/7",
        "example.com internal", "1.2.3", "0x7f.1", "exämple.com", "example.com\x1b",
    ],
)  # fmt: skip
def test_a_rule_that_is_too_wide_or_unclear_is_refused(rule: str) -> None:
    with pytest.raises(AllowError):
        read_url(rule)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"), ("0.0.0.0", "this host"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"), ("172.31.255.255", "private"), ("192.168.1.1", "private"),
        ("100.64.0.1", "NAT"),
        ("100.100.100.200", "NAT"), ("169.254.169.254", "link-local"), ("168.63.129.16", "cloud"),
        ("192.0.0.192", "reserved"), ("192.88.99.1", "6to4"), ("198.18.0.1", "benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"), ("240.0.0.1", "reserved"), ("255.255.255.255", "reserved"),
        ("203.0.113.1", "documentation"), ("::", "this host"), ("::1", "loopback"),
        ("::ffff:127.0.0.1", "disguise"),
        ("::ffff:8.8.8.8", "disguise"), ("::127.0.0.1", "reserved"), ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::a00:1", "NAT64"), ("2002:7f00:1::", "6to4"), ("2001:0:1::", "Teredo"),
        ("2001:db8::1", "documentation"),
        ("fc00::1", "private"), ("fd00:ec2::254", "private"), ("fe80::1", "link-local"),
        ("fec0::1", "reserved"),
        ("ff02::1", "multicast"), ("3fff::1", "documentation"), ("4000::1", "reserved"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_has_to_be_listed(address: str, kind: str) -> None:
    found = ip_address(address)
    assert kind in (special_kind(found) or "")
    assert not read_url("example.com").leads_to(found)
    assert read_url(f"example.com {address}").leads_to(found)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_a_public_address_needs_no_listing(address: str) -> None:
    assert special_kind(ip_address(address)) is None
    assert read_url("example.com").leads_to(ip_address(address))


def test_a_network_lists_its_addresses_but_names_none_of_them() -> None:
    rule = read_url("http://tools.acme.svc:8080 10.96.0.0/12")
    assert rule.leads_to(ip_address("10.96.0.1"))
    assert not rule.names(ip_address("10.96.0.1"))
    assert not rule.leads_to(ip_address("10.0.0.1"))
    assert read_url("http://tools.acme.svc 10.96.0.1").names(ip_address("10.96.0.1"))
    assert read_url("https://10.96.0.1").names(ip_address("10.96.0.1"))
