"""Who may come in: people's accounts and agencies' keys."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.commands.site import DataDir, desk, reminding, screen, settings_of, site, stop
from hub.decision import Refuse
from hub.journey import account, agencies, recover, remind, staff

app = typer.Typer()
agency_app = typer.Typer(no_args_is_help=True, help="Agencies' machines: register and revoke their public keys.")


@app.command("person-add")
def person_add(
    sign_in: Annotated[str, typer.Argument(help="sign-in name")],
    name: Annotated[str, typer.Option(help="the person's name")],
    agency: Annotated[str, typer.Option(help="the agency they work for")],
    role: Annotated[list[str], typer.Option(help="partnership:role, as often as needed")],
    provider: Annotated[str, typer.Option(help="a service of HUB_OIDC that vouches for the person, in place of a password")] = "",
    subject: Annotated[str, typer.Option(help="with --provider: the service's own name for the person")] = "",
    address: Annotated[str, typer.Option(help="with --provider: or an address that it has verified, good once in a week")] = "",
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Make an account; the password is asked for, or read from standard input, unless another service vouches.

    Example: hub person-add j.doe --name "J Doe" --agency northmoor-police --role northmoor-csp:liaison-officer
    """
    ask = sys.stdin.isatty() and not provider
    typed = typer.prompt("password", hide_input=True) if ask else ""
    password = typed or ("" if provider else sys.stdin.readline().rstrip("\n"))
    with site(settings_of(data_dir)) as at:
        hub = desk(at)
        made = (
            staff.prepare(hub, name, sign_in, agency, _pairs(role), provider, subject, address)
            if provider
            else account.create_person(hub, name, sign_in, agency, password, _pairs(role))
        )
    if not isinstance(made, str):
        raise stop(1, made.reason)
    screen.print("account made")


def _pairs(roles: list[str]) -> list[tuple[str, str]]:
    """`partnership:role`, parted."""
    return [(p, r) for p, _, r in (one.partition(":") for one in roles)]


@app.command("person-roles")
def person_roles(
    sign_in: Annotated[str, typer.Argument(help="sign-in name")],
    role: Annotated[list[str] | None, typer.Option(help="partnership:role, as often as needed; none for none")] = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Give a person exactly these roles in every partnership, from the next request on.

    Example: hub person-roles j.doe --role northmoor-csp:administrator --role northmoor-csp:operator
    """
    with site(settings_of(data_dir)) as at:
        decision = account.set_roles(desk(at), sign_in, _pairs(role or []))
    if isinstance(decision, Refuse):
        raise stop(1, decision.reason)
    screen.print("roles set")


@app.command("person-close")
def person_close(sign_in: Annotated[str, typer.Argument(help="sign-in name")], data_dir: DataDir = None) -> None:
    """Close an account, whatever roles it holds: its sessions end at their next request.

    Example: hub person-close j.doe
    """
    with site(settings_of(data_dir)) as at:
        account.disable_person(desk(at), sign_in)
    screen.print("account closed")


@app.command("person-recover")
def person_recover(sign_in: Annotated[str, typer.Argument(help="sign-in name")], data_dir: DataDir = None) -> None:
    """Make a code by which a person gets back into an account; a liaison officer must confirm it within a day.

    Example: hub person-recover j.doe
    """
    with site(settings_of(data_dir)) as at:
        code = recover.ask(desk(at), sign_in)
    sys.stdout.write(code + "\n")
    screen.print(
        "give it to the person; it works at /recover once a liaison officer of the partnership has confirmed it"
    )


@app.command("remind")
def send_reminders(data_dir: DataDir = None) -> None:
    """Send by e-mail what is due and was not sent: warnings 90, 30 and 7 days before a review, and each week who used an
    agency's data. The web process does it by itself. Exit code 1 where the mail server took none.

    Example: HUB_SMTP_HOST=mail.example hub remind
    """
    with site(settings_of(data_dir)) as at:
        hub = reminding(at)
        if hub is None:
            raise stop(2, "HUB_SMTP_HOST is not set: there is no mail server to send by")
        done = remind.remind(hub)
    screen.print(f"{done.notices} notices of copies, {done.reviews} warnings of a review and {done.digests} digests sent, {done.refused} refused",
                 highlight=False)  # fmt: skip
    if done.failed:
        raise stop(1, "the mail server takes no mail just now; what is due waits")


@agency_app.command("mailbox")
def agency_mailbox(
    agency: Annotated[str, typer.Argument(help="the agency's id")],
    address: Annotated[str, typer.Argument(help="the mailbox of its liaison office, never a person's own; empty for none")],
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Say where an agency's liaison officers read e-mail: reminders of reviews and digests go there.

    Example: hub agency mailbox northmoor-police partnerships@police.example
    """
    with site(settings_of(data_dir)) as at:
        decision = agencies.set_mailbox(desk(at), agency, address)
    if isinstance(decision, Refuse):
        raise stop(1, decision.reason)
    screen.print("mailbox set" if address else "mailbox removed")


@agency_app.command("key-add")
def agency_key_add(
    agency: Annotated[str, typer.Argument(help="the agency's id")],
    file: Annotated[Path, typer.Argument(help="its public JWK, as `connector keygen` printed it")],
    certificate: Annotated[Path | None, typer.Option(help="PEM of the client certificate its calls come with")] = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Register an agency's public key.

    Example: hub agency key-add northmoor-police public.json
    """
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise stop(2, f"{file.name} is no public key as `connector keygen` prints it") from None
    if not isinstance(body, dict):
        raise stop(2, f"{file.name} is no public key as `connector keygen` prints it")
    try:
        pem = certificate.read_text(encoding="ascii") if certificate else ""
    except (OSError, ValueError):
        raise stop(2, "the certificate cannot be read as PEM") from None
    with site(settings_of(data_dir)) as at:
        decision = agencies.register_agency_key(desk(at), agency, body, pem)
    if isinstance(decision, Refuse):
        raise stop(1, decision.reason)
    screen.print(f"key {body['kid']} registered for {agency}", highlight=False)


@agency_app.command("key-revoke")
def agency_key_revoke(kid: Annotated[str, typer.Argument(help="the key's id")], data_dir: DataDir = None) -> None:
    """Revoke an agency's key: its tokens are refused from the next request on.

    Example: hub agency key-revoke northmoor-police-1a2b3c4d
    """
    with site(settings_of(data_dir)) as at:
        agencies.revoke_agency_key(desk(at), kid)
    screen.print("revoked")
