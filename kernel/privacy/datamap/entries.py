"""Reads the data map off the contract and the declared tables. It asks no database and knows no service."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import parley
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from parley.options.v1 import access_pb2, privacy_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import MetaData, Table

from kernel.privacy.rules import UNDECLARED, is_leaf, rule_of
from kernel.privacy.subjects.coverage import field_of, owners

_OPTIONS = "parley.options.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column that holds a field's data."""

    name: str
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field of the contract, its rule in words, and where it is kept."""

    field: str
    service: str
    what: str
    category: str
    purposes: tuple[str, ...]
    retention: str
    period: str
    seen_by: tuple[str, ...]
    erasure: str
    domain: str
    clauses: tuple[str, ...]
    secret: bool
    correctable: bool
    not_personal: str
    columns: tuple[Column, ...]

    @property
    def is_personal(self) -> bool:
        """Whether it holds something about a person."""
        return not self.not_personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One table: whom it is about, when its rows end, and the columns that are no field's."""

    name: str
    service: str
    about: tuple[str, ...]
    belongs_to: tuple[str, ...]
    purge: str
    uncovered: str
    columns: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMap:
    """The whole map, in the order of names."""

    entries: tuple[Entry, ...]
    stores: tuple[Store, ...]

    def services(self) -> list[str]:
        """Returns the services by name."""
        return sorted({each.service for each in self.entries} | {each.service for each in self.stores})

    def entry(self, field: str) -> Entry:
        """Returns the entry of a field; raises KeyError where there is none."""
        for each in self.entries:
            if each.field == field:
                return each
        raise KeyError(field)


def read_map(metadatas: Iterable[MetaData], modules: ModuleType = parley) -> DataMap:
    """Reads the map of the whole contract and of the given services' tables.

    Files of the contract that are known by a column alone, and lie in no package of the stubs, are in it as well.
    """
    tables = [table for metadata in metadatas for table in metadata.sorted_tables]
    words = _comments()
    columns = _columns_by_field(tables)
    entries = [
        _entry(field, words, columns.get(field.full_name, ()))
        for message in contract_messages(modules, columns)
        for field in message.fields
        if is_leaf(field)
    ]
    return DataMap(
        entries=tuple(sorted(entries, key=lambda each: each.field)),
        stores=tuple(sorted((_store(table) for table in tables), key=lambda each: each.name)),
    )


def contract_messages(modules: ModuleType = parley, columns: Iterable[str] = ()) -> Iterator[Descriptor]:
    """Yields every message of the contract, nested ones too, and those that only columns know of."""
    yield from _messages(_files(modules, columns))


def _files(modules: ModuleType, columns: Iterable[str]) -> list[FileDescriptor]:
    found: dict[str, FileDescriptor] = {}
    for module in pkgutil.walk_packages(modules.__path__, f"{modules.__name__}."):
        if module.name.endswith("_pb2"):
            file = importlib.import_module(module.name).DESCRIPTOR
            found[file.name] = file
    for name in columns:
        field = field_of(name)
        if field is not None:
            file = _file_of(field)
            found.setdefault(file.name, file)
    return [file for _, file in sorted(found.items()) if file.package != _OPTIONS]


def _file_of(field: FieldDescriptor) -> FileDescriptor:
    message = field.containing_type
    if message is None:
        raise TypeError(f"{field.full_name} is an extension, and no field of a message")
    return message.file


def _messages(files: Iterable[FileDescriptor]) -> Iterator[Descriptor]:
    waiting = [message for file in files for message in file.message_types_by_name.values()]
    while waiting:
        message = waiting.pop()
        if not message.GetOptions().map_entry:
            yield message
            waiting.extend(message.nested_types)


def _columns_by_field(tables: Iterable[Table]) -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = defaultdict(list)
    for table in tables:
        first = owners(table)
        for column in table.columns:
            said = column.info["field"]
            if not said.startswith("- "):
                about = column.info.get("about") or first
                name = f"{table.fullname}.{column.name}"
                found[said].append(Column(name=name, about=tuple(_kind(each) for each in about)))
    return {field: tuple(columns) for field, columns in found.items()}


def _kind(number: int) -> str:
    return plain(subject_pb2.SubjectKind.DESCRIPTOR, number)


def plain(enum: EnumDescriptor, number: int) -> str:
    """Writes a value of one of the options' enums as a word or two."""
    value = enum.values_by_number.get(number)
    if value is None:
        return str(number)
    prefix = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in enum.name).lstrip("_")
    return str(value.name).removeprefix(f"{prefix}_").lower().replace("_", " ")


def use(number: int) -> str:
    """Writes a purpose as fideslang names uses, such as `essential.service.operations`."""
    name = access_pb2.Purpose.Name(access_pb2.Purpose.ValueType(number)).removeprefix("PURPOSE_").lower()
    return name.replace("_", ".").replace("legal.obligation", "legal_obligation")


def _entry(field: FieldDescriptor, words: Mapping[str, str], columns: tuple[Column, ...]) -> Entry:
    rule = rule_of(field)
    retention = privacy_pb2.Retention.DESCRIPTOR.values_by_number[rule.retention]
    seen_by = tuple(plain(privacy_pb2.Audience.DESCRIPTOR, each) for each in rule.audiences)
    return Entry(
        field=field.full_name,
        service=_file_of(field).package.split(".")[1],
        what=words.get(field.full_name, ""),
        category=rule.category,
        purposes=tuple(use(each) for each in rule.purposes),
        retention=plain(privacy_pb2.Retention.DESCRIPTOR, rule.retention),
        period="" if rule is UNDECLARED else words.get(f"{_OPTIONS}.{retention.name}", ""),
        seen_by=seen_by,
        erasure=plain(privacy_pb2.Erasure.DESCRIPTOR, rule.erasure),
        domain=plain(privacy_pb2.Domain.DESCRIPTOR, rule.domain or privacy_pb2.DOMAIN_MAIN),
        clauses=tuple(rule.clauses),
        secret=rule.secret,
        correctable=rule.correctable,
        not_personal=rule.not_personal,
        columns=columns,
    )


def _store(table: Table) -> Store:
    purge = table.info.get("purge")
    columns = [(column.name, column.info["field"]) for column in table.columns]
    return Store(
        name=table.fullname,
        service=str(table.schema),
        about=tuple(_kind(kind) for kind in table.info.get("subject", {})),
        belongs_to=tuple(
            sorted(
                {
                    constraint.referred_table.fullname
                    for constraint in table.foreign_key_constraints
                    if constraint.referred_table is not table
                }
            )
        ),
        purge="" if purge is None else f"{purge[1]} after {purge[0]}",
        uncovered=table.info.get("uncovered", ""),
        columns=tuple((name, said) for name, said in columns if not said.startswith("- ")),
        others=tuple((name, said.removeprefix("- ")) for name, said in columns if said.startswith("- ")),
    )


def _comments() -> dict[str, str]:
    """Returns the comments above fields and values of enums, by full name, as the committed contract has them."""
    image = Path(next(iter(parley.__path__))).parent / "contract.binpb"
    files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes())
    found: dict[str, str] = {}
    for file in files.file:
        if file.package.startswith("parley."):
            names = dict(_paths(file))
            for location in file.source_code_info.location:
                name = names.get(tuple(location.path))
                if name is not None and location.leading_comments.strip():
                    found[name] = " ".join(location.leading_comments.split())
    return found


def _paths(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    # The numbers are those of the fields in descriptor.proto, as source_code_info counts its paths.
    for index, enum in enumerate(file.enum_type):
        for number, value in enumerate(enum.value):
            # A value is a sibling of its enum, as its full name is.
            yield (5, index, 2, number), f"{file.package}.{value.name}"
    waiting: list[tuple[tuple[int, ...], str, descriptor_pb2.DescriptorProto]] = [
        ((4, index), f"{file.package}.", message) for index, message in enumerate(file.message_type)
    ]
    while waiting:
        path, above, message = waiting.pop()
        name = f"{above}{message.name}."
        for number, field in enumerate(message.field):
            yield (*path, 2, number), f"{name}{field.name}"
        waiting += [((*path, 3, number), name, nested) for number, nested in enumerate(message.nested_type)]
