"""Says where to go: on the terminal for people, in `demo.json` for programs."""

from __future__ import annotations

import json
from dataclasses import asdict

from cli.demo import state
from cli.demo.people import COMPANIES
from cli.demo.state import Seeded
from kernel.config import SERVICES, Config

FILE = "demo.json"


def write(config: Config, seeded: tuple[Seeded, ...] | None) -> str:
    """Writes `demo.json`, where there is a demo, and returns the text for the terminal."""
    lines = ["", "Parley is running. Stop it with Ctrl-C.", ""]
    if seeded is None:
        lines += [f"  Console   {config.origin('console')}", f"  API       {config.origin('api')}/docs", ""]
        return "\n".join(lines)
    hosts = {company.slug: company for company in COMPANIES}
    lines += [f"  Start here   {config.base}", ""]
    for each in seeded:
        company = hosts[each.slug]
        lines.append(f"  {company.name:14} {config.origin(company.host)}   (open the chat there)")
    lines += ["", f"  Console      {config.origin('console')}   (answer it here)", ""]
    for each in seeded:
        for account in each.accounts:
            who = f"{account.name} · {', '.join(account.roles)}"
            lines.append(f"    team {each.slug:7} {account.email:20} {account.password:18} {who}")
    for company in COMPANIES:
        if company.has_community:
            lines += ["", f"  Community    {config.origin('community')}/c/{company.slug}   (join it there)"]
    lines += ["", f"  Mail in      {config.mail_listen}   (mail out: {config.data_dir / 'mail'})"]
    lines += [f"  API          {config.origin('api')}/docs", f"  All of this  {config.data_dir / FILE}", ""]
    state.write_private(config.data_dir / FILE, json.dumps(_document(config, seeded), indent=1, ensure_ascii=False))
    return "\n".join(lines)


def _document(config: Config, seeded: tuple[Seeded, ...]) -> dict[str, object]:
    return {
        "start": config.base,
        "console": config.origin("console"),
        "api": config.origin("api"),
        "widget": config.origin("widget"),
        "content": config.origin("content"),
        "community": config.origin("community"),
        "mail": {"listen": config.mail_listen, "domain": config.mail_domain},
        "services": {service: config.addresses(service)[0] for service in SERVICES},
        "tenants": [
            asdict(each)
            | {"page": config.origin(next(company.host for company in COMPANIES if company.slug == each.slug))}
            for each in seeded
        ],
    }
