/** The organisation: what it is called, and the rules that hold for its team. */
import { useSignal } from "@preact/signals";
import { GetSettingsResponseSchema, type Setting, UpdateSettingResponseSchema } from "../../shared/gen/privacy.ts";
import { exact } from "../../shared/time.tsx";
import { get, useLoaded } from "../privacy/data.ts";
import { Ask, Check, Facts, Field, Part } from "../privacy/parts.tsx";
import { api, me } from "../session.ts";
import { say } from "../toasts.tsx";
import { Closing } from "./closing.tsx";
import { act, trouble } from "./data.ts";
import { Oidc } from "./oidc.tsx";
import { Heading, Reading } from "./parts.tsx";
import { t } from "./words.ts";

async function set(name: string, valueJson: string): Promise<void> {
  await api.call(UpdateSettingResponseSchema, "PATCH", `/v1/settings/${name}`, { valueJson });
}

/** Returns the settings that stand on this page: periods and notices have pages of their own. */
export function ruling(settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({ name }) => name.startsWith("staff."));
}

/** The page of the organisation. */
export function Organisation() {
  const read = useLoaded("settings", async () =>
    ruling((await get(GetSettingsResponseSchema, "/v1/settings")).settings),
  );
  const changing = useSignal<Setting | undefined>(undefined);
  const tenant = me.value?.tenant;
  const change = (one: Setting, valueJson: string) =>
    act(
      async () => {
        await set(one.name, valueJson);
        await read.load();
      },
      t("organisation.changed"),
      () => change({ ...one, valueJson }, one.valueJson),
    );
  return (
    <>
      <Heading title={t("organisation")} lead={t("organisation.lead")} />
      <div class="page">
        <Facts
          facts={[
            [t("organisation.name"), tenant?.displayName],
            [t("organisation.slug"), <code key="slug">{tenant?.slug}</code>],
            [t("organisation.since"), exact(tenant?.createTime ?? 0)],
          ]}
        />
        <Part title={t("organisation.rules")}>
          {!read.value ? (
            <Reading state={read.state} load={read.load} />
          ) : (
            <ul class="cards">
              {read.value.map((one) => (
                <li key={one.name} class="card">
                  {one.defaultJson === "true" || one.defaultJson === "false" ? (
                    <Check
                      label={one.description}
                      checked={one.valueJson === "true"}
                      set={(checked) => change(one, String(checked))}
                    />
                  ) : (
                    <>
                      <p>{one.description}</p>
                      <strong>{one.valueJson}</strong>
                      <button
                        type="button"
                        class="button"
                        aria-label={t("change.of", { what: one.description })}
                        onClick={() => (changing.value = one)}
                      >
                        {t("change")}
                      </button>
                    </>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Part>
        <Oidc />
        <Closing />
      </div>
      {changing.value && (
        <Change setting={changing.value} done={read.load} close={() => (changing.value = undefined)} />
      )}
    </>
  );
}

function Change(props: { setting: Setting; done: () => Promise<void>; close: () => void }) {
  const { name, description, valueJson, minimumJson, maximumJson } = props.setting;
  const value = useSignal(valueJson);
  const wanted = Number(value.value);
  const fits = value.value.trim() !== "" && wanted >= Number(minimumJson) && wanted <= Number(maximumJson);
  return (
    <Ask
      title={t("change")}
      text={description}
      yes={t("save")}
      explain={trouble}
      close={props.close}
      ready={fits}
      deed={async () => {
        await set(name, String(wanted));
        await props.done();
        say(t("organisation.changed"));
      }}
    >
      <Field
        label={t("organisation.value")}
        hint={t("organisation.bounds", { least: minimumJson, most: maximumJson })}
        type="number"
        min={Number(minimumJson)}
        max={Number(maximumJson)}
        value={value.value}
        input={(text) => (value.value = text)}
        required
      />
    </Ask>
  );
}
