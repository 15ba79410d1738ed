/** Whether chats ask for a rating themselves when they end. Administrators say so; others see what was answered. */
import { GetSettingsResponseSchema, UpdateSettingResponseSchema } from "../../shared/gen/privacy.ts";
import { act, get, useLoaded } from "../privacy/data.ts";
import { Check } from "../privacy/parts.tsx";
import { api, has } from "../session.ts";
import { t } from "./words.ts";

const NAME = "surveys.ask_rating";

export function AskRating() {
  const asks = useLoaded(NAME, async () => {
    const { settings } = await get(GetSettingsResponseSchema, "/v1/settings");
    return settings.find(({ name }) => name === NAME)?.valueJson;
  });
  if (!has("CALLER_ADMIN") || asks.value === undefined) return null;
  const set = async (valueJson: string) => {
    await api.call(UpdateSettingResponseSchema, "PATCH", `/v1/settings/${NAME}`, { valueJson });
    await asks.load();
  };
  const change = (to: boolean) =>
    act(
      () => set(String(to)),
      t(to ? "rating.on" : "rating.off"),
      () => set(String(!to)),
    );
  return (
    <div class="survey-asking">
      <Check label={t("rating.ask")} checked={asks.value === "true"} set={change} />
      <p class="soft">{t("rating.ask.text")}</p>
    </div>
  );
}
