"""The rules that the contract keeps about itself, and the two listings by which a person reviews it.

It reads a compiled descriptor set and nothing else, so it judges what was just compiled, not what is installed. Every
complaint names the place, what is wrong and how to mend it. It never changes anything.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

OPTIONS = "parley.options.v1"
CLAUSES = frozenset(f"C{number:02}" for number in range(1, 39))
REVIEWED_NAMES = Path(__file__).resolve().parent / "reviewed_names.toml"

#: Words in a purpose's name that the privacy policy rules out (clauses C12, C13 and C19).
FORBIDDEN_PURPOSES = frozenset(
    "ADVERTISE ADVERTISING ADVERTISEMENT MARKET MARKETING PROFILE PROFILING PROMOTION RENT RENTAL RESALE RESELL SALE "
    "SALES SELL SELLING TRADE TRADING TRAIN TRAINING THIRD".split()
)
#: Words in a field's name that speak of a person until somebody has looked and written down why not.
PERSONAL_NAMES = frozenset(
    "address age agent band birth birthday body city contact coordinates country cookie description device email "
    "emails fingerprint gender income ip latitude location longitude mail mobile name note phone postal postcode "
    "query referrer salutation street subject surname text title url user zip".split()
)
#: Words in a field's name that speak of a secret.
SECRET_NAMES = frozenset("credential passphrase password secret".split())
SECRET_FULL_NAMES = frozenset({"access_token", "api_key", "refresh_token", "session"})
#: Messages that are values; every message of anybody else's would bring fields that nothing speaks for.
VALUES = frozenset(
    f"google.protobuf.{name}"
    for name in (
        "Any BoolValue BytesValue DoubleValue Duration FieldMask FloatValue Int32Value Int64Value ListValue "
        "StringValue Struct Timestamp UInt32Value UInt64Value Value"
    ).split()
)
CATEGORY = re.compile(r"^(user|system)(\.[a-z_]+)*$")


class Contract:
    """A compiled contract in a pool of its own, with its options readable whatever stubs are installed."""

    def __init__(self, image: bytes) -> None:
        files = descriptor_pb2.FileDescriptorSet.FromString(image)
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.AddSerializedFile(file.SerializeToString())
        self.files = [self.pool.FindFileByName(file.name) for file in files.file if file.name.startswith("parley/")]
        self._options = {
            kind: message_factory.GetMessageClass(self.pool.FindMessageTypeByName(f"google.protobuf.{kind}"))
            for kind in ("EnumValueOptions", "FieldOptions", "MethodOptions")
        }

    def option(self, kind: str, holder: Any, name: str) -> Any:
        """Returns an option of a field, a method or an enum value, or None where it does not carry it."""
        options: Any = self._options[kind].FromString(holder.GetOptions().SerializeToString())
        extension = self.pool.FindExtensionByName(name)
        return options.Extensions[extension] if options.HasExtension(extension) else None

    def messages(self) -> Iterator[Descriptor]:
        """Yields every message of the contract that carries data, nested ones too; map entries are their field's."""
        for file in self.files:
            if file.package != OPTIONS:
                yield from _nested(file.message_types_by_name.values())

    def methods(self) -> Iterator[MethodDescriptor]:
        """Yields every RPC."""
        for file in self.files:
            for service in file.services_by_name.values():
                yield from service.methods

    def frames(self) -> Iterator[FieldDescriptor]:
        """Yields everything that a client may say on its socket."""
        for message in self.messages():
            if message.name == "ClientFrame":
                for oneof in message.oneofs:
                    yield from oneof.fields

    def enum(self, name: str) -> EnumDescriptor:
        """Returns one of the options' enums."""
        return self.pool.FindEnumTypeByName(f"{OPTIONS}.{name}")

    def preset_of(self, field: FieldDescriptor) -> str:
        """Returns the name of a field's preset, or an empty text."""
        number = self.option("FieldOptions", field, f"{OPTIONS}.data")
        return self.enum("Data").values_by_number[number].name if number else ""

    def rule_of(self, field: FieldDescriptor) -> Any:
        """Returns the rule that holds for a field: its own, or its preset's."""
        if preset := self.preset_of(field):
            value = self.enum("Data").values_by_name[preset]
            return self.option("EnumValueOptions", value, f"{OPTIONS}.rule")
        return self.option("FieldOptions", field, f"{OPTIONS}.privacy")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One breach of a rule: where, what, and how to mend it."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Returns the complaint as one line."""
        return f"{self.where}: {self.what} {self.mend}"


def _nested(messages: Any) -> Iterator[Descriptor]:
    for message in messages:
        if not message.GetOptions().map_entry:
            yield message
            yield from _nested(message.nested_types)


def is_map(field: FieldDescriptor) -> bool:
    """Says whether a field is a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_ours(message: Descriptor | None) -> bool:
    """Says whether a message is one of the contract's own, whose fields carry their own rules."""
    return message is not None and message.full_name.startswith("parley.")


def is_leaf(field: FieldDescriptor) -> bool:
    """Says whether a field holds a value itself: scalars, enums, maps and the well-known messages."""
    return is_map(field) or not is_ours(field.message_type)


def is_personal(rule: Any) -> bool:
    """Says whether a rule is about a person, as its category does."""
    return str(rule.category).split(".", maxsplit=1)[0] == "user"


def _words(name: str) -> set[str]:
    return set(name.lower().split("_"))


def judge_access(contract: Contract, where: str, access: Any) -> Iterator[Complaint]:
    """Complains of an access option that lets in nobody knows whom, or for no purpose."""
    if access is None:
        yield Complaint(where, "has no access option.", "Say who may call and why: option (parley.options.v1.access).")
        return
    callers = contract.enum("Caller")
    names = [callers.values_by_number[number].name for number in access.callers]
    if not names or "CALLER_UNSPECIFIED" in names:
        yield Complaint(where, "names no caller.", "List the callers; CALLER_UNSPECIFIED is none.")
    if len(names) != len(set(names)):
        yield Complaint(where, "names a caller twice.", "List each caller once.")
    if not access.purpose:
        yield Complaint(where, "has no purpose.", "Choose one of the purposes in access.proto.")
    if ("CALLER_SERVICE_ACCOUNT" in names) != bool(access.scope):
        yield Complaint(
            where, "has a service account without a scope, or a scope without one.", "Give both or neither."
        )


def scope_of(method: MethodDescriptor, routes: list[tuple[str, str]]) -> str:
    """Returns the scope that an API key needs for an RPC: its service, and whether it reads or writes."""
    service = method.containing_service.file.package.split(".")[1]
    return f"{service}.{'read' if {verb for verb, _ in routes} <= {'GET'} else 'write'}"


def judge_methods(contract: Contract) -> Iterator[Complaint]:
    """Complains of RPCs without access, with shared messages, or with a route that is taken."""
    routes: dict[tuple[str, str], str] = {}
    uses = Counter(message.full_name for method in contract.methods() for message in _both(method))
    for method in contract.methods():
        yield from judge_access(
            contract, method.full_name, contract.option("MethodOptions", method, f"{OPTIONS}.access")
        )
        yield from _judge_scope(contract, method)
        for message, suffix in zip(_both(method), ("Request", "Response"), strict=True):
            if message.name != method.name + suffix or uses[message.full_name] > 1:
                mend = f"Give it a {method.name}{suffix} that nothing else uses."
                yield Complaint(method.full_name, f"uses {message.full_name}.", mend)
        for verb, path in routes_of(contract, method):
            shape = (verb, re.sub(r"\{[^}]*\}", "{}", path))
            if other := routes.get(shape):
                yield Complaint(method.full_name, f"has the route of {other}.", f"Change {verb} {path}.")
            routes[shape] = method.full_name
            if not path.startswith("/v1/"):
                yield Complaint(method.full_name, f"has the route {path}.", "Routes start with /v1/.")
            for variable in re.findall(r"\{([^}=]*)", path):
                if variable.split(".")[0] not in method.input_type.fields_by_name:
                    yield Complaint(
                        method.full_name, f"takes {variable} from the path.", "The request has no such field."
                    )


def _judge_scope(contract: Contract, method: MethodDescriptor) -> Iterator[Complaint]:
    access: Any = contract.option("MethodOptions", method, f"{OPTIONS}.access")
    scope, routes = access.scope if access is not None else "", routes_of(contract, method)
    if scope and not routes:
        yield Complaint(method.full_name, "has a scope and no route.", "API keys come in by REST: give it a route.")
    elif scope and scope != scope_of(method, routes):
        mend = (
            f"Write {scope_of(method, routes)}: a key is given what it reads and what it changes, service by service."
        )
        yield Complaint(method.full_name, f"has the scope {scope}.", mend)


def _both(method: MethodDescriptor) -> tuple[Descriptor, Descriptor]:
    return method.input_type, method.output_type


def routes_of(contract: Contract, method: MethodDescriptor) -> list[tuple[str, str]]:
    """Returns the HTTP routes of an RPC as pairs of verb and path."""
    rule = contract.option("MethodOptions", method, "google.api.http")
    rules = [] if rule is None else [rule, *rule.additional_bindings]
    return [(verb.upper(), getattr(each, verb)) for each in rules if (verb := each.WhichOneof("pattern"))]


def judge_frames(contract: Contract) -> Iterator[Complaint]:
    """Complains of live frames without access."""
    for frame in contract.frames():
        access = contract.option("FieldOptions", frame, f"{OPTIONS}.frame_access")
        for complaint in judge_access(contract, frame.full_name, access):
            mend = complaint.mend.replace("option (parley.options.v1.access)", "[(parley.options.v1.frame_access)]")
            yield Complaint(complaint.where, complaint.what, mend)


def judge_rule(where: str, rule: Any) -> Iterator[Complaint]:
    """Complains of a rule that leaves open what a field holds, why, how long, for whom, or what erasure does."""
    if not CATEGORY.match(rule.category):
        yield Complaint(where, f"has the category `{rule.category}`.", "Categories start with `user` or `system`.")
    if unknown := sorted(set(rule.clauses) - CLAUSES):
        yield Complaint(where, f"serves {', '.join(unknown)}.", "The policy's clauses are C01 to C38.")
    if is_personal(rule):
        if not rule.purposes or 0 in rule.purposes:
            yield Complaint(where, "is personal and has no purpose.", "Say in `purposes` why it is kept.")
        if not rule.retention:
            yield Complaint(where, "is personal and has no retention.", "Say in `retention` how long it is kept.")
        if not rule.erasure:
            yield Complaint(where, "is personal and has no erasure.", "Say in `erasure` what forgetting does to it.")
        if not rule.audiences and not rule.secret:
            yield Complaint(where, "is personal and has no audience.", "Say in `audiences` who sees it.")
        if rule.not_personal:
            yield Complaint(where, "is personal and says why it is not.", "Empty `not_personal`, or mend the category.")
    elif len(rule.not_personal.split()) < 3:
        mend = "Say in `not_personal`, in words, why it can hold nothing personal."
        yield Complaint(where, "is not personal, and nothing says why.", mend)


def judge_presets(contract: Contract) -> Iterator[Complaint]:
    """Complains of presets without a rule, or with a rule that says too little."""
    for value in contract.enum("Data").values:
        rule = contract.option("EnumValueOptions", value, f"{OPTIONS}.rule")
        if value.number == 0:
            continue
        if rule is None:
            yield Complaint(f"{OPTIONS}.{value.name}", "has no rule.", "A preset stands for a rule: [(rule) = {...}].")
        else:
            yield from judge_rule(f"{OPTIONS}.{value.name}", rule)


def judge_fields(contract: Contract, reviewed: dict[str, str]) -> Iterator[Complaint]:
    """Complains of leaf fields without a rule, with two, or with one that their name contradicts."""
    unused = dict(reviewed)
    for message in contract.messages():
        for field in message.fields:
            preset = contract.preset_of(field)
            own = contract.option("FieldOptions", field, f"{OPTIONS}.privacy")
            if not is_leaf(field):
                if preset or own is not None:
                    mend = "Its rules stand beside its own fields."
                    yield Complaint(field.full_name, "is a message of our own and has a privacy option.", mend)
                continue
            yield from judge_type(field)
            if preset and own is not None:
                yield Complaint(field.full_name, "has both `data` and `privacy`.", "Keep one.")
            if not preset and own is None:
                mend = "Say what it is: [(parley.options.v1.data) = DATA_...], or `privacy` where no preset fits."
                yield Complaint(field.full_name, "has no privacy option.", mend)
                continue
            rule = contract.rule_of(field)
            if rule is None:
                continue
            if own is not None:
                yield from judge_rule(field.full_name, own)
            yield from judge_name(field, rule, unused)
    for name in unused:
        mend = "Take it off the list."
        yield Complaint(REVIEWED_NAMES.name, f"lists {name}, which needs no exception.", mend)


def judge_type(field: FieldDescriptor) -> Iterator[Complaint]:
    """Complains of a leaf with something inside that no rule reaches."""
    message = field.message_type
    if message is None:
        return
    if is_map(field):
        if is_ours(message.fields_by_name["value"].message_type):
            mend = "Use a repeated message with the key in a field of its own."
            yield Complaint(field.full_name, "is a map of messages, whose keys no rule speaks for.", mend)
    elif message.full_name not in VALUES:
        mend = "Use a message of our own."
        yield Complaint(field.full_name, f"brings {message.full_name}, whose fields no rule speaks for.", mend)


def judge_name(field: FieldDescriptor, rule: Any, unused: dict[str, str]) -> Iterator[Complaint]:
    """Complains of a field whose name speaks of a person or of a secret while its rule does not."""
    words = _words(field.name)
    if (words & SECRET_NAMES or field.name in SECRET_FULL_NAMES) and not rule.secret:
        yield Complaint(field.full_name, "is called as a secret is, and is none.", "Use DATA_SECRET, or another name.")
    if is_personal(rule) or field.enum_type is not None or not words & PERSONAL_NAMES:
        return
    if unused.pop(field.full_name, None) is None:
        mend = f"Use a personal preset, or list it in protos/{REVIEWED_NAMES.name} with a reason."
        yield Complaint(field.full_name, "is called as personal data are, and is marked as not personal.", mend)


def judge_requests(contract: Contract) -> Iterator[Complaint]:
    """Complains of requests and frames that name a tenant: it comes from the credential alone."""
    roots = [method.input_type for method in contract.methods()]
    roots += [message for message in contract.messages() if message.name == "ClientFrame"]
    seen: set[str] = set()
    while roots:
        message = roots.pop()
        if message.full_name in seen:
            continue
        seen.add(message.full_name)
        for field in message.fields:
            if field.name in ("tenant_id", "tenant_ids"):
                yield Complaint(field.full_name, "lets a request name a tenant.", "The credential says the tenant.")
            if field.message_type is not None and is_ours(field.message_type):
                roots.append(field.message_type)


def judge_purposes(contract: Contract) -> Iterator[Complaint]:
    """Complains of purposes that the privacy policy rules out."""
    for value in contract.enum("Purpose").values:
        if words := set(value.name.split("_")) & FORBIDDEN_PURPOSES:
            mend = "Nobody's data are sold, traded, marketed with or trained on here."
            yield Complaint(f"{OPTIONS}.{value.name}", f"is a purpose of {', '.join(sorted(words)).lower()}.", mend)


def read_reviewed_names() -> dict[str, str]:
    """Returns the fields that are called as personal data are and hold none, each with its reason."""
    return {str(name): str(reason) for name, reason in tomllib.loads(REVIEWED_NAMES.read_text())["fields"].items()}


def complaints(contract: Contract, reviewed: dict[str, str]) -> list[str]:
    """Returns every breach of a rule, as lines; an empty list is a sound contract."""
    found = [
        *judge_methods(contract),
        *judge_frames(contract),
        *judge_presets(contract),
        *judge_fields(contract, reviewed),
        *judge_requests(contract),
        *judge_purposes(contract),
    ]
    found += [
        Complaint(name, "is listed without a reason.", "Say in words why it is not personal.")
        for name, reason in reviewed.items()
        if len(reason.split()) < 3
    ]
    return [str(each) for each in found]


def _plain(enum: EnumDescriptor, numbers: Any) -> str:
    prefix = f"{re.sub(r'(?<!^)(?=[A-Z])', '_', enum.name).upper()}_"
    return " ".join(enum.values_by_number[number].name.removeprefix(prefix).lower() for number in numbers) or "-"


def access_listing(contract: Contract) -> str:
    """Returns who may call what: one line for each RPC and each live frame."""
    lines = ["call | route | callers | purpose | scope | marks"]
    rows: list[tuple[str, str, Message | None]] = []
    for method in contract.methods():
        route = ", ".join(" ".join(each) for each in routes_of(contract, method)) or "-"
        rows.append((method.full_name, route, contract.option("MethodOptions", method, f"{OPTIONS}.access")))
    rows += [
        (frame.full_name, "live", contract.option("FieldOptions", frame, f"{OPTIONS}.frame_access"))
        for frame in contract.frames()
    ]
    for name, route, option in sorted(rows, key=lambda row: row[0]):
        access: Any = option
        callers = _plain(contract.enum("Caller"), access.callers)
        purpose = _plain(contract.enum("Purpose"), [access.purpose])
        marks = " ".join(mark for mark in ("recorded", "own", "tenantless") if getattr(access, mark)) or "-"
        lines.append(f"{name} | {route} | {callers} | {purpose} | {access.scope or '-'} | {marks}")
    return "\n".join(lines) + "\n"


def _rule_columns(contract: Contract, rule: Any) -> str:
    audiences = _plain(contract.enum("Audience"), rule.audiences)
    retention = _plain(contract.enum("Retention"), [rule.retention])
    erasure = _plain(contract.enum("Erasure"), [rule.erasure])
    return f"{rule.category} | {audiences} | {retention} | {erasure}"


def privacy_listing(contract: Contract) -> str:
    """Returns what everything is: first what each preset stands for, then one line for each leaf field."""
    lines = ["preset | category | audiences | retention | erasure | purposes | clauses | marks | why not personal"]
    for value in contract.enum("Data").values:
        rule = contract.option("EnumValueOptions", value, f"{OPTIONS}.rule")
        if rule is not None:
            marks = [mark for mark in ("secret", "correctable") if getattr(rule, mark)]
            columns = [
                value.name.removeprefix("DATA_").lower(),
                _rule_columns(contract, rule),
                _plain(contract.enum("Purpose"), rule.purposes),
                " ".join(rule.clauses) or "-",
                " ".join(marks) or "-",
                rule.not_personal or "-",
            ]
            lines.append(" | ".join(columns))
    lines += ["", "field | preset | category | audiences | retention | erasure"]
    fields = [field for message in contract.messages() for field in message.fields if is_leaf(field)]
    for field in sorted(fields, key=lambda each: each.full_name):
        preset = contract.preset_of(field).removeprefix("DATA_").lower() or "(own rule)"
        lines.append(f"{field.full_name} | {preset} | {_rule_columns(contract, contract.rule_of(field))}")
    return "\n".join(lines) + "\n"
