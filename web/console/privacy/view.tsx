/** The privacy section: its pages at the side, the one in front. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { href, route } from "../route.ts";
import { Cases } from "./cases.tsx";
import { Browsers, Recipients, Refusals } from "./counts.tsx";
import { readStaff } from "./data.ts";
import { Feedback } from "./feedback.tsx";
import { FirstSteps } from "./first.tsx";
import { Holds } from "./holds.tsx";
import { Ledger } from "./ledger.tsx";
import { DataMap } from "./map.tsx";
import { Notices } from "./notices.tsx";
import { type PlaceId, place, places } from "./places.ts";
import { PrivacyPolicy } from "./policy.tsx";
import "./privacy.css";
import "./parts.css";
import { Requests } from "./requests.tsx";
import { Retention } from "./retention.tsx";
import { wanted } from "./section.ts";
import { Support } from "./support.tsx";
import { t } from "./words.ts";

const VIEWS: Record<PlaceId, ComponentType> = {
  start: FirstSteps,
  requests: Requests,
  feedback: Feedback,
  ledger: Ledger,
  holds: Holds,
  cases: Cases,
  retention: Retention,
  map: DataMap,
  recipients: Recipients,
  browsers: Browsers,
  refusals: Refusals,
  notices: Notices,
  policy: PrivacyPolicy,
  support: Support,
};

export default function Privacy() {
  const current = place.value;
  const View = VIEWS[current];
  const mine = places();
  useEffect(() => {
    // A name that cannot be read is shown as unknown; no page depends on it.
    readStaff().catch(() => {});
  }, []);
  return (
    <div class={`privacy ${route.value[1] ? "" : "home"}`}>
      <h1 class="unseen">{t("title")}</h1>
      <nav class="places" aria-label={t("places")}>
        {mine.map(({ id, group }, at) => (
          <a
            key={id}
            href={href("privacy", id)}
            class={at > 0 && mine[at - 1]?.group !== group ? "apart" : undefined}
            aria-current={id === current ? "page" : undefined}
          >
            <span>{t(id)}</span>
            {id === "requests" && wanted.value > 0 && <span class="count">{wanted.value}</span>}
          </a>
        ))}
      </nav>
      <div class="place" key={current}>
        <View />
      </div>
    </div>
  );
}
