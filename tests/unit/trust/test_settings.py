"""What a pod is told of the rules: nothing means nothing, and a bad rule ends it before it claims."""

import pytest

from mcp_jobs.core.allow import NOTHING, read_allow
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.settings import ServersSettings


@pytest.mark.parametrize("given", [None, "", "{}"])
def test_a_pod_that_is_told_nothing_allows_nothing(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.delenv("SERVERS_ALLOW", raising=False)
    if given is not None:
        monkeypatch.setenv("SERVERS_ALLOW", given)
    assert read_allow(read(ServersSettings).allow) == NOTHING


@pytest.mark.parametrize(
    "given", ['{"commands": ["sh *"]}', '{"comands": []}', "everything", "*", "[]", "null"]
)
def test_a_bad_rule_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("SERVERS_ALLOW", given)
    with pytest.raises(SettingsError, match=r"SERVERS_ALLOW runner\.allow"):
        read(ServersSettings)
