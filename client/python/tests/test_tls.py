"""The same over TLS."""

from __future__ import annotations

import json
import ssl
import subprocess
from pathlib import Path

import pytest
from gateway import ROOT, Gateway, in_loop

import joywire
from joywire import JoywireError

#: A certificate for 127.0.0.1, made by what the repository's own tests make theirs with.
MAKE = """
import { generate } from 'selfsigned';
const extensions = [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }];
const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], { extensions });
process.stdout.write(JSON.stringify({ cert, key }));
"""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder with ``cert`` and ``key``."""
    command = ["node", "--input-type=module", "-e", MAKE]
    made = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    for name in ("cert", "key"):
        (tmp_path / name).write_text(made[name])
    return tmp_path


@in_loop
async def test_a_session_over_tls_trusts_whom_it_is_told(certificate: Path) -> None:
    cert = str(certificate / "cert")
    with Gateway("--tls-cert", cert, "--tls-key", str(certificate / "key")) as gateway:
        url = f"wss://127.0.0.1:{gateway.port}"
        with pytest.raises(JoywireError, match="connection_failed"):
            await joywire.connect(url)
        trusting = ssl.create_default_context(cafile=cert)
        async with joywire.connect(url, ssl_context=trusting) as pad:
            assert (await pad.press("A")).executed
