"""An identity provider on loopback for signing in to the pages: authorization code flow, PKCE demanded."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import JSONResponse

from tests.api.issuer import Issuer

CLIENT = "pages"


class Provider:
    """Gives a code for whatever address the application sends a browser to, and a token for that code once."""

    def __init__(self, keys: Issuer) -> None:
        self._codes: dict[str, dict[str, Any]] = {}
        self.keys = keys
        self.url = ""
        self.says: dict[str, Any] = {}
        """What its discovery document says besides, or instead."""
        self.answering = asyncio.Event()
        """While it is not set, whoever comes with a code waits."""
        self.answering.set()
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self._discovery)
        self.app.post("/token")(self._token)

    def authorize(self, address: str, **claims: Any) -> str:
        """What the provider's sign-in page does: check the address, then send the browser back.

        Args:
            address: where the application sent the browser.
            claims: of the token that the code will be good for.

        Returns:
            Path and query of the application's callback.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = {"challenge": asked["code_challenge"], "nonce": asked["nonce"], **claims}
        return f"{urlsplit(asked['redirect_uri']).path}?code={code}&state={asked['state']}"

    async def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "end_session_endpoint": f"{self.url}/logout",
            "jwks_uri": f"{self.keys.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.says,
        }

    async def _token(self, code: Annotated[str, Form()], code_verifier: Annotated[str, Form()]) -> JSONResponse:
        await self.answering.wait()
        asked = self._codes.pop(code, None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        if asked is None or asked.pop("challenge") != digest:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        token = self.keys.token(**{"iss": self.url, "aud": CLIENT, **asked})
        return JSONResponse({"access_token": "opaque", "token_type": "Bearer", "id_token": token, "expires_in": 60})


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """A provider behind a real HTTP server."""
    keys = Issuer()
    provider = Provider(keys)
    config = uvicorn.Config(provider.app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield provider
    server.should_exit = True
    await serving
    keys.stop()
