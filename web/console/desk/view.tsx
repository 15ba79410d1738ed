/** The desk: canned replies, tags, and who is kept out. */
import type { ComponentType } from "preact";
import { href } from "../route.ts";
import { t as eager } from "../words/en.ts";
import { Blocks } from "./blocks.tsx";
import "./desk.css";
import { Replies } from "./replies.tsx";
import { type PlaceId, place, places } from "./section.ts";
import { Tags } from "./tags.tsx";
import { t } from "./words.ts";

const VIEWS: Record<PlaceId, ComponentType> = { replies: Replies, tags: Tags, blocks: Blocks };

export default function Desk() {
  const View = VIEWS[place.value];
  return (
    <div class="column desk">
      <h1 class="unseen">{eager("desk.title")}</h1>
      <nav class="views" aria-label={t("desk.places")}>
        {places().map((id) => (
          <a key={id} href={href("desk", id)} aria-current={id === place.value ? "page" : undefined}>
            {eager(`desk.${id}`)}
          </a>
        ))}
      </nav>
      <div class="column-page desk-page" key={place.value}>
        <View />
      </div>
    </div>
  );
}
