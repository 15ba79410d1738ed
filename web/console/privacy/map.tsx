/** The page of the data map: searched by any word that stands in it. */
import { useSignal } from "@preact/signals";
import { useLoaded } from "./data.ts";
import { dataMap, find, type MapEntry } from "./datamap.ts";
import { Check, Facts, Field, Heading, Reading } from "./parts.tsx";
import { t } from "./words.ts";

/** How many fields are shown at first, and with each press more. */
const SOME = 60;

function Entry({ entry }: { entry: MapEntry }) {
  const { field, what, category, purposes, retention, period, seen_by, erasure, clauses, columns, not_personal } =
    entry;
  return (
    <details class="map-entry">
      <summary>
        <span class="entry-what">{what}</span>
        <code>{columns[0]?.name ?? field.split(".").slice(-2).join(".")}</code>
      </summary>
      <Facts
        facts={[
          [t("map.field"), <code key="field">{field}</code>],
          [t("map.category"), category],
          not_personal !== "" && [t("map.not.personal"), not_personal],
          purposes.length > 0 && [t("map.purposes"), purposes.join(", ")],
          [t("map.retention"), period || retention],
          [t("map.seen"), seen_by.join(", ")],
          [t("map.erasure"), erasure],
          columns.length > 0 && [t("map.columns"), columns.map(({ name }) => <code key={name}>{name} </code>)],
          clauses.length > 0 && [t("map.clauses"), clauses.join(", ")],
          entry.correctable && [t("map.correctable"), t("map.correctable.yes")],
        ]}
      />
    </details>
  );
}

/** The page. */
export function DataMap() {
  const loaded = useLoaded("map", dataMap);
  const text = useSignal("");
  const stored = useSignal(true);
  const personal = useSignal(true);
  const shown = useSignal(SOME);
  const found = loaded.value && find(loaded.value, text.value, stored.value, personal.value);
  const again = (change: () => void) => {
    change();
    shown.value = SOME;
  };
  return (
    <>
      <Heading title={t("map")} lead={t("map.lead")} />
      <div class="page">
        <search class="filters">
          <Field
            label={t("map.search")}
            hint={t("map.search.hint")}
            value={text.value}
            input={(words) => again(() => (text.value = words))}
          />
          <div class="pair">
            <Check label={t("map.stored")} checked={stored.value} set={(on) => again(() => (stored.value = on))} />
            <Check
              label={t("map.personal")}
              checked={personal.value}
              set={(on) => again(() => (personal.value = on))}
            />
          </div>
        </search>
        {!found ? (
          <Reading place="map" state={loaded.state as "loading"} load={loaded.load} />
        ) : (
          <>
            <p class="soft" role="status">
              {t("map.count", { count: found.length })}
            </p>
            <div class="map-entries">
              {found.slice(0, shown.value).map((entry) => (
                <Entry key={entry.field} entry={entry} />
              ))}
            </div>
            {found.length > shown.value && (
              <button type="button" class="button" onClick={() => (shown.value += SOME)}>
                {t("more")}
              </button>
            )}
          </>
        )}
      </div>
    </>
  );
}
