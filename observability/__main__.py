"""Writes the files of deploy/ that are made of code; says which are different from before."""

from __future__ import annotations

from observability.files import contents

for file, text in contents().items():
    if not file.exists() or file.read_text() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        print(file)
