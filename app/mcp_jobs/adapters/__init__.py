"""The world outside: one package for each neighbour, none importing another."""
