/** The sites: made, made to look right, put on their pages, and seen there. */
import { useComputed, useSignal } from "@preact/signals";
import { accentOf, contrast, parseColour } from "../../shared/colour.ts";
import type { Site, SitePosition } from "../../shared/gen/frames.ts";
import {
  CreateSiteResponseSchema,
  GetSiteResponseSchema,
  UpdateSiteResponseSchema,
} from "../../shared/gen/settings.ts";
import { Icon } from "../../shared/icons.tsx";
import { List } from "../list.tsx";
import { get, newRequestId, post, useAgain, useLoaded } from "../privacy/data.ts";
import { Ask, copy, Field, Nothing, Part, Select, Split, When } from "../privacy/parts.tsx";
import { go, href } from "../route.ts";
import { api, widgetOrigin } from "../session.ts";
import { say } from "../toasts.tsx";
import { readSites, trouble } from "./data.ts";
import { Identity } from "./identity.tsx";
import { Logo } from "./logo.tsx";
import { Form, Heading, Reading } from "./parts.tsx";
import { openId } from "./places.ts";
import { t } from "./words.ts";

const ORIGIN = /^https?:\/\/[a-z0-9.-]+(:[0-9]+)?$/;
/** How often a site is read again while it waits to be seen. */
const LOOK_MS = 4_000;

/** Returns the lines of a text that are addresses of pages, and whether any of them is none. */
export function originsOf(text: string): { origins: readonly string[]; good: boolean } {
  const origins = text
    .split(/\s+/)
    .map((line) => line.trim().toLowerCase().replace(/\/$/, ""))
    .filter((line) => line !== "");
  return { origins, good: origins.every((line) => ORIGIN.test(line)) };
}

/** Returns how readable letters are on a colour, before the chat mends it; undefined where it is no colour. */
export function readability(colour: string): { ratio: number; good: boolean } | undefined {
  const parsed = parseColour(colour);
  if (!parsed) return undefined;
  const ratio = Math.max(contrast(parsed, [255, 255, 255]), 0);
  return { ratio: Math.round(ratio * 10) / 10, good: ratio >= 4.5 };
}

/** The page of the sites. */
export function Sites() {
  const read = useLoaded("sites", readSites);
  const adding = useSignal(false);
  const id = openId.value;
  return (
    <>
      <Heading title={t("sites")} lead={t("sites.lead")}>
        <button type="button" class="button" onClick={() => (adding.value = true)}>
          <Icon name="plus" size={18} />
          {t("sites.add")}
        </button>
      </Heading>
      <Split
        opened={id !== ""}
        list={
          <div class="rows">
            <List
              label={t("sites")}
              items={read.value ?? []}
              state={read.value ? "ready" : read.state === "failed" ? "failed" : "loading"}
              more={false}
              itemKey={(site) => site.id}
              href={(site) => href("settings", "sites", site.id)}
              current={id}
              row={(site) => (
                <>
                  <span class="row-top">
                    <strong dir="auto">{site.displayName}</strong>
                  </span>
                  <span class="row-bottom">
                    <span>{site.allowedOrigins[0] ?? ""}</span>
                  </span>
                </>
              )}
              empty={{ title: t("sites.none"), text: t("sites.none.text") }}
              load={read.load}
              loadMore={() => {}}
            />
          </div>
        }
      >
        {id === "" ? (
          <Nothing title={t("sites.pick")} text={t("sites.pick.text")} />
        ) : (
          <Open key={id} id={id} changed={read.load} />
        )}
      </Split>
      {adding.value && <Add done={read.load} close={() => (adding.value = false)} />}
    </>
  );
}

function Add({ done, close }: { done: () => Promise<void>; close: () => void }) {
  const name = useSignal("");
  const origins = useSignal("");
  const requestId = useSignal(newRequestId());
  const given = useComputed(() => originsOf(origins.value));
  return (
    <Ask
      title={t("sites.add")}
      text={t("sites.add.text")}
      yes={t("sites.add")}
      explain={trouble}
      close={close}
      ready={name.value.trim() !== "" && given.value.good && given.value.origins.length > 0}
      deed={async () => {
        const body = {
          displayName: name.value.trim(),
          allowedOrigins: given.value.origins,
          requestId: requestId.value,
        };
        const { site } = await post(CreateSiteResponseSchema, "/v1/sites", body);
        await done();
        say(t("sites.added"));
        if (site) go("settings", "sites", site.id);
      }}
    >
      <Field
        label={t("sites.name")}
        value={name.value}
        input={(text) => (name.value = text)}
        maxLength={200}
        required
      />
      <Field
        label={t("sites.origins")}
        hint={given.value.good ? t("sites.origins.hint") : t("sites.origins.bad")}
        value={origins.value}
        input={(text) => (origins.value = text)}
        lines={3}
        required
      />
    </Ask>
  );
}

function Open({ id, changed }: { id: string; changed: () => Promise<void> }) {
  const read = useLoaded(id, async () => {
    const { site } = await get(GetSiteResponseSchema, `/v1/sites/${encodeURIComponent(id)}`);
    return site as Site;
  });
  const site = read.value;
  useAgain(site !== undefined && site.seenTime === 0, read.load, LOOK_MS);
  if (!site) {
    return (
      <div class="page">
        <Reading state={read.state} load={read.load} />
      </div>
    );
  }
  return (
    <article class="page">
      <header class="site-name">
        <button
          type="button"
          class="button plain icon back"
          aria-label={t("list.back")}
          onClick={() => go("settings", "sites")}
        >
          <Icon name="back" />
        </button>
        <h3 dir="auto">{site.displayName}</h3>
      </header>
      <Snippet site={site} />
      <Identity siteId={site.id} />
      <Logo siteId={site.id} />
      <Look
        key={site.etag}
        site={site}
        saved={async (fresh) => {
          read.put(fresh);
          await changed();
        }}
      />
    </article>
  );
}

function Snippet({ site }: { site: Site }) {
  const line = `<script async src="${widgetOrigin.value}/launcher.js?site=${site.key}"></script>`;
  return (
    <Part title={t("sites.snippet")}>
      <p class="soft">{t("sites.snippet.text")}</p>
      <p class="quote">
        <code>{line}</code>
      </p>
      <button type="button" class="button" onClick={() => copy(line)}>
        {t("copy")}
      </button>
      <div role="status">
        {site.seenTime > 0 ? (
          <p class="note good">
            {t("sites.seen", { origin: site.seenOrigin })} <When at={site.seenTime} />
          </p>
        ) : (
          <p class="note careful">{t("sites.unseen")}</p>
        )}
      </div>
    </Part>
  );
}

function Look({ site, saved }: { site: Site; saved: (site: Site) => Promise<void> }) {
  const name = useSignal(site.displayName);
  const origins = useSignal(site.allowedOrigins.join("\n"));
  const colour = useSignal(site.colour);
  const initials = useSignal(site.initials);
  const greeting = useSignal(site.greeting);
  const position = useSignal<SitePosition>(site.position === "POSITION_START" ? "POSITION_START" : "POSITION_END");
  const given = originsOf(origins.value);
  const read = readability(colour.value);
  const accent = accentOf(colour.value);
  const colourFits = colour.value === "" || read !== undefined;
  return (
    <Part title={t("sites.look")}>
      <Form
        label={t("sites.look")}
        yes={t("save")}
        ready={name.value.trim() !== "" && given.good && colourFits}
        deed={async () => {
          const fields = {
            displayName: name.value.trim(),
            allowedOrigins: given.origins,
            colour: colour.value,
            initials: initials.value.trim(),
            greeting: greeting.value.trim(),
            position: position.value,
          };
          const path = `/v1/sites/${site.id}?updateMask=${Object.keys(fields).join(",")}`;
          const body = { ...fields, etag: site.etag };
          const { site: fresh } = await api.call(UpdateSiteResponseSchema, "PATCH", path, body);
          say(t("sites.saved"));
          if (fresh) await saved(fresh);
        }}
      >
        <Field
          label={t("sites.name")}
          value={name.value}
          input={(text) => (name.value = text)}
          maxLength={200}
          required
        />
        <Field
          label={t("sites.colour")}
          hint={colourFits ? t("sites.colour.hint") : t("sites.colour.bad")}
          value={colour.value}
          input={(text) => (colour.value = text.trim())}
          maxLength={7}
          placeholder="#1f5f4d"
        />
        {read && (
          <p class={`note ${read.good ? "good" : "careful"}`} role="status">
            {t("sites.contrast", {
              ratio: read.ratio,
              verdict: t(read.good ? "sites.contrast.good" : "sites.contrast.mended"),
            })}
          </p>
        )}
        <p
          class="swatch"
          aria-hidden="true"
          ref={(element) => {
            element?.style.setProperty("--swatch", accent?.accent ?? "var(--accent)");
            element?.style.setProperty("--swatch-ink", accent?.ink ?? "var(--accent-ink)");
          }}
        >
          {initials.value.trim() || <Icon name="chat" />}
        </p>
        <Field
          label={t("sites.initials")}
          hint={t("sites.initials.hint")}
          value={initials.value}
          input={(text) => (initials.value = text)}
          maxLength={3}
        />
        <Field
          label={t("sites.greeting")}
          value={greeting.value}
          input={(text) => (greeting.value = text)}
          lines={2}
          maxLength={500}
        />
        <Select
          label={t("sites.position")}
          value={position.value}
          all={[
            ["POSITION_END", t("sites.position.end")],
            ["POSITION_START", t("sites.position.start")],
          ]}
          choose={(one) => (position.value = one)}
        />
        <Field
          label={t("sites.origins")}
          hint={given.good ? t("sites.origins.hint") : t("sites.origins.bad")}
          value={origins.value}
          input={(text) => (origins.value = text)}
          lines={3}
        />
      </Form>
    </Part>
  );
}
