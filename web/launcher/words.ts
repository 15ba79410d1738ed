/** The launcher's few words. The panel sends others once it runs, so only what is needed before stands here. */

export interface Words {
  open: string;
  minimise: string;
  frame: string;
  no: string;
}

const WORDS: Record<string, Words> = {
  en: { open: "Chat with us", minimise: "Minimise chat", frame: "Chat", no: "No, thanks" },
  de: { open: "Mit uns chatten", minimise: "Chat minimieren", frame: "Chat", no: "Nein, danke" },
  es: { open: "Chatear con nosotros", minimise: "Minimizar el chat", frame: "Chat", no: "No, gracias" },
  fr: { open: "Discuter avec nous", minimise: "Réduire la discussion", frame: "Discussion", no: "Non, merci" },
  it: { open: "Chatta con noi", minimise: "Riduci la chat", frame: "Chat", no: "No, grazie" },
  nl: { open: "Chat met ons", minimise: "Chat verkleinen", frame: "Chat", no: "Nee, bedankt" },
  pl: { open: "Porozmawiaj z nami", minimise: "Zminimalizuj czat", frame: "Czat", no: "Nie, dziękuję" },
  pt: { open: "Conversar connosco", minimise: "Minimizar o chat", frame: "Chat", no: "Não, obrigado" },
  tr: { open: "Bizimle sohbet edin", minimise: "Sohbeti küçült", frame: "Sohbet", no: "Hayır, teşekkürler" },
  ar: { open: "تحدّث معنا", minimise: "تصغير المحادثة", frame: "محادثة", no: "لا، شكرًا" },
};

/** Returns the words for a language; English where there are none. */
export function wordsFor(tag: string): Words {
  return { ...(WORDS[tag.slice(0, 2).toLowerCase()] ?? (WORDS.en as Words)) };
}
