// Segment's client for Node, as it comes: one call for each line it is given, one line for each that it gave up.
// Usage: segment_node.js URL KEY OPTIONS, with OPTIONS the JSON of further options of the client.
const readline = require("node:readline");
const { Analytics } = require("@segment/analytics-node");

const [host, writeKey, options] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushInterval: 50, ...JSON.parse(options) });
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { kind, id, user, anonymous, event, name, group, previous, properties, traits, context } = JSON.parse(line);
  const call = { messageId: id, userId: user, anonymousId: anonymous, event, name, groupId: group };
  const more = { previousId: previous, properties, traits, context };
  analytics[kind]({ ...call, ...more }, (reason) => {
    if (reason) say({ gave_up: id, reason: String(reason) });
  });
});
lines.on("close", () => analytics.closeAndFlush());
say({ ready: true });
