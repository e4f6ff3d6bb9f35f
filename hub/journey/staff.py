"""A partnership's administrator invites people, gives and takes roles, closes accounts. Everything bites at the next request.

An administrator acts for their own partnerships alone: roles held elsewhere stay, and who holds any is closed by the operator.
Nobody changes their own roles, and the operator's role is given on the command line only. An invited person with a
password of their own gets in once a liaison officer has confirmed them; for others their organisation's service vouches.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from hub import access
from hub.db import outside, people, staff
from hub.db import protocol as protocols
from hub.db.session import Tx
from hub.db.staff import Member
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey import account, agencies, recover
from hub.journey.desk import Desk, note, person

INVITED = timedelta(days=7)
SIGN_IN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,119}")
GRANTED = tuple(role for role in access.ROLES if role != access.OPERATOR)
"""The roles that an administrator gives."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation as it was asked for. `provider`: the service that is to vouch for the person ("": a password of their
    own), by `subject`, its name for them, or once by `address`, a verified e-mail address there."""

    partnership: str
    name: str
    sign_in: str
    agency: str
    roles: frozenset[str]
    provider: str = ""
    subject: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited, and the code that is shown once ("" where a service vouches)."""

    person: str
    name: str
    code: str


def members(desk: Desk, caller: access.Caller) -> list[Member]:
    """The people of the partnerships whose people the caller may know of."""
    with desk.db.transaction() as tx:
        return staff.members(tx, caller.holds("person.read"))


def member(desk: Desk, caller: access.Caller, person_id: str) -> Member:
    """One of them. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        return _seen(tx, caller, person_id, "person.read")


def _seen(tx: Tx, caller: access.Caller, person_id: str, act: str = "person.manage") -> Member:
    """A person with a role in a partnership in which the caller may do this. Raises `NotFound`."""
    found = staff.member(tx, person_id)
    if found is None or not {p for p, _ in found.roles} & caller.holds(act):
        raise NotFound("there is no such person")
    return found


def invite(desk: Desk, caller: access.Caller, asked: Asked) -> Invited | Refuse:
    """Prepare an account with roles in one partnership."""
    made = people.Person(str(uuid.uuid4()), asked.sign_in, " ".join(asked.name.split()), asked.agency,
                         people.OUTSIDE if asked.provider else people.NO_PASSWORD, None)  # fmt: skip
    code = ""
    with desk.db.transaction() as tx:
        decision = access.may(caller, "person.manage", access.Thing(asked.partnership))
        if decision:
            decision = _sound(desk, tx, asked, made)
        if decision and not people.insert(tx, made, desk.now()):
            decision = Refuse("person.sign-in-taken", "this sign-in name is taken; add the person who has it instead")
        if decision:
            people.set_roles(tx, made.id, [(asked.partnership, role) for role in asked.roles])
            if not asked.provider:
                code = recover.make_code(desk, tx, made.id, INVITED, caller.person)
            else:
                _await(desk, tx, made.id, asked.provider, asked.subject, asked.address)
        detail = {"roles": sorted(asked.roles), "partnership": asked.partnership} if decision else {}
        note(tx, desk, person(caller), "person.invite", f"person:{made.id}", decision, **detail)
    return decision if isinstance(decision, Refuse) else Invited(made.id, made.name, code)


def _sound(desk: Desk, tx: Tx, asked: Asked, made: people.Person) -> Decision:
    """Is everything there, and is nothing of it taken?"""
    if not 1 <= len(made.name) <= account.MAX_NAME:
        return Refuse("person.name", f"give the person's name, of up to {account.MAX_NAME} characters")
    if not SIGN_IN.fullmatch(made.sign_in):
        return Refuse(
            "person.sign-in",
            "a sign-in name has 3 to 120 small letters, digits, dots, hyphens or @, and begins with a letter or digit",
        )
    if asked.agency not in agencies.taking_part(tx, [asked.partnership]):
        return Refuse("person.agency", "choose an agency that takes part in the partnership")
    if not asked.roles or not asked.roles <= set(GRANTED):
        return Refuse("person.roles", "choose at least one role")
    if not asked.provider:
        return Allow("person.invite")
    return _vouched(desk, tx, asked.provider, asked.subject, asked.address)


def _vouched(desk: Desk, tx: Tx, provider: str, subject: str, address: str) -> Decision:
    """Can this service vouch for whom it calls so, or knows by this address?"""
    if provider not in desk.providers:
        return Refuse("person.provider", "choose a way to sign in")
    if bool(subject) == bool(address):
        return Refuse(
            "person.subject", "give either the service's name for the person or an e-mail address that it knows"
        )
    outside.forget_expired(tx, desk.now())
    if subject and (len(subject) > 255 or not subject.isprintable()):
        return Refuse("person.subject", "this is no name that a service gives")
    if address and not agencies.MAILBOX.fullmatch(address):
        return Refuse("person.address", "this is no e-mail address")
    if outside.is_taken(tx, provider, subject, address):
        return Refuse("person.subject", "an account is prepared for this person of the service already")
    return Allow("person.invite")


def _await(desk: Desk, tx: Tx, person_id: str, provider: str, subject: str, address: str) -> None:
    """Let a service vouch for a person from now on."""
    if subject:
        outside.link(tx, provider, subject, person_id, desk.now())
    else:
        outside.invite(tx, provider, address, person_id, desk.now() + INVITED)


def prepare(
    desk: Desk, name: str, sign_in: str, agency: str, roles: Iterable[tuple[str, str]], provider: str, subject: str = "",
    address: str = "",
) -> str | Refuse:  # fmt: skip
    """The operator makes an account for somebody whom a service vouches for; the person's id."""
    made = people.Person(str(uuid.uuid4()), sign_in.strip().lower(), name, agency, people.OUTSIDE, None)
    address = address.strip().lower()
    with desk.db.transaction() as tx:
        decision = _vouched(desk, tx, provider, subject, address)
        if decision:
            decision = account.insert_person(desk, tx, made, roles)
        if decision:
            _await(desk, tx, made.id, provider, subject, address)
    return decision if isinstance(decision, Refuse) else made.id


def add(desk: Desk, caller: access.Caller, partnership: str, sign_in: str, roles: frozenset[str]) -> str | Refuse:
    """Give somebody who has an account already roles in a partnership of the caller's; the person's id."""
    with desk.db.transaction() as tx:
        decision = access.may(caller, "person.manage", access.Thing(partnership))
        known = people.find(tx, sign_in)
        found = staff.member(tx, known.id) if known else None
        if decision:
            decision = _addable(tx, caller, partnership, found, roles)
        if decision and found is not None:
            people.set_roles(tx, found.id, found.roles | {(partnership, role) for role in roles})
        about = f"person:{found.id}" if found else "person"
        detail = {"roles": sorted(roles), "partnership": partnership} if decision else {}
        note(tx, desk, person(caller), "person.add", about, decision, **detail)
    if isinstance(decision, Refuse) or found is None:
        return decision if isinstance(decision, Refuse) else _NOBODY
    return found.id


_NOBODY = Refuse("person.sign-in", "nobody has this sign-in name, or their agency takes no part in the partnership")


def _addable(
    tx: Tx, caller: access.Caller, partnership: str, found: Member | None, roles: frozenset[str]
) -> Decision:  # fmt: skip
    if found is None or found.closed_at is not None or found.agency not in agencies.taking_part(tx, [partnership]):
        return _NOBODY
    if found.id == caller.person:
        return Refuse("person.own-roles", "nobody changes their own roles; another administrator does")
    if any(p == partnership for p, _ in found.roles):
        return Refuse("person.sign-in", "this person has roles in the partnership; change them on the person's page")
    if not roles or not roles <= set(GRANTED):
        return Refuse("person.roles", "choose at least one role")
    return Allow("person.add")


def change_roles(
    desk: Desk, caller: access.Caller, person_id: str, partnership: str, roles: Iterable[str]
) -> Decision:  # fmt: skip
    """Give somebody exactly these roles in one partnership, beside the operator's, which is not the caller's to take.
    Raises `NotFound`."""
    wanted = set(roles)
    with desk.db.transaction() as tx:
        found = _seen(tx, caller, person_id)
        decision = access.may(caller, "person.manage", access.Thing(partnership))
        if decision and found.id == caller.person:
            decision = Refuse("person.own-roles", "nobody changes their own roles; another administrator does")
        if decision and not wanted <= set(GRANTED):
            decision = Refuse("person.roles", "there is no such role to give")
        if decision:
            kept = {(p, r) for p, r in found.roles if p != partnership or r == access.OPERATOR}
            people.set_roles(tx, found.id, kept | {(partnership, role) for role in wanted})
        detail = {"roles": sorted(wanted), "partnership": partnership} if decision else {}
        note(tx, desk, person(caller), "person.roles", f"person:{found.id}", decision, **detail)
    return decision


def new_code(desk: Desk, caller: access.Caller, person_id: str) -> Invited | Refuse:
    """Another code for somebody who was invited and never came in; the earlier one is void. Raises `NotFound`, and
    `Conflict` for whoever has a password, or a service that vouches."""
    with desk.db.transaction() as tx:
        found, decision = _whole(tx, caller, person_id)
        code = ""
        if decision:
            if not found.invited or found.provider or found.closed_at is not None:
                raise Conflict("this person has a way in already; a lost one is found again by the operator")
            code = recover.make_code(desk, tx, found.id, INVITED, caller.person)
        note(tx, desk, person(caller), "person.code", f"person:{found.id}", decision)
    return decision if isinstance(decision, Refuse) else Invited(found.id, found.name, code)


def close(desk: Desk, caller: access.Caller, person_id: str) -> Decision:
    """Close an account: its sessions end, at the next request. Raises `NotFound`, and `Conflict` where it is closed."""
    with desk.db.transaction() as tx:
        found, decision = _whole(tx, caller, person_id)
        if decision:
            if found.closed_at is not None:
                raise Conflict("this account is closed already")
            people.set_disabled(tx, found.id, desk.now())
            people.end_sessions(tx, found.id)
        note(tx, desk, person(caller), "person.close", f"person:{found.id}", decision)
    return decision


def reopen(desk: Desk, caller: access.Caller, person_id: str) -> Decision:
    """Open a closed account again, with the roles it had. Raises `NotFound`, and `Conflict` where it is open."""
    with desk.db.transaction() as tx:
        found, decision = _whole(tx, caller, person_id)
        if decision:
            if found.closed_at is None:
                raise Conflict("this account is open")
            people.set_disabled(tx, found.id, None)
        note(tx, desk, person(caller), "person.reopen", f"person:{found.id}", decision)
    return decision


def _whole(tx: Tx, caller: access.Caller, person_id: str) -> tuple[Member, Decision]:
    """A person whose whole account the caller may close: it is not theirs, and nothing of it belongs elsewhere."""
    found = _seen(tx, caller, person_id)
    if found.id == caller.person:
        return found, Refuse("person.own-account", "nobody closes their own account; another administrator does")
    elsewhere = {p for p, _ in found.roles} - caller.holds("person.manage")
    if elsewhere or access.OPERATOR in {r for _, r in found.roles}:
        words = "this person holds a role that is not yours to take; take away those that are instead"
        return found, Refuse("person.elsewhere", words)
    return found, Allow("person.close")


# what a partnership sets for itself ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """What a partnership asks of its people: a second factor or not, and how many would have to set one up."""

    partnership: str
    title: str
    second_factor: bool
    without: int
    may_change: bool


def rules(desk: Desk, caller: access.Caller) -> list[Rule]:
    """What the partnerships of the caller's ask of their people."""
    seen, changed = caller.holds("settings.read"), caller.holds("settings.change")
    with desk.db.transaction() as tx:
        titles, asked, without = protocols.partnerships(tx), staff.second_factors(tx), staff.without_factor(tx)
        return [Rule(p, titles[p], asked[p], without.get(p, 0), p in changed) for p in sorted(seen & set(titles))]


def ask_second_factor(desk: Desk, caller: access.Caller, partnership: str, needed: bool) -> Decision:
    """Ask a partnership's people for a second factor from the next request on, or no longer. Raises `NotFound`."""
    with desk.db.transaction() as tx:
        if partnership not in caller.holds("settings.read"):
            raise NotFound("there is no such partnership")
        decision = access.may(caller, "settings.change", access.Thing(partnership))
        if decision:
            staff.set_second_factor(tx, partnership, needed)
        note(tx, desk, person(caller), "settings.second-factor", f"partnership:{partnership}", decision,
             needed=needed)  # fmt: skip
    return decision
