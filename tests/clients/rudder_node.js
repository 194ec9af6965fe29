// RudderStack's client for Node, as it comes: one call for each line it is given, one line for each that it gave up.
// Usage: rudder_node.js URL KEY OPTIONS, with OPTIONS the JSON of further options of the client.
const readline = require("node:readline");
const Analytics = require("@rudderstack/rudder-sdk-node");

const [dataPlaneUrl, writeKey, options] = process.argv.slice(2);
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");
const analytics = new Analytics(writeKey, {
  dataPlaneUrl,
  flushInterval: 50,
  logLevel: "none",
  errorHandler: () => {},
  ...JSON.parse(options),
});

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { kind, id, user, anonymous, event, name, group, previous, properties, traits, context } = JSON.parse(line);
  const call = { messageId: id, userId: user, anonymousId: anonymous, event, name, groupId: group };
  const more = { previousId: previous, properties, traits, context };
  const said = Object.fromEntries(Object.entries({ ...call, ...more }).filter(([, value]) => value !== undefined));
  analytics[kind](said, (reason) => {
    if (reason) say({ gave_up: id, reason: String(reason) });
  });
});
lines.on("close", async () => {
  while (analytics.queue.length) await analytics.flush();
  await analytics.flush();
});
say({ ready: true });
