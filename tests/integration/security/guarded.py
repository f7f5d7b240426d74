"""A Kafka as a company runs it: logins, TLS, and an authorizer that allows nobody anything."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.admin import ACLResourcePatternType as Pattern

from integration.eventually import eventually
from integration.kubernetes.certificates import Authority, Pair
from integration.security.tokens import AUDIENCE, TokenServer
from mcp_jobs.core.acls import Acl, Role
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.options import BrokerOptions

PASSWORD = 'open sesame, said Ali; "twice"'
_MODULES = "org.apache.kafka.common.security"
_VALIDATOR = f"{_MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler"


@dataclass(frozen=True, slots=True)
class Guarded:
    """The broker. The listener for clients of its own is the administrator's, and nobody else may use it."""

    broker: Broker
    tokens: TokenServer
    authority: Authority
    admin: KafkaAdminClient

    def allow(self, user: str, acls: Sequence[Acl]) -> None:
        """Give a user these ACLs; they hold when this returns."""
        failed = self.admin.create_acls([_kafkas(user, acl) for acl in acls])["failed"]
        assert not failed, failed
        eventually(lambda: self.holds(user, acls))

    def holds(self, user: str, acls: Sequence[Acl]) -> bool:
        """Whether the broker goes by these ACLs of a user."""
        anything = ResourcePatternFilter(ResourceType.ANY, None, Pattern.ANY)
        wanted = ACLFilter(f"User:{user}", None, ACLOperation.ANY, ACLPermissionType.ANY, anything)
        found, _ = self.admin.describe_acls(wanted)
        return {_kafkas(user, acl) for acl in acls} <= set(found)


@contextmanager
def guarded(directory: Path, tokens: TokenServer) -> Iterator[Guarded]:
    """Bring one up. Users are named as the roles are, and all have PASSWORD."""
    authority = Authority(directory / "authority")
    options = BrokerOptions(
        transaction_cleanup_ms=1_000,
        rebalance_delay_ms=0,
        listeners={
            "LOGIN": "SASL_SSL",
            "BARE": "SASL_PLAINTEXT",
            "MUTUAL": "SSL",
            "EXPIRED": "SSL",
            "ELSEWHERE": "SSL",
        },
        properties={
            **_network(),
            **_sasl("LOGIN", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", tokens=tokens),
            **_sasl("BARE", "PLAIN", tokens=tokens),
            **_tls("LOGIN", authority, authority.issue("broker", "127.0.0.1")),
            **_tls("MUTUAL", authority, authority.issue("broker", "127.0.0.1"), client="required"),
            **_tls("EXPIRED", authority, authority.issue("old", "127.0.0.1", ends_in=timedelta(days=-1))),
            **_tls("ELSEWHERE", authority, authority.issue("other", "kafka.example.com")),
        },
        java=[f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={tokens.address}/keys"],
    )
    with Broker(options) as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
        try:
            for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
                made = admin.alter_user_scram_credentials(
                    [UserScramCredentialUpsertion(role, mechanism, PASSWORD) for role in Role]
                )
                assert not any(made.values()), made
            yield Guarded(broker, tokens, authority, admin)
        finally:
            admin.close()


def _network() -> dict[str, str]:
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Without a login one is ANONYMOUS: the broker itself and the administrator, on the listener CLIENT.
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
        "num.network.threads": "1",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",
    }


def _sasl(listener: str, *mechanisms: str, tokens: TokenServer) -> dict[str, str]:
    users = "".join(f' user_{role}="{_quoted(PASSWORD)}"' for role in Role)
    modules = {
        "PLAIN": f"plain.PlainLoginModule required{users};",
        "SCRAM-SHA-256": "scram.ScramLoginModule required;",
        "SCRAM-SHA-512": "scram.ScramLoginModule required;",
        "OAUTHBEARER": "oauthbearer.OAuthBearerLoginModule required;",
    }
    prefix = f"listener.name.{listener.lower()}"
    properties = {f"{prefix}.sasl.enabled.mechanisms": ",".join(mechanisms)}
    for mechanism in mechanisms:
        properties[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = f"{_MODULES}.{modules[mechanism]}"
    if "OAUTHBEARER" in mechanisms:
        properties |= {
            f"{prefix}.oauthbearer.sasl.server.callback.handler.class": _VALIDATOR,
            f"{prefix}.sasl.oauthbearer.jwks.endpoint.url": f"{tokens.address}/keys",
            f"{prefix}.sasl.oauthbearer.expected.audience": AUDIENCE,
            f"{prefix}.sasl.oauthbearer.expected.issuer": tokens.address,
        }
    return properties


def _tls(listener: str, authority: Authority, pair: Pair, *, client: str = "none") -> dict[str, str]:
    prefix = f"listener.name.{listener.lower()}.ssl"
    return {
        f"{prefix}.keystore.type": "PEM",
        f"{prefix}.keystore.certificate.chain": pair.cert.read_text(encoding="ascii"),
        f"{prefix}.keystore.key": pair.key.read_text(encoding="ascii"),
        f"{prefix}.truststore.type": "PEM",
        f"{prefix}.truststore.certificates": authority.cert.read_text(encoding="ascii"),
        f"{prefix}.client.auth": client,
    }


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _kafkas(user: str, acl: Acl) -> ACL:
    pattern = Pattern.PREFIXED if acl.prefixed else Pattern.LITERAL
    resource = ResourcePattern(ResourceType[acl.resource.name], acl.name, pattern)
    return ACL(f"User:{user}", "*", ACLOperation[acl.operation], ACLPermissionType.ALLOW, resource)
