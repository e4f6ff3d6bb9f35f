"""Who may come in: people's accounts and agencies' keys."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub.commands.site import DataDir, desk, now, screen, settings_of, site, stop
from hub.db import protocol as protocols
from hub.db import session
from hub.journey import account

app = typer.Typer()
agency_app = typer.Typer(no_args_is_help=True, help="Agencies' machines: register and revoke their public keys.")


@app.command("person-add")
def person_add(
    sign_in: Annotated[str, typer.Argument(help="sign-in name")],
    name: Annotated[str, typer.Option(help="the person's name")],
    agency: Annotated[str, typer.Option(help="the agency they work for")],
    role: Annotated[list[str], typer.Option(help="partnership:role, as often as needed")],
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Make an account; the password is asked for, or read from standard input.

    Example: hub person-add j.doe --name "J Doe" --agency northmoor-police --role northmoor-csp:liaison-officer
    """
    password = typer.prompt("password", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    roles = [(p, r) for p, _, r in (one.partition(":") for one in role)]
    with site(settings_of(data_dir)) as at:
        made = account.create_person(desk(at), name, sign_in, agency, password, roles)
    if not isinstance(made, str):
        raise stop(1, made.reason)
    screen.print("account made")


@agency_app.command("key-add")
def agency_key_add(
    agency: Annotated[str, typer.Argument(help="the agency's id")],
    file: Annotated[Path, typer.Argument(help="its public JWK, as `connector keygen` printed it")],
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Register an agency's public key.

    Example: hub agency key-add northmoor-police public.json
    """
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        public: dict[str, str | list[str]] = {name: str(body[name]) for name in ("kty", "crv", "x", "kid")}
        OKPKey.import_key(public)
    except (OSError, KeyError, TypeError, ValueError, JoseError):
        raise stop(2, f"{file.name} is no public key as `connector keygen` prints it") from None
    if "d" in body:
        raise stop(1, "this is a private key: it must never leave the agency; ask for the public half")
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        if agency not in protocols.agencies(tx):
            raise stop(1, f"no protocol names the agency {agency}")
        protocols.insert_agency_key(tx, str(public["kid"]), agency, json.dumps(public), now())
    screen.print(f"key {public['kid']} registered for {agency}", highlight=False)


@agency_app.command("key-revoke")
def agency_key_revoke(kid: Annotated[str, typer.Argument(help="the key's id")], data_dir: DataDir = None) -> None:
    """Revoke an agency's key: its tokens are refused from the next request on.

    Example: hub agency key-revoke northmoor-police-1a2b3c4d
    """
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        if not protocols.revoke_agency_key(tx, kid, now()):
            raise stop(1, "there is no such key in use")
    screen.print("revoked")
