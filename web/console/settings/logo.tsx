/** A site's logo: chosen, drawn anew by the platform, shown as the panel shows it, and taken away. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useLoaded } from "../privacy/data.ts";
import { Part } from "../privacy/parts.tsx";
import { api } from "../session.ts";
import { say } from "../toasts.tsx";
import { trouble } from "./data.ts";
import { Reading } from "./parts.tsx";
import { t } from "./words.ts";

/** The largest file that is taken. */
const MOST_BYTES = 524_288;

/** Returns bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let written = "";
  for (let at = 0; at < bytes.length; at += 8192) written += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(written);
}

/** Asks for a logo, or sets one, and returns it; the codec of the other pages knows no bytes. */
async function ask(method: string, path: string, body?: unknown): Promise<string> {
  return ((await api.json(method, path, body)) as { image?: string }).image ?? "";
}

/** The part of a site's page. */
export function Logo({ siteId }: { siteId: string }) {
  const path = `/v1/sites/${encodeURIComponent(siteId)}/logo`;
  const read = useLoaded(`logo ${siteId}`, () => ask("GET", path));
  const busy = useSignal(false);
  const wrong = useSignal("");
  const id = useId();
  const change = async (deed: () => Promise<string>, done: string, undo?: () => void) => {
    if (busy.value) return;
    busy.value = true;
    wrong.value = "";
    try {
      read.put(await deed());
      say(done, undo);
    } catch (error) {
      wrong.value = trouble(error);
    } finally {
      busy.value = false;
    }
  };
  const set = (image: string) => ask("PUT", path, { image });
  const choose = (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) wrong.value = t("logo.large");
    else change(async () => set(base64(new Uint8Array(await file.arrayBuffer()))), t("logo.set"));
  };
  const remove = () => {
    const before = read.value ?? "";
    change(
      async () => {
        await api.json("DELETE", path);
        return "";
      },
      t("logo.removed"),
      () => change(() => set(before), t("logo.set")),
    );
  };
  return (
    <Part title={t("logo")}>
      {read.value === undefined ? (
        <Reading state={read.state} load={read.load} />
      ) : (
        <>
          {read.value !== "" && (
            <img class="logo-shown" src={`data:image/png;base64,${read.value}`} alt={t("logo.shown")} />
          )}
          <div class="field">
            <label for={id}>{t(read.value === "" ? "logo.choose" : "logo.other")}</label>
            <input
              id={id}
              type="file"
              accept="image/png,image/jpeg,image/gif,image/webp"
              aria-describedby={`${id}-hint`}
              onChange={({ currentTarget }) => {
                choose(currentTarget.files?.[0]);
                currentTarget.value = "";
              }}
            />
            <p id={`${id}-hint`} class="hint">
              {t("logo.hint")}
            </p>
          </div>
          <div role="alert">{wrong.value !== "" && <p class="note bad">{wrong.value}</p>}</div>
          {read.value !== "" && (
            <div class="inline-actions">
              <button type="button" class="button" aria-disabled={busy.value} onClick={remove}>
                {t("logo.remove")}
              </button>
            </div>
          )}
        </>
      )}
    </Part>
  );
}
