/** Builds the one script of the communities' pages: a classic one, which the gateway serves under a hashed name. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    outDir: "dist/forum",
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: false,
    lib: {
      entry: fileURLToPath(new URL("forum/calculator.ts", import.meta.url)),
      formats: ["iife"],
      name: "parleyCalculator",
      fileName: () => "calculator.js",
    },
  },
});
