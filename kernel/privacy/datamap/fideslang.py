"""Writes the data map in fideslang: a system and a dataset for each service, as privacy tools read them.

Categories and uses that the language does not know are declared in the file itself, under their parents.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.privacy.datamap.entries import DataMap, Entry, Store

#: The language's own categories and uses, of its third version.
CATEGORIES = frozenset(
    (
        "system system.authentication system.operations user user.account user.account.settings user.account.username "
        "user.authorization user.authorization.biometric user.authorization.credentials user.authorization.password "
        "user.behavior user.behavior.browsing_history user.behavior.media_consumption user.behavior.purchase_history "
        "user.behavior.search_history user.biometric user.biometric.fingerprint user.biometric.health "
        "user.biometric.retinal user.biometric.voice user.childrens user.contact user.contact.address "
        "user.contact.address.city user.contact.address.country user.contact.address.postal_code "
        "user.contact.address.state user.contact.address.street user.contact.email user.contact.fax_number "
        "user.contact.organization user.contact.phone_number user.contact.url user.content user.content.private "
        "user.content.public user.content.self_image user.criminal_history user.demographic "
        "user.demographic.age_range user.demographic.date_of_birth user.demographic.gender user.demographic.language "
        "user.demographic.marital_status user.demographic.political_opinion user.demographic.profile "
        "user.demographic.race_ethnicity user.demographic.religious_belief user.demographic.sexual_orientation "
        "user.device user.device.cookie user.device.cookie_id user.device.device_id user.device.ip_address "
        "user.financial user.financial.bank_account user.financial.credit_card user.government_id "
        "user.government_id.birth_certificate user.government_id.drivers_license_number "
        "user.government_id.immigration user.government_id.national_identification_number "
        "user.government_id.passport_number user.government_id.vehicle_registration user.health_and_medical "
        "user.health_and_medical.genetic user.health_and_medical.insurance_beneficiary_id "
        "user.health_and_medical.record_id user.job_title user.location user.location.imprecise user.location.precise "
        "user.name user.name.first user.name.last user.payment user.privacy_preferences user.sensor user.social "
        "user.telemetry user.unique_id user.unique_id.pseudonymous user.user_sensor user.workplace"
    ).split()
)
USES = frozenset(
    (
        "essential essential.fraud_detection essential.legal_obligation essential.service "
        "essential.service.authentication essential.service.notifications essential.service.notifications.email "
        "essential.service.notifications.sms essential.service.operations essential.service.operations.improve "
        "essential.service.operations.support essential.service.payment_processing essential.service.security "
        "essential.service.upgrades functional functional.service functional.service.improve functional.storage "
        "functional.storage.privacy_preferences"
    ).split()
)
#: Whom data are about, as the language names them; a visitor in a chat is a customer of the tenant's.
_SUBJECTS = {
    "visitor": "customer",
    "requester": "customer",
    "respondent": "customer",
    "member": "customer",
    "staff": "employee",
}


def as_fideslang(data_map: DataMap) -> str:
    """Returns the map as one YAML document."""
    by_field = {entry.field: entry for entry in data_map.entries}
    stores: dict[str, list[Store]] = defaultdict(list)
    for store in data_map.stores:
        stores[store.service].append(store)
    document = {
        "data_category": _declared({entry.category for entry in data_map.entries}, CATEGORIES),
        "data_use": _declared({each for entry in data_map.entries for each in entry.purposes}, USES),
        "dataset": [_dataset(service, each, by_field) for service, each in sorted(stores.items())],
        "system": [_system(service, each, by_field) for service, each in sorted(stores.items())],
    }
    return "# Made from the contract and the declared tables; not to be edited.\n" + "\n".join(_yaml(document)) + "\n"


def _declared(used: set[str], known: frozenset[str]) -> list[dict[str, Any]]:
    return [
        {
            "fides_key": key,
            "name": key.rpartition(".")[2].replace("_", " ").capitalize(),
            "description": f"A part of {key.rpartition('.')[0]}, which this platform keeps apart.",
            "parent_key": key.rpartition(".")[0],
        }
        for key in sorted(used - known)
    ]


def _dataset(service: str, stores: Sequence[Store], by_field: Mapping[str, Entry]) -> dict[str, Any]:
    return {
        "fides_key": f"parley_{service}",
        "name": f"Parley {service}",
        "description": f"What the service {service} keeps.",
        "collections": [
            {
                "name": store.name.partition(".")[2],
                "description": store.uncovered or _about(store),
                "fields": [
                    {
                        "name": name,
                        "description": by_field[field].what or by_field[field].not_personal,
                        "data_categories": [by_field[field].category],
                    }
                    for name, field in store.columns
                    if field in by_field
                ]
                + [{"name": name, "description": why, "data_categories": ["system"]} for name, why in store.others],
            }
            for store in stores
        ],
    }


def _about(store: Store) -> str:
    if store.about:
        return f"About each {' and each '.join(store.about)}."
    return f"Belongs to {', '.join(store.belongs_to)}." if store.belongs_to else "About nobody."


def _system(service: str, stores: Sequence[Store], by_field: Mapping[str, Entry]) -> dict[str, Any]:
    categories: dict[str, set[str]] = defaultdict(set)
    subjects: dict[str, set[str]] = defaultdict(set)
    for store in stores:
        for _, field in store.columns:
            entry = by_field.get(field)
            if entry is None or not entry.is_personal:
                continue
            for purpose in entry.purposes:
                categories[purpose].add(entry.category)
                kinds = {kind for column in entry.columns for kind in column.about}
                subjects[purpose] |= {_SUBJECTS[kind] for kind in kinds if kind in _SUBJECTS}
    return {
        "fides_key": f"parley_{service}_service",
        "name": f"Parley {service}",
        "system_type": "Service",
        "privacy_declarations": [
            {
                "name": purpose,
                "data_use": purpose,
                "data_categories": sorted(found),
                "data_subjects": sorted(subjects[purpose]) or ["customer"],
            }
            for purpose, found in sorted(categories.items())
        ],
        "dataset_references": [f"parley_{service}"],
    }


def _yaml(value: Any, indent: int = 0) -> Iterator[str]:
    """Yields the lines of a value made of mappings, lists and texts; texts are quoted as JSON, which YAML reads."""
    space = "  " * indent
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield f"{space}{key}: {json.dumps(inner, ensure_ascii=False)}"
            elif not inner:
                yield f"{space}{key}: []"
            else:
                yield f"{space}{key}:"
                yield from _yaml(inner, indent + 1)
        return
    for inner in value:
        if isinstance(inner, str):
            yield f"{space}- {json.dumps(inner, ensure_ascii=False)}"
            continue
        for number, line in enumerate(_yaml(inner, indent + 1)):
            yield f"{space}- {line.removeprefix(space + '  ')}" if number == 0 else line
