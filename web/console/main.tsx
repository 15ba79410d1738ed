/** Starts the console. Sections are named here and nowhere else. */
import { render } from "preact";
import { setLanguage } from "../shared/text.ts";
import "../shared/tokens.css";
import "../shared/base.css";
import "../shared/chat/chat.css";
import "./console.css";
import "./inbox/inbox.css";
import "./inbox/section.ts";
import "./tickets/section.ts";
import "./ticketdesk/section.ts";
import "./desk/section.ts";
import "./live/section.ts";
import "./privacy/section.ts";
import "./opening/section.ts";
import "./reports/section.ts";
import "./community/section.ts";
import "./surveys/section.ts";
import "./integrations/section.ts";
import "./settings/section.ts";
import { lazily } from "./lazy.tsx";
import { route } from "./route.ts";
import { open, stage } from "./session.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./signin.tsx";
import "./transcripts/section.ts";
import { t } from "./words/en.ts";

// The console speaks English so far; times and numbers follow the reader's own English.
setLanguage(navigator.languages.find((tag) => tag.startsWith("en")) ?? "en");

const Entry = lazily(() => import("./entry.tsx"));

function App() {
  // Who comes by a link from a mail has no session, or somebody else's.
  if (route.value[0] === "entry" || (route.value[0] === "forgot" && stage.value !== "ready")) return <Entry />;
  switch (stage.value) {
    case "ready":
      return <Shell />;
    case "signed-out":
      return <SignIn />;
    case "failed":
      return (
        <main class="list-state middle full" role="alert">
          <h1>{t("console.failed.title")}</h1>
          <p>{t("console.failed.text")}</p>
          <button type="button" class="button" onClick={open}>
            {t("console.retry")}
          </button>
        </main>
      );
    default:
      return (
        <main class="list-state middle full" role="status">
          <span class="spinner" />
          <span class="unseen">{t("console.starting")}</span>
        </main>
      );
  }
}

render(<App />, document.getElementById("console") as HTMLElement);
open();
