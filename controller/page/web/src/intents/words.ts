/** What an intent is owed, and what it has at worst, in a few words. */
import { said, t } from "../language";
import { count, duration, rate, size } from "../quantities";
import type { Bound, Guarantee } from "../wire/types";

/** Each promise in a few words, without the class. */
export function promises(of: Guarantee): string[] {
  return [
    of.deliver && t("owed.deliver", { images: count(of.deliver.images), size: size(of.deliver.size_bytes), within: duration(of.deliver.within_us) }),
    of.rate_bps !== null && t("owed.rate", { rate: rate(of.rate_bps) }),
    of.latency_us !== null && t("owed.latency", { time: duration(of.latency_us) }),
    of.limit_bps !== null && t("owed.limit", { rate: rate(of.limit_bps) }),
    of.via && t("owed.via", { via: of.via }),
    of.survive && t("owed.survive", { what: of.survive }),
    of.when && t("owed.when", { when: of.when }),
  ].filter((part): part is string => Boolean(part));
}

export function guaranteeWords(of: Guarantee): string[] {
  return [...(of.class ? [said("class", of.class)] : []), ...promises(of)];
}

/** The worst case, as short as it can be said. */
export function boundWords(intent: { bound: Bound | null; guarantee: Guarantee }): string {
  const bound = intent.bound;
  if (!bound) return "";
  if (intent.guarantee.deliver && bound.completion_us !== null) return t("bound.completion", { time: duration(bound.completion_us) });
  return [t("bound.rate", { rate: rate(bound.rate_bps) }), bound.delay_us === null ? "" : t("bound.delay", { time: duration(bound.delay_us) })].filter(Boolean).join(", ");
}
