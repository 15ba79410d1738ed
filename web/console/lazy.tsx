/**
 * Sections that are loaded when somebody opens them, so that the console's first load stays small.
 *
 * It owns what is shown meanwhile, and what where the section's files could not be fetched.
 */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { t } from "./words/en.ts";

/** Returns a view that is fetched when it is first shown. */
export function lazily(fetchView: () => Promise<{ default: ComponentType }>): ComponentType {
  const view = signal<ComponentType | undefined>(undefined);
  const failed = signal(false);
  let fetching = false;
  const start = () => {
    if (fetching) return;
    fetching = true;
    failed.value = false;
    fetchView()
      .then((module) => {
        view.value = module.default;
      })
      .catch(() => {
        failed.value = true;
      })
      .finally(() => {
        fetching = false;
      });
  };
  return function Lazy() {
    const View = view.value;
    if (View) return <View />;
    if (failed.value) {
      return (
        <div class="list-state middle" role="alert">
          <h1>{t("section.failed.title")}</h1>
          <p>{t("section.failed.text")}</p>
          <button type="button" class="button" onClick={start}>
            {t("console.retry")}
          </button>
        </div>
      );
    }
    start();
    return (
      <div class="list-state middle" role="status">
        <span class="spinner" />
        <span class="unseen">{t("section.loading")}</span>
      </div>
    );
  };
}
