/** Name and password, before anything else is shown. */
import { h, fill } from "./dom";
import { t } from "./language";
import { Refusal, post } from "./wire/call";
import type { Session } from "./wire/types";
import { preferences } from "./preferences";
import { faultText } from "./faults";

/** Shows the form; calls back with the session. `why`: a line above it, such as that the last session is over. */
export function showLogin(page: HTMLElement, why: string, done: (session: Session) => void): void {
  const user = h("input", { id: "user", name: "user", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  const said = h("p", { class: "fault", role: "alert" }, why);
  const button = h("button", { class: "primary", type: "submit" }, t("login.enter"));
  const form = h(
    "form",
    { class: "login", onsubmit: (event: SubmitEvent) => void enter(event) },
    h("h1", {}, "Clearway"),
    h("p", { class: "dim" }, t("login.lead")),
    said,
    h("label", { for: "user" }, t("login.user")),
    user,
    h("label", { for: "password" }, t("login.password")),
    password,
    button,
  );
  const enter = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    button.disabled = true;
    try {
      done(await post<Session>("login", { user: user.value, password: password.value }));
    } catch (fault) {
      said.textContent = fault instanceof Refusal && fault.status === 401 ? t("login.wrong") : faultText(fault);
      password.value = "";
      password.focus();
    } finally {
      button.disabled = false;
    }
  };
  const again = (): void => showLogin(page, why, done);
  fill(page, h("main", { class: "gate" }, form, h("div", { class: "preferences" }, preferences(again))));
  user.focus();
}
