/** A small choice of emoji. It is loaded when somebody asks for it. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../words.ts";

const CHOICE =
  "😀 😄 😂 🙂 😉 😍 😎 🤔 😐 😕 😢 😭 😡 😱 🙏 👍 👎 👌 👋 👏 🙌 💪 🤝 ✌️ ❤️ 💚 💙 🎉 ✨ 🔥 ⭐ ✅ ❌ ⚠️ ❓ 💡 📦 🚚 🌱 ☕".split(
    " ",
  );
const ROW = 8;

/** Names come from the emoji themselves: screen readers speak them in the reader's language. */
export function Emoji({ pick, close }: { pick: (emoji: string) => void; close: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("button")?.focus(), []);
  const move = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      return;
    }
    const buttons = [...(box.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const forward = getComputedStyle(event.currentTarget as Element).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: ROW, ArrowUp: -ROW }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    buttons[at + step]?.focus();
  };
  return (
    <div ref={box} class="emoji-choice" role="group" aria-label={t("composer.emoji")} onKeyDown={move}>
      {CHOICE.map((emoji, at) => (
        <button
          type="button"
          tabIndex={at === 0 ? 0 : -1}
          onClick={() => {
            pick(emoji);
            close();
          }}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
