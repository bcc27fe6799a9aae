"""The command line."""
from __future__ import annotations
import typer
from touchline.commands.stack import app

def main() -> None:
    """Run."""
    app()
