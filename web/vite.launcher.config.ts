/** Builds the launcher: one classic script under a name that never changes, because it stands in tenants' pages. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    reportCompressedSize: false,
    lib: {
      entry: fileURLToPath(new URL("launcher/launcher.ts", import.meta.url)),
      formats: ["iife"],
      name: "parleyLauncher",
      fileName: () => "launcher.js",
    },
  },
});
