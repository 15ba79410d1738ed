/** A person's rights, in the panel: the code that leads back, the way to the privacy pages, a copy, and being forgotten. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fetchJson } from "../shared/api.ts";
import { saveFile } from "../shared/chat/transcript.ts";
import { Confirm } from "../shared/dialog.tsx";
import { date } from "../shared/time.tsx";
import { api, conversation, privacyPath, stage } from "./session.ts";
import { t } from "./words/besides.ts";

/** The code on the receipt of a conversation, as the platform writes it. */
interface Receipt {
  receiptCode: string;
  expireTime: string;
}

let known: { of: string; receipt: Promise<Receipt> } | undefined;

/** Returns the receipt of the conversation; asked once for each, unless it failed. */
function receipt(): Promise<Receipt> {
  if (known?.of !== conversation()) {
    const asked = { of: conversation(), receipt: api.json("POST", "/v1/receipt-codes", {}) as Promise<Receipt> };
    known = asked;
    asked.receipt.catch(() => {
      if (known === asked) known = undefined;
    });
  }
  return known.receipt;
}

/** The code, and where it leads: a form, so that no code ever stands in an address. */
export function Code() {
  const found = useSignal<Receipt | "failed" | undefined>(undefined);
  useEffect(() => {
    receipt().then(
      (answer) => (found.value = answer),
      () => (found.value = "failed"),
    );
  }, []);
  if (found.value === "failed") return <p>{t("code.failed")}</p>;
  if (found.value === undefined) return <span class="spinner" />;
  const { receiptCode, expireTime } = found.value;
  return (
    <form class="code" method="post" action={privacyPath} target="_blank" rel="noopener">
      <p>
        {t("code.label")} <strong dir="ltr">{receiptCode}</strong>
      </p>
      <p class="faint">{t("code.hint", { date: date(Date.parse(expireTime)) })}</p>
      <input type="hidden" name="code" value={receiptCode} />
      <button type="submit" class="link">
        {t("code.open")}
      </button>
    </form>
  );
}

/** The way to the company's community, where it has one; it leads to the page that says what changes there. */
export function ToCommunity() {
  const path = privacyPath.replace("/privacy/", "/community/");
  const there = useSignal(false);
  useEffect(() => {
    fetchJson("GET", path, undefined, { accept: "application/json" }).then(
      (answer) => (there.value = (answer as { there?: boolean }).there === true),
      // Without an answer there is no link; nothing else depends on it.
      () => {},
    );
  }, []);
  if (!there.value) return null;
  return (
    <p>
      <a href={path} target="_blank" rel="noopener">
        {t("community.link")}
      </a>{" "}
      <span class="faint">{t("community.hint")}</span>
    </p>
  );
}

/** *Send me a copy* and *Delete now*: both look equal. */
export function CopyOrDelete() {
  const copying = useSignal<"" | "copy.busy" | "copy.saved" | "copy.failed">("");
  const asked = useSignal(false);
  const copy = async () => {
    if (copying.value === "copy.busy") return;
    copying.value = "copy.busy";
    try {
      saveFile("copy.zip", await api.file("/v1/held:download"));
      copying.value = "copy.saved";
    } catch {
      copying.value = "copy.failed";
    }
  };
  return (
    <div class="rights">
      <button type="button" class="button" onClick={copy}>
        {t("copy.button")}
      </button>
      <button type="button" class="button" onClick={() => (asked.value = true)}>
        {t("delete.button")}
      </button>
      <p class="faint" role="status">
        {copying.value !== "" && t(copying.value)}
      </p>
      {asked.value && (
        <Confirm
          title={t("delete.title")}
          text={t("delete.text")}
          yes={t("delete.button")}
          close={() => (asked.value = false)}
          confirm={() => (stage.value = "forgetting")}
        />
      )}
    </div>
  );
}
