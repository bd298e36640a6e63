"""The SCIM schemas of a user and what the directory says about itself (RFC 7643, sections 4 to 7).

The extension is the customer area's: its attributes come from the spec, legacy.md, 'One SCIM User per person'.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

USER_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
EXTENSION_URN: Final = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"
MAX_RESULTS: Final = 200

_CONFIG_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_SCHEMA_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
_RESOURCE_TYPE_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


def _attribute(
    name: str,
    description: str,
    *,
    kind: str = "string",
    many: bool = False,
    case_exact: bool = False,
    unique: bool = False,
    sub: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "name": name,
        "type": "complex" if sub else kind,
        "multiValued": many,
        "description": description,
        "required": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "server" if unique else "none",
    }
    if sub:
        attribute["subAttributes"] = list(sub)
    elif kind == "string":
        attribute["caseExact"] = case_exact
    return attribute


_NAME: Final = (
    _attribute("formatted", "The name as it is written in full."),
    _attribute("givenName", "The first name."),
    _attribute("familyName", "The family name."),
)
_EMAIL: Final = (
    _attribute("value", "The address."),
    _attribute("type", "Always work."),
    _attribute("primary", "True for the one to write to.", kind="boolean"),
)
_MEMBERSHIP: Final = (
    _attribute("id", "The membership.", case_exact=True),
    _attribute("companyTaxCode", "The company acted for.", case_exact=True),
    _attribute("profile", "The profile in that company.", case_exact=True),
    _attribute("registrationState", "TO_REGISTER, INVITED, REGISTERED or DISABLED.", case_exact=True),
    _attribute("active", "False when the membership is switched off.", kind="boolean"),
    _attribute("lineId", "The mobile product of the person's own line.", case_exact=True),
    _attribute("origin", "IMPORTED_MOBILE, IMPORTED_FIXED or CREATED.", case_exact=True),
)
_USER_ATTRIBUTES: Final = (
    _attribute("userName", "The name to sign in with.", unique=True),
    _attribute("name", "The person's name.", sub=_NAME),
    _attribute("active", "False when the person may not come in.", kind="boolean"),
    _attribute("emails", "Addresses.", many=True, sub=_EMAIL),
)
_EXTENSION_ATTRIBUTES: Final = (
    _attribute("taxCode", "The person's codice fiscale.", case_exact=True, unique=True),
    _attribute("mobileNumber", "The person's mobile number, E.164.", case_exact=True),
    _attribute("memberships", "The companies acted for.", many=True, sub=_MEMBERSHIP),
)
_COMMON_CASE_EXACT: Final = {("id",), ("externalid",), ("meta", "resourcetype"), ("meta", "version")}


def _case_exact_paths() -> frozenset[tuple[str, ...]]:
    paths = set(_COMMON_CASE_EXACT)
    for attribute in _EXTENSION_ATTRIBUTES:
        for sub in attribute.get("subAttributes", [{}]):
            path = (EXTENSION_URN, attribute["name"], *filter(None, [sub.get("name")]))
            if (sub or attribute).get("caseExact"):
                paths.add(tuple(step.lower() for step in path))
    return frozenset(paths)


_CASE_EXACT: Final = _case_exact_paths()


def is_case_exact(path: tuple[str, ...]) -> bool:
    """Say whether case counts in an attribute; `path` is in lower case, an extension's URN first."""
    return path in _CASE_EXACT


@cache
def attribute_names() -> Mapping[str, str]:
    """Give the names of all attributes as resources write them, by their lower case."""
    described = [*_USER_ATTRIBUTES, *_EXTENSION_ATTRIBUTES]
    names = [each["name"] for found in described for each in (found, *found.get("subAttributes", ()))]
    return {name.lower(): name for name in (*names, "externalId", EXTENSION_URN)}


def service_provider_config(base_url: str) -> dict[str, Any]:
    """Describe what the directory can do: filter, PATCH and ETags; no sorting, no Bulk."""
    unsupported = {"supported": False}
    return {
        "schemas": [_CONFIG_URN],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MAX_RESULTS},
        "changePassword": unsupported,
        "sort": unsupported,
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token agreed beforehand, in the Authorization header.",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def resource_types(base_url: str) -> list[dict[str, Any]]:
    """Describe the one type of resource: User."""
    return [
        {
            "schemas": [_RESOURCE_TYPE_URN],
            "id": "User",
            "name": "User",
            "description": "A person who may use the customer area.",
            "endpoint": "/Users",
            "schema": USER_URN,
            "schemaExtensions": [{"schema": EXTENSION_URN, "required": True}],
            "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/User"},
        }
    ]


def schemas(base_url: str) -> list[dict[str, Any]]:
    """Describe the attributes of a user and of the extension."""
    return [
        _schema(base_url, USER_URN, "User", "A person.", _USER_ATTRIBUTES),
        _schema(base_url, EXTENSION_URN, "CustomerAreaUser", "For whom a person acts.", _EXTENSION_ATTRIBUTES),
    ]


def _schema(
    base_url: str, urn: str, name: str, description: str, attributes: tuple[dict[str, Any], ...]
) -> dict[str, Any]:
    return {
        "schemas": [_SCHEMA_URN],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": list(attributes),
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{urn}"},
    }
