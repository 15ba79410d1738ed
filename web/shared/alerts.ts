/**
 * Calls somebody who looks elsewhere: a sound, a number in the tab's title, a notification of the desktop.
 *
 * It owns the choices (sound on until switched off, notifications off until switched on) and what a notification may
 * say: that there is a message and from where, never its words, because a locked screen shows it to everybody.
 */
import { signal } from "@preact/signals";
import { recall, remember } from "./storage.ts";

/** True while sounds are played. */
export const soundOn = signal(recall("sound") !== "off");
/** True while notifications are wanted and allowed. */
export const notificationsOn = signal(recall("notify") === "on" && notificationPermission() === "granted");

/** Returns what the browser says about notifications; "unsupported" where it knows none. */
export function notificationPermission(): NotificationPermission | "unsupported" {
  return typeof Notification === "function" ? Notification.permission : "unsupported";
}

/** Switches sounds on or off. */
export function setSound(on: boolean): void {
  soundOn.value = on;
  remember("sound", on ? "on" : "off");
  if (on) chime();
}

/** Switches notifications on or off; asks the browser where it must. Returns whether they are on now. */
export async function setNotifications(on: boolean): Promise<boolean> {
  if (on && notificationPermission() === "default") await Notification.requestPermission();
  notificationsOn.value = on && notificationPermission() === "granted";
  remember("notify", notificationsOn.value ? "on" : "off");
  return notificationsOn.value;
}

let audio: AudioContext | undefined;

/** Plays two soft notes, unless sounds are off. */
export function chime(): void {
  // Until somebody has touched the page the browser keeps it silent; then there is nothing to catch up on.
  if (!soundOn.value || typeof AudioContext !== "function" || navigator.userActivation?.hasBeenActive === false) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
  for (const [at, pitch] of [
    [0, 660],
    [0.11, 880],
  ] as const) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    const start = audio.currentTime + at;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(0.07, start + 0.015);
    level.gain.exponentialRampToValueAtTime(0.0005, start + 0.28);
    tone.connect(level).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  }
}

/** Shows a notification while the page is out of sight; a click brings the page back. */
export function notify(title: string, tag: string): void {
  if (!notificationsOn.value || document.visibilityState === "visible") return;
  try {
    const shown = new Notification(title, { tag });
    shown.onclick = () => {
      focus();
      shown.close();
    };
  } catch {
    // Some phones allow notifications to service workers only; the badge and the sound remain.
  }
}

let plainTitle: string | undefined;

/** Puts a number before the tab's title; 0 takes it away. */
export function badgeTitle(count: number): void {
  plainTitle ??= document.title;
  document.title = count > 0 ? `(${count}) ${plainTitle}` : plainTitle;
}

/** Changes the title under the badge. */
export function setTitle(title: string): void {
  const badge = /^\(\d+\) /.exec(document.title)?.[0] ?? "";
  plainTitle = title;
  document.title = badge + title;
}
