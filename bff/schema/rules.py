"""The rule of every field: its own and its type's, decided for each profile before anything is read.

Effective rule = the field's and the returned type's; through a connection, the type of its rows. A member without a
rule has its parent's. A field that gives an interface is denied only when every type behind it is. What an operator has
closed is closed for everybody, wherever the function is the rule; that alone is looked up anew for each operation.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from functools import cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from bff.auth.profiles import MATRIX
from bff.context import Context
from bff.domain.profile import Grant, Profile, Reach
from bff.errors import BadRequest, Forbidden, FunctionClosed
from bff.execution import Denial
from bff.schema.directives import Profiles, Public, Staff, StepUp

CHOOSE_MEMBERSHIP = (
    "You act for several companies: send the header X-Membership with the id of one of `viewer { memberships { id } }`."
)
CHOOSE_COMPANY = "Say for which company you ask: the header X-Act-For is empty."


def functions(member: Any) -> tuple[str, ...]:
    """Name the functions of the matrix that guard a type or a field by itself."""
    definition = (member.extensions or {}).get("strawberry-definition")
    return tuple(d.function for d in getattr(definition, "directives", None) or () if isinstance(d, Profiles | Public))


def is_for_staff(field: GraphQLField) -> bool:
    """Tell whether only the telco's staff may use a field."""
    definition = (field.extensions or {}).get("strawberry-definition")
    return any(isinstance(each, Staff) for each in getattr(definition, "directives", None) or ())


def needs_step_up(field: GraphQLField) -> bool:
    """Tell whether a field asks for a fresh sign-in."""
    definition = (field.extensions or {}).get("strawberry-definition")
    return any(isinstance(each, StepUp) for each in getattr(definition, "directives", None) or ())


def is_public(field: GraphQLField) -> bool:
    """Tell whether anybody may use a field, signed in or not."""
    named = functions(field)
    return bool(named) and all(MATRIX[function].public for function in named)


def objects(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    """Give the object types of the schema, the introspection's left out."""
    for made in schema.type_map.values():
        if isinstance(made, GraphQLObjectType) and not made.name.startswith("__"):
            yield made


class Rules:
    """What each profile may do with each field of one schema.

    Args:
        schema: of which all is decided.
        staff: True for the schema of the telco's staff, False for the customers'.
    """

    def __init__(self, schema: GraphQLSchema, *, staff: bool = False) -> None:
        self._schema = schema
        self.staff = staff
        self._of_profile = cache(self._decide)

    def rows(self, field: GraphQLField) -> list[GraphQLObjectType]:
        """Name the object types of the rows that a field gives, looking through a connection."""
        named = get_named_type(field.type)
        if isinstance(named, GraphQLObjectType) and _is_connection(named):
            named = get_named_type(named.fields["nodes"].type)
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return list(self._schema.get_possible_types(named))
        return [named] if isinstance(named, GraphQLObjectType) else []

    def closers(self, field: GraphQLField) -> tuple[str, ...]:
        """Name the functions that close a field when an operator closes them: its own, and its only type of row's.

        Of several types behind it each is closed by itself, where it is met.
        """
        rows = self.rows(field)
        behind = [function for made in rows for function in functions(made)]
        if len(rows) == 1:
            return (*functions(field), *behind)
        return tuple(function for function in functions(field) if function not in behind)

    def decide(
        self, parent: GraphQLObjectType, name: str, profile: Profile | None, closed: Collection[str] = ()
    ) -> Grant | Denial:
        """Give the rows that a profile may read through a field, or why it may not.

        Args:
            parent: the type of the field.
            name: of the field.
            profile: None has no membership active.
            closed: the functions that are closed now.
        """
        decided = self._of_profile(parent, name, profile)
        if closed and isinstance(decided, Grant):
            shut = next((each for each in self.closers(parent.fields[name]) if each in closed), None)
            return decided if shut is None else Denial(FunctionClosed(shut))
        return decided

    @cache  # noqa: B019 - one Rules per schema, kept as long as the process
    def types(self, profile: Profile | None) -> Grant:
        """Give the rows that a profile may read of every type with a rule."""
        rows: dict[type, Reach] = {}
        for made in objects(self._schema):
            reaches = [MATRIX[function].reach(profile) for function in functions(made)]
            if reaches and None not in reaches:
                rows[record_of(made)] = Reach.OWN if Reach.OWN in reaches else Reach.ALL
        return Grant(rows)

    def _decide(self, parent: GraphQLObjectType, name: str, profile: Profile | None) -> Grant | Denial:
        field = parent.fields[name]
        definition = (field.extensions or {}).get("strawberry-definition")
        if profile is None:
            return self._without_membership(parent, field, open_=getattr(definition, "open", False))
        reach = Reach.ALL
        for function in functions(field):
            allowed = MATRIX[function].reach(profile)
            if allowed is None:
                return Denial(Forbidden(function))
            reach = _narrower(reach, allowed)
        rows, refused = self._reaches(field, profile, reach)
        if refused and not rows:
            silent = getattr(definition, "reference", False)  # null, as for a row out of reach
            return Denial(None if silent else Forbidden(refused))
        return Grant(rows)

    def _reaches(self, field: GraphQLField, profile: Profile, reach: Reach) -> tuple[dict[type, Reach], str]:
        """Give the reach by class of record, and the last function that refused one (empty: none did)."""
        rows: dict[type, Reach] = {}
        refused = ""
        for made in self.rows(field):
            reaches = {function: MATRIX[function].reach(profile) for function in functions(made)}
            if None in reaches.values():
                refused = next(function for function, allowed in reaches.items() if allowed is None)
                continue
            narrow = Reach.OWN in reaches.values()
            rows[record_of(made)] = Reach.OWN if narrow else reach
        return rows, refused

    def _without_membership(self, parent: GraphQLObjectType, field: GraphQLField, *, open_: bool) -> Grant | Denial:
        if open_ or is_public(field) or not (functions(parent) or functions(field) or parent.name == "Query"):
            return Grant({})
        return Denial(BadRequest(CHOOSE_COMPANY if self.staff else CHOOSE_MEMBERSHIP))


def install(schema: GraphQLSchema, *, staff: bool = False) -> Rules:
    """Guard every field that some profile may not use, after checking that the rules are whole.

    Args:
        schema: to be guarded.
        staff: True for the schema of the telco's staff, which alone has fields of theirs, and changes nothing.

    Raises:
        UnguardedSchema: a root field or a type with an id has no rule, a root field has that of another kind of
            operation, a field that can be denied is non-null, or the schema has what is not for who sees it.
    """
    rules = Rules(schema, staff=staff)
    if faults := list(_faults(schema, rules)):
        raise UnguardedSchema("\n".join(faults))
    schema.extensions[_RULES] = rules
    for parent in objects(schema):
        if closers := functions(parent):
            parent.is_type_of = _open(parent, closers)
        for name, field in parent.fields.items():
            if rules.closers(field) or _deniable(rules, parent, name):
                field.resolve = _guarded(rules, parent, name, field.resolve)
    return rules


def granted(info: GraphQLResolveInfo[Any], profile: Profile | None) -> Grant:
    """Give the rows that a profile may read through the field being resolved, which it is allowed to use."""
    decided = info.schema.extensions[_RULES].decide(info.parent_type, info.field_name, profile)
    if not isinstance(decided, Grant):
        raise UnguardedSchema(f"{info.parent_type.name}.{info.field_name} was reached though it is denied")
    return decided


class UnguardedSchema(Exception):
    """The schema would let someone read what nobody has granted; it must not start."""


_RULES = "bff-rules"


def _faults(schema: GraphQLSchema, rules: Rules) -> Iterator[str]:
    kinds = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    roots = {root.name: kind for kind, root in kinds.items() if root is not None}
    yield from _misplaced(schema, rules)
    for parent in objects(schema):
        if any(face.name == "Node" for face in parent.interfaces) and not functions(parent):
            yield f"{parent.name} has an id and no rule"
        for name, field in parent.fields.items():
            if parent.name in roots and not functions(field) and not is_for_staff(field):
                yield f"{parent.name}.{name} is a root field without a rule"
            for function in functions(field):
                if (kind := roots.get(parent.name)) is not None and kind != MATRIX[function].kind:
                    yield f"{parent.name}.{name} is a {kind}, and {function} a {MATRIX[function].kind}"
            definition = field.extensions.get("strawberry-definition")
            if getattr(definition, "extensions", None) or getattr(definition, "permission_classes", None):
                yield f"{parent.name}.{name} has an extension or a permission, which a plan would pass by"
            if isinstance(field.type, GraphQLNonNull) and any(
                isinstance(rules.decide(parent, name, profile), Denial) for profile in Profile
            ):
                yield f"{parent.name}.{name} can be denied and must be nullable"


def _misplaced(schema: GraphQLSchema, rules: Rules) -> Iterator[str]:
    """Find what is not for those who see the schema."""
    if rules.staff:
        if schema.mutation_type is not None:
            yield "staff change nothing, and their schema has mutations"
        return
    for parent in objects(schema):
        for name, field in parent.fields.items():
            if is_for_staff(field):
                yield f"{parent.name}.{name} is for staff and stands in the customers' schema"


def _deniable(rules: Rules, parent: GraphQLObjectType, name: str) -> bool:
    return any(isinstance(rules.decide(parent, name, profile), Denial) for profile in (*Profile, None))


def _guarded(
    rules: Rules, parent: GraphQLObjectType, name: str, resolve: Callable[..., Any] | None
) -> Callable[..., Any]:
    if resolve is None:
        raise UnguardedSchema(f"{parent.name}.{name} has a rule and no resolver of its own")

    non_null = isinstance(parent.fields[name].type, GraphQLNonNull)

    def guarded(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:
        context = info.context
        decided = rules.decide(parent, name, context.principal.profile, context.closed)
        if isinstance(decided, Grant):
            return resolve(source, info, **arguments)
        if decided.error is None:
            return None
        if non_null:
            raise copy(decided.error)  # the one that is kept would keep a traceback for each time
        context.deny(decided.error, info.path.as_list(), info.field_nodes)
        return None

    return guarded


def _open(made: GraphQLObjectType, closers: Sequence[str]) -> Callable[[Any, GraphQLResolveInfo[Context]], Any]:
    """Let no object of a type through whose function is closed, whichever field it came by."""
    is_type_of = made.is_type_of

    def checked(value: Any, info: GraphQLResolveInfo[Context]) -> Any:
        if (closed := info.context.closed) and (shut := next(filter(closed.__contains__, closers), None)):
            raise FunctionClosed(shut)
        return is_type_of is None or is_type_of(value, info)

    return checked


def record_of(made: GraphQLObjectType) -> type:
    """Give the class of record that a type shows."""
    definition = made.extensions["strawberry-definition"]
    record: type = definition.origin.__record__
    return record


def _is_connection(made: GraphQLObjectType) -> bool:
    return any(face.name == "Connection" for face in made.interfaces)


def _narrower(one: Reach, other: Reach) -> Reach:
    return Reach.OWN if Reach.OWN in (one, other) else Reach.ALL
