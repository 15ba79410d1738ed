/** Loads what stands under the facts of a conversation: tags, notes, earlier chats, and what is done about a person. */
import { signal } from "@preact/signals";
import { type ComponentType, createElement } from "preact";
import type { Conversation } from "../../shared/gen/frames.ts";

type Props = { conversation: Conversation };

const loaded = signal<ComponentType<Props> | undefined>(undefined);
let asked = false;

/** The part under the facts; nothing until it is loaded, which is tried again with the next conversation. */
export function Beside(props: Props) {
  if (!asked) {
    asked = true;
    import("./besides.tsx").then(
      (module) => {
        loaded.value = module.Besides;
      },
      () => {
        asked = false;
      },
    );
  }
  return loaded.value ? createElement(loaded.value, { ...props, key: props.conversation.id }) : null;
}
