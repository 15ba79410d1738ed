/** The integrations: endpoints that are told what happens, and what became of what was sent to them. */
import type { ComponentType } from "preact";
import "../privacy/parts.css";
import "../privacy/privacy.css";
import { href } from "../route.ts";
import { t as eager } from "../words/en.ts";
import { Deliveries } from "./deliveries.tsx";
import { Endpoints } from "./endpoints.tsx";
import "./integrations.css";
import { PLACES, type PlaceId, place } from "./section.ts";
import { t } from "./words.ts";

const VIEWS: Record<PlaceId, ComponentType> = { endpoints: Endpoints, deliveries: Deliveries };

export default function Integrations() {
  const View = VIEWS[place.value];
  return (
    <div class="column integrations">
      <h1 class="unseen">{eager("integrations.title")}</h1>
      <nav class="views" aria-label={t("hooks.places")}>
        {PLACES.map((id) => (
          <a key={id} href={href("integrations", id)} aria-current={id === place.value ? "page" : undefined}>
            {eager(`integrations.${id}`)}
          </a>
        ))}
      </nav>
      <div class="column-page" key={place.value}>
        <View />
      </div>
    </div>
  );
}
