/** The ticket desk: how tickets wait, what the form asks, what is promised, and what is done again and again. */
import type { ComponentType } from "preact";
import "../privacy/parts.css";
import "../privacy/privacy.css";
import { href } from "../route.ts";
import { Calendars } from "./calendars.tsx";
import { Levels } from "./levels.tsx";
import { Macros } from "./macros.tsx";
import { Mailboxes } from "./mailboxes.tsx";
import { t as named } from "./names.ts";
import { Fields, Queues, Tags } from "./queues.tsx";
import { Rules } from "./rules.tsx";
import { type PlaceId, place, places } from "./section.ts";
import "./ticketdesk.css";
import { t } from "./words.ts";

const VIEWS: Record<PlaceId, ComponentType> = {
  queues: Queues,
  fields: Fields,
  tags: Tags,
  levels: Levels,
  calendars: Calendars,
  rules: Rules,
  macros: Macros,
  mailboxes: Mailboxes,
};

export default function TicketDesk() {
  const View = VIEWS[place.value];
  return (
    <div class="column ticketdesk">
      <h1 class="unseen">{named("title")}</h1>
      <nav class="views" aria-label={t("places")}>
        {places().map((id) => (
          <a key={id} href={href("ticketdesk", id)} aria-current={id === place.value ? "page" : undefined}>
            {named(id)}
          </a>
        ))}
      </nav>
      <div class="column-page ticketdesk-page" key={place.value}>
        <View />
      </div>
    </div>
  );
}
