/** Closing the organisation: asked for in two steps, and taken back for a week. */
import { useSignal } from "@preact/signals";
import { saveFile } from "../../shared/chat/transcript.ts";
import {
  CancelClosureResponseSchema,
  GetClosureResponseSchema,
  RequestClosureResponseSchema,
} from "../../shared/gen/settings.ts";
import { exact } from "../../shared/time.tsx";
import { get, post, useLoaded } from "../privacy/data.ts";
import { Ask, Field, Part } from "../privacy/parts.tsx";
import { href } from "../route.ts";
import { api, has, me } from "../session.ts";
import { say, warn } from "../toasts.tsx";
import { act, trouble } from "./data.ts";
import { Reading } from "./parts.tsx";
import { proved } from "./prove.tsx";
import { takeout } from "./takeout.ts";
import { t } from "./words.ts";

const PATH = "/v1/tenant/closure";

/** The part of the organisation's page. */
export function Closing() {
  const read = useLoaded("closing", () => get(GetClosureResponseSchema, PATH));
  const step = useSignal<"" | "name" | "sure">("");
  const typed = useSignal("");
  const slug = me.value?.tenant?.slug ?? "";
  const close = () =>
    proved(async () => {
      await post(RequestClosureResponseSchema, PATH, { tenantSlug: slug });
      await read.load();
    }).catch((error) => warn(trouble(error)));
  const cancel = () =>
    act(async () => {
      await api.call(CancelClosureResponseSchema, "DELETE", PATH);
      await read.load();
    }, t("closing.cancelled"));
  const taking = useSignal("");
  const take = async () => {
    if (taking.value !== "") return;
    const said = (done: number, all: number) => (taking.value = t("closing.settings.busy", { done, all }));
    said(0, 1);
    try {
      const archive = await takeout(
        (path) => api.json("GET", path),
        (path) => api.file(path),
        said,
      );
      saveFile(`${slug}-settings-and-surveys.zip`, archive);
      say(t("closing.settings.done"));
    } catch (error) {
      warn(trouble(error));
    } finally {
      taking.value = "";
    }
  };
  const closure = read.value?.closure;
  return (
    <Part title={t("closing")}>
      <p class="soft">{t("closing.text")}</p>
      {has("CALLER_SUPERVISOR") ? (
        <p>
          <a class="button" href={href("transcripts", "copies")}>
            {t("closing.export")}
          </a>
        </p>
      ) : (
        <p class="soft">{t("closing.export.who")}</p>
      )}
      <p class="soft">{t("closing.settings.text")}</p>
      <p>
        <button type="button" class="button" aria-disabled={taking.value !== ""} onClick={take}>
          {t("closing.settings")}
        </button>
      </p>
      <p role="status">{taking.value}</p>
      {!read.value ? (
        <Reading state={read.state} load={read.load} />
      ) : closure ? (
        <>
          <p class="note careful" role="status">
            {t("closing.asked", { date: exact(closure.dueTime) })}
          </p>
          <button type="button" class="button" onClick={cancel}>
            {t("closing.cancel")}
          </button>
        </>
      ) : (
        <button
          type="button"
          class="button"
          onClick={() => {
            typed.value = "";
            step.value = "name";
          }}
        >
          {t("closing.ask")}
        </button>
      )}
      {step.value === "name" && (
        <Ask
          title={t("closing.ask")}
          text={t("closing.ask.text", { slug })}
          yes={t("prove.yes")}
          close={() => {
            if (step.value === "name") step.value = "";
          }}
          ready={typed.value.trim() === slug}
          deed={async () => {
            step.value = "sure";
          }}
        >
          <Field label={t("closing.slug")} value={typed.value} input={(text) => (typed.value = text)} required />
        </Ask>
      )}
      {step.value === "sure" && (
        <Ask
          title={t("closing.sure")}
          text={t("closing.sure.text")}
          yes={t("closing.ask")}
          explain={trouble}
          close={() => (step.value = "")}
          deed={async () => {
            // Another dialog may have to come first, so that this one makes room.
            step.value = "";
            await close();
          }}
        />
      )}
    </Part>
  );
}
