/** Who is given what: for each site and each team, by hand or automatically. */
import { useEffect } from "preact/hooks";
import {
  type RoutingMode,
  type RoutingRule,
  SetSiteRoutingResponseSchema,
  SetTeamRoutingResponseSchema,
} from "../../shared/gen/routing.ts";
import { readSites, siteNames } from "../inbox/store.ts";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import { attempt, rules, teams } from "./data.ts";
import { t } from "./words.ts";

function ruleOf(id: string): RoutingRule | undefined {
  return rules.value.value.find(({ scopeId }) => scopeId === id);
}

async function save(
  path: string,
  body: Record<string, string>,
  schema: typeof SetSiteRoutingResponseSchema,
): Promise<void> {
  const done = await attempt(() => api.call(schema, "POST", path, body));
  await rules.load();
  if (done) say(t("rules.saved"));
}

function Mode({
  name,
  value,
  modes,
  set,
}: {
  name: string;
  value: RoutingMode;
  modes: readonly RoutingMode[];
  set: (mode: RoutingMode) => void;
}) {
  return (
    <select
      aria-label={`${name}: ${t("rules.mode")}`}
      value={value}
      onChange={({ currentTarget }) => set(currentTarget.value as RoutingMode)}
    >
      {modes.map((mode) => (
        <option key={mode} value={mode}>
          {t(mode as "ROUTING_MODE_MANUAL")}
        </option>
      ))}
    </select>
  );
}

function Site({ id, name }: { id: string; name: string }) {
  const rule = ruleOf(id);
  const mode = rule && rule.mode !== "ROUTING_MODE_UNSPECIFIED" ? rule.mode : "ROUTING_MODE_MANUAL";
  const teamId = rule?.teamId ?? "";
  const set = (change: { mode?: RoutingMode; teamId?: string }) =>
    save(
      `/v1/sites/${encodeURIComponent(id)}:setRouting`,
      { mode: change.mode ?? mode, teamId: change.teamId ?? teamId, etag: rule?.etag ?? "" },
      SetSiteRoutingResponseSchema,
    );
  return (
    <tr>
      <th scope="row" dir="auto">
        {name}
      </th>
      <td>
        <Mode
          name={name}
          value={mode}
          modes={["ROUTING_MODE_MANUAL", "ROUTING_MODE_AUTOMATIC"]}
          set={(chosen) => set({ mode: chosen })}
        />
      </td>
      <td>
        <select
          aria-label={`${name}: ${t("rules.serves")}`}
          value={teamId}
          onChange={({ currentTarget }) => set({ teamId: currentTarget.value })}
        >
          <option value="">{t("rules.everybody")}</option>
          {teams.value.value.map((team) => (
            <option key={team.id} value={team.id}>
              {team.displayName}
            </option>
          ))}
        </select>
      </td>
    </tr>
  );
}

/** The page. */
export function Rules() {
  useEffect(() => {
    rules.load();
    teams.load();
    readSites().catch(() => {});
  }, []);
  const states = [rules.state.value, teams.state.value];
  if (states.includes("failed")) {
    return (
      <p class="note bad" role="alert">
        {t("failed")}{" "}
        <button
          type="button"
          class="link"
          onClick={() => {
            rules.load();
            teams.load();
          }}
        >
          {t("again")}
        </button>
      </p>
    );
  }
  if (states.includes("loading")) {
    return (
      <p role="status">
        <span class="spinner" />
      </p>
    );
  }
  return (
    <section aria-labelledby="live-routing">
      <h2 id="live-routing">{t("routing")}</h2>
      <p class="hint">{t("rules.lead")}</p>
      <div class="live-table">
        <table>
          <caption>{t("rules.sites")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("rules.site")}</th>
              <th scope="col">{t("rules.mode")}</th>
              <th scope="col">{t("rules.serves")}</th>
            </tr>
          </thead>
          <tbody>
            {[...siteNames.value].map(([id, name]) => (
              <Site key={id} id={id} name={name} />
            ))}
          </tbody>
        </table>
      </div>
      {teams.value.value.length === 0 ? (
        <p class="note">{t("rules.teams.empty")}</p>
      ) : (
        <div class="live-table">
          <table>
            <caption>{t("rules.teams")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("rules.team")}</th>
                <th scope="col">{t("rules.mode")}</th>
              </tr>
            </thead>
            <tbody>
              {teams.value.value.map(({ id, displayName }) => {
                const rule = ruleOf(id);
                return (
                  <tr key={id}>
                    <th scope="row" dir="auto">
                      {displayName}
                    </th>
                    <td>
                      <Mode
                        name={displayName}
                        value={rule?.mode ?? "ROUTING_MODE_UNSPECIFIED"}
                        modes={["ROUTING_MODE_UNSPECIFIED", "ROUTING_MODE_MANUAL", "ROUTING_MODE_AUTOMATIC"]}
                        set={(mode) =>
                          save(
                            `/v1/teams/${encodeURIComponent(id)}:setRouting`,
                            { mode, etag: rule?.etag ?? "" },
                            SetTeamRoutingResponseSchema,
                          )
                        }
                      />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
