/** A conversation as plain text, to copy, print or save. */
import type { Message } from "../gen/frames.ts";
import { exact } from "../time.tsx";
import { wordsOf } from "./body.tsx";

/** Names for the two sides, and words for what happened. */
export interface TranscriptNames {
  visitor: string;
  operator: string;
  event: (message: Message) => string;
}

/** Returns the entries as lines, oldest first. */
export function transcriptText(title: string, messages: readonly Message[], names: TranscriptNames): string {
  const lines = [title, ""];
  for (const message of messages) {
    const when = exact(message.createTime);
    if (message.kind === "KIND_TEXT") {
      const who = message.side === "SIDE_VISITOR" ? names.visitor : names.operator;
      lines.push(`[${when}] ${who}:`, wordsOf(message), "");
    } else {
      const words = names.event(message);
      if (words !== "") lines.push(`[${when}] ${words}`, "");
    }
  }
  return lines.join("\n");
}

/** Hands a text to the browser as a file. */
export function saveText(name: string, text: string): void {
  saveFile(name, new Blob([text], { type: "text/plain;charset=utf-8" }));
}

/** Hands a file to the browser. */
export function saveFile(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
