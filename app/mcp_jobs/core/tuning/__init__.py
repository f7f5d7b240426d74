"""Predicts how long messages wait and what that costs, for given values: a discrete-event model, no I/O."""
