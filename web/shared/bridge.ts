/**
 * What launcher and panel say to each other across origins. Only types stand here, so that neither carries the other.
 *
 * Both ends check origin and source of every message. Nothing that anybody said in a chat crosses this bridge: the
 * page around the panel learns that there is something new, and how much, and no more.
 */

/** What the browser says about notifications on the page around the panel. */
export type Permission = NotificationPermission | "unsupported";

/** From the launcher to the panel. */
export type ToPanel = { parley: 1 } & (
  | {
      type: "hello";
      /** The page's language, as a BCP 47 tag; may be empty. */
      language: string;
      /** The page's path, without query and fragment. */
      pagePath: string;
      shown: boolean;
      notifications: Permission;
    }
  | { type: "shown"; shown: boolean }
  | { type: "notifications"; state: Permission }
  /** What the page's back end signed about who its visitor is; empty where it names nobody. */
  | { type: "identity"; token: string }
);

/** From the panel to the launcher. */
export type ToLauncher = { parley: 1 } & (
  | { type: "ready" }
  | { type: "minimise" }
  | { type: "unread"; count: number; label: string }
  | { type: "colour"; accent: string; ink: string }
  | { type: "label"; open: string; minimise: string; frame: string }
  | { type: "alert"; title: string }
  | { type: "ask-notifications" }
  | { type: "ask-identity" }
  /** Whether there is a chat to come back to on the site's next page. */
  | { type: "session"; active: boolean }
);
