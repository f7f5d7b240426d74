"""The kinds of objects that an API server knows, and the paths they are created at."""

import time

from integration.kubernetes.api import Api, Refused
from integration.kubernetes.objects import Object

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_SECONDS = 20.0


class Kinds:
    """The kinds of one API server, asked for once."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._known: dict[tuple[str, str], tuple[str, bool]] = {}

    def define(self, definition: Object) -> None:
        """Add a custom resource definition, and wait until it is served."""
        self.api.apply(_DEFINITIONS, definition)
        spec = definition["spec"]
        version = f"{spec['group']}/{spec['versions'][0]['name']}"
        deadline = time.monotonic() + _SECONDS
        while (version, spec["names"]["kind"]) not in self._known:
            assert time.monotonic() < deadline, f"{definition['metadata']['name']} is not served"
            self._discover(version)

    def path(self, found: Object, namespace: str) -> str:
        """Where objects of its kind are created; `namespace` is for those that live in one."""
        version = found["apiVersion"]
        if (version, found["kind"]) not in self._known:
            self._discover(version)
        plural, namespaced = self._known[version, found["kind"]]
        place = f"namespaces/{namespace}/{plural}" if namespaced else plural
        return f"{_root(version)}/{place}"

    def _discover(self, version: str) -> None:
        try:
            resources = self.api.get(_root(version))["resources"]
        except Refused:  # not yet
            time.sleep(0.05)
            return
        for resource in resources:
            if "/" not in resource["name"]:
                self._known[version, resource["kind"]] = resource["name"], resource["namespaced"]


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"
