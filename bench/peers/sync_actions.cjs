// @commercetools/sync-actions on pairs of projections: `node sync_actions.cjs FILE`, one JSON object with `now`
// and `before` a line. Prints one line of JSON with what building the actions cost, reading left out; the pairs
// are read and compared in batches of 250, as on our side.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");
const { createSyncProducts } = require("@commercetools/sync-actions");

const BATCH = 250;
const options = { sameForAllAttributeNames: process.argv.slice(3) };

async function main(file) {
  const products = createSyncProducts();
  const detail = { products: 0, changed: 0, actions: 0 };
  let cpu = 0;
  let wall = 0;
  let batch = [];
  const compare = () => {
    const start = process.hrtime.bigint();
    const before = process.cpuUsage();
    const built = batch.map((pair) => products.buildActions(pair.now, pair.before, options));
    const spent = process.cpuUsage(before);
    wall += Number(process.hrtime.bigint() - start) / 1e9;
    cpu += (spent.user + spent.system) / 1e6;
    detail.products += built.length;
    detail.changed += built.filter((actions) => actions.length > 0).length;
    detail.actions += built.reduce((sum, actions) => sum + actions.length, 0);
    batch = [];
  };
  for await (const line of readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity })) {
    batch.push(JSON.parse(line));
    if (batch.length === BATCH) compare();
  }
  if (batch.length > 0) compare();
  const status = fs.readFileSync("/proc/self/status", "utf-8");
  const peak_mb = Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024;
  process.stdout.write(JSON.stringify({ cpu, wall, peak_mb, detail }) + "\n");
}

main(process.argv[2]).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
