"""The reconciler: settles what dead Jobs left claimed, keeps the frontiers, counts what came of messages."""
