/** To whom a survey is offered: what is left empty does not narrow it. */
import type { Targeting } from "../../shared/gen/survey.ts";
import { Field, Part } from "../privacy/parts.tsx";
import { type Named, places } from "./data.ts";
import { languagesOf } from "./logic.ts";
import { t } from "./words.ts";

export function Offered({ targeting, put }: { targeting: Targeting; put: (targeting: Targeting) => void }) {
  const { sites, teams, tags } = places.value;
  return (
    <Part title={t("offered")}>
      <p class="soft">{t("offered.text")}</p>
      <Among
        legend={t("offered.sites")}
        all={sites}
        chosen={targeting.siteIds}
        put={(siteIds) => put({ ...targeting, siteIds })}
      />
      <Among
        legend={t("offered.teams")}
        all={teams}
        chosen={targeting.teamIds}
        put={(teamIds) => put({ ...targeting, teamIds })}
      />
      <Among
        legend={t("offered.tags")}
        all={tags}
        chosen={targeting.tags}
        put={(chosen) => put({ ...targeting, tags: chosen })}
      />
      <Field
        label={t("offered.languages")}
        hint={t("offered.languages.hint")}
        value={targeting.languages.join(" ")}
        input={(text) => put({ ...targeting, languages: languagesOf(text) })}
        maxLength={200}
      />
      <Field
        label={t("offered.sample")}
        hint={t("offered.sample.hint")}
        type="number"
        min={0}
        max={100}
        value={String(targeting.samplingPermille / 10)}
        input={(text) => {
          const percent = Number(text);
          const fits = text !== "" && percent >= 0 && percent <= 100;
          if (fits) put({ ...targeting, samplingPermille: Math.round(percent * 10) });
        }}
      />
    </Part>
  );
}

function Among(props: {
  legend: string;
  all: readonly Named[];
  chosen: readonly string[];
  put: (chosen: string[]) => void;
}) {
  const { chosen } = props;
  // What is chosen and has no name any more stays visible, so that it can be taken out.
  const gone = chosen.filter((id) => !props.all.some((one) => one.id === id)).map((id) => ({ id, name: id }));
  const all = [...props.all, ...gone];
  if (all.length === 0) return null;
  return (
    <fieldset class="survey-among">
      <legend>
        {props.legend} <span class="soft">{chosen.length === 0 ? t("offered.all") : ""}</span>
      </legend>
      {all.map(({ id, name }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={({ currentTarget }) =>
              props.put(currentTarget.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
            }
          />
          <span dir="auto">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
