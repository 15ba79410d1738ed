/** Starts the panel: the page's language first, then the visit. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { setTitle } from "../shared/alerts.ts";
import { accentOf } from "../shared/colour.ts";
import { type Catalogue, direction, language, setLanguage } from "../shared/text.ts";
import "../shared/tokens.css";
import "../shared/base.css";
import "../shared/chat/chat.css";
import "./panel.css";
import { App } from "./app.tsx";
import { watchForNews } from "./chat.tsx";
import { codeOfOpener, connectHost, giveCode, pageLanguage, tell } from "./host.ts";
import { comeBack, open, site, wayBack } from "./session.ts";
import { t } from "./words/en.ts";

/** The languages that the panel speaks besides English. */
const LANGUAGES: Record<string, () => Promise<Record<"words" | "surveys", Catalogue>>> = {
  ar: () => import("./words/ar.ts"),
  de: () => import("./words/de.ts"),
  es: () => import("./words/es.ts"),
  fr: () => import("./words/fr.ts"),
  it: () => import("./words/it.ts"),
  nl: () => import("./words/nl.ts"),
  pl: () => import("./words/pl.ts"),
  pt: () => import("./words/pt.ts"),
  tr: () => import("./words/tr.ts"),
};

async function chooseLanguage(wanted: readonly string[]): Promise<void> {
  for (const tag of wanted) {
    const base = tag.slice(0, 2).toLowerCase();
    if (base === "en") return setLanguage(tag, {}, navigator.languages);
    const load = LANGUAGES[base];
    if (!load) continue;
    const { words, surveys } = await load();
    const all: Record<string, string> = { ...words };
    for (const key in surveys) all[`survey.${key}`] = surveys[key] ?? "";
    return setLanguage(tag, all, navigator.languages);
  }
  setLanguage("en");
}

effect(() => {
  document.documentElement.lang = language.value;
  document.documentElement.dir = direction.value;
});
effect(() => {
  const name = site.value?.displayName;
  if (!name) return;
  setTitle(t("panel.titled", { site: name }));
  tell({
    type: "label",
    open: t("panel.launcher.open", { site: name }),
    minimise: t("panel.launcher.minimise"),
    frame: t("panel.titled", { site: name }),
  });
  const colour = accentOf(site.value?.colour ?? "");
  if (colour) tell({ type: "colour", ...colour });
});

async function main(): Promise<void> {
  connectHost();
  giveCode(() => wayBack.value);
  const opened = codeOfOpener().then(async (code) => {
    if (code === "" || (await comeBack(code)) !== "") await open();
  });
  const page = await pageLanguage;
  await chooseLanguage([page, ...navigator.languages].filter(Boolean)).catch(() => setLanguage("en"));
  watchForNews();
  render(<App />, document.getElementById("panel") as HTMLElement);
  await opened;
}

main();
