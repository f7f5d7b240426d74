"""What Kafka denies, in a sentence."""

from enum import StrEnum


class Resource(StrEnum):
    """What an ACL is about; kafka-acls.sh has an option of this name for it."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional-id"


def denied(operation: str, resource: Resource, name: str) -> str:
    """What is denied, with the cure."""
    what = f"{resource.replace('-', ' ')} {name}"
    return (
        f"Kafka denies {operation} on the {what}: allow it to the user that logs in here"
        " (`mcp-jobs acls` prints what each part needs)"
    )
