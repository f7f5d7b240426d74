"""The admission helper: who leads, what is counted, and the web server that answers reviews."""
