/** Asks what a ticket out of the conversation in front is to say; what asks is loaded when somebody wants it. */
import { signal } from "@preact/signals";
import { createElement } from "preact";
import { warn } from "../toasts.tsx";
import { t } from "../words/en.ts";

/** True while somebody is asked. */
export const bringing = signal(false);

const loaded = signal<typeof import("../tickets/bringing.tsx").Bring | undefined>(undefined);

/** The dialog, once it is loaded; where it cannot be, that is said, and the next press tries again. */
export function Bringing({ id, language }: { id: string; language: string }) {
  const close = () => {
    bringing.value = false;
  };
  if (!loaded.value) {
    import("../tickets/bringing.tsx").then(
      ({ Bring }) => {
        loaded.value = Bring;
      },
      () => {
        close();
        warn(t("section.failed.title"));
      },
    );
  }
  return loaded.value ? createElement(loaded.value, { from: { conversationId: id, language }, close }) : null;
}
