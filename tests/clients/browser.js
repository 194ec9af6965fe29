// Segment's client for browsers, as it comes: one call for each order the page fetches, one word for each that it gave up.
import { AnalyticsBrowser } from "@segment/analytics-next";

const { url, key, options } = await (await fetch("/settings")).json();
const tell = (said) => fetch("/told", { method: "POST", body: JSON.stringify(said) });
const address = new URL(url);
const integrations = {
  "Segment.io": { apiHost: address.host + "/v1", protocol: address.protocol.slice(0, -1), ...options },
};
const cdnSettings = { integrations: { "Segment.io": { apiKey: key } } };
const [analytics] = await AnalyticsBrowser.load({ writeKey: key, cdnSettings }, { integrations });
analytics.on("error", ({ reason, ctx }) => tell({ gave_up: ctx?.event.messageId, reason: String(reason) }));

const calls = {
  identify: ({ user, traits }, more) => analytics.identify(user, traits, more),
  track: ({ event, properties }, more) => analytics.track(event, properties, more),
  page: ({ name, properties }, more) => analytics.page(undefined, name, properties, more),
  screen: ({ name, properties }, more) => analytics.screen(undefined, name, properties, more),
  group: ({ group, traits }, more) => analytics.group(group, traits, more),
  alias: ({ user, previous }, more) => analytics.alias(user, previous, more),
  beacon: ({ id, user, event, properties }) => {
    const said = { messageId: id, userId: user, event, properties, writeKey: key, timestamp: new Date() };
    if (!navigator.sendBeacon(url + "/v1/t", JSON.stringify(said))) tell({ gave_up: id, reason: "no beacon" });
  },
  leave: () => location.assign("/left"),
  reload: () => location.reload(),
};

tell({ ready: true });
for (;;) {
  const order = await (await fetch("/order")).json();
  if (order === null) continue;
  calls[order.kind](order, { messageId: order.id, context: order.context });
}
