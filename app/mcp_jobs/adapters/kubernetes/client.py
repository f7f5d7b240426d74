"""The Kubernetes API as plain JSON, over the official client's connections and credentials.

Its models are left aside: ten thousand Jobs as objects of theirs would not fit into this process.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from mcp_jobs.adapters.kubernetes.errors import ClusterError, Unreachable, refused, unreachable
from mcp_jobs.adapters.kubernetes.resource import Resource

#: objects in one page of a list; parsing a page holds up reviews for some 10 ms
PAGE = 200
#: deadline of one request, unless told otherwise
REQUEST_SECONDS = 10.0

_METHODS = {"create": "POST", "patch": "PATCH", "delete": "DELETE"}
_CONTENT = {"patch": "application/merge-patch+json"}


class Cluster:
    """One API server, asked by the namespace. Safe to use from several threads."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self.host: str = api.configuration.host

    def read(self, resource: Resource, name: str, *, timeout: float = REQUEST_SECONDS) -> dict[str, Any]:
        """The object with this name."""
        return self._ask("get", resource, name, timeout=timeout)

    def pages(self, resource: Resource, **query: str) -> Iterator[dict[str, Any]]:
        """Pages of all objects, as they are now: each a list object with `items` and `metadata`."""
        page: dict[str, Any] = {"metadata": {"continue": ""}}
        while True:
            more = {"limit": str(PAGE), "continue": page["metadata"]["continue"]}
            page = self._ask("list", resource, query=query | {k: v for k, v in more.items() if v})
            yield page
            if not page["metadata"].get("continue"):
                return

    def create(
        self, resource: Resource, body: Mapping[str, Any], *, timeout: float = REQUEST_SECONDS
    ) -> dict[str, Any]:
        """Create an object and return it."""
        return self._ask("create", resource, body=body, timeout=timeout)

    def patch(
        self, resource: Resource, name: str, body: Mapping[str, Any], *, timeout: float = REQUEST_SECONDS
    ) -> dict[str, Any]:
        """Merge `body` into an object and return it. Raises Conflict if it names another version."""
        return self._ask("patch", resource, name, body=body, timeout=timeout)

    def delete(
        self, resource: Resource, name: str, *, uid: str = "", timeout: float = REQUEST_SECONDS, **query: str
    ) -> dict[str, Any]:
        """Delete an object; `propagationPolicy` and the like are the query.

        Raises Conflict where the object of that name has another uid than the given one.
        """
        body = {"preconditions": {"uid": uid}} if uid else None
        return self._ask("delete", resource, name, query=query, body=body, timeout=timeout)

    @contextmanager
    def watch(
        self, resource: Resource, query: Mapping[str, str], *, silence: float
    ) -> Iterator[BaseHTTPResponse]:
        """The body of a watch, unread. Reading it fails after `silence` seconds without a byte."""
        with self._open("watch", resource, query={"watch": "1", **query}, timeout=silence) as response:
            yield response

    def close(self) -> None:
        """Close idle connections."""
        self._api.close()

    def _ask(
        self,
        verb: str,
        resource: Resource,
        name: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float = REQUEST_SECONDS,
    ) -> dict[str, Any]:
        with self._open(verb, resource, name, query=query, body=body, timeout=timeout) as response:
            answer: dict[str, Any] = _parse(response.read(), self.host)
        return answer

    @contextmanager
    def _open(
        self,
        verb: str,
        resource: Resource,
        name: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float,
    ) -> Iterator[BaseHTTPResponse]:
        """A response whose status is a success; its connection goes back to the pool or is closed."""
        request = self._api.param_serialize(
            _METHODS.get(verb, "GET"),
            resource.path(name),
            query_params=list((query or {}).items()),
            header_params={
                "Accept": "application/json",
                "Content-Type": _CONTENT.get(verb, "application/json"),
            },
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            limits = (min(timeout, REQUEST_SECONDS), timeout)
            response = self._api.call_api(*request, _request_timeout=limits).response
            try:
                if not 200 <= response.status < 300:
                    raise refused(response.status, _message(response), verb, resource)
                yield response
            finally:
                response.close()  # a connection whose response was read to its end is in the pool by now
        except (HTTPError, OSError) as error:
            raise unreachable(self.host, str(error)) from error
        except ApiException as error:  # the client's wrapping of TLS errors
            raise unreachable(self.host, str(error.reason).replace("\n", ": ")) from error


def _parse(raw: bytes, host: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Unreachable(f"{host} does not answer as an API server does: {raw[:80]!r}") from error


def _message(response: BaseHTTPResponse) -> str:
    """What the API server says, or the beginning of what somebody between it and us says."""
    raw = response.read()
    try:
        return str(json.loads(raw)["message"])
    except (ValueError, KeyError, TypeError):
        return raw[:200].decode(errors="replace")


def connect() -> Cluster:
    """The API server of the cluster this runs in, else the one of the kubeconfig file."""
    configuration = Configuration()
    try:
        try:
            config.load_incluster_config(configuration)
        except config.ConfigException:
            config.load_kube_config(client_configuration=configuration)
    except (config.ConfigException, OSError) as error:
        raise ClusterError(f"no Kubernetes API server is configured: {error}") from error
    # Whoever asks decides when to ask again: repeats in here would outlast deadlines, the Lease's above all.
    configuration.retries = False
    configuration.keep_alive = True
    return Cluster(ApiClient(configuration))
