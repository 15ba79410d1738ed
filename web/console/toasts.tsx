/** Short messages about what was done, with a way back where there is one. They wait while somebody is at them. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../shared/icons.tsx";
import { t } from "./words/en.ts";
import "./toasts.css";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  undo?: (() => void) | undefined;
}

const SHOWN_MS = 7_000;
const toasts = signal<readonly Toast[]>([]);
let count = 0;

/** Says what was done; `undo` takes it back. */
export function say(text: string, undo?: () => void): void {
  show({ text, bad: false, undo });
}

/** Says what was not done. */
export function warn(text: string): void {
  show({ text, bad: true });
}

function show(toast: Omit<Toast, "id">): void {
  // The newest message is what was done last; of older ones only those stay that can still be undone.
  toasts.value = [...toasts.value.filter(({ undo }) => undo).slice(-1), { id: ++count, ...toast }];
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

function ToastLine({ toast }: { toast: Toast }) {
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const wait = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => dismiss(toast.id), SHOWN_MS);
  };
  useEffect(() => {
    wait();
    return () => clearTimeout(timer.current);
  }, []);
  const hold = () => clearTimeout(timer.current);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only makes the message wait.
    <div
      class={`toast ${toast.bad ? "bad" : ""}`}
      onMouseEnter={hold}
      onMouseLeave={wait}
      onFocusIn={hold}
      onFocusOut={wait}
    >
      {toast.bad && <Icon name="warning" size={18} />}
      <p>{toast.text}</p>
      {toast.undo && (
        <button
          type="button"
          class="link"
          onClick={() => {
            dismiss(toast.id);
            toast.undo?.();
          }}
        >
          {t("toast.undo")}
        </button>
      )}
      <button type="button" class="button plain icon" aria-label={t("toast.dismiss")} onClick={() => dismiss(toast.id)}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

/** The corner where messages appear. */
export function Toasts() {
  return (
    <section class="toasts" role="status" aria-label={t("toast.region")}>
      {toasts.value.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </section>
  );
}
