/** The settings: their pages at the side, the one in front. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import "../privacy/parts.css";
import "../privacy/privacy.css";
import { href, route } from "../route.ts";
import { has } from "../session.ts";
import { Account } from "./account.tsx";
import { Audit } from "./audit.tsx";
import { readPeople } from "./data.ts";
import { Keys } from "./keys.tsx";
import { Organisation } from "./organisation.tsx";
import { type PlaceId, place, places } from "./places.ts";
import { Proving } from "./prove.tsx";
import "./settings.css";
import { Setup } from "./setup.tsx";
import { Sites } from "./sites.tsx";
import { Team } from "./team.tsx";
import { Tenants } from "./tenants.tsx";
import { t } from "./words.ts";

const VIEWS: Record<PlaceId, ComponentType> = {
  setup: Setup,
  team: Team,
  sites: Sites,
  keys: Keys,
  organisation: Organisation,
  tenants: Tenants,
  audit: Audit,
  account: Account,
};

export default function Settings() {
  const current = place.value;
  const View = VIEWS[current];
  const mine = places();
  useEffect(() => {
    // A name that cannot be read is shown as unknown; no page depends on it.
    if (has("CALLER_ADMIN", "CALLER_PRIVACY_OFFICER")) readPeople().catch(() => {});
  }, []);
  return (
    <div class={`privacy settings ${route.value[1] ? "" : "home"}`}>
      <h1 class="unseen">{t("title")}</h1>
      <nav class="places" aria-label={t("places")}>
        {mine.map(({ id, group }, at) => (
          <a
            key={id}
            href={href("settings", id)}
            class={at > 0 && mine[at - 1]?.group !== group ? "apart" : undefined}
            aria-current={id === current ? "page" : undefined}
          >
            <span>{t(id)}</span>
          </a>
        ))}
      </nav>
      <div class="place" key={current}>
        <View />
      </div>
      <Proving />
    </div>
  );
}
