"""What the script of the sink calls in Redis, its user may: deploy/redis/users.acl."""

from __future__ import annotations

import re

from touchline.stack.tools import PROJECT


def test_the_writer_may_run_every_command_of_the_script() -> None:
    script = (PROJECT / "schemas/redis/apply.lua").read_text()
    users = (PROJECT / "deploy/redis/users.acl").read_text()
    [writer] = re.findall(r"^user touchline-writer .*$", users, re.MULTILINE)
    called = set(re.findall(r"redis\.p?call\('([A-Z.]+)'", script))
    assert len(called) == len(set(re.findall(r"redis\.p?call\(\W*([\w.]+)", script))) > 10
    assert {f"+{command.lower()}" for command in called} - set(writer.split()) == set()
