"""The commands of `touchline`, one module a group; `touchline/cli.py` lists them."""
