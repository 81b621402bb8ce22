/** The two buttons that everybody has: language, and light or dark. */
import { h } from "./dom";
import { language, speak, t } from "./language";
import { nextTheme, setTheme, theme } from "./theme";

/** `changed` draws anew what was in the other language. */
export function preferences(changed: () => void): HTMLElement[] {
  const other = language() === "zh" ? "en" : "zh";
  const dark = h("button", { class: "quiet", type: "button", onclick: () => turn() });
  const label = (): void => {
    dark.textContent = t(`theme.${theme()}`);
    dark.title = t("theme.title");
  };
  const turn = (): void => {
    setTheme(nextTheme());
    label();
  };
  label();
  return [
    h(
      "button",
      {
        class: "quiet",
        type: "button",
        lang: other === "zh" ? "zh-CN" : "en",
        onclick: () => {
          speak(other);
          changed();
        },
      },
      other === "zh" ? "中文" : "English",
    ),
    dark,
  ];
}
