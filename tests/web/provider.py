"""A service that vouches for people, for tests: a process of its own with real HTTP, keys and tokens, that can be told to lie.

Realms: `good`; `liar` names another issuer, `elsewhere` another host for its keys, `moved` redirects its description,
`endless` never stops answering, `hanging` never begins. At the door of `good` the browser's own words choose who signs in (`as`) and how the token
is wrong (`lie`). `/asked` tells how often what was asked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "the-hub", "a secret: with / odd % signs"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1"})
CODES: dict[str, dict[str, str]] = {}
ASKED: Counter[str] = Counter()
NOW = 0


def described(home: str, realm: str) -> dict[str, Any]:
    """What a realm says of itself."""
    issuer = f"{home}/{realm}"
    said = {"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys"}  # fmt: skip
    if realm == "liar":
        said["issuer"] = f"{home}/good"
    if realm == "elsewhere":
        said["jwks_uri"] = f"http://localhost:{urlsplit(home).port}/good/keys"
    if realm == "inside":
        said["token_endpoint"] = "http://169.254.169.254/latest/meta-data"
    return said


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token_for(issuer: str, code: dict[str, str]) -> str:
    """The ID token of a code, wrong in the one thing that was asked for."""
    lie = code["lie"]
    claims: dict[str, Any] = {"iss": issuer, "aud": CLIENT, "sub": code["as"], "iat": NOW, "exp": NOW + 300, "nonce": code["nonce"],
              "email": f"{code['as']}@Police.example", "email_verified": True, "auth_time": NOW}  # fmt: skip
    wrong: dict[str, dict[str, Any]] = {
        "nonce": {"nonce": "another"}, "issuer": {"iss": f"{issuer}/x"}, "expired": {"iat": NOW - 900, "exp": NOW - 600},
        "audience": {"aud": "another-site"}, "party": {"aud": [CLIENT, "another-site"]},
        "presenter": {"azp": "another-site"}, "future": {"iat": NOW + 3600, "exp": NOW + 7200},
        "unverified": {"email_verified": False}, "verified-by-word": {"email_verified": "true"},
        "old-proof": {"auth_time": NOW - 86400}, "forever": {"exp": NOW + 10**9}, "no-subject": {"sub": ""},
        "times-by-word": {"exp": "tomorrow"},
    }  # fmt: skip
    claims |= wrong.get(lie, {})
    if lie in ("no-nonce", "no-proof"):
        del claims["nonce" if lie == "no-nonce" else "auth_time"]
    head = {"alg": "RS256", "kid": "k1"}
    if lie == "none":
        return ".".join(_b64(json.dumps(p).encode()) for p in ({"alg": "none", "kid": "k1"}, claims)) + "."
    if lie == "hs256":
        parts = ({"alg": "HS256", "kid": "k1"}, claims)
        head_and_body = ".".join(_b64(json.dumps(p).encode()) for p in parts)
        return f"{head_and_body}.{_b64(hmac.digest(KEY.as_pem(private=False), head_and_body.encode(), 'sha256'))}"
    if lie == "unknown-key":
        return jwt.encode({"alg": "RS256", "kid": "k2"}, claims, OTHER)
    return jwt.encode(head, claims, OTHER if lie == "other-key" else KEY)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    @property
    def home(self) -> str:
        return f"http://{self.headers['Host']}"

    def answer(self, status: int, body: dict[str, Any] | None = None, to: str = "") -> None:
        content = json.dumps(body or {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if to:
            self.send_header("Location", to)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, realm, *rest = parts.path.split("/")
        what, asked = "/".join(rest), {k: v[0] for k, v in parse_qs(parts.query).items()}
        ASKED[f"{realm}/{what}"] += 1
        if realm == "asked":
            self.answer(200, dict(ASKED))
        elif what == ".well-known/openid-configuration":
            self.describe(realm)
        elif what == "keys":
            self.answer(200, {"keys": [{"kty": "oct", "kid": "k0", "k": "eA"}, "x", KEY.as_dict(private=False)]})
        elif what == "authorize":
            self.authorize(asked)
        else:
            self.answer(404)

    def describe(self, realm: str) -> None:
        if realm == "moved":
            self.answer(302, to=f"{self.home}/good/.well-known/openid-configuration")
        elif realm == "hanging":
            time.sleep(30)
        elif realm == "endless":
            self.send_response(200)
            self.end_headers()
            for _ in range(64):
                self.wfile.write(b" " * 65536)
        else:
            self.answer(200, described(self.home, realm))

    def authorize(self, asked: dict[str, str]) -> None:
        if asked.get("as") is None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            here = f"{urlsplit(self.path).query}&as=grace"
            self.wfile.write(f'<title>Log in</title><a href="?{here}">Log in as Grace</a>'.encode())
            return
        code = secrets.token_urlsafe(16)
        CODES[code] = {**asked, "lie": asked.get("lie", "")}
        back = {"code": code, "state": asked["state"]} | (
            {"iss": "http://another"} if asked.get("lie") == "mixed" else {}
        )
        self.answer(302, to=f"{asked['redirect_uri']}?{urlencode(back)}")

    def do_POST(self) -> None:
        realm, what = self.path.split("/")[1:3]
        ASKED[f"{realm}/{what}"] += 1
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        code = CODES.pop(form.get("code", ""), None)
        login = base64.b64encode(f"{CLIENT}:{quote(SECRET, safe='').replace('%20', '+')}".encode()).decode()
        verifier = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            code is None
            or self.headers["Authorization"] != f"Basic {login}"
            or verifier.decode().rstrip("=") != code["code_challenge"]
            or form["redirect_uri"] != code["redirect_uri"]
        ):
            self.answer(400, {"error": "invalid_grant"})
        elif code["lie"] == "redirect":
            self.answer(307, to=f"{self.home}/stolen/token")
        else:
            self.answer(200, {"id_token": token_for(f"{self.home}/{realm}", code), "token_type": "Bearer"})


if __name__ == "__main__":
    NOW = int(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
