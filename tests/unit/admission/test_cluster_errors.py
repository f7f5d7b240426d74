"""What the API server refuses, in sentences that name what to do."""

import pytest

from mcp_jobs.adapters.kubernetes.errors import (
    ClusterError,
    Conflict,
    Forbidden,
    Gone,
    Missing,
    Unreachable,
    refused,
    unreachable,
)
from mcp_jobs.adapters.kubernetes.resource import config_maps, jobs, leases

HOST = "https://10.96.0.1:443"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, Forbidden),
        (404, Missing),
        (409, Conflict),
        (410, Gone),
        (401, ClusterError),
        (500, ClusterError),
    ],
)
def test_a_status_has_its_error(status: int, kind: type[ClusterError]) -> None:
    assert type(refused(status, "because", "get", jobs("mcp"))) is kind


def test_what_is_forbidden_names_the_rule_that_is_missing() -> None:
    message = 'leases.coordination.k8s.io is forbidden: User "u" cannot create resource "leases"'
    sentence = str(refused(403, message, "create", leases("mcp")))
    assert sentence.startswith(
        "forbidden to create leases in namespace mcp: the service account's Role needs"
    )
    assert '{apiGroups: ["coordination.k8s.io"], resources: [leases], verbs: [create]}' in sentence
    assert message in sentence
    assert '{apiGroups: [""], resources: [configmaps], verbs: [update]}' in str(
        refused(403, "cannot", "update", config_maps("mcp"))
    )


def test_a_token_that_is_not_accepted_is_told() -> None:
    sentence = str(refused(401, "Unauthorized", "list", jobs("mcp")))
    assert sentence.startswith(
        "can't list jobs in namespace mcp: the API server does not accept our credentials"
    )


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            "certificate verify failed: certificate has expired",
            f"the certificate of the API server at {HOST} has expired: renew it",
        ),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", f"the API server at {HOST} is not trusted"),
        ("Connection refused", f"the API server at {HOST} is unreachable: Connection refused"),
    ],
)
def test_an_api_server_that_can_not_be_asked_is_told(reason: str, sentence: str) -> None:
    error = unreachable(HOST, reason)
    assert isinstance(error, Unreachable)
    assert str(error).startswith(sentence)
