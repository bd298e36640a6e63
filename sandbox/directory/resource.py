"""Users as SCIM resources: rendering, versions, and the choice of attributes (RFC 7643; RFC 7644, section 3.9)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from sandbox.directory.filter import attribute_path
from sandbox.directory.schema import EXTENSION_URN, USER_URN
from sandbox.world.model import Membership, User

Path = tuple[str, ...]

_ALWAYS: frozenset[Path] = frozenset({("id",), ("schemas",)})
"""What is returned whatever is asked for (`returned: always`)."""


def render(user: User, *, base_url: str) -> dict[str, Any]:
    """Render a user; attributes without a value are left out."""
    person = user.person
    resource: dict[str, Any] = {
        "schemas": [USER_URN, EXTENSION_URN],
        "id": user.id,
        "externalId": user.subject,
        "userName": user.username,
        "name": {
            "formatted": f"{person.first_name} {person.last_name}",
            "givenName": person.first_name,
            "familyName": person.last_name,
        },
        "active": user.active,
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        EXTENSION_URN: {
            "taxCode": person.tax_code,
            "mobileNumber": person.mobile_number,
            "memberships": [_membership(membership) for membership in user.memberships],
        },
    }
    return described(resource, base_url=base_url)


def described(resource: Mapping[str, Any], *, base_url: str, revision: int = 0) -> dict[str, Any]:
    """Give a resource with what the directory says of it; `revision` tells versions apart that say the same."""
    said = {name: value for name, value in resource.items() if name != "meta"}
    return {
        **said,
        "meta": {
            "resourceType": "User",
            "location": f"{base_url}/Users/{resource['id']}",
            "version": _version({**said, "revision": revision} if revision else said),
        },
    }


def project(resource: Mapping[str, Any], *, attributes: str | None, excluded: str | None) -> dict[str, Any]:
    """Keep the attributes asked for, or leave out those excluded; both are comma-separated, None means all.

    `attributes` wins when both are given. `id` and `schemas` always stay.
    """
    if attributes is not None:
        kept = _paths(attributes) | _ALWAYS
        return dict(_pruned(resource, (), lambda path: _is_within(path, kept)))
    left_out = _paths(excluded or "") - _ALWAYS
    return dict(_pruned(resource, (), lambda path: not _is_within(path, left_out)))


def _paths(names: str) -> frozenset[Path]:
    return frozenset(attribute_path(name.strip()) for name in names.split(",") if name.strip())


def _is_within(path: Path, holders: frozenset[Path]) -> bool:
    """Say whether the path or one above it is among the holders."""
    return any(path[:length] in holders for length in range(1, len(path) + 1))


def _pruned(value: Any, path: Path, keeps: Callable[[Path], bool]) -> Any:
    """Keep the leaves that `keeps` approves of, and what holds them; None when nothing is left."""
    if isinstance(value, Mapping):
        pruned = {name: _pruned(child, (*path, name.lower()), keeps) for name, child in value.items()}
        return {name: child for name, child in pruned.items() if child is not None} or None
    if isinstance(value, list):
        return [item for item in (_pruned(child, path, keeps) for child in value) if item is not None] or None
    return value if keeps(path) else None


def _membership(membership: Membership) -> dict[str, Any]:
    rendered = {
        "id": membership.id,
        "companyTaxCode": membership.company_tax_code,
        "profile": membership.profile,
        "registrationState": membership.registration_state,
        "active": membership.active,
        "lineId": membership.line_id,
        "origin": membership.origin,
    }
    return {name: value for name, value in rendered.items() if value is not None}


def _version(resource: Mapping[str, Any]) -> str:
    """Make a weak ETag of what the resource says."""
    return f'W/"{sha256(json.dumps(resource, sort_keys=True).encode()).hexdigest()[:16]}"'
