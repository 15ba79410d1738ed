/** Who the site's own back end says that a conversation's visitor is, with the mark that it was the site that said so. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Schema } from "../../shared/codec.ts";
import { Icon } from "../../shared/icons.tsx";
import { api } from "../session.ts";
import { t } from "../words/en.ts";

interface Said {
  isVerified: boolean;
  externalId: string;
  displayName: string;
  email: string;
}

const SAID: Schema<Said> = [
  [1, "isVerified", "b"],
  [2, "externalId", "s"],
  [3, "displayName", "s"],
  [4, "email", "s"],
];

/** `loaded` is true once the conversation is followed, which is recorded. */
export function Verified({ id, loaded }: { id: string; loaded: boolean }) {
  const said = useSignal<Said | undefined>(undefined);
  useEffect(() => {
    said.value = undefined;
    if (!loaded) return;
    let current = true;
    api.call(SAID, "GET", `/v1/conversations/${encodeURIComponent(id)}/visitor-identity`).then(
      (answer) => {
        if (current) said.value = answer;
      },
      // Who cannot be looked up is not shown as verified.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [id, loaded]);
  if (!said.value?.isVerified) return null;
  const { displayName, email, externalId } = said.value;
  return (
    <div class="verified">
      <p class="note good">
        <Icon name="check" size={16} /> {t("context.verified")}
      </p>
      <dl>
        {displayName && (
          <div>
            <dt>{t("context.name")}</dt>
            <dd dir="auto">{displayName}</dd>
          </div>
        )}
        {email && (
          <div>
            <dt>{t("context.verified.email")}</dt>
            <dd>{email}</dd>
          </div>
        )}
        <div>
          <dt>{t("context.verified.id")}</dt>
          <dd>
            <code>{externalId}</code>
          </dd>
        </div>
      </dl>
    </div>
  );
}
