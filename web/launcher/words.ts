/** The launcher's few words. The panel sends others once it runs, so only what is needed before stands here. */

export interface Words {
  open: string;
  minimise: string;
  frame: string;
  no: string;
}

const WORDS: Record<string, Words> = {
  en: { open: "Chat with us", minimise: "Minimise chat", frame: "Chat", no: "No, thanks" },
  ar: { open: "تحدّث معنا", minimise: "تصغير المحادثة", frame: "محادثة", no: "لا، شكرًا" },
};

/** Returns the words for a language; English where there are none. */
export function wordsFor(tag: string): Words {
  return { ...(WORDS[tag.slice(0, 2).toLowerCase()] ?? (WORDS.en as Words)) };
}
