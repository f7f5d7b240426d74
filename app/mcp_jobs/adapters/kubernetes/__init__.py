"""The Kubernetes API, spoken as JSON over the official client."""
