"""An upstream that speaks TLS: used when its certificate holds, refused when it does not."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from .wire import HTML, RawUpstream, Wire, article, response, running_gateway

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", chain, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, chain


def secured(certificate: tuple[Path, Path]) -> RawUpstream:
    key, chain = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    def script(wire: Wire) -> None:
        wire.socket = context.wrap_socket(wire.socket, server_side=True)
        while wire.request() is not None:
            wire.send(response(article(), HTML))

    return RawUpstream(script)


def test_pages_of_an_upstream_behind_tls_are_woven(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    upstream = secured(certificate)
    with running_gateway(upstream.port, scheme="https", host="localhost") as gateway:
        assert "woven" in gateway.get().verdict
        assert "woven" in gateway.get().verdict
    assert upstream.connections == 1
    upstream.close()


def test_a_certificate_that_nobody_vouches_for_gives_502(
    certificate: tuple[Path, Path],
) -> None:
    upstream = secured(certificate)
    with running_gateway(upstream.port, scheme="https", host="localhost") as gateway:
        assert gateway.get().status == 502
    upstream.close()


def test_a_certificate_for_another_host_gives_502(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    upstream = secured(certificate)
    with running_gateway(upstream.port, scheme="https", host="127.0.0.1") as gateway:
        assert gateway.get().status == 502
    upstream.close()
