/** The community: its pages at the side, the one in front. */
import type { ComponentType } from "preact";
import "../privacy/parts.css";
import "../privacy/privacy.css";
import { href, route } from "../route.ts";
import { Cases } from "./cases.tsx";
import "./community.css";
import { People } from "./people.tsx";
import { type PlaceId, place, places } from "./places.ts";
import { Reviews } from "./reviews.tsx";
import { Spaces } from "./spaces.tsx";
import { Terms } from "./terms.tsx";
import { Topics } from "./topics.tsx";
import { Transfer } from "./transfer.tsx";
import { t } from "./words.ts";

const VIEWS: Record<PlaceId, ComponentType> = {
  cases: Cases,
  topics: Topics,
  people: People,
  spaces: Spaces,
  terms: Terms,
  transfer: Transfer,
  reviews: Reviews,
};

export default function Community() {
  const current = place.value;
  const View = VIEWS[current];
  const mine = places();
  return (
    <div class={`privacy community ${mine.length === 1 ? "single" : route.value[1] ? "" : "home"}`}>
      <h1 class="unseen">{t("title")}</h1>
      {mine.length > 1 && (
        <nav class="places" aria-label={t("places")}>
          {mine.map(({ id }) => (
            <a key={id} href={href("community", id)} aria-current={id === current ? "page" : undefined}>
              <span>{t(id)}</span>
            </a>
          ))}
        </nav>
      )}
      <div class="place" key={current}>
        <View />
      </div>
    </div>
  );
}
