"""The wire's shapes: what is read, what is refused, what is answered."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.core.review import ReviewError, read_review, write_answer
from mcp_jobs.core.verdict import ADMITTED, Reason, Verdict, denied
from unit.admission.jobs import ended, review, tree


def test_a_create_is_read() -> None:
    found = read_review(review(tree(suspend=True, image="a")))
    assert (found.uid, found.operation, found.namespace, found.dry_run) == (
        "review-1",
        "CREATE",
        "mcp",
        False,
    )
    assert found.old is None
    assert found.job.suspended
    assert found.job.images == ("a",)
    assert (found.job.workload, found.job.tenant, found.job.reservation) == ("default", "acme", "mark-1")


def test_an_update_is_read_with_the_job_before() -> None:
    found = read_review(review(tree(version=8), tree(version=7, suspend=True)))
    assert found.old
    assert (found.old.version, found.job.version) == (7, 8)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "expected an AdmissionReview as JSON"),
        (b"{", "expected an AdmissionReview as JSON"),
        (b"\xff", "expected an AdmissionReview as JSON"),
        (b"[" * 100_000, "expected an AdmissionReview, found JSON that is nested too deep"),
        (b"null", "expected an AdmissionReview of admission.k8s.io/v1"),
        (b'{"kind": "AdmissionReview"}', "expected an AdmissionReview of admission.k8s.io/v1"),
        (review(uid=""), "request.uid: expected a non-empty string"),
        (review(kind={"group": "", "version": "v1", "kind": "Pod"}), "request.kind: expected a batch/v1 Job"),
        (review(subResource="status"), "request.kind: expected a batch/v1 Job"),
        (review(operation="DELETE"), "request.operation: expected CREATE or UPDATE, found 'DELETE'"),
        (review(namespace=None), "request.namespace: expected a non-empty string"),
        (review(dryRun="yes"), "request.dryRun: expected true or false"),
        (review(object=None), "request.object: expected an object, found NoneType"),
        (review(operation="UPDATE"), "request.oldObject: expected an object, found NoneType"),
        (review(tree(backoffLimit="6")), "request.object.spec.backoffLimit: expected a whole number"),
        (review(tree(backoffLimit=True)), "request.object.spec.backoffLimit: expected a whole number"),
        (review(tree(suspend="no")), "request.object.spec.suspend: expected true or false"),
        (review({"metadata": {"labels": {"a": 1}}}), "request.object.labels.a: expected a string"),
        (review({"metadata": {"resourceVersion": "x"}}), "request.object.metadata.resourceVersion"),
        (review({"spec": []}), "request.object.spec: expected an object, found list"),
        (review({"status": {"conditions": [1]}}), "request.object.status.conditions[]: expected an object"),
        (
            review({"status": {"conditions": 1}}),
            "request.object.status.conditions: expected a list, found int",
        ),
        (review({"status": {"conditions": [{"type": []}]}}), "request.object.type: expected a string"),
        (
            review({"spec": {"template": {"spec": {"containers": 7}}}}),
            "request.object.spec.template.containers",
        ),
    ],
)
def test_what_is_no_review_is_refused(raw: bytes, sentence: str) -> None:
    with pytest.raises(ReviewError) as caught:
        read_review(raw)
    assert str(caught.value).startswith(sentence)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a tree."""
    found = [path]
    for key, child in (
        node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ())
    ):
        found += places(child, (*path, key))
    return found


@given(data=st.data(), value=ANYTHING)
def test_a_review_with_anything_anywhere_is_read_or_refused(data: st.DataObject, value: Any) -> None:
    root = [json.loads(review(tree(version=8, status=ended()), tree(version=7, suspend=True)))]
    *path, last = data.draw(st.sampled_from(places(root)[1:]))
    parent: Any = root
    for key in path:
        parent = parent[key]
    parent[last] = value
    with suppress(ReviewError):
        read_review(json.dumps(root[0]).encode())


@pytest.mark.parametrize(
    ("verdict", "response"),
    [
        (ADMITTED, {"allowed": True}),
        (
            denied(Reason.LIMITS, "because"),
            {"allowed": False, "status": {"code": 403, "reason": "Forbidden", "message": "because"}},
        ),
        (Verdict(allowed=True, warnings=("mind",)), {"allowed": True, "warnings": ["mind"]}),
    ],
)
def test_the_answer_carries_the_verdict(verdict: Verdict, response: dict[str, Any]) -> None:
    answer = json.loads(write_answer("review-1", verdict))
    assert answer == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "review-1", **response},
    }


def test_a_patch_is_base64() -> None:
    operation = {"op": "add", "path": "/spec/parallelism", "value": 1}
    response = json.loads(write_answer("u", Verdict(allowed=True, patch=(operation,))))["response"]
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"])) == [operation]
